// The API of Negah, for its own page and for any other. The computing is done by a worker, so no call blocks. What it takes is fetched
// by `create` and `loadModel`; no other call asks the network for anything.
//
//   import { Negah } from './js/negah.js';
//   const negah = await Negah.create({ device: 'auto' });
//   await negah.loadModel('efficientnet-lite0');
//   const { classes } = await negah.predict(blob);
//   const result = await negah.explain(blob, { method: 'grad-cam', target: classes[0].index, layer: 'head' });

import { fetchAssets, requireWebAssembly } from './assets.js';
import { Computing } from './computing.js';
import { failing, NegahError, worded } from './error.js';
import { Locale } from './locale.js';
import { independent, Weights } from './weights.js';

export { Locale, NegahError };

/**
 * @typedef {{ stage: 'module' | 'model' | 'verify' | 'load' | 'check' | 'keep' | 'compute', done: number, total: number, remaining?: number }} Progress
 *   Bytes for `module`, `model` (fetched), `verify`, `load` (into memory) and `keep`, samples or steps otherwise; a `total` of 0 is unknown. `remaining` is an estimate of the milliseconds left.
 * @typedef {'auto' | 'gpu' | 'cpu'} DeviceRequest
 * @typedef {{ kind: 'gpu' | 'cpu', name: string, reason: string, because: { key: string, values?: Record<string, string | number> }, requested: DeviceRequest }} DeviceInfo
 *   `reason` says why it is this one; `because` names that sentence, `device.<key>`, to say it in another language.
 * @typedef {{ code: string, message: string, key?: string, values?: Record<string, string | number> }} Notice as a {@link NegahError}, for what is none
 * @typedef {{ id: string, name: string, input: [number, number, number], layer: string, weights: { words: string, megabytes: number }, bytes: number | null }} Model
 *   `input` is channels, height and width; `layer`, where methods look by default. `bytes` is the size of the weights that this page
 *   serves, null where they have to be brought: what fits is in `weights`, in words and in about so many megabytes.
 * @typedef {{ id: string, file: string, bytes: number, brought: boolean }} KeptModel
 * @typedef {{ name: string, kind: string, shape: number[], parameters: number }} SummaryLine
 * @typedef {SummaryLine & { cut: boolean, explainable: boolean, explainableInput: boolean, group: boolean, stage: boolean, index: number | null }} Layer
 *   `explainable` is what it gives, to methods that look at that, `explainableInput` what it takes; `cut`, whether the network can be cut
 *   after it; `group`, whether it stands for others; `stage`, whether it outlines the network; `index`, its number in the reference's list.
 * @typedef {boolean | number | string} Value
 * @typedef {{ id: string, name: string, summary: string, unit: string } & ({ kind: 'bool', default: boolean } | { kind: 'whole' | 'number', default: number, min: number, max: number } | { kind: 'choice', default: string, choices: { id: string, name: string }[] } | { kind: 'baseline', default: string })} Parameter
 *   What can be set about a method; `unit` is what it is counted in, empty where it has none.
 * @typedef {'heat' | 'signed' | 'channels'} Shows
 * @typedef {{ id: string, name: string, summary: string, paper: { title: string, authors: string, url: string }, looksAt: 'picture' | 'output' | 'input', shows: Shows, parameters: Parameter[] }} Method
 *   `looksAt` the picture, what a layer gives, or what it takes; `shows` one value a place, values for and against, or a grid of channels.
 * @typedef {{ id: string, name: string, stops: Uint8Array, alpha: Uint8Array, signed: boolean }} Colormap
 *   256 colours: `stops` holds their red, green and blue, `alpha` how opaque each is; `signed` ones have nought in the middle.
 * @typedef {{ index: number, wnid: string, name: string }} Class
 * @typedef {Class & { logit: number, probability: number }} ScoredClass
 * @typedef {'centre-crop' | 'stretch' | 'keras' | 'torchvision'} Framing
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
 * @typedef {{ values: Float32Array, width: number, height: number, channels: number, maps: Float32Array[], min: number | null, max: number | null, picture: Coloured, pictures: Coloured[], target: ScoredClass, targets: ScoredClass[], note: string | null, notes: (string | null)[], noteKeys: (string | null)[], noteValues: (Record<string, string | number> | null)[], layer: string | null, method: string, shows: Shows, colormap: string, join: 'sum' | 'magnitude' | 'largest', score: string, parameters: Record<string, Value>, batch: number, variance: Float32Array | null, measures: Measure[], order: number[] | null, device: DeviceInfo, elapsed: number }} Explanation
 *   `values` are the raw ones, targets × channels × height × width; `maps` one map a target, row by row, their channels joined (none for a
 *   grid), and `pictures` the same in colours, to lay over `crop`. `picture`, `target` and `note` are the first of each; a `note` says in
 *   words what a blank map means, and `noteKeys` and `noteValues` say it in other languages. `order` is that of a grid's channels.
 * @typedef {Omit<Explanation, 'elapsed'>} PartialExplanation what is known so far
 * @typedef {Pick<Explanation, 'values' | 'width' | 'height'> & Partial<Pick<Explanation, 'channels' | 'shows' | 'order'>>} Drawable
 * @typedef {{ signal?: AbortSignal, onProgress?: (progress: Progress) => void }} Watching
 * @typedef {Style & Watching & { method?: string, target?: number | string | (number | string)[], score?: 'logit' | 'probability' | 'log-probability', layer?: string | number, parameters?: Record<string, Value>, framing?: Framing, background?: 'bundled' | 'none' | Blob | Blob[], batch?: number, onPartial?: (explanation: PartialExplanation) => void }} ExplainOptions
 *   `target` is a class by index, name or WordNet id, `'top'`, or `'top3'` for the best three; `layer` a layer by name, or by its
 *   number in the reference implementation's own list; `background` what the picture is compared with, by methods that compare;
 *   `batch` how many samples are computed at once. What is left out is the model's or the method's default. `onPartial` gets now and
 *   then what is known so far.
 */

