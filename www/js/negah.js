// The API of Negah, for its own page and for any other. The computing is done by a worker, so no call blocks.
//
//   import { Negah } from './js/negah.js';
//   const negah = await Negah.create({ device: 'auto' });
//   await negah.loadModel('efficientnet-lite0');
//   const { classes } = await negah.predict(blob);
//   const result = await negah.explain(blob, { method: 'grad-cam', target: classes[0].index, layer: 'head' });

import { Engine } from './engine.js';
import { NegahError } from './error.js';
import * as store from './store.js';

export { NegahError };

/** No file of a visitor's ends so; a bare SHA-256 would not do, for Hugging Face's cache names files by theirs. */
const FETCHED = '.fetched';

/**
 * @typedef {{ stage: 'module' | 'model' | 'verify' | 'load' | 'check' | 'keep' | 'background' | 'compute', done: number, total: number, remaining?: number }} Progress
 *   Bytes for `module`, `model` (fetched), `verify`, `load` (into memory) and `keep`, pictures for `background`, samples or steps
 *   otherwise; a `total` of 0 is unknown. `remaining` is an estimate of the milliseconds left.
 * @typedef {'auto' | 'gpu' | 'cpu'} DeviceRequest
 * @typedef {{ kind: 'gpu' | 'cpu', name: string, reason: string, requested: DeviceRequest }} DeviceInfo
 * @typedef {{ index: number, wnid: string, name: string, logit: number, probability: number }} ScoredClass
 * @typedef {'centre-crop' | 'stretch' | 'keras'} Framing
 *   What of a picture the network is shown: its central part, all of it, or all of it by nearest neighbours, as Keras's `load_img` does.
 * @typedef {{ width: number, height: number, rgba: Uint8ClampedArray }} Picture
 * @typedef {Picture & { range: [number, number] | null }} Coloured
 *   A coloured map, and the values at the two ends of its colours; `range` is null where the map is blank.
 * @typedef {{ classes: ScoredClass[], picture: Picture, crop: { x: number, y: number, width: number, height: number }, device: DeviceInfo, elapsed: number }} Prediction
 *   `picture` is the upright photograph, its longer side at most 1024; `crop`, in its pixels, is what the network sees.
 * @typedef {{ colormap?: string, channels?: 'sum' | 'magnitude' | 'largest', percentile?: number, tiles?: 'together' | 'apart' }} Style
 *   How an explanation is drawn: how the channels of each place become one value, at which percentile of the values the colours end,
 *   and whether the tiles of a grid share one scale. What is left out is what the method's values call for.
 * @typedef {{ id: string, name: string, summary: string, values: number[] }} Measure a number for each target
 * @typedef {{ values: Float32Array, width: number, height: number, channels: number, maps: Float32Array[], min: number | null, max: number | null, picture: Coloured, pictures: Coloured[], target: ScoredClass, targets: ScoredClass[], note: string | null, notes: (string | null)[], layer: string | null, method: string, shows: 'heat' | 'signed' | 'channels', colormap: string, score: string, parameters: Record<string, boolean | number | string>, variance: Float32Array | null, measures: Measure[], order: number[] | null, device: DeviceInfo, elapsed: number }} Explanation
 *   `values` are the raw ones, targets × channels × height × width; `maps` one map a target, row by row, their channels joined (none for a
 *   grid), and `pictures` the same in colours, to lay over `crop`. `picture`, `target` and `note` are the first of each; a `note` says in
 *   words what a blank map means. `order` is that of a grid's channels.
 */

export class Negah {
  #options;
  #manifest;
  /** @type {Engine} */
  #engine;
  /** The network's id and where its weights are, to load it again. */
  #source = null;
  /** The start of another worker, which calls wait for. */
  #restarting = null;
  #disposed = false;
  #numbers = new WeakMap();
  #nextNumber = 1;

  /**
   * Starts the worker and its WebAssembly module.
   *
   * @param {{ device?: DeviceRequest, onProgress?: (progress: Progress) => void, onNotice?: (notice: { code: string, message: string }) => void }} options
   *   `onNotice` hears what the visitor should know: that a device was refused, or the worker had to be replaced.
   * @returns {Promise<Negah>}
   * @throws {NegahError} `no-webassembly`, `module-missing`, `model-missing`, `no-gpu`
   */
  static async create({ device = 'auto', onProgress = () => {}, onNotice = () => {} } = {}) {
    requireWebAssembly();
    const manifest = await readManifest();
    const negah = new Negah({ device, onProgress, onNotice }, manifest);
    negah.#engine = await negah.#start(device);
    return negah;
  }

