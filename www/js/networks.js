// The networks that there are: served, brought by the visitor, or kept in this browser for the next visit; and the one that is chosen.

/** @typedef {{ id: string, file: string, bytes: number, brought: boolean }} Kept */

export class Networks {
  /** The id of the one that is chosen; a board may have another loaded. @type {string | null} */
  chosen = null;
  /** @type {Kept[]} */
  kept = [];
  /** Which copy is being made. @type {{ id: string, done: number, total: number } | null} */
  keeping = null;
  /** The files that networks were loaded from. @type {Map<string, Blob>} */
  #brought = new Map();
  #negah;
  #handlers;

  /** @param {{ negah: import('./negah.js').Negah, onChange: () => void, onProgress: (progress: object | null) => void, onError: (error: Error) => void }} options */
  constructor({ negah, ...handlers }) {
    this.#negah = negah;
    this.#handlers = handlers;
  }

  /** Loads the one that a link names, or the page's own; returns its id. @param {string | undefined} wanted */
  async loadFirst(wanted) {
    const [{ id: own }, ...others] = this.#negah.models();
    if (others.some(({ id }) => id === wanted)) {
      try {
        await this.load(wanted);
        return wanted;
      } catch (error) {
        this.#handlers.onError(error);
      }
    }
    await this.load(own);
    return own;
  }

  /** Loads one: from the file that was brought, if it was, for it may not have been kept. @param {{ weights?: Blob, signal?: AbortSignal }} options */
  async load(id, { weights = this.#brought.get(id), signal } = {}) {
    await this.#negah.loadModel(id, { weights, signal, onProgress: this.#handlers.onProgress });
    if (weights) this.#brought.set(id, weights);
  }

  /** Loads the one that is chosen, if another is there instead. @param {AbortSignal} signal */
  async comeHome(signal) {
    if (this.#negah.model !== this.chosen) await this.load(this.chosen, { signal });
  }

  /** Whether one's weights are here. */
  has(id) {
    const { bytes } = this.#negah.models().find((model) => model.id === id);
    return bytes !== null || id === this.chosen || this.#brought.has(id) || this.kept.some((one) => one.id === id);
  }

  /** Looks what is kept. */
  async refresh() {
    try {
      this.kept = await this.#negah.keptModels();
    } catch (error) {
      this.#handlers.onError(error);
    }
    this.#handlers.onChange();
  }

  /** Keeps a copy, while the visitor goes on. */
  async keep(id, weights) {
    const keeping = { id, done: 0, total: weights.size };
    this.keeping = keeping;
    const onProgress = ({ done }) => {
      keeping.done = done;
      this.#handlers.onChange();
    };
    await this.#negah.keepModel(id, weights, { onProgress }).catch(this.#handlers.onError);
    if (this.keeping === keeping) this.keeping = null;
    await this.refresh();
  }

  /** Lets go of one's weights; the one that is chosen stays until another is. */
  async forget(id) {
    if (id !== this.chosen) this.#brought.delete(id);
    await this.#negah.forgetModel(id).catch(this.#handlers.onError);
    await this.refresh();
  }
}
