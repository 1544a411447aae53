// What a figure of the tour computes: its values, the maps that it asks for, what stands beside them, and what is said of them.

import { fits, optionsOf } from './choices.js';
import { made } from './dom.js';
import { layerAt, lookable } from './layers.js';
import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';
import { percent, value, wholePercent } from './words.js';

/**
 * @typedef {import('./chapters.js').Figure} Figure
 * @typedef {import('./negah.js').Explanation} Explanation
 * @typedef {{ picture: string, class?: number, rival?: number, layer?: string, channel?: number, beside?: string, background?: string, tiles?: string, parameters: object }} Values
 */

/** How many classes are offered, besides those that a figure names. */
const BEST = 5;

/** SHAP's figure compares with fewer pictures than the explainer does, so that it answers soon. */
const COMPARED = 5;

export const BACKGROUNDS = ['photographs', 'black', 'white'];
export const TILES = ['together', 'apart'];

/** The layers that a figure's slider goes through; those that readers pick, where a network has such. The empty one is the picture itself. */
export function layersOf({ method, layer }, { layers, choices }) {
  if (layer === undefined) return [];
  const { looksAt } = choices.about(method);
  const can = lookable(layers, looksAt);
  const picked = can.filter(({ group }) => group);
  return [...(looksAt === 'input' ? [{ name: '' }] : []), ...(picked.length > 0 ? picked : can)];
}

/** What a parameter's dial offers. @returns {Array<{ value: boolean | string, name: string }>} */
export function optionsFor({ parameter, among }, { parameters }) {
  const options = optionsOf(parameters.find(({ id }) => id === parameter));
  return among.map((wanted) => options.find((option) => option.value === wanted));
}

/** A figure's values: those asked for, as far as there is such a thing here, else its own. @returns {Values} */
export function settled(figure, asked, { pictures, layers, choices }) {
  const { method, dials = [], fixed = {}, beside = [], layer } = figure;
  const about = choices.about(method);
  const one = (among, wanted) => (among.includes(wanted) ? wanted : among[0]);
  const values = { picture: one([...new Set([figure.picture, ...pictures.keys()])].filter((key) => pictures.has(key)), asked.picture), parameters: { ...fixed } };
  if (layer !== undefined) {
    const names = layersOf(figure, { layers, choices }).map(({ name }) => name);
    const usual = layer === 0 ? names[0] : layerAt(layer, layers, about.looksAt).name;
    values.layer = names.includes(asked.layer) ? asked.layer : usual;
  }
  if (beside.length > 0) values.beside = one(beside, asked.beside);
  if (figure.compares) values.background = one(BACKGROUNDS, asked.background);
  if (figure.tiles) values.tiles = one(TILES, asked.tiles);
  if (figure.grid) values.channel = Math.max(0, Math.trunc(Number(asked.channel)) || 0);
  for (const { parameter, start, from, to, among } of dials) {
    const wanted = asked[parameter];
    const inside = fits(about.parameters.find(({ id }) => id === parameter), wanted) && (among ? among.includes(wanted) : wanted >= from && wanted <= to);
    values.parameters[parameter] = inside ? wanted : start ?? among[0];
  }
  return values;
}

/** The classes that a figure offers for a picture: the best, those it names, and those asked for. */
export function offered({ also = [], picture }, asked, values, { classes }) {
  const more = [...(values.picture === picture ? also : []), asked.class, asked.rival];
  return classes.filter(({ index }, rank) => rank < BEST || more.includes(index));
}

/** The class that is explained, and the one beside it. */
export function targetsOf(asked, classes) {
  const known = (wanted) => classes.find(({ index }) => index === wanted)?.index;
  const target = known(asked.class) ?? classes[0].index;
  return { class: target, rival: known(asked.rival) ?? classes.findLast(({ index }) => index !== target).index };
}

/** The maps that a figure asks for, as the API takes them; `background` is one of BACKGROUNDS. @param {Values} values */
export function requestsOf({ method, several }, values, choices) {
  const own = { target: values.class, framing: choices.framing };
  const coloured = (request) => ({ ...own, ...request, colormap: choices.colormapOf(request.method) });
  if (several) return several.map(coloured);
  const { layer, background, tiles, parameters } = values;
  // Windows that do not overlap, so that each place of the map is one try.
  const stride = method === 'occlusion' ? { stride: parameters.window } : {};
  const first = coloured({ method, layer: layer || undefined, background, tiles, parameters: { ...parameters, ...stride } });
  const { change } = BESIDE[values.beside] ?? {};
  return change ? [first, change(first, values)] : [first];
}

const changed = (parameters) => (request) => ({ ...request, parameters: { ...request.parameters, ...parameters(request) } });

/** What can stand beside a map: another map, by a change of the request, or the same one drawn in another way. */
export const BESIDE = {
  class: { change: (request, { rival }) => ({ ...request, target: rival }) },
  fill: { change: changed(({ parameters }) => ({ fill: parameters.fill === 'black' ? 'grey' : 'black' })) },
  noiseless: { change: changed(() => ({ sigma: 0, samples: 1 })) },
  cells: { draw: (explanation, { colormap }) => ({ explanation, coloured: cells(explanation, colormap), cells: true }) },
  error: { draw: standardError },
  covered: { draw: (explanation) => ({ explanation: { ...explanation, shows: 'drawing' }, coloured: patch(explanation) }) },
};

