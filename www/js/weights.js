// Where the weights of networks are: brought by the visitor, kept in this browser, or served by the page.

import { at } from './assets.js';
import { read } from './download.js';
import { failing, worded } from './error.js';
import * as store from './store.js';

/** No file of a visitor's ends so; a bare SHA-256 would not do, for Hugging Face's cache names files by theirs. */
const FETCHED = '.fetched';

/**
 * A network and its weights, to load it from, and again without a request if the worker dies.
 * @typedef {{ id: string, weights?: Blob, served?: { file: string, bytes: number, sha256: string }, kept?: boolean, fetched?: boolean }} Source
 *   `served` is the page's own file, which `weights` has to be; `kept` says that it is the copy of this browser, `fetched` that it was
 *   fetched just now.
 */

export class Weights {
  #served;
  #locale;
  #failure;

  /** @param {object[]} served what the page has @param {import('./locale.js').Locale} locale in whose language failures are said */
  constructor(served, locale) {
    this.#served = served;
    this.#locale = locale;
    this.#failure = failing(locale);
  }

  /** What the page itself has of a model's weights. */
  served(id) {
    return this.#served.find((entry) => entry.id === id);
  }

  /** That something is a file. */
  require(file) {
    if (!(file instanceof Blob)) throw this.#failure('unknown-weights', 'not-weights');
  }

  /** What is kept in this browser. */
  async list() {
    return (await store.list()).map(({ id, file }) => {
      const brought = isBrought(file);
      return { id, file: brought ? file.name : this.served(id)?.file ?? file.name, bytes: file.size, brought };
    });
  }

  /** Where a model's weights are. @param {object} model @param {Blob} [brought] @returns {Promise<Source>} */
  async locate({ id, name, weights: { words, megabytes } }, brought) {
    if (brought) {
      this.require(brought);
      return { id, weights: brought };
    }
    const kept = await store.find(id);
    if (kept && isBrought(kept)) return { id, weights: kept, kept: true };
    const served = this.served(id);
    if (!served) throw this.#failure('weights-needed', 'weights-needed', { name, words: this.#locale.or(`module.weights.${id}`, words), megabytes });
    return kept?.name === nameOf(served) ? { id, served, weights: kept, kept: true } : { id, served };
  }

  /** Fetches the page's own weights. @param {Source} source @param {import('./download.js').Options} options */
  async fetch(source, options) {
    const { file, bytes } = source.served;
    try {
      const weights = await read({ url: at(`models/${file}`), bytes, code: 'model-missing', what: 'model' }, 'blob', options);
      if (weights.size !== bytes) throw { code: 'model-damaged', key: 'model-length', values: { expected: bytes, came: weights.size } };
      Object.assign(source, { weights, kept: false, fetched: true });
    } catch (failure) {
      throw worded(failure, this.#locale);
    }
  }

  /** Keeps what was fetched. That there is no room for it is no reason to fail: it can be fetched again. @param {Source} source */
  keepFetched({ id, served, weights }) {
    store.put(id, nameOf(served), weights).catch(() => {});
  }

  /** Keeps what was brought. */
  async keep({ id, name }, file, options) {
    this.require(file);
    try {
      await store.put(id, file.name ?? `${id}.weights`, file, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw this.#failure('not-kept', error.key ?? 'not-kept', { name, reason: error.message ?? '', ...error.values });
    }
  }

  /** Lets go of what is kept. */
  forget(id) {
    return store.remove(id);
  }
}

/** A source that does not need the copy of this browser. @param {Source} source @returns {Promise<Source>} */
export async function independent(source) {
  return source.kept ? { ...source, weights: await new Response(source.weights.stream()).blob(), kept: false } : source;
}

/** What the page's own weights are kept under. */
function nameOf({ sha256 }) {
  return `${sha256}${FETCHED}`;
}

/** Whether a visitor brought a file that is kept. */
function isBrought({ name }) {
  return !name.endsWith(FETCHED);
}