  /** @private Use {@link Negah.create}. */
  constructor(options, manifest) {
    this.#options = options;
    this.#manifest = manifest;
  }

  /** @returns {DeviceInfo} What computes, and why. */
  deviceInfo() {
    return this.#engine.info.device;
  }

  /**
   * The models there are. `bytes` is the size of the weights that this page serves, null where they have to be brought: what
   * fits is in `weights`, in words and in about so many megabytes. `layer` is where methods look by default.
   */
  models() {
    return this.#engine.info.models.map((model) => ({ ...model, bytes: this.#served(model.id)?.bytes ?? null }));
  }

  /**
   * The weights that are kept in this browser, of the page's own (`brought` is false) or brought by the visitor.
   * @returns {Promise<Array<{ id: string, file: string, bytes: number, brought: boolean }>>}
   */
  async keptModels() {
    const known = (await store.list()).filter(({ id }) => this.models().some((model) => model.id === id));
    return known.map(({ id, file }) => {
      const served = this.#served(id);
      const brought = isBrought(file);
      return { id, file: brought || !served ? file.name : served.file, bytes: file.size, brought };
    });
  }

  /** The version of Negah that computes. */
  version() {
    return this.#engine.info.version;
  }

  /** The methods there are, each with its parameters and its paper. */
  methods() {
    return this.#engine.info.methods;
  }

  /** The colour maps there are, each with 256 colours: `stops` holds their red, green and blue. */
  colormaps() {
    return this.#engine.info.colormaps;
  }

  /** The classes the models tell apart. */
  classes() {
    return this.#engine.info.classes;
  }

  /** The id of the loaded model; null while there is none. */
  get model() {
    return this.#source?.id ?? null;
  }

  /** The layers of the loaded model, in order. */
  layers() {
    return this.#engine.layers;
  }

  /**
   * The summary of the loaded model: name, kind, output shape and number of parameters of each layer; Keras's own list where the model is Keras's.
   * @returns {Array<{ name: string, kind: string, shape: number[], parameters: number }>}
   */
  summary() {
    return this.#engine.summary;
  }

  /**
   * The id of the model whose weights a file holds; null for a file that holds no weights.
   *
   * @param {Blob} file
   * @throws {NegahError} `unknown-weights` for those of a network that is not known here, `model-damaged`
   */
  async identify(file) {
    requireBlob(file);
    await this.#ready();
    return this.#engine.call('identify', { file });
  }

  /**
   * Makes a model ready, in place of the one before, which stays if this fails or is aborted: its weights are those brought, else
   * those kept in this browser, else the page's own. The memory of the one before is freed.
   *
   * @param {string} id
   * @param {{ weights?: Blob, signal?: AbortSignal, onProgress?: (progress: Progress) => void }} options
   *   `weights` is a file of any format that {@link Negah#models} names; it is read a tensor at a time.
   * @throws {NegahError} `unknown-model`, `weights-needed`, `model-missing`, `model-damaged`, `other-weights`, `unknown-weights`
   */
  async loadModel(id, { weights, signal, onProgress } = {}) {
    const model = this.#find(id);
    await this.#settled(signal);
    const source = await this.#locate(model, weights);
    try {
      await this.#replace(this.#options.device, source, { signal, onProgress });
    } catch (error) {
      if (weights || !source.weights || source.served || error.code !== 'model-damaged') throw error;
      await store.remove(id);
      throw new NegahError(error.code, `The copy of ${model.name}’s weights that was kept in this browser cannot be used, and was removed: bring the file again. (${error.message})`);
    }
  }

