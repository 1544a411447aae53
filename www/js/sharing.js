// The networks that the elements of a page compute with: those that ask for the same one on the same device share it, and take turns.

import { FIRST, wordsIn } from './explainer-words.js';
import { Negah } from './negah.js';

/** How long one stays when nobody uses it, in milliseconds: an element may only be on its way to another place. */
const LINGER = 30_000;

/** @type {Map<string, Shared>} */
const all = new Map();

/** A Negah with a network loaded, from when the first enters until some time after the last has left. */
export class Shared {
  #key;
  #model;
  #device;
  /** @type {Promise<Negah> | null} */
  #negah = null;
  /** @type {Set<(progress: import('./negah.js').Progress) => void>} */
  #users = new Set();
  #ending = 0;

  /** @param {string} model @param {import('./negah.js').DeviceRequest} device */
  static of(model, device) {
    const key = `${model} ${device}`;
    if (!all.has(key)) all.set(key, new Shared(key, model, device));
    return all.get(key);
  }

  constructor(key, model, device) {
    this.#key = key;
    this.#model = model;
    this.#device = device;
  }

  /**
   * @param {(progress: import('./negah.js').Progress) => void} user hears how far the loading is
   * @throws {import('./negah.js').NegahError} in the first language, for those who use it may speak several
   */
  enter(user) {
    clearTimeout(this.#ending);
    this.#users.add(user);
    return this.#negah ??= this.#load();
  }

  leave(user) {
    clearTimeout(this.#ending);
    this.#users.delete(user);
    if (this.#users.size === 0) this.#ending = setTimeout(() => this.#end(), LINGER);
  }

  async #load() {
    let negah;
    try {
      const locale = await wordsIn(FIRST);
      negah = await Negah.create({ device: this.#device, locale, onProgress: (progress) => this.#users.forEach((hear) => hear(progress)) });
      await negah.loadModel(this.#model);
      return negah;
    } catch (error) {
      negah?.dispose();
      // Whoever enters next has it tried again.
      this.#negah = null;
      throw error;
    }
  }

  #end() {
    all.delete(this.#key);
    this.#negah?.then((negah) => negah.dispose(), () => {});
  }
}