export class Negah {
  /** @type {import('./assets.js').Assets} */
  #assets;
  /** @type {Weights} */
  #weights;
  /** @type {Computing} */
  #computing;
  #failure;
  #numbers = new WeakMap();
  #nextNumber = 1;

  /**
   * Fetches the WebAssembly module, its worker and the pictures to compare with, and starts.
   *
   * @param {{ device?: DeviceRequest, locale?: Locale, onProgress?: (progress: Progress) => void, onNotice?: (notice: Notice) => void }} options
   *   `locale` is the language of messages and reasons, English where there is none (`await Locale.load('fa')` is Persian).
   *   `onNotice` hears what the visitor should know: that a device was refused, or the worker had to be replaced.
   * @returns {Promise<Negah>}
   * @throws {NegahError} `no-webassembly`, `module-missing`, `model-missing`, `no-gpu`, `words-missing`
   */
  static async create({ device = 'auto', locale, onProgress = () => {}, onNotice = () => {} } = {}) {
    const speaking = locale ?? english();
    try {
      requireWebAssembly();
      const progress = (done, total) => onProgress({ stage: 'module', done, total });
      const [words, assets] = await Promise.all([speaking, fetchAssets(progress)]);
      const negah = new Negah({ device, locale: words, onProgress, onNotice }, assets);
      await negah.#computing.begin();
      return negah;
    } catch (failure) {
      throw worded(failure, await speaking);
    }
  }

  /** @private Use {@link Negah.create}. */
  constructor(options, assets) {
    this.#failure = failing(options.locale);
    this.#assets = assets;
    this.#weights = new Weights(assets.manifest, options.locale);
    this.#computing = new Computing(options, assets, this.#weights);
  }

  /** @returns {DeviceInfo} What computes, and why. */
  deviceInfo() {
    return this.#info.device;
  }

  /** The models there are. @returns {Model[]} */
  models() {
    return this.#info.models.map((model) => ({ ...model, bytes: this.#weights.served(model.id)?.bytes ?? null }));
  }

