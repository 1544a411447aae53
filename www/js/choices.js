// What is chosen for the next map: method, layer, settings, score, framing and colours; and what of it a link holds.

export const SCORES = ['logit', 'probability', 'log-probability'];
const FRAMINGS = ['centre-crop', 'stretch', 'keras'];

/** What there is unless somebody chose otherwise. */
const METHOD = 'grad-cam';
const [SCORE] = SCORES;
const [FRAMING] = FRAMINGS;
const COLORMAPS = { heat: 'viridis', signed: 'red-transparent-blue', channels: 'viridis' };

/**
 * What a map is asked for by; `layer` is empty where the method looks at the picture.
 * @typedef {{ method: string, layer: string, score: string, parameters: Record<string, boolean | number | string> }} Choice
 */

export class Choices {
  method = METHOD;
  score = SCORE;
  /** @type {import('./negah.js').Framing} */
  framing = FRAMING;
  /** The colour map for each kind of values. */
  colormaps = { ...COLORMAPS };
  /** The layer last chosen for each way of looking at one: methods that look at what a layer gives, or at what it takes. */
  #layers = { output: '', input: '', picture: '' };
  /** What was set of each method. */
  #parameters = {};
  /** What the registry says of the methods there are. */
  methods = [];
  #colormaps = [];
  #model = null;
  #modelLayers = [];

  /** The module is there, with what can be chosen. @param {import('./negah.js').Negah} negah */
  know(negah) {
    this.methods = negah.methods();
    this.#colormaps = negah.colormaps();
  }

  /** Another network is there: its layers are chosen from now on. */
  enter(model, layers) {
    this.#model = model;
    this.#modelLayers = layers;
    this.#layers = { output: model.layer, input: '', picture: '' };
  }

  /** What the registry says of a method; null until the module is there. */
  about(id = this.method) {
    return this.methods.find((method) => method.id === id) ?? null;
  }

  /** @returns {Choice} */
  of(method = this.method) {
    return { method, layer: this.#layers[this.about(method)?.looksAt ?? 'output'], score: this.score, parameters: this.#parameters[method] ?? {} };
  }

  /** @param {Partial<Choice>} change */
  change({ method, layer, score, parameters }) {
    if (method !== undefined) this.method = method;
    if (layer !== undefined) this.#layers[this.about()?.looksAt ?? 'output'] = layer;
    if (score !== undefined) this.score = score;
    if (parameters !== undefined) this.#parameters[this.method] = { ...this.#parameters[this.method], ...parameters };
  }

  /** Goes on from a map that is shown again. @param {import('./negah.js').Explanation} explanation */
  remember({ method, layer, score, parameters }) {
    this.change({ method, layer: layer ?? '', score });
    this.#parameters[method] = parameters;
  }

  /** Takes back what was set of the present method. */
  reset() {
    this.#parameters[this.method] = {};
    this.score = SCORE;
  }

  colormapOf(method) {
    return this.colormaps[this.about(method)?.shows ?? 'heat'];
  }

  /** All that was chosen, as a link holds it: what is as usual is left out. */
  get settings() {
    const { layer, parameters } = this.of();
    const about = this.about();
    const usualLayer = about?.looksAt === 'output' ? this.#model?.layer : '';
    const changed = about?.parameters.filter(({ id, default: usual }) => parameters[id] !== undefined && parameters[id] !== usual) ?? [];
    const or = (value, usual) => (value === usual ? undefined : value);
    return {
      method: or(this.method, METHOD), layer: or(layer, usualLayer), score: or(this.score, SCORE), framing: or(this.framing, FRAMING),
      colormap: or(this.colormaps[about?.shows], COLORMAPS[about?.shows]), parameters: Object.fromEntries(changed.map(({ id }) => [id, parameters[id]])),
    };
  }

  /** Takes over what a link asks for, as far as there is such a thing here; all else is as usual. @param {import('./permalink.js').Settings} settings */
  adopt(settings) {
    const one = (among, asked, usual) => (among.includes(asked) ? asked : usual);
    const method = this.about(settings.method) ?? this.about(METHOD);
    const layer = this.#modelLayers.find(({ name, index }) => name === settings.layer || (index !== null && String(index) === settings.layer));
    this.method = method.id;
    this.#layers[method.looksAt] = layer?.name ?? (method.looksAt === 'output' ? this.#model.layer : '');
    this.#parameters[method.id] = Object.fromEntries(method.parameters.filter((parameter) => fits(parameter, settings.parameters[parameter.id])).map(({ id }) => [id, settings.parameters[id]]));
    this.score = one(SCORES, settings.score, SCORE);
    this.framing = one(FRAMINGS, settings.framing, FRAMING);
    this.colormaps[method.shows] = one(this.#colormaps.map(({ id }) => id), settings.colormap, COLORMAPS[method.shows]);
  }
}

/** Whether a parameter can have a value. */
export function fits({ kind, min, max, choices }, value) {
  if (kind === 'bool') return typeof value === 'boolean';
  if (kind === 'whole' || kind === 'number') return typeof value === 'number' && value >= min && value <= max && (kind === 'number' || Number.isInteger(value));
  return typeof value === 'string' && (!choices || choices.some((choice) => choice.id === value));
}
