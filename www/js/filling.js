// One run that fills the places of a board. A slow map is first only begun, so that every place has something to show early.

import { RANKS, rankOf } from './axes.js';
import { depthOf, layerAt } from './layers.js';

/** A map that has so many times as many steps before it as behind it, at its first result, is finished later: what is lost is small beside it. */
const SLOW = 8;

/** @typedef {import('./board.js').Cell} Cell */

export class Filling {
  /** What is being computed. @type {{ name: string, layer: string } | null} */
  working = null;
  #session;
  #all;
  #signal;
  #onProgress;
  #colour;
  /** How long each of the maps took that are finished, those of several classes as one, in milliseconds. */
  #took = [];
  #left = 0;

  /**
   * @param {import('./session.js').Session} session
   * @param {{ cells: Cell[], signal: AbortSignal, onProgress: (progress: object | null) => void, colour: (cells: Cell[]) => Promise<void> }} run
   *   `cells` are all of the board, and `colour` is called for those that are done
   */
  constructor(session, { cells, signal, onProgress, colour }) {
    this.#session = session;
    this.#all = cells;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#colour = colour;
  }

  /** An estimate of the milliseconds that it takes to the end; undefined while there is nothing to judge by. @param {number} [remaining] of the present map */
  left(remaining) {
    if (this.#left <= 1) return remaining;
    if (this.#took.length === 0) return undefined;
    const usual = this.#took.reduce((sum, one) => sum + one, 0) / this.#took.length;
    return (remaining ?? usual) + (this.#left - 1) * usual;
  }

  /** Network after network, the loaded one first. Classes of one picture share their passes. @param {Cell[]} missing in the order in which they are wanted */
  async run(missing) {
    const { negah } = this.#session;
    const groups = [...grouped(missing, ({ group }) => group).values()];
    const models = grouped(groups, ([{ at }]) => at.model);
    this.#left = groups.length;
    for (const model of [...models.keys()].sort((one, other) => Number(other === negah.model) - Number(one === negah.model))) {
      const slow = [];
      for (const cells of models.get(model)) {
        if (!(await this.#compute(cells, { last: this.#left === 1 }))) slow.push(cells);
      }
      for (const cells of slow) await this.#compute(cells, { last: true });
    }
  }

  /** The maps of several classes at once. Returns false where they are slow, unless they are the `last`. @param {Cell[]} cells of one group */
  async #compute(cells, { last }) {
    const { negah, choices } = this.#session;
    // Their network may not have come.
    if (cells[0].state === 'failed') return this.#done();
    const [{ at }] = cells;
    const { method, layer, score, parameters, framing } = at;
    const run = new AbortController();
    const stop = () => run.abort(this.#signal.reason);
    this.#signal.throwIfAborted();
    this.#signal.addEventListener('abort', stop);
    // Its name is asked for whenever it is told: the language may change meanwhile.
    this.working = {
      layer,
      get name() {
        return choices.about(method).name;
      },
    };
    this.#say(cells, () => ({ state: 'working' }));
    try {
      if (negah.model !== at.model) await this.#bring(at.model);
      const blob = await at.source.open(this.#signal);
      const prediction = this.#session.board.known(at) ?? (await negah.predict(blob, { top: RANKS, framing, signal: run.signal }));
      const classes = cells.map(({ at: { target } }) => (typeof target === 'number' ? target : prediction.classes[rankOf(target) - 1].index));
      const targets = [...new Set(classes)];
      const of = (explanation, cell) => only(explanation, targets.indexOf(classes[cells.indexOf(cell)]));
      let come = { done: 0, total: 0 };
      const explanation = await negah.explain(blob, {
        method, score, parameters, framing, target: targets, layer: this.#answer(at), colormap: choices.colormapOf(method), signal: run.signal,
        onProgress: (progress) => {
          come = progress;
          this.#onProgress(progress);
        },
        onPartial: (partial) => {
          if (run.signal.aborted) return;
          this.#say(cells, (cell) => ({ partial: of(partial, cell), prediction }));
          if (!last && come.total - come.done > SLOW * come.done) run.abort();
        },
      });
      this.#signal.throwIfAborted();
      this.#took.push(explanation.elapsed);
      const summary = negah.summary();
      this.#say(cells, (cell) => ({ state: 'done', explanation: of(explanation, cell), partial: null, coloured: null, prediction, blob, summary, error: null }));
      await this.#colour(cells);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (run.signal.aborted) {
        this.#say(cells, () => ({ state: 'waiting' }));
        return false;
      }
      this.#say(cells, () => ({ state: 'failed', partial: null, error }));
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
    return this.#done();
  }

  #done() {
    this.#left -= 1;
    return true;
  }

  #say(cells, change) {
    for (const cell of cells) Object.assign(cell, change(cell));
    this.#session.changed();
  }

  /** Loads another network; where that fails, all its places do. */
  async #bring(model) {
    try {
      await this.#session.networks.load(model, { signal: this.#signal });
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#say(this.#all.filter(({ at, state }) => at.model === model && state !== 'done'), () => ({ state: 'failed', error }));
      throw error;
    }
  }

  /** The layer that stands for one of the page's network in another: its usual one for the usual one, else the one as deep. */
  #answer({ layer, model, method }) {
    const { state, negah, choices } = this.#session;
    if (!layer || model === state.model.id) return layer || undefined;
    if (layer === state.model.layer) return negah.models().find(({ id }) => id === model).layer;
    const own = state.layers.find(({ name }) => name === layer);
    return layerAt(depthOf(own, state.layers), negah.layers(), choices.about(method).looksAt).name;
  }
}

function grouped(all, keyOf) {
  const groups = new Map();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

/** What an explanation of several classes says of one of them; a grid of channels is the same for all, and shared. @returns {import('./negah.js').Explanation} */
function only(explanation, at) {
  const { values, targets, maps, pictures, notes, noteKeys, noteValues, measures, shows } = explanation;
  const of = (all) => all[Math.min(at, all.length - 1)];
  const share = values.length / targets.length;
  return {
    ...explanation, values: shows === 'channels' ? values : values.slice(at * share, (at + 1) * share), variance: null, maps: maps.slice(at, at + 1), pictures: [of(pictures)], picture: of(pictures),
    targets: [targets[at]], target: targets[at], notes: [of(notes)], note: of(notes), noteKeys: [of(noteKeys)], noteValues: [of(noteValues)], measures: measures.map((measure) => ({ ...measure, values: [of(measure.values)] })),
  };
}
