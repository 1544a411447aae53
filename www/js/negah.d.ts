// Made from the JSDoc of the module beside it by `node tests/types/make.mjs`; a change here would be lost.
import { NegahError } from './error.js';
import { Locale } from './locale.js';
export { Locale, NegahError };
export type Progress = {
    stage: 'module' | 'model' | 'verify' | 'load' | 'check' | 'keep' | 'compute';
    done: number;
    total: number;
    remaining?: number;
};
export type DeviceRequest = 'auto' | 'gpu' | 'cpu';
export type DeviceInfo = {
    kind: 'gpu' | 'cpu';
    name: string;
    reason: string;
    because: {
        key: string;
        values?: Record<string, string | number>;
    };
    requested: DeviceRequest;
};
export type Notice = {
    code: string;
    message: string;
    key?: string;
    values?: Record<string, string | number>;
};
export type Model = {
    id: string;
    name: string;
    input: [number, number, number];
    layer: string;
    weights: {
        words: string;
        megabytes: number;
    };
    bytes: number | null;
};
export type KeptModel = {
    id: string;
    file: string;
    bytes: number;
    brought: boolean;
};
export type SummaryLine = {
    name: string;
    kind: string;
    shape: number[];
    parameters: number;
};
export type Layer = SummaryLine & {
    cut: boolean;
    explainable: boolean;
    explainableInput: boolean;
    group: boolean;
    stage: boolean;
    index: number | null;
};
export type Value = boolean | number | string;
export type Parameter = {
    id: string;
    name: string;
    summary: string;
    unit: string;
} & ({
    kind: 'bool';
    default: boolean;
} | {
    kind: 'whole' | 'number';
    default: number;
    min: number;
    max: number;
} | {
    kind: 'choice';
    default: string;
    choices: {
        id: string;
        name: string;
    }[];
} | {
    kind: 'baseline';
    default: string;
});
export type Shows = 'heat' | 'signed' | 'channels';
export type Method = {
    id: string;
    name: string;
    summary: string;
    paper: {
        title: string;
        authors: string;
        url: string;
    };
    looksAt: 'picture' | 'output' | 'input';
    shows: Shows;
    parameters: Parameter[];
};
export type Colormap = {
    id: string;
    name: string;
    stops: Uint8Array;
    alpha: Uint8Array;
    signed: boolean;
};
export type Class = {
    index: number;
    wnid: string;
    name: string;
};
export type ScoredClass = Class & {
    logit: number;
    probability: number;
};
export type Framing = 'centre-crop' | 'stretch' | 'keras' | 'torchvision';
export type Picture = {
    width: number;
    height: number;
    rgba: Uint8ClampedArray;
};
export type Coloured = Picture & {
    range: [number, number] | null;
};
export type Prediction = {
    classes: ScoredClass[];
    picture: Picture;
    crop: {
        x: number;
        y: number;
        width: number;
        height: number;
    };
    device: DeviceInfo;
    elapsed: number;
};
export type Style = {
    colormap?: string;
    channels?: 'sum' | 'magnitude' | 'largest';
    percentile?: number;
    tiles?: 'together' | 'apart';
};
export type Measure = {
    id: string;
    name: string;
    summary: string;
    values: number[];
};
export type Explanation = {
    values: Float32Array;
    width: number;
    height: number;
    channels: number;
    maps: Float32Array[];
    min: number | null;
    max: number | null;
    picture: Coloured;
    pictures: Coloured[];
    target: ScoredClass;
    targets: ScoredClass[];
    note: string | null;
    notes: (string | null)[];
    noteKeys: (string | null)[];
    noteValues: (Record<string, string | number> | null)[];
    layer: string | null;
    method: string;
    shows: Shows;
    colormap: string;
    join: 'sum' | 'magnitude' | 'largest';
    score: string;
    parameters: Record<string, Value>;
    batch: number;
    variance: Float32Array | null;
    measures: Measure[];
    order: number[] | null;
    device: DeviceInfo;
    elapsed: number;
};
export type PartialExplanation = Omit<Explanation, 'elapsed'>;
export type Drawable = Pick<Explanation, 'values' | 'width' | 'height'> & Partial<Pick<Explanation, 'channels' | 'shows' | 'order'>>;
export type Watching = {
    signal?: AbortSignal;
    onProgress?: (progress: Progress) => void;
};
export type ExplainOptions = Style & Watching & {
    method?: string;
    target?: number | string | (number | string)[];
    score?: 'logit' | 'probability' | 'log-probability';
    layer?: string | number;
    parameters?: Record<string, Value>;
    framing?: Framing;
    background?: 'bundled' | 'none' | Blob | Blob[];
    batch?: number;
    onPartial?: (explanation: PartialExplanation) => void;
};
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
export declare class Negah {
    #private;
    /**
     * Fetches the WebAssembly module, its worker and the pictures to compare with, and starts.
     *
     * @param {{ device?: DeviceRequest, locale?: Locale, onProgress?: (progress: Progress) => void, onNotice?: (notice: Notice) => void }} options
     *   `locale` is the language of messages and reasons, English where there is none (`await Locale.load('fa')` is Persian).
     *   `onNotice` hears what the visitor should know: that a device was refused, or the worker had to be replaced.
     * @returns {Promise<Negah>}
     * @throws {NegahError} `no-webassembly`, `module-missing`, `model-missing`, `no-gpu`, `words-missing`
     */
    static create({ device, locale, onProgress, onNotice }?: {
        device?: DeviceRequest;
        locale?: Locale;
        onProgress?: (progress: Progress) => void;
        onNotice?: (notice: Notice) => void;
    }): Promise<Negah>;
    /** @private Use {@link Negah.create}. */
    private constructor();
    /** @returns {DeviceInfo} What computes, and why. */
    deviceInfo(): DeviceInfo;
    /** The models there are. @returns {Model[]} */
    models(): Model[];
    /**
     * The weights that are kept in this browser, of the page's own (`brought` is false) or brought by the visitor.
     * @returns {Promise<KeptModel[]>}
     */
    keptModels(): Promise<KeptModel[]>;
    /** The version of Negah that computes. @returns {string} */
    version(): string;
    /** The methods there are, each with its parameters and its paper. @returns {Method[]} */
    methods(): Method[];
    /** The colour maps there are. @returns {Colormap[]} */
    colormaps(): Colormap[];
    /** The classes the models tell apart. @returns {Class[]} */
    classes(): Class[];
    /** The id of the loaded model; null while there is none. */
    get model(): string | null;
    /** The layers of the loaded model, in order; none while there is none. @returns {Layer[]} */
    layers(): Layer[];
    /**
     * The summary of the loaded model: name, kind, output shape and number of parameters of each layer; Keras's own list where the model is Keras's.
     * @returns {SummaryLine[]}
     */
    summary(): SummaryLine[];
    /**
     * The id of the model whose weights a file holds; null for a file that holds no weights.
     *
     * @param {Blob} file
     * @returns {Promise<string | null>}
     * @throws {NegahError} `unknown-weights` for those of a network that is not known here, `model-damaged`
     */
    identify(file: Blob): Promise<string | null>;
    /**
     * Makes a model ready, in place of the one before, which stays if this fails or is aborted: its weights are those brought, else
     * those kept in this browser, else the page's own. The memory of the one before is freed.
     *
     * @param {string} id
     * @param {Watching & { weights?: Blob }} options
     *   `weights` is a file of any format that {@link Negah#models} names; it is read a tensor at a time.
     * @throws {NegahError} `unknown-model`, `weights-needed`, `model-missing`, `model-damaged`, `other-weights`, `unknown-weights`
     */
    loadModel(id: string, { weights, signal, onProgress }?: Watching & {
        weights?: Blob;
    }): Promise<void>;
    /**
     * Keeps a model's weights in this browser, so that {@link Negah#loadModel} finds them from now on.
     *
     * @param {string} id
     * @param {Blob} weights
     * @param {Watching} options
     * @throws {NegahError} `not-kept`, where the browser has no room or keeps nothing
     */
    keepModel(id: string, weights: Blob, { signal, onProgress }?: Watching): Promise<void>;
    /** Lets go of the weights kept in this browser; a model that is loaded stays so. @param {string} id */
    forgetModel(id: string): Promise<void>;
    /**
     * What the network sees in a picture.
     *
     * @param {Blob} blob JPEG, PNG, WebP, GIF (its first frame) or BMP
     * @param {Watching & { top?: number, framing?: Framing }} options
     * @returns {Promise<Prediction>}
     * @throws {NegahError} `no-model`, `not-an-image`, `truncated-image`, `image-too-small`, `image-too-large`, `empty-file`,
     *   `unsupported-image`, and those of the device: `gpu-error`, `gpu-lost`, `worker-lost`
     */
    predict(blob: Blob, { top, framing, signal, onProgress }?: Watching & {
        top?: number;
        framing?: Framing;
    }): Promise<Prediction>;
    /**
     * Why the network sees a class in a picture.
     *
     * @param {Blob} blob as for {@link Negah#predict}
     * @param {ExplainOptions} options
     * @returns {Promise<Explanation>}
     * @throws {NegahError} as {@link Negah#predict}, and `unknown-method`, `unknown-layer`, `unknown-class`, `unknown-parameter`,
     *   `bad-parameter`, `unknown-colormap`
     */
    explain(blob: Blob, { signal, onProgress, onPartial, background, framing, colormap, channels, percentile, tiles, ...options }?: ExplainOptions): Promise<Explanation>;
    /**
     * Draws an explanation anew, without computing it again.
     *
     * @param {Drawable} explanation
     * @param {Style} style
     * @returns {Promise<Coloured & { pictures: Coloured[] }>} the first picture, and all of them
     * @throws {NegahError} `unknown-colormap`, `bad-parameter`
     */
    render({ values, width, height, channels, shows, order }: Drawable, style?: Style): Promise<Coloured & {
        pictures: Coloured[];
    }>;
    /**
     * Draws maps by one scale, so that a colour means the same in all of them: the first map of each explanation.
     *
     * @param {Explanation[]} explanations all of one kind, `heat` or `signed`
     * @param {Style} style
     * @returns {Promise<Coloured[]>} a picture for each
     * @throws {NegahError} as {@link Negah#render}
     */
    renderTogether(explanations: Explanation[], style?: Style): Promise<Coloured[]>;
    /**
     * An explanation as JSON, as `docs/explanation.schema.json` describes it.
     *
     * @param {object} about the record without its maps
     * @param {Float32Array} maps those of all targets one after another; empty for a grid of channels
     * @returns {Promise<string>}
     * @throws {NegahError} `bad-request`
     */
    json(about: object, maps: Float32Array): Promise<string>;
    /**
     * A board as JSON, as `docs/board.schema.json` describes it.
     *
     * @param {object} about the record without its maps
     * @param {Float32Array[]} maps those of each cell
     * @returns {Promise<string>}
     * @throws {NegahError} `bad-request`
     */
    boardJson(about: object, maps: Float32Array[]): Promise<string>;
    /**
     * Values as NumPy's `.npy`, in single precision.
     *
     * @param {Float32Array} values
     * @param {number[]} shape
     * @returns {Promise<Uint8Array>}
     * @throws {NegahError} `bad-request` where the values are not of that shape
     */
    npy(values: Float32Array, shape: number[]): Promise<Uint8Array>;
    /**
     * Lists of texts and arrays of values as NumPy's `.npz`.
     *
     * @param {{ texts: Array<[string, string[]]>, floats: Array<[string, number[]]> }} arrays the texts by name, and the shapes by name
     * @param {Float32Array[]} values those of `floats` in their order
     * @returns {Promise<Uint8Array>}
     * @throws {NegahError} as {@link Negah#npy}
     */
    npz(arrays: {
        texts: Array<[string, string[]]>;
        floats: Array<[string, number[]]>;
    }, values: Float32Array[]): Promise<Uint8Array>;
    /**
     * Computes on another device from now on, with the same model. Where that fails, nothing changes.
     *
     * @param {DeviceRequest} device
     * @throws {NegahError} `no-gpu`
     */
    setDevice(device: DeviceRequest): Promise<void>;
    /** How many bytes of WebAssembly memory are in use: it never shrinks, so this is the most there ever was. @returns {Promise<number>} */
    memory(): Promise<number>;
    /** Ends the worker. No call works after that. */
    dispose(): void;
}
