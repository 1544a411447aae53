// Maps beside each other: rows and columns go through any of what AXES names. Without the DOM; the session runs it as one of its jobs.

import { heading, MOST_CELLS, MOST_VALUES, options, possible, settingsAt } from './axes.js';
import { Filling } from './filling.js';
import { depthOf, layerAt } from './layers.js';
import { laidOut } from './presets.js';
import { text } from './words.js';

/** How many of the visitor's own pictures a board can choose from. */
const MOST_OWN = 12;

/** The layers of a board to begin with. */
const DEPTHS = [1 / 3, 2 / 3, 1];

/** Rows, columns, and what goes through within each column. */
export const SIDES = ['rows', 'columns', 'within'];

/**
 * A place of the board. Places of one `group` differ in their class alone, `key` names what is computed, `scale` is the same for places
 * whose colours mean the same, `summary` is that of the network that computed it, and `coloured` is the map in those colours.
 * @typedef {{ row: number, column: number, at: import('./axes.js').At, group: string, key: string, scale: string, state: 'waiting' | 'working' | 'done' | 'failed' | 'stopped',
 *             explanation: import('./negah.js').Explanation | null, partial: import('./negah.js').Explanation | null, coloured: import('./negah.js').Coloured | null,
 *             prediction: import('./negah.js').Prediction | null, blob: Blob | null, summary: object[], error: Error | null }} Cell
 */

export class Board {
  /** @type {Record<'rows' | 'columns' | 'within', import('./axes.js').Axis | null>} */
  axes = { rows: null, columns: null, within: null };
  /** Whether cells share their colours where they can be compared. @type {'shared' | 'own'} */
  scale = 'shared';
  /** What it shows: maps, or the network's layers and its best classes. @type {'maps' | 'summary'} */
  shows = 'maps';
  /** How the guide's layers were answered here, where a preset asked for them. @type {{ reference: string, answers: object[] } | null} */
  mapping = null;
  /** The run that fills it, or filled it last. @type {Filling | null} */
  filling = null;
  /** Row by row. @type {Cell[]} */
  cells = [];
  /** @type {{ rows: string[], columns: string[] }} */
  headings = { rows: [''], columns: [''] };
  /** The pictures there are to choose from. @type {Map<string, import('./session.js').Source>} */
  pictures = new Map();
  #session;
  #numbers = new WeakMap();
  #nextNumber = 0;
  #begun = false;

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** What there is to choose from. @returns {import('./axes.js').Where} */
  get where() {
    const { negah, choices, shelf, state } = this.#session;
    const here = ({ id, bytes }) => bytes !== null || id === state.model?.id || shelf.kept.some((one) => one.id === id);
    return { negah, choices, layers: state.layers, models: negah.models().filter(here), pictures: this.pictures, best: state.current?.prediction.classes ?? [] };
  }

  /** The page's samples. @param {import('./session.js').Source[]} sources */
  offer(sources) {
    for (const source of sources) this.pictures.set(source.sample, source);
  }

  /**
   * A picture that is picked can be chosen from now on; where the board goes through pictures and has room, it is one of them.
   * @param {import('./session.js').Source} source
   */
  meet(source) {
    if (!this.#keyOf(source)) {
      const own = [...this.pictures].filter(([, { sample }]) => !sample);
      if (own.length >= MOST_OWN) this.pictures.delete(own[0][0]);
      this.pictures.set(`own ${this.#numberOf(source)}`, source);
    }
    const key = this.#keyOf(source);
    const side = SIDES.find((one) => this.axes[one]?.kind === 'picture');
    if (this.#session.state.view !== 'board' || !side) return;
    const { kind, values } = this.axes[side];
    const cells = (this.#count / values.length) * (values.length + 1);
    if (!values.includes(key) && values.length < MOST_VALUES && cells <= MOST_CELLS) this.axes = { ...this.axes, [side]: { kind, values: [...values, key] } };
  }

  #keyOf(source) {
    return [...this.pictures].find(([, one]) => one === source)?.[0];
  }

  #numberOf(source) {
    if (!this.#numbers.has(source)) this.#numbers.set(source, this.#nextNumber++);
    return this.#numbers.get(source);
  }

  /** Whether a side goes through something. @param {string} kind */
  goes(kind) {
    return SIDES.some((side) => this.axes[side]?.kind === kind);
  }

  /** How many places the axes come to. */
  get #count() {
    return SIDES.reduce((count, side) => count * (this.axes[side]?.values.length ?? 1), 1);
  }