  /**
   * Keeps a model's weights in this browser, so that {@link Negah#loadModel} finds them from now on.
   *
   * @param {string} id
   * @param {Blob} weights
   * @param {{ signal?: AbortSignal, onProgress?: (progress: Progress) => void }} options
   * @throws {NegahError} `not-kept`, where the browser has no room or keeps nothing
   */
  async keepModel(id, weights, { signal, onProgress } = {}) {
    const { name } = this.#find(id);
    requireBlob(weights);
    try {
      const progress = (done, total) => onProgress?.({ stage: 'keep', done, total });
      await store.put(id, weights.name ?? `${id}.weights`, weights, { signal, progress });
    } catch (error) {
      signal?.throwIfAborted();
      throw new NegahError('not-kept', `${name} works, but its weights could not be kept in this browser (${error.message}): next time, bring the file again.`);
    }
    if (this.#source?.id === id) this.#source = await this.#locate(this.#find(id));
  }

  /** Lets go of the weights kept in this browser; a model that is loaded stays so. */
  async forgetModel(id) {
    await store.remove(id);
  }

  /**
   * What the network sees in a picture.
   *
   * @param {Blob} blob JPEG, PNG, WebP, GIF (its first frame) or BMP
   * @param {{ top?: number, framing?: Framing, signal?: AbortSignal, onProgress?: (progress: Progress) => void }} options
   * @returns {Promise<Prediction>}
   * @throws {NegahError} `no-model`, `not-an-image`, `truncated-image`, `image-too-small`, `image-too-large`, `empty-file`,
   *   `unsupported-image`, and those of the device: `gpu-error`, `gpu-lost`, `worker-lost`
   */
  async predict(blob, { top = 5, framing, signal, onProgress } = {}) {
    return this.#compute('predict', blob, { top, framing }, { signal, onProgress });
  }

  /**
   * Why the network sees a class in a picture.
   *
   * @param {Blob} blob as for {@link Negah#predict}
   * @param {Style & { method?: string, target?: number | string | (number | string)[], score?: 'logit' | 'probability' | 'log-probability', layer?: string | number, parameters?: object, framing?: Framing, background?: 'bundled' | 'none' | Blob | Blob[], batch?: number, signal?: AbortSignal, onProgress?: (progress: Progress) => void, onPartial?: (explanation: Explanation) => void }} options
   *   `target` is a class by index, name or WordNet id, `'top'`, or `'top3'` for the best three; `layer` a layer by name, or by its
   *   number in the reference implementation's own list; `background` what the picture is compared
   *   with, by methods that compare; `batch` how many samples are computed at once. What is left out is the model's or the method's
   *   default. `onPartial` gets now and then what is known so far.
   * @returns {Promise<Explanation>}
   * @throws {NegahError} as {@link Negah#predict}, and `unknown-method`, `unknown-layer`, `unknown-class`, `unknown-parameter`,
   *   `bad-parameter`, `unknown-colormap`
   */
  async explain(blob, { signal, onProgress, onPartial, background, framing, colormap, channels, percentile, tiles, ...options } = {}) {
    const compares = this.methods().find(({ id }) => id === options.method)?.looksAt === 'input';
    const others = await this.#background(background ?? (compares ? 'bundled' : 'none'));
    const layer = typeof options.layer === 'number' ? String(options.layer) : options.layer;
    const args = { options: { ...options, layer, style: { colormap, channels, percentile, tiles } }, framing, background: others };
    const { device, ...explanation } = await this.#compute('explain', blob, args, { signal, onProgress, onPartial });
    return { ...whole(explanation), device };
  }

  /**
   * Draws an explanation anew, without computing it again.
   *
   * @param {Explanation | { values: Float32Array, width: number, height: number }} explanation
   * @param {Style} style
   * @returns {Promise<Coloured & { pictures: Coloured[] }>} the first picture, and all of them
   * @throws {NegahError} `unknown-colormap`, `bad-parameter`
   */
  async render({ values, width, height, channels = 1, shows = 'heat', order = null }, style = {}) {
    await this.#ready();
    const shape = [values.length / (width * height * channels), channels, height, width];
    const pictures = await this.#engine.call('render', { values, shape, shows, order, style });
    return { ...pictures[0], pictures };
  }

  /**
   * Draws maps by one scale, so that a colour means the same in all of them: the first map of each explanation.
   *
   * @param {Explanation[]} explanations all of one kind, `heat` or `signed`
   * @param {Style} style
   * @returns {Promise<Coloured[]>} a picture for each
   * @throws {NegahError} as {@link Negah#render}
   */
  async renderTogether(explanations, style = {}) {
    await this.#ready();
    const maps = explanations.map((explanation) => explanation.maps[0]);
    const values = new Float32Array(maps.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const map of maps) {
      values.set(map, at);
      at += map.length;
    }
    const sizes = explanations.flatMap(({ width, height }) => [width, height]);
    return this.#engine.call('renderTogether', { values, sizes, shows: explanations[0].shows, style }, {}, [values.buffer]);
  }

  /**
   * Computes on another device from now on, with the same model. Where that fails, nothing changes.
   *
   * @param {DeviceRequest} device
   * @throws {NegahError} `no-gpu`
   */
  async setDevice(device) {
    await this.#settled();
    await this.#replace(device, this.#source);
    this.#options.device = device;
  }

  /** How many bytes of WebAssembly memory are in use: it never shrinks, so this is the most there ever was. */
  async memory() {
    await this.#ready();
    return this.#engine.call('memory', {});
  }

  /** Ends the worker. No call works after that. */
  dispose() {
    this.#disposed = true;
    this.#engine.stop(new NegahError('disposed', 'This Negah was disposed of.'));
  }

  async #ready(signal) {
    await this.#settled(signal);
    // It was started anew when it died; if that failed, this is another chance.
    if (this.#engine.dead) await this.#replace(this.#options.device, this.#source);
  }

  /** Waits until no other worker is being started. */
  async #settled(signal) {
    signal?.throwIfAborted();
    if (this.#disposed) throw new NegahError('disposed', 'This Negah was disposed of.');
    // That another worker failed is told to whoever asked for it; the one before is still there.
    while (this.#restarting) await abortable(this.#restarting.catch(() => {}), signal);
  }

  #find(id) {
    const models = this.#engine.info.models;
    const known = models.map((model) => model.id).join(', ');
    const model = models.find((one) => one.id === id);
    if (!model) throw new NegahError('unknown-model', `There is no model “${id}”. There is: ${known}.`);
    return model;
  }

  /** What the page itself has of a model's weights. */
  #served(id) {
    return this.#manifest.find((entry) => entry.id === id) ?? null;
  }