  /**
   * The weights that are kept in this browser, of the page's own (`brought` is false) or brought by the visitor.
   * @returns {Promise<KeptModel[]>}
   */
  async keptModels() {
    const models = new Set(this.models().map(({ id }) => id));
    return (await this.#weights.list()).filter(({ id }) => models.has(id));
  }

  /** The version of Negah that computes. @returns {string} */
  version() {
    return this.#info.version;
  }

  /** The methods there are, each with its parameters and its paper. @returns {Method[]} */
  methods() {
    return this.#info.methods;
  }

  /** The colour maps there are. @returns {Colormap[]} */
  colormaps() {
    return this.#info.colormaps;
  }

  /** The classes the models tell apart. @returns {Class[]} */
  classes() {
    return this.#info.classes;
  }

  /** The id of the loaded model; null while there is none. */
  get model() {
    return this.#computing.source?.id ?? null;
  }

  /** The layers of the loaded model, in order; none while there is none. @returns {Layer[]} */
  layers() {
    return this.#computing.engine.layers;
  }

  /**
   * The summary of the loaded model: name, kind, output shape and number of parameters of each layer; Keras's own list where the model is Keras's.
   * @returns {SummaryLine[]}
   */
  summary() {
    return this.#computing.engine.summary;
  }

  /**
   * The id of the model whose weights a file holds; null for a file that holds no weights.
   *
   * @param {Blob} file
   * @returns {Promise<string | null>}
   * @throws {NegahError} `unknown-weights` for those of a network that is not known here, `model-damaged`
   */
  async identify(file) {
    this.#weights.require(file);
    return this.#computing.call('identify', { file });
  }

  /**
   * Makes a model ready, in place of the one before, which stays if this fails or is aborted: its weights are those brought, else
   * those kept in this browser, else the page's own. The memory of the one before is freed.
   *
   * @param {string} id
   * @param {Watching & { weights?: Blob }} options
   *   `weights` is a file of any format that {@link Negah#models} names; it is read a tensor at a time.
   * @throws {NegahError} `unknown-model`, `weights-needed`, `model-missing`, `model-damaged`, `other-weights`, `unknown-weights`
   */
  async loadModel(id, { weights, signal, onProgress } = {}) {
    await this.#computing.load(this.#find(id), weights, { signal, onProgress });
    // From here on no network is needed.
    await this.#assets.backgrounds;
  }

  /**
   * Keeps a model's weights in this browser, so that {@link Negah#loadModel} finds them from now on.
   *
   * @param {string} id
   * @param {Blob} weights
   * @param {Watching} options
   * @throws {NegahError} `not-kept`, where the browser has no room or keeps nothing
   */
  async keepModel(id, weights, { signal, onProgress } = {}) {
    const model = this.#find(id);
    await this.#weights.keep(model, weights, { signal, progress: (done, total) => onProgress?.({ stage: 'keep', done, total }) });
    // If it has been let go of already, what was brought will do.
    await this.#computing.move(id, (source) => this.#weights.locate(model).catch(() => source));
  }

  /** Lets go of the weights kept in this browser; a model that is loaded stays so. @param {string} id */
  async forgetModel(id) {
    await this.#computing.move(id, independent);
    await this.#weights.forget(id);
  }

  /**
   * What the network sees in a picture.
   *
   * @param {Blob} blob JPEG, PNG, WebP, GIF (its first frame) or BMP
   * @param {Watching & { top?: number, framing?: Framing }} options
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
   * @param {ExplainOptions} options
   * @returns {Promise<Explanation>}
   * @throws {NegahError} as {@link Negah#predict}, and `unknown-method`, `unknown-layer`, `unknown-class`, `unknown-parameter`,
   *   `bad-parameter`, `unknown-colormap`
   */
  async explain(blob, { signal, onProgress, onPartial, background, framing, colormap, channels, percentile, tiles, ...options } = {}) {
    const method = this.methods().find(({ id }) => id === options.method);
    // A method with a baseline compares with that, unless it is told which picture to take.
    const compares = method?.looksAt === 'input' && !method.parameters.some(({ kind }) => kind === 'baseline');
    const others = await this.#background(background ?? (compares ? 'bundled' : 'none'));
    const layer = typeof options.layer === 'number' ? String(options.layer) : options.layer;
    const args = { options: { ...options, layer, style: { colormap, channels, percentile, tiles } }, framing, background: others };
    const { device, ...explanation } = await this.#compute('explain', blob, args, { signal, onProgress, onPartial });
    return { ...whole(explanation), device };
  }

  /**
   * Draws an explanation anew, without computing it again.
   *
   * @param {Drawable} explanation
   * @param {Style} style
   * @returns {Promise<Coloured & { pictures: Coloured[] }>} the first picture, and all of them
   * @throws {NegahError} `unknown-colormap`, `bad-parameter`
   */
  async render({ values, width, height, channels = 1, shows = 'heat', order = null }, style = {}) {
    const shape = [values.length / (width * height * channels), channels, height, width];
    const pictures = await this.#computing.call('render', { values, shape, shows, order, style });
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
    const maps = explanations.map((explanation) => explanation.maps[0]);
    const values = new Float32Array(maps.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const map of maps) {
      values.set(map, at);
      at += map.length;
    }
    const sizes = explanations.flatMap(({ width, height }) => [width, height]);
    return this.#computing.call('renderTogether', { values, sizes, shows: explanations[0].shows, style }, [values.buffer]);
  }

  /**
   * An explanation as JSON, as `docs/explanation.schema.json` describes it.
   *
   * @param {object} about the record without its maps
   * @param {Float32Array} maps those of all targets one after another; empty for a grid of channels
   * @returns {Promise<string>}
   * @throws {NegahError} `bad-request`
   */
  async json(about, maps) {
    return this.#computing.call('json', { about, maps });
  }

  /**
   * A board as JSON, as `docs/board.schema.json` describes it.
   *
   * @param {object} about the record without its maps
   * @param {Float32Array[]} maps those of each cell
   * @returns {Promise<string>}
   * @throws {NegahError} `bad-request`
   */
  async boardJson(about, maps) {
    return this.#computing.call('boardJson', { about, maps });
  }

  /**
   * Values as NumPy's `.npy`, in single precision.
   *
   * @param {Float32Array} values
   * @param {number[]} shape
   * @returns {Promise<Uint8Array>}
   * @throws {NegahError} `bad-request` where the values are not of that shape
   */
  async npy(values, shape) {
    return this.#computing.call('npy', { values, shape });
  }

  /**
   * Lists of texts and arrays of values as NumPy's `.npz`.
   *
   * @param {{ texts: Array<[string, string[]]>, floats: Array<[string, number[]]> }} arrays the texts by name, and the shapes by name
   * @param {Float32Array[]} values those of `floats` in their order
   * @returns {Promise<Uint8Array>}
   * @throws {NegahError} as {@link Negah#npy}
   */
  async npz(arrays, values) {
    return this.#computing.call('npz', { arrays, values });
  }

  /**
   * Computes on another device from now on, with the same model. Where that fails, nothing changes.
   *
   * @param {DeviceRequest} device
   * @throws {NegahError} `no-gpu`
   */
  async setDevice(device) {
    await this.#computing.setDevice(device);
  }

  /** How many bytes of WebAssembly memory are in use: it never shrinks, so this is the most there ever was. @returns {Promise<number>} */
  async memory() {
    return this.#computing.call('memory', {});
  }

  /** Ends the worker. No call works after that. */
  dispose() {
    this.#computing.dispose();
  }

  get #info() {
    return this.#computing.engine.info;
  }