  /** Lets a side go through something; what cannot be is left out. @param {'rows' | 'columns' | 'within'} side @param {import('./axes.js').Axis | null} axis */
  set(side, axis) {
    const former = this.axes;
    const values = axis && [...new Set(axis.values)].filter((value) => possible(axis, value, this.where)).slice(0, MOST_VALUES);
    const others = Object.fromEntries(SIDES.map((one) => [one, former[one]?.kind === axis?.kind ? null : former[one]]));
    this.axes = { ...others, [side]: values?.length > 0 ? { kind: axis.kind, values } : null };
    this.#begun = true;
    if (this.#count > MOST_CELLS) {
      const count = this.#count;
      this.axes = former;
      throw Object.assign(new Error(text.tooManyCells(count, MOST_CELLS)), { code: 'too-many-cells' });
    }
    this.shows = 'maps';
    this.mapping = null;
  }

  /** Lets a side go through another kind, a few of it to begin with. */
  setKind(side, kind) {
    if (!kind) return this.set(side, null);
    const { choices, layers } = this.where;
    const parameter = choices.about().parameters.find(({ id }) => kind === `set.${id}`);
    const choosable = options({ kind }, this.where) ?? [];
    const usual = parameter && (choices.of().parameters[parameter.id] ?? parameter.default);
    const three = choosable.slice(0, 3).map(({ value }) => value);
    const few = {
      layer: () => DEPTHS.map((depth) => layerAt(depth, layers, choices.about().looksAt).name),
      class: () => ['top1', 'top2'],
    };
    return this.set(side, { kind, values: few[kind]?.() ?? (three.length > 0 ? three : [usual]) });
  }

  /** To begin with, unless something was chosen: three depths, and the two best classes. */
  begin() {
    if (this.#begun) return;
    if (this.where.choices.about().looksAt !== 'picture') this.setKind('rows', 'layer');
    this.set('columns', { kind: 'class', values: ['top1', 'top2'] });
  }

  /** Lays out one of the guide's figures. @param {import('./presets.js').Preset} preset */
  lay(preset) {
    const { choices, state: { model, current } } = this.#session;
    const { layers } = this.where;
    const shown = [...this.pictures].filter(([, source]) => source === current?.source);
    const pictures = [...new Map([...shown, ...this.pictures]).keys()];
    this.shows = preset.method ? 'maps' : 'summary';
    this.#begun = true;
    if (preset.method) {
      choices.change({ method: preset.method });
      choices.reset();
      const { looksAt } = choices.about();
      const { layer, mapping, ...axes } = laidOut(preset, { model, layers, looksAt, pictures });
      choices.change({ layer: looksAt === 'output' ? layer ?? model.layer : undefined, score: preset.score, parameters: preset.parameters ?? {} });
      Object.assign(this, { axes, mapping, scale: 'shared' });
    }
    return this.pictures.get(preset.picture) ?? current?.source ?? this.pictures.values().next().value;
  }

  /** What a link holds of it. */
  get settings() {
    const or = (value, usual) => (value === usual ? undefined : value);
    const linkable = ({ kind, values }) => values.filter((value) => kind !== 'picture' || this.pictures.get(value)?.sample);
    const written = (axis) => (axis && linkable(axis).length > 0 ? [axis.kind, ...linkable(axis)] : undefined);
    return { ...Object.fromEntries(SIDES.map((side) => [side, written(this.axes[side])])), scale: or(this.scale, 'shared'), shows: or(this.shows, 'maps') };
  }

  /** Takes over what a link asks for, as far as it can be. @param {import('./permalink.js').Settings} settings */
  adopt(settings) {
    this.axes = { rows: null, columns: null, within: null };
    for (const side of SIDES) {
      const [kind, ...values] = settings[side] ?? [];
      const others = this.#count;
      const fitting = Math.floor(MOST_CELLS / others);
      if (kind) this.set(side, { kind, values: values.slice(0, fitting) });
    }
    this.scale = settings.scale === 'own' ? 'own' : 'shared';
    this.shows = settings.shows === 'summary' ? 'summary' : 'maps';
  }

  /** Another network took the place of one with these layers: its layers are answered by others. */
  enter(former) {
    const { layers, choices } = this.where;
    const { looksAt } = choices.about();
    const answer = (name) => {
      const own = former.find((layer) => layer.name === name);
      return own ? layerAt(depthOf(own, former), layers, looksAt).name : name;
    };
    for (const side of SIDES) {
      const axis = this.axes[side];
      if (axis?.kind === 'layer') this.axes[side] = { ...axis, values: [...new Set(axis.values.map(answer))] };
    }
    this.mapping = null;
  }

  /** Leaves out what the chosen method does not have. */
  #prune() {
    for (const side of SIDES) {
      const axis = this.axes[side];
      const values = axis?.values.filter((value) => possible(axis, value, this.where)) ?? [];
      this.axes[side] = values.length > 0 ? { ...axis, values } : null;
    }
  }

