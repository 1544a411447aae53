// The API of Negah, for its own page and for any other. The computing is done by a worker, so no call blocks.
//
//   import { Negah } from './js/negah.js';
//   const negah = await Negah.create({ device: 'auto' });
//   await negah.loadModel('efficientnet-lite0');
//   const { classes } = await negah.predict(blob);
//   const result = await negah.explain(blob, { method: 'grad-cam', target: classes[0].index, layer: 'head' });

/** A failure with a `code` for programs and a `message` that can be shown to people as it is. */
export class NegahError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'NegahError';
    this.code = code;
  }
}

/**
 * @typedef {{ stage: 'module' | 'model' | 'load' | 'check' | 'background' | 'compute', done: number, total: number, remaining?: number }} Progress
 *   Bytes for `module`, `model` and `load` (into memory), pictures for `background`, samples or steps otherwise; a `total` of 0 is unknown. `remaining` is
 *   an estimate of the milliseconds left.
 * @typedef {'auto' | 'gpu' | 'cpu'} DeviceRequest
 * @typedef {{ kind: 'gpu' | 'cpu', name: string, reason: string, requested: DeviceRequest }} DeviceInfo
 * @typedef {{ index: number, wnid: string, name: string, logit: number, probability: number }} ScoredClass
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
  #model = null;
  /** The restart under way, which calls wait for. */
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

  /** The models there are, each with its weight file's size and the layer that methods look at by default. */
  models() {
    return this.#manifest.map((entry) => {
      const { input, layer } = this.#engine.info.models.find((model) => model.id === entry.id) ?? {};
      return { id: entry.id, name: entry.name, bytes: entry.bytes, input, layer };
    });
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

  /** The layers of the loaded model, in order. */
  layers() {
    return this.#engine.layers;
  }

  /**
   * Fetches a model's weights and makes it ready.
   *
   * @param {string} id
   * @param {{ signal?: AbortSignal, onProgress?: (progress: Progress) => void }} options
   * @throws {NegahError} `unknown-model`, `model-missing`, `model-damaged`
   */
  async loadModel(id, { signal, onProgress } = {}) {
    const entry = this.#manifest.find((model) => model.id === id);
    if (!entry) {
      const known = this.#manifest.map((model) => model.id).join(', ');
      throw new NegahError('unknown-model', `There is no model “${id}”. There is: ${known}.`);
    }
    await this.#ready(signal);
    try {
      await this.#load(this.#engine, entry, { signal, onProgress });
    } catch (error) {
      if (!refusesDevice(error)) throw error;
      await this.#replace('cpu', entry, refusal(error));
    }
    this.#model = entry;
  }

  /**
   * What the network sees in a picture.
   *
   * @param {Blob} blob JPEG, PNG, WebP, GIF (its first frame) or BMP
   * @param {{ top?: number, signal?: AbortSignal, onProgress?: (progress: Progress) => void }} options
   * @returns {Promise<Prediction>}
   * @throws {NegahError} `no-model`, `not-an-image`, `truncated-image`, `image-too-small`, `image-too-large`, `empty-file`,
   *   `unsupported-image`, and those of the device: `gpu-error`, `gpu-lost`, `worker-lost`
   */
  async predict(blob, { top = 5, signal, onProgress } = {}) {
    return this.#compute('predict', blob, { top }, { signal, onProgress });
  }

  /**
   * Why the network sees a class in a picture.
   *
   * @param {Blob} blob as for {@link Negah#predict}
   * @param {Style & { method?: string, target?: number | string | (number | string)[], score?: 'logit' | 'probability' | 'log-probability', layer?: string, parameters?: object, background?: 'bundled' | 'none' | Blob | Blob[], batch?: number, signal?: AbortSignal, onProgress?: (progress: Progress) => void, onPartial?: (explanation: Explanation) => void }} options
   *   `target` is a class by index, name or WordNet id, `'top'`, or `'top3'` for the best three; `background` what the picture is compared
   *   with, by methods that compare; `batch` how many samples are computed at once. What is left out is the model's or the method's
   *   default. `onPartial` gets now and then what is known so far.
   * @returns {Promise<Explanation>}
   * @throws {NegahError} as {@link Negah#predict}, and `unknown-method`, `unknown-layer`, `unknown-class`, `unknown-parameter`,
   *   `bad-parameter`, `unknown-colormap`
   */
  async explain(blob, { signal, onProgress, onPartial, background, colormap, channels, percentile, tiles, ...options } = {}) {
    const compares = this.methods().find(({ id }) => id === options.method)?.looksAt === 'input';
    const others = await this.#background(background ?? (compares ? 'bundled' : 'none'));
    const args = { options: { ...options, style: { colormap, channels, percentile, tiles } }, background: others };
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
   * Computes on another device from now on, with the same model. Where that fails, nothing changes.
   *
   * @param {DeviceRequest} device
   * @throws {NegahError} `no-gpu`
   */
  async setDevice(device) {
    await this.#ready();
    await this.#replace(device, this.#model);
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
    signal?.throwIfAborted();
    if (this.#disposed) throw new NegahError('disposed', 'This Negah was disposed of.');
    while (this.#restarting) await abortable(this.#restarting, signal);
    // It was started anew when it died; if that failed, this is another chance.
    if (this.#engine.dead) await this.#replace(this.#options.device, this.#model);
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
    if (!this.#model) throw new NegahError('no-model', 'No network is loaded yet: call loadModel first.');
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
      engine.info = await engine.call('create', { device, module }, { onProgress: this.#options.onProgress });
      return engine;
    } catch (error) {
      engine.stop(error);
      throw error;
    }
  }

  async #load(engine, { id, file, bytes, sha256 }, { signal, onProgress = this.#options.onProgress } = {}) {
    const url = new URL(`../models/${file}`, import.meta.url).href;
    const source = { url, bytes, sha256, code: 'model-missing', what: 'The network’s weight file' };
    const { layers } = await engine.call('loadModel', { id, file: source }, { signal, onProgress });
    engine.layers = layers;
    engine.sent.clear();
  }

  /** Puts a new worker, with the model loaded, in the place of the present one once it works. */
  async #replace(device, entry, because = null) {
    const work = async () => {
      let engine = await this.#start(device);
      let notice = because;
      if (entry) {
        try {
          await this.#load(engine, entry);
        } catch (error) {
          engine.stop(error);
          if (!refusesDevice(error)) throw error;
          engine = await this.#start('cpu');
          await this.#load(engine, entry);
          notice = refusal(error);
        }
      }
      if (notice) engine.info.device.reason = notice.message;
      this.#engine.stop(new NegahError('worker-lost', 'The computation was stopped: the device was changed.'));
      this.#engine = engine;
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
    this.#replace(this.#options.device, this.#model).then(
      () => this.#options.onNotice({ code: 'worker-restarted', message: 'The computation stopped unexpectedly. It was started anew, and the network is ready again.' }),
      (error) => this.#options.onNotice({ code: error.code ?? 'worker-lost', message: error.message }),
    );
  }
}

/** One worker and the requests it has not answered yet. */
class Engine {
  info = null;
  layers = [];
  dead = false;
  /** The numbers of the photographs whose bytes the worker was given. */
  sent = new Set();
  #worker = startWorker();
  #pending = new Map();
  #next = 1;
  #onDeath;

  /** @param {(engine: Engine) => void} onDeath is called if the worker ends by itself */
  constructor(onDeath) {
    this.#onDeath = onDeath;
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
      if (this.dead) return reject(new NegahError('worker-lost', 'The computation has ended.'));
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
    for (const { reject } of [...this.#pending.values()]) reject(error);
  }

  #hear({ id, progress, partial, result, error, fatal }) {
    if (fatal) return this.#die(fatal);
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    if (progress) return pending.onProgress?.(progress);
    if (partial) return pending.onPartial?.(partial);
    if (!error) return pending.resolve(result);
    pending.reject(new NegahError(error.code, error.message));
    // A module that trapped and a GPU that was lost are of no more use in this worker.
    if (['worker-lost', 'gpu-lost'].includes(error.code)) this.#die();
    return undefined;
  }

  #die(detail) {
    this.stop(new NegahError('worker-lost', `The computation stopped unexpectedly${detail ? ` (${detail})` : ''}. Try again.`));
    this.#onDeath(this);
  }
}

/**
 * A worker made from a blob, because only such a worker is bound by the page's content-security policy: one that
 * is loaded by its address could reach other origins.
 */
function startWorker() {
  const source = `import ${JSON.stringify(new URL('./worker.js', import.meta.url).href)};`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  return new Worker(url, { type: 'module', name: 'negah' });
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
