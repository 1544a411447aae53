// The page's half of a worker: requests, their progress and their answers.

import { NegahError, worded } from './error.js';

/** @typedef {import('./negah.js').Progress} Progress */

/** One worker and the requests it has not answered yet. */
export class Engine {
  info = null;
  layers = [];
  summary = [];
  dead = false;
  #worker;
  #address;
  #locale;
  #pending = new Map();
  #next = 1;
  #onDeath;

  /**
   * @param {{ script: Blob, locale: import('./locale.js').Locale, onDeath: (engine: Engine) => void }} options
   *   `script` is the worker's; `onDeath` is called if it ends by itself
   */
  constructor({ script, locale, onDeath }) {
    this.#locale = locale;
    this.#onDeath = onDeath;
    this.#address = URL.createObjectURL(script);
    this.#worker = new Worker(this.#address, { type: 'module', name: 'negah' });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => {
      // What is wrong is told to whoever waits, not to the console.
      event.preventDefault();
      this.#die(event.message);
    };
  }

  /**
   * @param {string} call
   * @param {object} args
   * @param {{ signal?: AbortSignal, onProgress?: (progress: Progress) => void, onPartial?: (partial: object) => void }} options
   * @param {Transferable[]} transfer
   */
  call(call, args, { signal, onProgress, onPartial } = {}, transfer = []) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.dead) return reject(this.#lost('worker-over'));
      const id = this.#next++;
      const cancel = () => {
        this.#pending.delete(id);
        this.#worker.postMessage({ cancel: id });
        reject(signal.reason);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const settle = (finish) => (value) => {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', cancel);
        finish(value);
      };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject), onProgress, onPartial });
      this.#worker.postMessage({ id, call, args, partials: Boolean(onPartial) }, transfer);
    });
  }

  /** Ends the worker; whoever still waits gets `error`. */
  stop(error) {
    this.dead = true;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#address);
    for (const { reject } of [...this.#pending.values()]) reject(error);
  }

  #hear({ id, progress, partial, result, error, fatal }) {
    if (fatal) return this.#die(fatal);
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    if (progress) return pending.onProgress?.(progress);
    if (partial) return pending.onPartial?.(partial);
    if (!error) return pending.resolve(result);
    pending.reject(worded(error, this.#locale));
    // A module that trapped and a GPU that was lost are of no more use in this worker.
    if (['worker-lost', 'gpu-lost'].includes(error.code)) this.#die();
    return undefined;
  }

  #die(reason) {
    this.stop(reason ? this.#lost('worker-lost-because', { reason }) : this.#lost('worker-lost'));
    this.#onDeath(this);
  }

  #lost(key, values) {
    return new NegahError({ code: 'worker-lost', key, values }, this.#locale);
  }
}