  /** The places for the chosen settings; those that are filled already stay so. */
  #place({ source, prediction: { classes: [best] } }, target) {
    this.#prune();
    const { where, axes } = this;
    const { choices, negah } = where;
    const through = (axis) => axis?.values.map((value) => [[axis, value]]) ?? [[]];
    const rows = through(axes.rows);
    const columns = through(axes.columns).flatMap((outer) => through(axes.within).map((inner) => [...outer, ...inner]));
    const titled = (values) => values.map(([axis, value]) => heading(axis, value, where)).join(', ');
    this.headings = { rows: rows.map(titled), columns: columns.map(titled) };
    const { kind, name } = negah.deviceInfo();
    const base = { source, model: this.#session.state.model.id, framing: choices.framing, ...choices.of(), target: target === 'top' || target === best.index ? 'top1' : target };
    const filled = new Map(this.cells.filter(({ state }) => state === 'done').map((cell) => [cell.key, cell]));
    const empty = { state: 'waiting', explanation: null, partial: null, coloured: null, prediction: null, blob: null, summary: [], error: null };
    this.cells = rows.flatMap((ofRow, row) => columns.map((ofColumn, column) => {
      const at = settingsAt(base, [...ofRow, ...ofColumn], where);
      const { source: picture, target: asked, ...rest } = at;
      const group = JSON.stringify([this.#numberOf(picture), kind, name, rest]);
      const key = `${group} ${asked}`;
      return { ...(filled.get(key) ?? empty), row, column, at, group, key, scale: this.#scaleOf(at, row, column) };
    }));
  }

  /**
   * What shares its colours: a method's maps of one layer, whatever the picture, the class and the numbers that were set; values that speak
   * for or against are in the score's unit, so they can be compared across layers, too.
   */
  #scaleOf({ model, method, layer, score, parameters }, row, column) {
    const { shows, parameters: known } = this.#session.choices.about(method);
    if (this.scale === 'own' || shows === 'channels') return `${row} ${column}`;
    const forms = known.filter(({ kind }) => kind === 'choice' || kind === 'bool').map(({ id }) => parameters[id]);
    return JSON.stringify([model, method, score, forms, shows === 'heat' ? layer : '']);
  }

  /**
   * Computes what is missing, a diagonal first, so that every row has something early. A place that fails leaves the others; what is done
   * when it is stopped stays.
   * @param {import('./session.js').Job} job
   */
  async fill({ entry, target, controller: { signal } }, onProgress) {
    if (this.shows === 'summary') return;
    this.begin();
    this.#place(entry, target);
    const columns = this.headings.columns.length;
    const turn = ({ row, column }) => (column - (row % columns) + columns) % columns;
    const missing = this.cells.filter(({ state }) => state !== 'done').sort((one, other) => turn(one) - turn(other) || one.row - other.row);
    this.filling = new Filling(this.#session, { cells: this.cells, signal, onProgress, colour: (cells) => this.colour(cells) });
    const end = () => {
      for (const cell of missing) if (cell.state === 'waiting' || cell.state === 'working') cell.state = 'stopped';
      this.#session.changed();
    };
    // At once, whatever is still on its way.
    signal.addEventListener('abort', end);
    try {
      await this.colour();
      await this.filling.run(missing);
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  /** What the network sees in a picture, if it was asked before: one object for all its places, so that it is drawn once. */
  known({ source, model, framing }) {
    const entry = this.#session.state.current;
    if (source === entry?.source && model === this.#session.state.model.id) return entry.prediction;
    return this.cells.find(({ at, prediction }) => prediction && at.source === source && at.model === model && at.framing === framing)?.prediction;
  }

  /** Colours maps anew, with all that share their scale. @param {Cell[]} changed */
  async colour(changed = this.cells) {
    const { negah, choices } = this.#session;
    for (const scale of new Set(changed.map((cell) => cell.scale))) {
      const cells = this.cells.filter((cell) => cell.scale === scale && cell.state === 'done');
      const explanations = cells.map(({ explanation }) => explanation);
      if (cells.length === 0) continue;
      const style = { colormap: choices.colormapOf(explanations[0].method) };
      const pictures = explanations[0].shows === 'channels' ? [await negah.render(explanations[0], style)] : await negah.renderTogether(explanations, style);
      cells.forEach((cell, at) => {
        if (cell.explanation === explanations[at]) cell.coloured = { ...pictures[at], colormap: style.colormap };
      });
      this.#session.changed();
    }
  }
}