  /** Where a model's weights are: brought or kept, or served by the page. */
  async #locate({ id, name, weights: { words, megabytes } }, brought) {
    if (brought) {
      requireBlob(brought);
      return { id, weights: brought };
    }
    const kept = await store.find(id);
    if (kept && isBrought(kept)) return { id, weights: kept };
    const entry = this.#served(id);
    if (!entry) throw new NegahError('weights-needed', `${name} needs its weights, which this page does not have. Bring ${words}; about ${megabytes} MB.`);
    const { file, bytes, sha256 } = entry;
    const url = new URL(`../models/${file}`, import.meta.url).href;
    const served = { url, bytes, sha256, code: 'model-missing', what: 'The network’s weight file' };
    return { id, served, weights: kept?.name === nameOf(served) ? kept : undefined };
  }

  /** What the worker needs for the pictures to compare with: their addresses, or their bytes. */
  async #background(background) {
    if (background === 'none') return { key: 'none', files: [] };
    if (background === 'bundled') return { key: 'bundled', list: new URL('../backgrounds/backgrounds.json', import.meta.url).href };
    const blobs = [background].flat();
    if (!blobs.every((blob) => blob instanceof Blob)) throw new NegahError('bad-parameter', '“background” takes bundled, none, or pictures as Blobs or Files.');
    return { key: blobs.map((blob) => this.#numberOf(blob)).join(), files: await Promise.all(blobs.map(bytesOf)) };
  }

  async #compute(call, blob, args, { signal, onProgress, onPartial }) {
    if (!(blob instanceof Blob)) throw new NegahError('not-an-image', `A picture is expected as a Blob or File, not ${blob === null ? 'null' : typeof blob}.`);
    await this.#ready(signal);
    if (!this.#source) throw new NegahError('no-model', 'No network is loaded yet: call loadModel first.');
    const engine = this.#engine;
    const device = engine.info.device;
    const photograph = this.#numberOf(blob);
    const request = async (bytes) => engine.call(call, { photograph, bytes, ...args }, { signal, onProgress, onPartial: onPartial && ((partial) => onPartial({ ...whole(partial), device })) }, bytes && [bytes]);
    let result;
    try {
      result = await request(engine.sent.has(photograph) ? undefined : await bytesOf(blob));
    } catch (error) {
      if (error.code !== 'photograph-forgotten') throw error;
      result = await request(await bytesOf(blob));
    }
    engine.sent.add(photograph);
    return { ...result, device };
  }

  /** A number for each Blob, by which the worker knows a picture that it has decoded. */
  #numberOf(blob) {
    if (!this.#numbers.has(blob)) this.#numbers.set(blob, this.#nextNumber++);
    return this.#numbers.get(blob);
  }

  async #start(device) {
    const engine = new Engine((dead) => this.#restart(dead));
    try {
      const module = { url: new URL('../negah-web_bg.wasm', import.meta.url).href, code: 'module-missing', what: 'The WebAssembly module' };
      // Compiled once: another worker takes it from the one before.
      const compiled = this.#engine?.info.compiled;
      engine.info = await engine.call('create', { device, module, compiled }, { onProgress: this.#options.onProgress });
      return engine;
    } catch (error) {
      engine.stop(error);
      throw error;
    }
  }

  async #load(engine, source, { signal, onProgress = this.#options.onProgress } = {}) {
    const { layers, summary, fetched } = await engine.call('loadModel', source, { signal, onProgress });
    Object.assign(engine, { layers, summary });
    if (!fetched) return;
    source.weights = fetched;
    // That there is no room for it is no reason to fail: it can be fetched again.
    store.put(source.id, nameOf(source.served), fetched).catch(() => {});
  }

  /** Puts a worker with the network loaded in the place of the present one, once it works. */
  async #replace(device, source, { signal, onProgress } = {}) {
    const work = async () => {
      const waiting = !this.#source && !this.#engine.dead && device === this.#options.device;
      let engine = waiting ? this.#engine : await this.#start(device);
      let notice = null;
      if (source) {
        try {
          await this.#load(engine, source, { signal, onProgress });
        } catch (error) {
          engine.stop(error);
          if (!refusesDevice(error)) throw error;
          engine = await this.#start('cpu');
          await this.#load(engine, source, { signal, onProgress });
          notice = refusal(error);
        }
      }
      if (notice) engine.info.device.reason = notice.message;
      if (engine !== this.#engine) this.#engine.stop(new NegahError('worker-lost', 'The computation was stopped: another device or network took its place.'));
      this.#engine = engine;
      this.#source = source;
      if (notice) this.#options.onNotice(notice);
    };
    this.#restarting = work().finally(() => {
      this.#restarting = null;
    });
    await this.#restarting;
  }

  /** After the worker died: brings up another, and says so. */
  #restart(engine) {
    if (this.#disposed || this.#restarting || engine !== this.#engine) return;
    this.#replace(this.#options.device, this.#source).then(
      () => this.#options.onNotice({ code: 'worker-restarted', message: 'The computation stopped unexpectedly. It was started anew, and the network is ready again.' }),
      (error) => this.#options.onNotice({ code: error.code ?? 'worker-lost', message: error.message }),
    );
  }
}

