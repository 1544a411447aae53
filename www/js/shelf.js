// The copies of networks' weights that are kept in this browser for the next visit.

/** @typedef {{ id: string, file: string, bytes: number, brought: boolean }} Kept */

export class Shelf {
  /** @type {Kept[]} */
  kept = [];
  /** Which copy is being made. @type {{ id: string, done: number, total: number } | null} */
  keeping = null;
  #negah;
  #handlers;

  /** @param {{ negah: import('./negah.js').Negah, onChange: () => void, onError: (error: Error) => void }} options */
  constructor({ negah, ...handlers }) {
    this.#negah = negah;
    this.#handlers = handlers;
  }

  /** Looks what there is. */
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

  /** Lets go of a copy. */
  async forget(id) {
    await this.#negah.forgetModel(id).catch(this.#handlers.onError);
    await this.refresh();
  }
}
