// The tour: a chapter is an entry here and its words under `learn.chapters` in the locales.

/**
 * A figure: what it computes to begin with, and what can be set of it. `also` are classes of its picture that are offered beside the best five,
 * as a list where `list` says so and not at all for the `classless`; `layer` is how deep the layer lies, from 0 to 1, where one is looked at;
 * `fixed` are parameters that are always so, `dials` those that can be set, of which the first value is the usual one, with their signs in the
 * formula. `compares`, `tiles` and `grid` bring their own dials (see figures.js). `beside` names, the usual first, what can stand beside the
 * map; `several` are methods whose maps stand beside each other instead.
 * @typedef {{ parameter: string, sign?: string, from?: number, to?: number, step?: number, usual?: number, among?: Array<boolean | string> }} Set
 * @typedef {{ method: string, picture: string, also?: number[], list?: boolean, classless?: boolean, layer?: number, fixed?: object, dials?: Set[],
 *             compares?: boolean, tiles?: boolean, grid?: boolean, beside?: string[], several?: object[] }} Figure
 *
 * `words` names the sections; their headings are under `learn.sections`, where `headings` says. A section without a heading has no title.
 * @typedef {{ id: string, headings: string, words: string[], figure: Figure }} Chapter
 */

/** A dog; behind it a mountain bike and a minivan. */
const DOG = { picture: 'dog.jpg', also: [671, 656] };
const METHOD = { headings: 'method', words: ['asks', 'how', 'read', 'misleads'] };
const samples = (usual, from, to) => ({ parameter: 'samples', sign: 'n', usual, from, to, step: from });

/** @type {Chapter[]} */
export const CHAPTERS = [
  { id: 'why', headings: 'why', words: ['story', 'goals', 'people'], figure: { method: 'grad-cam', ...DOG, list: true } },
  {
    id: 'network', headings: 'network', words: ['layers', 'parts', 'transfer'],
    figure: { method: 'activations', picture: 'macaw.jpg', layer: 0, fixed: { order: 'mean' }, grid: true, classless: true },
  },
  {
    id: 'shap', ...METHOD,
    figure: { method: 'expected-gradients', picture: 'chelsea.png', layer: 0, compares: true, dials: [samples(5, 5, 100)], beside: ['error', 'class'] },
  },
  {
    id: 'activations', ...METHOD,
    figure: { method: 'activations', picture: 'photographer.jpg', layer: 1 / 3, grid: true, tiles: true, dials: [{ parameter: 'order', among: ['channel', 'mean', 'contribution'] }] },
  },
  {
    id: 'occlusion', ...METHOD,
    figure: {
      method: 'occlusion', ...DOG,
      dials: [{ parameter: 'window', sign: 'w', usual: 56, from: 16, to: 112, step: 8 }, { parameter: 'fill', sign: 'b', among: ['grey', 'black', 'white'] }],
      beside: ['covered', 'fill', 'class'],
    },
  },
  {
    id: 'grad-cam', ...METHOD,
    figure: { method: 'grad-cam', ...DOG, layer: 1, dials: [{ parameter: 'relu', among: [true, false] }], beside: ['cells', 'class'] },
  },
  {
    id: 'smooth-grad', ...METHOD,
    figure: {
      method: 'smooth-grad', ...DOG,
      dials: [
        samples(8, 1, 50), { parameter: 'sigma', sign: 'σ', usual: 0.15, from: 0, to: 0.5, step: 0.05 },
        { parameter: 'variant', among: ['mean', 'magnitude', 'squared', 'variance'] },
      ],
      beside: ['noiseless', 'class'],
    },
  },
  {
    id: 'trust', headings: 'trust', words: ['all', 'checks'],
    figure: {
      method: 'grad-cam', ...DOG,
      several: [
        { method: 'grad-cam' },
        { method: 'saliency' },
        { method: 'smooth-grad', parameters: { samples: 4 } },
        { method: 'occlusion', parameters: { window: 56, stride: 56 } },
        { method: 'expected-gradients', parameters: { samples: 4 }, background: 'black' },
      ],
    },
  },
];
