// What a figure of the tour asks the network: what can be set of it, the maps that come of this, what stands beside them, and what is said of them.

import { optionsOf } from './choices.js';
import { made } from './dom.js';
import { layerAt, lookable } from './layers.js';
import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';
import { extentOf, percent, value, wholePercent } from './words.js';

/**
 * What there is to choose from: the pictures by their keys, the network's layers, the methods, what the network says of the picture (null
 * before it has looked), and how many channels the grid has.
 * @typedef {{ pictures: Map<string, import('./session.js').Source>, layers: object[], choices: import('./choices.js').Choices, classes: import('./negah.js').ScoredClass[] | null, channels: number }} Here
 *
 * One thing to set, out of a list. `usual` is chosen where nothing else is, or the first.
 * @typedef {{ id: string, as: 'menu' | 'slider' | 'radios', sign?: string, name: (here: Here) => string, options: (here: Here, values: object) => Array<{ value: any, name: string }>, usual?: (here: Here, values: object) => any, when?: (values: object) => boolean }} Dial
 */

/** How many classes are offered, besides those that a figure names. */
const BEST = 5;

/** SHAP's figure compares with fewer pictures than the explainer does, so that it answers soon. */
const COMPARED = 5;

/** What can be set of a figure. @param {import('./chapters.js').Figure} figure @returns {Dial[]} */
export function dialsOf(figure) {
  const { method, dials = [], list, layer, classless, beside } = figure;
  const own = (id, options, more) => ({ id, as: 'menu', name: () => t(`learn.dials.${id}`), options, ...more });
  const words = (id, among) => own(id, () => among.map((one) => ({ value: one, name: t(`learn.options.${id}.${one}`) })));
  const classes = ({ classes: known }, { picture }) => offered(figure, picture, known ?? []).map((scored) => ({ value: scored.index, name: t('learn.one-class', { name: nameOfClass(scored), share: percent(scored.probability) }), scored }));
  return [
    own('picture', ({ pictures }) => [...pictures].map(([key, { title }]) => ({ value: key, name: title })), { usual: () => figure.picture }),
    !classless && own('class', classes, { as: list ? 'radios' : 'menu' }),
    layer !== undefined && own('layer', (here) => layersOf(method, here).map((one) => ({ value: one.name, name: one.name ? locale.code(`${one.name} · ${extentOf(one.shape.slice(1))}`) : t('learn.the-picture') })), {
      as: 'slider', sign: figure.tiles && 'l', usual: ({ layers, choices }) => layer && layerAt(layer, layers, choices.about(method).looksAt).name,
    }),
    ...dials.map(({ parameter, sign, among, usual, from, to, step }) => {
      const about = ({ choices }) => choices.about(method).parameters.find(({ id }) => id === parameter);
      const options = (here) => among.map((one) => optionsOf(about(here)).find((option) => option.value === one));
      return { id: parameter, as: among ? 'menu' : 'slider', sign, name: (here) => about(here).name, options: among ? options : () => numbers(from, to, step), usual: () => usual };
    }),
    figure.compares && words('background', ['photographs', 'black', 'white']),
    figure.tiles && words('tiles', ['together', 'apart']),
    figure.grid && own('channel', ({ channels }) => numbers(0, channels - 1, 1).map(({ value: rank }) => ({ value: rank, name: t('learn.channel-of', { number: rank + 1, total: channels }) })), { as: 'slider' }),
    beside && words('beside', beside),
    beside && own('rival', classes, { when: (values) => values.beside === 'class', usual: (here, values) => classes(here, values).findLast((one) => one.value !== values.class)?.value }),
  ].filter(Boolean);
}

function numbers(from, to, step) {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, at) => {
    const one = Number((from + at * step).toFixed(2));
    return { value: one, name: locale.number(one, {}) };
  });
}

/** The layers that can be looked at: those that readers pick, where a network has such. The nameless one is the picture itself. */
function layersOf(method, { layers, choices }) {
  const { looksAt } = choices.about(method);
  const can = lookable(layers, looksAt);
  const picked = can.filter(({ stage }) => stage);
  return [...(looksAt === 'input' ? [{ name: '' }] : []), ...(picked.length > 0 ? picked : can)];
}

/** The best classes, and those that a figure names of its own picture. */
function offered({ also = [], picture }, shown, classes) {
  return classes.filter(({ index }, rank) => rank < BEST || (shown === picture && also.includes(index)));
}

/** What is set: what was asked for, as far as there is such a thing here. @param {Dial[]} dials @param {Here} here */
export function valuesOf(dials, asked, here) {
  const values = {};
  for (const { id, options, usual = () => {} } of dials) {
    const all = options(here, values).map((option) => option.value);
    values[id] = [asked[id], usual(here, values)].find((one) => all.includes(one)) ?? all[0];
  }
  return values;
}

