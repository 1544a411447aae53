// What is chosen for the next map: method, layer, settings, score, framing and colours; and what of it a link holds.

import { locale, t } from './locale.js';
import { named } from './names.js';

export const SCORES = ['logit', 'probability', 'log-probability'];
const FRAMINGS = ['centre-crop', 'stretch', 'keras', 'torchvision'];

/** What there is unless somebody chose otherwise. */
const METHOD = 'grad-cam';
const [SCORE] = SCORES;
const [FRAMING] = FRAMINGS;
/** What a picture can be compared with, where a method starts from one of them. */
const BASELINES = ['black', 'white', 'grey', 'mean', 'blur', 'noise'];
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
  #negah = null;
  /** What the registry says of the methods, in the language that it was asked for in last. */
  #named = { methods: [] };
  #colormaps = [];
  #model = null;
  #modelLayers = [];

  /** The module is there, with what can be chosen. @param {import('./negah.js').Negah} negah */
  know(negah) {
    this.#negah = negah;
    this.#colormaps = negah.colormaps();
  }

  /** What the registry says of the methods there are, in the page's language. */
  get methods() {
    if (this.#negah && this.#named.locale !== locale) this.#named = { locale, methods: named(this.#negah.methods()) };
    return this.#named.methods;
  }

  /** Another network is there: its layers are chosen from now on. */
  enter(model, layers) {
    this.#model = model;
    this.#modelLayers = layers;
    this.#layers = this.#usualLayers;
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

  /** All that was chosen, as a link holds it: what is as usual is left out. What only other methods use stands under a name of its own. */
  get settings() {
    const about = this.about();
    const or = (value, usual) => (value === usual ? undefined : value);
    const keys = (name, all, usual, own) => Object.fromEntries(Object.keys(all).map((key) => [key === own ? name : `${name}.${key}`, or(all[key], usual[key])]));
    const changed = ({ id: method, parameters }) => parameters
      .map(({ id, default: usual }) => [method === this.method ? id : `${method}.${id}`, or(this.#parameters[method]?.[id] ?? usual, usual)])
      .filter(([, value]) => value !== undefined);
    return {
      method: or(this.method, METHOD), ...keys('layer', this.#layers, this.#usualLayers, about?.looksAt), score: or(this.score, SCORE), framing: or(this.framing, FRAMING),
      ...keys('colormap', this.colormaps, COLORMAPS, about?.shows), parameters: Object.fromEntries(this.methods.flatMap(changed)),
    };
  }

  /** Takes over what a link asks for, as far as there is such a thing here; all else is as usual. @param {import('./permalink.js').Settings} settings */
  adopt(settings) {
    const one = (among, asked, usual) => (among.includes(asked) ? asked : usual);
    const { id: method, looksAt, shows } = this.about(settings.method) ?? this.about(METHOD);
    this.method = method;
    const layer = (asked) => this.#modelLayers.find(({ name, index }) => name === asked || (index !== null && String(index) === asked))?.name;
    for (const [key, usual] of Object.entries(this.#usualLayers)) this.#layers[key] = layer(settings[key === looksAt ? 'layer' : `layer.${key}`]) ?? usual;
    const maps = this.#colormaps.map(({ id }) => id);
    for (const [key, usual] of Object.entries(COLORMAPS)) this.colormaps[key] = one(maps, settings[key === shows ? 'colormap' : `colormap.${key}`], usual);
    this.#parameters = Object.fromEntries(this.methods.map(({ id, parameters }) => {
      const asked = (parameter) => settings.parameters[id === method ? parameter.id : `${id}.${parameter.id}`];
      return [id, Object.fromEntries(parameters.filter((parameter) => fits(parameter, asked(parameter))).map((parameter) => [parameter.id, asked(parameter)]))];
    }));
    this.score = one(SCORES, settings.score, SCORE);
    this.framing = one(FRAMINGS, settings.framing, FRAMING);
  }

  /** The layers that are looked at unless somebody chose others. */
  get #usualLayers() {
    return { output: this.#model?.layer ?? '', input: '', picture: '' };
  }
}

/** What a parameter's value is chosen from; null where a number is asked for. @returns {Array<{ value: boolean | string, name: string }> | null} */
export function optionsOf({ kind, choices }) {
  if (kind === 'whole' || kind === 'number') return null;
  if (kind === 'bool') return [false, true].map((value) => ({ value, name: t(`choices.switch.${value}`) }));
  return choices?.map(({ id, name }) => ({ value: id, name })) ?? BASELINES.map((value) => ({ value, name: t(`choices.baselines.${value}`) }));
}

/** Whether a parameter can have a value. */
export function fits({ kind, min, max, choices }, value) {
  if (kind === 'bool') return typeof value === 'boolean';
  if (kind === 'whole' || kind === 'number') return typeof value === 'number' && value >= min && value <= max && (kind === 'number' || Number.isInteger(value));
  return typeof value === 'string' && (!choices || choices.some((choice) => choice.id === value));
}
