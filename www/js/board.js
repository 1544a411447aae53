// Maps beside each other: rows and columns go through any of what AXES names. Without the DOM; the session runs it as one of its jobs.

import { heading, MOST_CELLS, MOST_VALUES, options, parameterOf, possible, settingsAt } from './axes.js';
import { pageFailure } from './error.js';
import { Filling } from './filling.js';
import { depthOf, layerAt } from './layers.js';
import { t } from './locale.js';
import { laidOut, PRESETS } from './presets.js';
import { list, notPossible, writtenOf } from './words.js';

/** How many of the visitor's own pictures a board can choose from. */
const MOST_OWN = 12;

/** The layers of a board to begin with. */
const DEPTHS = [1 / 3, 2 / 3, 1];

/** Of how many things a side goes through some to begin with. */
const FEW = 3;

/** What a link says of a board of one map. */
const NOTHING = 'nothing';

/** Rows, columns, and what goes through within each column. */
export const SIDES = ['rows', 'columns', 'within'];

/**
 * A place of the board. Places of one `group` differ in their class alone, `key` names what is computed, `scale` is the same for places
 * whose colours mean the same, and `ignored` are the axes that its method does not heed. `summary` is that of the network that computed it,
 * and `coloured` the map in the colours that it shares.
 * @typedef {{ row: number, column: number, at: import('./axes.js').At, group: string, key: string, scale: string, ignored: string[],
 *             state: 'waiting' | 'working' | 'done' | 'failed' | 'stopped', explanation: import('./negah.js').Explanation | null,
 *             partial: import('./negah.js').Explanation | null, coloured: import('./negah.js').Coloured | null,
 *             prediction: import('./negah.js').Prediction | null, blob: Blob | null, summary: object[], error: Error | null }} Cell
 *
 * What the places were laid out by: it may have changed since. `reference` is the network whose layers were answered by others.
 * @typedef {{ axes: object, base: import('./axes.js').At, mapping: { reference: string, answers: object[] } | null }} Placed
 */

const EMPTY = { state: 'waiting', explanation: null, partial: null, coloured: null, prediction: null, blob: null, summary: [], error: null };

export class Board {
  /** @type {Record<'rows' | 'columns' | 'within', import('./axes.js').Axis | null>} */
  axes = { rows: null, columns: null, within: null };
  /** Whether cells share their colours where they can be compared. @type {'shared' | 'own'} */
  scale = 'shared';
  /** What it shows: maps, or the network's layers and its best classes. @type {'maps' | 'summary'} */
  shows = 'maps';
  /** How the guide's layers are answered here, where a preset asked for them. @type {Placed['mapping']} */
  mapping = null;
  /** The run that fills it, or filled it last. @type {Filling | null} */
  filling = null;
  /** Row by row. @type {Cell[]} */
  cells = [];
  /** @type {{ rows: string[], columns: string[] }} */
  headings = { rows: [''], columns: [''] };
  /** @type {Placed | null} */
  placed = null;
  /** The pictures there are to choose from. @type {Map<string, import('./session.js').Source>} */
  pictures = new Map();
  #session;
  #numbers = new WeakMap();
  #nextNumber = 0;
  /** Whether its axes were chosen: none is a choice as well. */
  #begun = false;

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** What there is to choose from. @returns {import('./axes.js').Where} */
  get where() {
    return this.#whereFor(this.axes, this.#session.choices.method);
  }

  /** The same for other axes, which go through the parameters of a method. @returns {import('./axes.js').Where} */
  #whereFor(axes, method) {
    const { negah, choices, state, wanted } = this.#session;
    const asked = SIDES.map((side) => axes[side]).find((axis) => axis?.kind === 'method')?.values ?? [method];
    return {
      negah, choices, method: choices.about(method), methods: asked.map((id) => choices.about(id)).filter(Boolean), layers: state.layers, models: negah.models().filter(({ id }) => this.#session.networks.has(id)),
      pictures: this.pictures, best: state.current?.prediction.classes ?? [], now: this.#baseOf(wanted, 'top'),
    };
  }

  /** The page's samples. @param {import('./session.js').Source[]} sources */
  offer(sources) {
    for (const source of sources) this.pictures.set(source.sample, source);
  }

  /**
   * A picture that was looked at can be chosen from now on; where the board goes through pictures and has room, it is one of them.
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

  /**
   * Lets a side go through something else.
   * @param {'rows' | 'columns' | 'within'} side
   * @param {import('./axes.js').Axis | null} axis null, or one without values, for nothing
   * @throws an error with a code and a sentence, where that cannot be; nothing has changed then
   */
  set(side, axis) {
    const refused = (say) => pageFailure('not-possible', say);
    const values = [...new Set(axis?.values ?? [])];
    if (values.length > MOST_VALUES) throw refused(() => t('board.too-many-values', { most: MOST_VALUES }));
    const bad = values.filter((value) => !possible(axis, value, this.where));
    if (bad.length > 0) throw refused(() => notPossible(list(bad.map(writtenOf)), parameterOf(axis.kind, this.where)));
    const others = Object.fromEntries(SIDES.map((one) => [one, this.axes[one]?.kind === axis?.kind ? null : this.axes[one]]));
    const former = this.axes;
    this.axes = { ...others, [side]: values.length > 0 ? { kind: axis.kind, values } : null };
    const count = this.#count;
    if (count > MOST_CELLS) {
      this.axes = former;
      throw refused(() => t('board.too-many-cells', { count, most: MOST_CELLS }));
    }
    this.#begun = true;
    this.shows = 'maps';
    this.mapping = null;
  }