  #find(id) {
    const { models } = this.#info;
    const known = models.map((model) => model.id).join(', ');
    const model = models.find((one) => one.id === id);
    if (!model) throw this.#failure('unknown-model', 'no-such-model', { id, known });
    return model;
  }

  /** The pictures to compare with. */
  async #background(background) {
    if (background === 'none') return { key: 'none', files: [] };
    if (background === 'bundled') {
      const files = await this.#assets.backgrounds;
      if (files.code) throw this.#failure(files.code, files.key, files.values);
      return { key: 'bundled', files };
    }
    const files = [background].flat();
    if (!files.every((file) => file instanceof Blob)) throw this.#failure('bad-parameter', 'not-backgrounds');
    return { key: files.map((file) => this.#numberOf(file)).join(), files };
  }

  async #compute(call, blob, args, { signal, onProgress, onPartial }) {
    if (!(blob instanceof Blob)) throw this.#failure('not-an-image', 'not-a-blob', { type: blob === null ? 'null' : typeof blob });
    await this.#computing.ready(signal);
    const { engine, source } = this.#computing;
    if (!source) throw this.#failure('no-model', 'no-model');
    const { info: { device } } = engine;
    const partial = onPartial && ((result) => onPartial({ ...whole(result), device }));
    const result = await engine.call(call, { photograph: this.#numberOf(blob), blob, ...args }, { signal, onProgress, onPartial: partial });
    return { ...result, device };
  }

  /** A number for each Blob, by which the worker knows a picture that it has decoded. */
  #numberOf(blob) {
    if (!this.#numbers.has(blob)) this.#numbers.set(blob, this.#nextNumber++);
    return this.#numbers.get(blob);
  }
}

/** The words where nobody brings any. */
async function english() {
  try {
    return await Locale.load('en');
  } catch ({ message }) {
    // The one sentence that cannot be among them.
    throw new NegahError({ code: 'words-missing', message: `The words of this page cannot be fetched (${message}). Check the connection and try again.` }, new Locale('en', {}));
  }
}

/** An explanation as the worker gives it, with the first of each for whoever asked for one. */
function whole(explanation) {
  const { pictures: [picture], targets: [target], notes: [note] } = explanation;
  return { ...explanation, picture, target, note };
}