function requireWebAssembly() {
  // The smallest module that uses a SIMD instruction.
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  if (typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(simd))) return;
  throw new NegahError('no-webassembly', 'This browser cannot run WebAssembly with SIMD, in which the network is computed. Use a current Firefox, Chrome, Edge or Safari, and allow WebAssembly if it is switched off.');
}

async function readManifest() {
  const url = new URL('../models/models.json', import.meta.url).href;
  try {
    const response = await fetch(url);
    if (response.ok) return await response.json();
    throw new Error(`the server answered ${response.status}`);
  } catch (error) {
    throw new NegahError('model-missing', `The list of models cannot be read from ${url}: ${error.message}. Check the connection and try again.`);
  }
}

/** An explanation as the worker gives it, with the first of each for whoever asked for one. */
function whole(explanation) {
  const { pictures: [picture], targets: [target], notes: [note] } = explanation;
  return { ...explanation, picture, target, note };
}

async function bytesOf(blob) {
  try {
    return await blob.arrayBuffer();
  } catch (error) {
    throw new NegahError('not-an-image', `The file cannot be read (${error.message}). If it was moved or changed, choose it again; a folder cannot be read as a picture.`);
  }
}

function requireBlob(weights) {
  if (!(weights instanceof Blob)) throw new NegahError('unknown-weights', 'Weights are expected as a Blob or File.');
}

/** What the page's own weights are kept under. */
function nameOf({ sha256 }) {
  return `${sha256}${FETCHED}`;
}

/** Whether a visitor brought a file that is kept. */
function isBrought({ name }) {
  return !name.endsWith(FETCHED);
}

function refusesDevice(error) {
  return ['gpu-wrong', 'gpu-error', 'gpu-lost'].includes(error.code);
}

function refusal(error) {
  return { code: 'device-refused', message: `The GPU is not used, the CPU is: ${error.message}` };
}

function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}