  /** Lets a side go through another kind: what is asked now, and a few others. */
  setKind(side, kind) {
    if (!kind) return this.set(side, null);
    const { choices, layers, methods, now } = this.where;
    const parameter = parameterOf(kind, this.where);
    const present = { picture: now.source && this.#keyOf(now.source), method: now.method, model: now.model, score: now.score }[kind] ?? (parameter && (choices.of().parameters[parameter.id] ?? parameter.default));
    const all = (options({ kind }, this.where) ?? []).map(({ value }) => value);
    const values = {
      layer: () => DEPTHS.map((depth) => layerAt(depth, layers, methods.find(({ looksAt }) => looksAt !== 'picture').looksAt).name),
      class: () => ['top1', 'top2'],
    }[kind]?.() ?? [...new Set([present, ...all])].filter((value) => value !== undefined).slice(0, FEW);
    return this.set(side, { kind, values });
  }

  /** To begin with, unless something was chosen: three depths, and the two best classes, as far as the method heeds them. */
  begin() {
    if (this.#begun) return;
    this.#begun = true;
    const { looksAt, shows } = this.where.choices.about();
    if (looksAt !== 'picture') this.setKind('rows', 'layer');
    if (shows !== 'channels') this.setKind('columns', 'class');
  }

  /** Lays out one of the guide's figures. Returns the picture to show. @param {import('./presets.js').Preset} preset */
  lay(preset) {
    const { choices, wanted, state: { model, layers } } = this.#session;
    this.#begun = true;
    // A second press on the summary goes back to the maps.
    this.shows = preset.method || this.shows === 'summary' ? 'maps' : 'summary';
    if (preset.method) {
      choices.change({ method: preset.method });
      choices.reset();
      const { looksAt } = choices.about();
      const shown = wanted ? [this.#keyOf(wanted)] : [];
      const pictures = [...new Set([...shown, ...this.pictures.keys()])].filter(Boolean);
      const { layer, mapping, ...axes } = laidOut(preset, { model, layers, looksAt, pictures });
      choices.change({ layer: looksAt === 'output' ? layer ?? model.layer : undefined, score: preset.score, parameters: preset.parameters ?? {} });
      Object.assign(this, { axes, mapping, scale: 'shared' });
    }
    return this.pictures.get(preset.picture) ?? wanted ?? this.pictures.values().next().value;
  }

  /** What a link holds of it. */
  get settings() {
    const or = (value, usual) => (value === usual ? undefined : value);
    const linkable = ({ kind, values }) => values.filter((value) => kind !== 'picture' || this.pictures.get(value)?.sample);
    const written = (axis) => (axis && linkable(axis).length > 0 ? [axis.kind, ...linkable(axis)] : undefined);
    const sides = Object.fromEntries(SIDES.map((side) => [side, written(this.axes[side])]));
    if (this.#begun && SIDES.every((side) => !sides[side])) sides.rows = [NOTHING];
    const figure = this.mapping && PRESETS.find(({ method }) => method === this.#session.choices.method)?.id;
    return { ...sides, scale: or(this.scale, 'shared'), shows: or(this.shows, 'maps'), figure: figure ?? undefined };
  }

  /** Takes over what a link asks for, as far as it can be. @param {import('./permalink.js').Settings} settings */
  adopt(settings) {
    const { model, layers } = this.#session.state;
    this.axes = { rows: null, columns: null, within: null };
    this.#begun = false;
    // What is asked of the others depends on the methods.
    const wanted = SIDES.map((side) => [side, settings[side] ?? []]).sort(([, [one]], [, [other]]) => Number(other === 'method') - Number(one === 'method'));
    for (const [side, [kind, ...values]] of wanted) {
      if (!kind) continue;
      this.#begun = true;
      const can = values.filter((value) => possible({ kind }, value, this.where)).slice(0, Math.min(MOST_VALUES, Math.floor(MOST_CELLS / this.#count)));
      if (can.length > 0) this.set(side, { kind, values: can });
    }
    this.scale = settings.scale === 'own' ? 'own' : 'shared';
    this.shows = settings.shows === 'summary' ? 'summary' : 'maps';
    const { id: method, looksAt } = this.#session.choices.about();
    const figure = PRESETS.find((preset) => preset.id === settings.figure && preset.method === method);
    this.mapping = figure ? laidOut(figure, { model, layers, looksAt, pictures: [] }).mapping : null;
  }

  /** Another network took the place of one with these layers: its layers are answered by others, and its maps are gone. */
  enter(former) {
    const { layers, methods } = this.where;
    const { looksAt } = methods.find((method) => method.looksAt !== 'picture') ?? methods[0];
    const answer = (name) => {
      const own = former.find((layer) => layer.name === name);
      return own ? layerAt(depthOf(own, former), layers, looksAt).name : name;
    };
    for (const side of SIDES) {
      const axis = this.axes[side];
      if (axis?.kind === 'layer') this.axes[side] = { ...axis, values: [...new Set(axis.values.map(answer))] };
    }
    this.mapping = null;
    this.clear();
  }

  /** What was found out under other circumstances is not shown as if it held now. */
  clear() {
    this.cells = [];
    this.placed = null;
  }

  /** Leaves out what the chosen method does not have or heed. */
  #prune() {
    for (const side of SIDES) {
      const axis = this.axes[side];
      const values = axis?.values.filter((value) => possible(axis, value, this.where)) ?? [];
      this.axes[side] = values.length > 0 ? { ...axis, values } : null;
    }
  }

  /** What is asked where no axis says otherwise. @returns {import('./axes.js').At} */
  #baseOf(source, target) {
    const { choices, state: { model, current } } = this.#session;
    const best = current?.prediction.classes[0]?.index;
    return { source, model: model?.id, framing: choices.framing, ...choices.of(), target: target === 'top' || target === best ? 'top1' : target };
  }

  /** Whether what is chosen has changed since the places were laid out. */
  get stale() {
    const { current } = this.#session.state;
    if (!this.placed || !current) return Boolean(current);
    const said = ({ axes, base: { source, ...base } }) => JSON.stringify([axes, this.#numberOf(source), base]);
    return said(this.placed) !== said({ axes: this.axes, base: this.#baseOf(current.source, current.asked) });
  }

  /** The places for the chosen settings; what they have already, they keep. */
  #place({ source }, target) {
    this.#prune();
    const { where, axes } = this;
    const { rows, columns } = linesOf(axes);
    const { kind, name } = where.negah.deviceInfo();
    const base = this.#baseOf(source, target);
    const known = new Map(this.cells.map((cell) => [cell.key, cell]));
    this.cells = rows.flatMap((ofRow, row) => columns.map((ofColumn, column) => {
      const { at, ignored } = settingsAt(base, [...ofRow, ...ofColumn], where);
      const { source: picture, target: asked, ...rest } = at;
      const group = JSON.stringify([this.#numberOf(picture), kind, name, rest]);
      const key = `${group} ${asked}`;
      const former = known.get(key);
      const kept = former?.state === 'done' ? former : { ...EMPTY, partial: former?.partial ?? null, prediction: former?.prediction ?? null };
      return { ...kept, row, column, at, ignored, group, key, scale: this.#scaleOf(at, row, column) };
    }));
    this.placed = { axes: { ...axes }, base, mapping: this.mapping };
    this.translate();
  }

  /** Writes the headings in the page's language, of what was laid out: something else may be chosen by now. */
  translate() {
    if (!this.placed) return;
    const { axes, base } = this.placed;
    const where = this.#whereFor(axes, base.method);
    const { rows, columns } = linesOf(axes);
    const titled = (values) => list(values.map(([axis, value]) => heading(axis, value, where)));
    this.headings = { rows: rows.map(titled), columns: columns.map(titled) };
  }

  /** @param {'shared' | 'own'} scale */
  async setScale(scale) {
    this.scale = scale;
    for (const cell of this.cells) cell.scale = this.#scaleOf(cell.at, cell.row, cell.column);
    this.#session.changed();
    await this.colour();
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
    const filling = (this.filling = new Filling(this.#session, { cells: this.cells, signal, onProgress, colour: (cells) => this.colour(cells) }));
    const end = () => {
      for (const cell of missing) if (cell.state === 'waiting' || cell.state === 'working') cell.state = 'stopped';
      this.#session.changed();
    };
    // At once, whatever is still on its way.
    signal.addEventListener('abort', end);
    try {
      await this.colour();
      // Another fill may have begun while the colours were made.
      await filling.run(missing);
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  /** What the network sees in a picture, if it was asked before: one object for all its places, so that it is drawn once. */
  known({ source, model, framing }) {
    const { current, model: home } = this.#session.state;
    if (source === current?.source && model === home?.id && framing === this.#session.choices.framing && current.prediction.classes.length > 0) return current.prediction;
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
        if (cell.explanation === explanations[at] && cell.scale === scale) cell.coloured = { ...pictures[at], colormap: style.colormap };
      });
      this.#session.changed();
    }
  }
}

/** What the rows and the columns of these axes stand for: pairs of an axis and one of its values. */
function linesOf({ rows, columns, within }) {
  const through = (axis) => axis?.values.map((value) => [[axis, value]]) ?? [[]];
  return { rows: through(rows), columns: through(columns).flatMap((outer) => through(within).map((inner) => [...outer, ...inner])) };
}
