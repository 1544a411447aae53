// The tour: a chapter is an entry here and its words under `learn.chapters` in the locales.

/**
 * A figure: what it computes to begin with, and what can be set of it. `also` are classes of its picture that are offered beside the best five;
 * `layer` is how deep the layer lies, from 0 to 1, where one is looked at; `fixed` are parameters that are always so, `dials` those that
 * can be set: sliders (`from`, `to`, `step`) with their sign in the formula, or a choice `among` some, beginning with `start`.
 * `beside` names, in the order in which they are offered, what can stand beside the map (see BESIDE in figures.js); `several` are methods
 * whose maps stand beside each other instead.
 * @typedef {{ parameter: string, sign?: string, start?: number, from?: number, to?: number, step?: number, among?: string[] }} DialOf
 * @typedef {{ method: string, picture: string, also?: number[], list?: boolean, layer?: number, fixed?: object, dials?: DialOf[],
 *             compares?: boolean, grid?: boolean, tiles?: boolean, classless?: boolean, beside?: string[], several?: object[] }} Figure
 *
 * `words` names the sections; their headings are under `learn.sections`, where `headings` says. A section without a heading has no title.
 * @typedef {{ id: string, headings: string, words: string[], figure: Figure }} Chapter
 */

const CAT = 'chelsea.png';
const DOG = 'dog.jpg';
/** Mountain bike and minivan. */
const BEHIND_THE_DOG = [671, 656];
const METHOD = { headings: 'method', words: ['asks', 'how', 'read', 'misleads'] };
const SAMPLES = { parameter: 'samples', sign: 'n' };

/** @type {Chapter[]} */
export const CHAPTERS = [
  {
    id: 'why', headings: 'why', words: ['story', 'goals', 'people'],
    figure: { method: 'grad-cam', picture: DOG, also: BEHIND_THE_DOG, list: true },
  },
  {
    id: 'network', headings: 'network', words: ['layers', 'parts', 'transfer'],
    figure: { method: 'activations', picture: 'macaw.jpg', layer: 0, fixed: { order: 'mean' }, grid: true, classless: true },
  },
  {
    id: 'shap', ...METHOD,
    figure: {
      method: 'expected-gradients', picture: CAT, layer: 0, compares: true,
      dials: [{ ...SAMPLES, start: 5, from: 5, to: 100, step: 5 }], beside: ['error', 'class'],
    },
  },
  {
    id: 'activations', ...METHOD,
    figure: { method: 'activations', picture: 'photographer.jpg', layer: 1 / 3, grid: true, tiles: true, dials: [{ parameter: 'order', among: ['channel', 'mean', 'contribution'] }] },
  },
  {
    id: 'occlusion', ...METHOD,
    figure: {
      method: 'occlusion', picture: DOG, also: BEHIND_THE_DOG,
      dials: [{ parameter: 'window', sign: 'w', start: 56, from: 16, to: 112, step: 8 }, { parameter: 'fill', sign: 'b', among: ['grey', 'black', 'white'] }],
      beside: ['covered', 'class'],
    },
  },
  {
    id: 'grad-cam', ...METHOD,
    figure: { method: 'grad-cam', picture: DOG, also: BEHIND_THE_DOG, layer: 1, dials: [{ parameter: 'relu', among: [true, false] }], beside: ['cells', 'class'] },
  },
  {
    id: 'smooth-grad', ...METHOD,
    figure: {
      method: 'smooth-grad', picture: DOG, also: BEHIND_THE_DOG,
      dials: [
        { ...SAMPLES, start: 8, from: 1, to: 50, step: 1 }, { parameter: 'sigma', sign: 'σ', start: 0.15, from: 0, to: 0.5, step: 0.05 },
        { parameter: 'variant', among: ['mean', 'magnitude', 'squared', 'variance'] },
      ],
      beside: ['noiseless', 'class'],
    },
  },
  {
    id: 'trust', headings: 'trust', words: ['all', 'checks'],
    figure: {
      method: 'grad-cam', picture: DOG, also: BEHIND_THE_DOG,
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

/** What the words refer to by a name in braces: authors and year, and the number in the arXiv or the address. */
export const PAPERS = {
  adebayo: ['Adebayo et al., 2018', '1810.03292'],
  buolamwini: ['Buolamwini and Gebru, 2018', 'https://proceedings.mlr.press/v81/buolamwini18a.html'],
  draelos: ['Draelos and Carin, 2020', '2011.08891'],
  erion: ['Erion et al., 2021', '1906.10670'],
  ghorbani: ['Ghorbani et al., 2019', '1710.10547'],
  hooker: ['Hooker et al., 2019', '1806.10758'],
  ioffe: ['Ioffe and Szegedy, 2015', '1502.03167'],
  kindermans: ['Kindermans et al., 2017', '1711.00867'],
  lapuschkin: ['Lapuschkin et al., 2019', '1902.10178'],
  lundberg: ['Lundberg and Lee, 2017', '1705.07874'],
  olah: ['Olah et al., 2017', 'https://distill.pub/2017/feature-visualization/'],
  ribeiro: ['Ribeiro et al., 2016', '1602.04938'],
  selvaraju: ['Selvaraju et al., 2017', '1610.02391'],
  simonyan: ['Simonyan et al., 2014', '1312.6034'],
  smilkov: ['Smilkov et al., 2017', '1706.03825'],
  srivastava: ['Srivastava et al., 2014', 'https://jmlr.org/papers/v15/srivastava14a.html'],
  sturmfels: ['Sturmfels et al., 2020', 'https://distill.pub/2020/attribution-baselines/'],
  sundararajan: ['Sundararajan et al., 2017', '1703.01365'],
  yosinski: ['Yosinski et al., 2014', '1411.1792'],
  zeiler: ['Zeiler and Fergus, 2014', '1311.2901'],
};
