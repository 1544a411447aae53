// What computes: a worker with a network loaded, and another in its place when it died, or for another network or device. They are
// started one after another, in the order they were asked for, so that the last one asked for is the one that stays.

import { Engine } from './engine.js';
import { failing, saidLater } from './error.js';

/** @typedef {import('./negah.js').DeviceRequest} DeviceRequest */
/** @typedef {import('./negah.js').Watching} Watching */
/** @typedef {import('./weights.js').Source} Source */

export class Computing {
  /** The worker. @type {Engine} */
  engine;
  /** What is loaded, to load it again. @type {Source | null} */
  source = null;
  /** The worker that was started last, which may not be in its place yet. @type {Engine} */
  #latest;
  #options;
  #assets;
  #weights;
  #failure;
  /** Settles when no other worker is being started, which calls wait for. @type {Promise<void> | null} */
  #turns = null;
  #disposed = false;

  /**
   * @param {{ device: DeviceRequest, locale: import('./locale.js').Locale, onProgress: (progress: import('./negah.js').Progress) => void,
   *           onNotice: (notice: import('./negah.js').Notice) => void }} options as {@link Negah.create} takes them
   * @param {import('./assets.js').Assets} assets
   * @param {import('./weights.js').Weights} weights
   */
  constructor(options, assets, weights) {
    this.#options = options;
    this.#assets = assets;
    this.#weights = weights;
    this.#failure = failing(options.locale);
  }

  /** Starts the first worker. */
  async begin() {
    this.engine = await this.#start(this.#options.device);
  }

  /** What the worker answers. @param {string} name @param {object} args @param {Transferable[]} [transfer] */
  async call(name, args, transfer) {
    await this.ready();
    return this.engine.call(name, args, {}, transfer);
  }

  /** Waits until there is a worker that can be asked. @param {AbortSignal} [signal] */
  async ready(signal) {
    while (this.#turns) await abortable(this.#turns, signal);
    this.#check(signal);
    // It was started anew when it died; if that failed, this is another chance.
    if (this.engine.dead) await this.#inTurn(() => this.engine.dead && this.#replace({}));
  }

  /** Loads a network, in place of the one before. @param {import('./negah.js').Model} model @param {Blob | undefined} brought @param {Watching} watching */
  load(model, brought, watching) {
    return this.#inTurn(async () => {
      const source = await this.#weights.locate(model, brought);
      try {
        await this.#replace({ source, ...watching });
      } catch (error) {
        if (!source.kept || source.served || error.code !== 'model-damaged') throw error;
        await this.#weights.forget(model.id);
        throw this.#failure(error.code, 'kept-damaged', { name: model.name, reason: saidLater(error) });
      }
    }, watching.signal);
  }

  /** Computes on another device from now on. @param {DeviceRequest} device */
  setDevice(device) {
    return this.#inTurn(() => this.#replace({ device }));
  }

  /** Has a network, if it is the one that is loaded, come from somewhere else from now on. @param {string} id @param {(source: Source) => Promise<Source>} from */
  async move(id, from) {
    const { source } = this;
    if (source?.id !== id) return;
    const moved = await from(source);
    // Another may have been loaded meanwhile.
    if (this.source === source) this.source = moved;
  }

  /** Ends the worker, and one that is being started. */
  dispose() {
    this.#disposed = true;
    for (const engine of [this.engine, this.#latest]) engine?.stop(this.#failure('disposed', 'disposed'));
  }

  /** Does what replaces the worker, when all that was asked for before is done or has failed: that is told to whoever asked for it. */
  #inTurn(work, signal) {
    const before = this.#turns;
    const own = abortable(before, signal).then(() => {
      this.#check(signal);
      return work();
    });
    // One that is given up while it waits leaves those before it their time.
    const turns = Promise.allSettled([before, own]).then(() => {
      if (this.#turns === turns) this.#turns = null;
    });
    this.#turns = turns;
    return own;
  }

  /** @param {AbortSignal} [signal] */
  #check(signal) {
    signal?.throwIfAborted();
    if (this.#disposed) throw this.#failure('disposed', 'disposed');
  }

  async #start(device) {
    this.#check();
    const { script, module } = this.#assets;
    const engine = new Engine({ script, locale: this.#options.locale, onDeath: (dead) => this.#restart(dead) });
    this.#latest = engine;
    try {
      const info = await engine.call('create', { device, module, gpuInPages: Boolean(navigator.gpu) });
      engine.info = { ...info, device: this.#explained(info.device) };
      return engine;
    } catch (error) {
      engine.stop(error);
      throw error;
    }
  }

  /** A device with the reason for it in words; `refused` is why another one is not used. */
  #explained({ refused, ...device }) {
    const { locale } = this.#options;
    const because = refused ? { key: 'refused', values: { reason: saidLater(refused) } } : device.because;
    return { ...device, because, reason: locale.t(`device.${because.key}`, because.values) };
  }

  /** Has the worker load a network. The page's own weights are fetched where no copy is kept, or it is not what the page serves. */
  async #load(engine, source, { signal, onProgress = this.#options.onProgress }) {
    const { id, served } = source;
    if (!source.weights) await this.#weights.fetch(source, { signal, progress: (done, total) => onProgress({ stage: 'model', done, total }) });
    this.#check();
    try {
      Object.assign(engine, await engine.call('loadModel', { id, weights: source.weights, sha256: served?.sha256 }, { signal, onProgress }));
    } catch (error) {
      if (!served || !source.kept || error.code !== 'model-damaged') throw error;
      source.weights = undefined;
      await this.#load(engine, source, { signal, onProgress });
    }
    if (source.fetched) this.#weights.keepFetched(source);
    source.fetched = false;
  }

  /** Puts a worker with the network loaded in the place of the present one, once it works. */
  async #replace({ device = this.#options.device, source = this.source, ...watching }) {
    const waiting = !this.source && !this.engine.dead && device === this.#options.device;
    let engine = waiting ? this.engine : await this.#start(device);
    let refused = null;
    if (source) {
      try {
        await this.#load(engine, source, watching);
      } catch (error) {
        engine.stop(error);
        if (!refusesDevice(error)) throw error;
        engine = await this.#start('cpu');
        await this.#load(engine, source, watching);
        refused = error;
      }
    }
    if (refused) engine.info.device = this.#explained({ ...engine.info.device, refused });
    if (engine !== this.engine) this.engine.stop(this.#failure('worker-lost', 'worker-replaced'));
    this.engine = engine;
    this.source = source;
    this.#options.device = device;
    if (refused) this.#notify(this.#failure('device-refused', 'device-refused', { reason: saidLater(refused) }));
  }

  /** After the worker died: brings up another, and says so. */
  #restart(engine) {
    if (this.#turns || engine !== this.engine) return;
    this.#inTurn(() => this.#replace({})).then(
      () => this.#notify(this.#failure('worker-restarted', 'worker-restarted')),
      (error) => this.#notify(error),
    );
  }

  #notify({ code, message, key, values }) {
    if (!this.#disposed) this.#options.onNotice({ code, message, key, values });
  }
}

function refusesDevice(error) {
  return ['gpu-wrong', 'gpu-error', 'gpu-lost'].includes(error.code);
}

/** Waits for something, unless the waiting is given up. */
async function abortable(promise, signal) {
  signal?.throwIfAborted();
  await Promise.race([promise, new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))]);
}