/** A map without the smoothing. */
function cells({ maps: [map], width, height, picture: { range } }, { stops }) {
  const [least, most] = range;
  const rgba = new Uint8ClampedArray(4 * map.length);
  map.forEach((one, cell) => {
    const stop = 3 * Math.round(255 * Math.min(1, Math.max(0, (one - least) / (most - least))));
    rgba.set([...stops.subarray(stop, stop + 3), 255], 4 * cell);
  });
  return { rgba, width, height, range };
}

/** SHAP's “variance” is var/√n, so the error of the mean is the root of it by √n once more; here of all channels of a place together. */
function errors({ variance, parameters: { samples } }) {
  return variance.map((one) => one / Math.sqrt(samples));
}

async function standardError(explanation, { negah, choices }) {
  const { width, height } = explanation;
  const squares = errors(explanation);
  const values = new Float32Array(width * height).map((_, cell) => {
    let sum = 0;
    for (let at = cell; at < squares.length; at += width * height) sum += squares[at];
    return Math.sqrt(sum);
  });
  const colormap = choices.colormaps.heat;
  const coloured = await negah.render({ values, width, height }, { colormap });
  return { explanation: { ...explanation, maps: [values], shows: 'heat', colormap }, coloured };
}

const LEVELS = { black: 0, grey: 127, white: 255 };

/** Where covering costs the most. */
function worst({ maps: [map], width, parameters: { window } }) {
  const at = map.reduce((most, one, cell) => (one > map[most] ? cell : most), 0);
  const [left, top] = [at % width, Math.floor(at / width)].map((place) => place - (place % window));
  return { left, top, fall: map[at] };
}

function patch(explanation) {
  const { width, height, parameters: { window, fill } } = explanation;
  const { left, top } = worst(explanation);
  const rgba = new Uint8ClampedArray(4 * width * height);
  const level = LEVELS[fill];
  for (let y = top; y < Math.min(top + window, height); y += 1) {
    for (let x = left; x < Math.min(left + window, width); x += 1) rgba.set([level, level, level, 255], 4 * (y * width + x));
  }
  return { rgba, width, height, range: null };
}

/** One channel of a grid, laid over the picture. @param {number} rank its place in the grid */
export async function channelOf(explanation, rank, { negah, choices }) {
  const { width, height, order, channels } = explanation;
  const channel = order?.[Math.min(rank, channels - 1)] ?? Math.min(rank, channels - 1);
  const values = explanation.values.slice(channel * width * height, (channel + 1) * width * height);
  const colormap = choices.colormaps.heat;
  const coloured = await negah.render({ values, width, height }, { colormap });
  return { explanation: { ...explanation, maps: [values], shows: 'heat', colormap }, coloured, channel };
}

/** What can be said of a figure's maps in numbers. @param {Explanation[]} explanations @param {Values} values @returns {string[]} */
export function factsOf(explanations, values) {
  const [first, second] = explanations;
  const facts = [];
  const { method, target: { logit } } = first;
  if (method === 'expected-gradients') {
    const squares = (list) => list.reduce((sum, one) => sum + one, 0);
    facts.push(t('learn.facts.error', { share: wholePercent(Math.sqrt(squares(errors(first)) / squares(first.values.map((one) => one * one)))) }));
    const sum = squares(first.values);
    const gap = first.measures.find(({ id }) => id === 'sum-gap');
    if (gap) facts.push(t('learn.facts.sum', { sum: value(sum), expected: value(sum - gap.values[0]) }));
  }
  if (values.beside === 'covered') facts.push(t('learn.facts.covered', { before: value(logit), after: value(logit - worst(first).fall) }));
  if (second && BESIDE[values.beside]?.change) {
    const signed = first.shows === 'signed';
    const [one, other] = explanations.map(({ maps: [map] }) => (signed ? map.map(Math.abs) : map));
    const r = locale.code(locale.number(correlation(one, other), { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
    facts.push(signed ? t('learn.facts.magnitudes', { r }) : t('learn.facts.correlation', { r }));
  }
  return facts;
}

/** Pearson's. */
export function correlation(one, other) {
  const mean = (list) => list.reduce((sum, each) => sum + each, 0) / list.length;
  const [first, second] = [mean(one), mean(other)];
  let [both, left, right] = [0, 0, 0];
  one.forEach((each, at) => {
    const [a, b] = [each - first, other[at] - second];
    both += a * b;
    left += a * a;
    right += b * b;
  });
  return both / Math.sqrt(left * right);
}

/** What is compared with: one colour, or the samples that come first. @returns {Promise<Blob[]> | undefined} */
export function backgroundOf({ background }, { picture }, { pictures, signal }) {
  if (background !== 'photographs') return background && plain(background);
  const others = [...pictures].filter(([key, { sample }]) => sample && key !== picture).slice(0, COMPARED);
  return Promise.all(others.map(([, source]) => source.open(signal)));
}

/** Pictures of one colour, so that the worker knows them again. @type {Map<string, Blob[]>} */
const plains = new Map();

async function plain(colour) {
  if (!plains.has(colour)) {
    const canvas = made('canvas', { width: 64, height: 64 });
    const context = canvas.getContext('2d');
    context.fillStyle = colour;
    context.fillRect(0, 0, canvas.width, canvas.height);
    plains.set(colour, [await new Promise((resolve) => { canvas.toBlob(resolve); })]);
  }
  return plains.get(colour);
}

/** A class with its share, as in menus. */
export const classTold = (scored) => t('learn.one-class', { name: nameOfClass(scored), share: percent(scored.probability) });
