// The figures of the guide that Negah grew from, with its settings: one entry each. Its networks are Keras's VGG-16 and Xception.

import { depthOf, layerAt } from './layers.js';

const CAT = 'chelsea.png';
/** Tabby and Egyptian cat. */
const CATS = { kind: 'class', values: [281, 285] };

/**
 * `model` is the network of the guide's figure, and `layers` its layers there, each with its depth (Keras's number of it by that of
 * the last); they are the rows, the columns, or the layer of the only map. `picture` is shown; without one, whatever is shown.
 * @typedef {{ id: string, model?: string, picture?: string, method?: string, score?: string, parameters?: object,
 *             layers?: Array<{ name: string, depth: number }>, rows?: Place, columns?: Place, within?: Place }} Preset
 * @typedef {import('./axes.js').Axis | 'layers' | 'pictures'} Place
 */

/** @type {Preset[]} */
export const PRESETS = [
  {
    id: 'shap', model: 'vgg16', method: 'expected-gradients', rows: 'pictures', columns: 'layers', within: { kind: 'class', values: ['top1', 'top2'] },
    layers: [{ name: 'block3_conv1', depth: 7 / 22 }, { name: 'block4_pool', depth: 14 / 22 }],
  },
  { id: 'activations', model: 'xception', method: 'activations', layers: [{ name: 'block2_sepconv2_act', depth: 9 / 133 }] },
  { id: 'occlusion', picture: CAT, method: 'occlusion', parameters: { window: 7, stride: 7, form: 'one-minus-probability' } },
  {
    // tf-explain's: guided, without ReLU, of the probability.
    id: 'grad-cam', model: 'xception', picture: CAT, method: 'grad-cam', score: 'probability', parameters: { 'positive-gradients': true, relu: false },
    layers: [{ name: 'block1_conv2', depth: 4 / 133 }, { name: 'block6_sepconv1', depth: 47 / 133 }, { name: 'block14_sepconv1', depth: 126 / 133 }],
    rows: 'layers', columns: CATS,
  },
  {
    // tf-explain's σ of 0.2 is in the network's units; Xception's go from −1 to 1, so it is 25.5 of 255 levels. Its loss is the log-probability.
    id: 'smooth-grad', model: 'xception', picture: CAT, method: 'smooth-grad', score: 'log-probability',
    parameters: { samples: 80, noise: 'absolute', sigma: 25.5 }, columns: CATS,
  },
  { id: 'summary' },
];

/** How many pictures the guide sets below each other. */
const PICTURES = 4;

/**
 * What a preset comes to on a network: its axes, its layer, and how the guide's layers were answered.
 * @param {Preset} preset
 * @param {{ model: { id: string }, layers: object[], looksAt: 'output' | 'input' | 'picture', pictures: string[] }} here
 */
export function laidOut({ model: reference, layers: wanted = [], rows, columns, within }, { model, layers, looksAt, pictures }) {
  const answers = wanted.map(({ name, depth }) => {
    const found = model.id === reference ? layers.find((layer) => layer.name === name) : layerAt(depth, layers, looksAt);
    return { name, depth, found, at: depthOf(found, layers) };
  });
  const names = [...new Set(answers.map(({ found }) => found.name))];
  const axis = (place) => ({ layers: { kind: 'layer', values: names }, pictures: { kind: 'picture', values: pictures.slice(0, PICTURES) } })[place] ?? place ?? null;
  return { rows: axis(rows), columns: axis(columns), within: axis(within), layer: names[0], mapping: answers.length > 0 && model.id !== reference ? { reference, answers } : null };
}