/** The maps that a figure asks for, as the API takes them; `background` is a word. */
export function requestsOf({ method, fixed, dials = [], several }, values, choices) {
  const whole = (request) => ({ target: values.class, framing: choices.framing, colormap: choices.colormapOf(request.method), ...request });
  if (several) return several.map(whole);
  const { layer, background, tiles, window } = values;
  const parameters = { ...fixed, ...Object.fromEntries(dials.map(({ parameter }) => [parameter, values[parameter]])) };
  // Windows that do not overlap, so that each place of the map is one try.
  if (window) parameters.stride = window;
  const first = whole({ method, layer: layer || undefined, background, tiles, parameters });
  const change = CHANGES[values.beside]?.(values);
  return change ? [first, { ...first, ...change, parameters: { ...parameters, ...change.parameters } }] : [first];
}

/** What is otherwise in the map beside it. */
const CHANGES = {
  class: ({ rival }) => ({ target: rival }),
  fill: ({ fill }) => ({ parameters: { fill: fill === 'black' ? 'grey' : 'black' } }),
  noiseless: () => ({ parameters: { sigma: 0, samples: 1 } }),
};

/** What is drawn beside a map, of the same computation. @type {Record<string, (explanation: import('./negah.js').Explanation, values: object) => object>} */
export const DRAWINGS = {
  /** Every cell as large as it is, so that nothing between them is smoothed. */
  cells({ maps: [map], width, height }) {
    const times = Math.ceil(SHARP / width);
    const at = (place) => Math.floor(Math.floor(place / (width * times)) / times) * width + Math.floor((place % (width * times)) / times);
    return { values: new Float32Array(map.length * times * times).map((_, place) => map[at(place)]), width: width * times, height: height * times };
  },
  /** Of all channels of a place together. */
  error(explanation) {
    const { width, height } = explanation;
    const values = new Float32Array(width * height);
    squaredErrors(explanation).forEach((square, at) => { values[at % values.length] += square; });
    return { values: values.map(Math.sqrt), width, height };
  },
  /** One of a grid's channels, by its place there. */
  channel({ values, width, height, order, channels }, { channel: rank }) {
    const channel = order?.[rank] ?? rank;
    return { values: values.slice(channel * width * height, (channel + 1) * width * height), width, height, channel: Math.min(channel, channels) };
  },
};

/** About as many pixels as a map is drawn with. */
const SHARP = 224;

/** SHAP's “variance” is var/√n, so the error of the mean is the root of it by √n once more. */
function squaredErrors({ variance, parameters: { samples } }) {
  return variance.map((one) => one / Math.sqrt(samples));
}

/** Where covering costs the most, in shares of the picture. */
export function worst({ maps: [map], width, height, parameters: { window } }) {
  const at = map.reduce((most, one, cell) => (one > map[most] ? cell : most), 0);
  const [left, top] = [at % width, Math.floor(at / width)].map((place) => place - (place % window));
  return { left: left / width, top: top / height, side: window / width, fall: map[at] };
}

/** What can be said of a figure's maps in numbers. @param {import('./negah.js').Explanation[]} explanations @returns {string[]} */
export function factsOf([first, second], { beside }) {
  const facts = [];
  const total = (list) => list.reduce((sum, one) => sum + one, 0);
  const { values, measures: [gap], maps: [map], target: { logit } } = first;
  if (gap?.id === 'sum-gap') {
    const share = Math.sqrt(total(squaredErrors(first)) / total(values.map((one) => one * one)));
    const sum = total(values);
    facts.push(t('learn.facts.error', { share: wholePercent(share) }), t('learn.facts.sum', { sum: value(sum), expected: value(sum - gap.values[0]) }));
  }
  if (beside === 'covered') facts.push(t('learn.facts.covered', { before: value(logit), after: value(logit - worst(first).fall) }));
  if (second && beside) {
    // Of signed maps the magnitudes, for which side of nought a grain lies on is chance.
    const signed = first.shows === 'signed';
    const [one, other] = [map, second.maps[0]].map((each) => deviations(signed ? each.map(Math.abs) : each));
    const product = (a, b) => total(a.map((each, at) => each * b[at]));
    const r = locale.code(locale.number(product(one, other) / Math.sqrt(product(one, one) * product(other, other)), { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
    facts.push(t(signed ? 'learn.facts.magnitudes' : 'learn.facts.correlation', { r }));
  }
  return facts;
}

function deviations(map) {
  const mean = map.reduce((sum, one) => sum + one, 0) / map.length;
  return [...map].map((one) => one - mean);
}

/** Pictures of one colour, kept so that the worker knows them again. @type {Map<string, Promise<Blob>>} */
const plain = new Map();

/** What is compared with: one colour, or the samples that come first. @returns {Promise<Blob[]> | undefined} */
export function backgroundOf(background, picture, pictures, signal) {
  if (background === 'photographs') {
    const others = [...pictures].filter(([key, { sample }]) => sample && key !== picture).slice(0, COMPARED);
    return Promise.all(others.map(([, source]) => source.open(signal)));
  }
  if (background && !plain.has(background)) {
    const canvas = made('canvas', { width: 64, height: 64 });
    const context = canvas.getContext('2d');
    context.fillStyle = background;
    context.fillRect(0, 0, 64, 64);
    plain.set(background, new Promise((resolve) => { canvas.toBlob(resolve); }));
  }
  return background && Promise.all([plain.get(background)]);
}
