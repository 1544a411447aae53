// The menus and the sliders beside the picture. Layer and method compute anew; how the map is laid over the picture does not.

import { element, made } from './dom.js';
import { lookable } from './layers.js';
import { t } from './locale.js';
import { nameOfColormap } from './names.js';
import { OPACITY } from './pictures.js';
import { layerName, wholePercent } from './words.js';

/**
 * How maps are laid over the picture: how opaque (those of the kind that is shown, and of each kind), how blended, and which of their
 * places; `split` lays the map beside it.
 * @typedef {{ opacity: number, opacities: Record<'heat' | 'signed' | 'channels', number>, blend: string, share: number, threshold: number, split: boolean }} Look
 */

/** @type {Omit<Look, 'opacity' | 'opacities'>} */
const USUAL = { blend: 'normal', share: 1, threshold: 0, split: false };

export class Controls {
  #layer = element('layer');
  #method = element('method');
  #colormap = element('colormap');
  #opacity = element('opacity');
  #blend = element('blend');
  #share = element('share');
  #threshold = element('threshold');
  #split = element('split');
  #methods = [];
  #layers = [];
  #described = null;
  #opacities = { ...OPACITY };
  #shows = 'heat';
  #onLook;

  /** @param {{ onLayer: (name: string) => void, onMethod: (id: string) => void, onColormap: (id: string) => void, onLook: (look: Look) => void }} handlers */
  constructor({ onLayer, onMethod, onColormap, onLook }) {
    this.#onLook = onLook;
    this.#layer.addEventListener('change', () => onLayer(this.#layer.value));
    this.#method.addEventListener('change', () => onMethod(this.#method.value));
    this.#colormap.addEventListener('change', () => onColormap(this.#colormap.value));
    for (const control of [this.#opacity, this.#blend, this.#share, this.#threshold, this.#split]) control.addEventListener('input', () => this.#take());
    this.#lookAt('heat');
  }

  /** The module is there: it names its methods and colour maps. */
  fill({ methods, colormaps }) {
    this.#methods = methods;
    this.#method.replaceChildren(...methods.map(({ id, name }) => new Option(name, id)));
    this.#colormap.replaceChildren(...colormaps.map((colormap) => new Option(nameOfColormap(colormap), colormap.id)));
    this.#colormap.disabled = false;
  }

  /** The network is there, with its layers. */
  fillLayers(layers) {
    this.#layers = layers;
    this.#described = null;
  }

  /**
   * @param {{ choice: import('./choices.js').Choice, colormap: string, channel: boolean, board: import('./board.js').Board | null }} what
   *   `channel`: one channel of a grid is laid over the picture, like a heat map; `board`: the one that is shown, which goes through some of it
   */
  show({ choice: { method, layer }, colormap, channel, board }) {
    if (this.#described !== method) this.#describe(method);
    const shows = channel ? 'heat' : this.#methods.find((one) => one.id === method)?.shows ?? this.#shows;
    if (shows !== this.#shows) this.#lookAt(shows);
    if (this.#method.value !== method) this.#method.value = method;
    if (this.#layer.value !== layer) this.#layer.value = layer;
    if (this.#colormap.value !== colormap) this.#colormap.value = colormap;
    this.#method.disabled = this.#methods.length === 0;
    this.#layer.disabled = this.#layers.length === 0 || Boolean(board?.goes('layer'));
    element('side-by-side').hidden = shows === 'channels' || Boolean(board);
    this.#opacity.disabled = this.#split.checked && !element('side-by-side').hidden;
  }

  methodName(id) {
    return this.#methods.find((method) => method.id === id)?.name ?? id;
  }

  /** @returns {Look} */
  get look() {
    const [share, threshold] = [this.#share.valueAsNumber, this.#threshold.valueAsNumber];
    return { opacity: this.#opacities[this.#shows], opacities: { ...this.#opacities }, blend: this.#blend.value, share, threshold, split: this.#split.checked };
  }

  /** What a link holds of it: what is as usual is left out. @returns {Partial<Look>} */
  get settings() {
    const { opacity, opacities, ...look } = this.look;
    const all = { ...look, ...Object.fromEntries(Object.entries(opacities).map(([kind, value]) => [`opacity.${kind}`, value])) };
    const usual = { ...USUAL, ...Object.fromEntries(Object.entries(OPACITY).map(([kind, value]) => [`opacity.${kind}`, value])) };
    return Object.fromEntries(Object.entries(all).filter(([key, value]) => value !== usual[key]));
  }

  /** Looks at maps as a link says, as far as it can be. @param {Partial<Look>} settings */
  adopt(settings) {
    const { blend, share, threshold, split } = { ...USUAL, ...settings };
    this.#share.value = typeof share === 'number' ? share : USUAL.share;
    this.#threshold.value = typeof threshold === 'number' ? threshold : USUAL.threshold;
    this.#blend.value = [...this.#blend.options].some(({ value }) => value === blend) ? blend : USUAL.blend;
    this.#split.checked = split === true;
    for (const [kind, usual] of Object.entries(OPACITY)) {
      const opacity = settings[`opacity.${kind}`];
      this.#opacities[kind] = opacity >= 0 && opacity <= 1 ? opacity : usual;
    }
    this.#lookAt(this.#shows);
  }

  #describe(id) {
    const method = this.#methods.find((one) => one.id === id);
    if (!method) return;
    this.#described = id;
    this.#offerLayers(method.looksAt);
    this.#lookAt(method.shows);
    const { url, title, authors } = method.paper;
    const link = made('a', { href: url, title, lang: 'en', textContent: authors, rel: 'noopener noreferrer', target: '_blank' });
    element('method-summary').replaceChildren(made('strong', { textContent: method.name }), `: ${method.summary} `, link);
  }

  #lookAt(shows) {
    this.#shows = shows;
    this.#opacity.value = this.#opacities[shows];
    const grid = shows === 'channels';
    for (const control of [this.#blend, this.#share, this.#threshold]) control.disabled = grid;
    this.#take();
  }

  #take() {
    this.#opacities[this.#shows] = this.#opacity.valueAsNumber;
    const { look } = this;
    for (const key of ['opacity', 'share', 'threshold']) element(`${key}-value`).textContent = wholePercent(look[key]);
    this.#opacity.disabled = look.split && !element('side-by-side').hidden;
    this.#onLook(look);
  }

  /** The layers that a method can look at, those first that a reader picks. */
  #offerLayers(looksAt) {
    const label = element('layer-label');
    for (const part of [this.#layer, label]) part.hidden = looksAt === 'picture';
    label.textContent = looksAt === 'input' ? t('choices.before-layer') : t('choices.layer');
    const fits = lookable(this.#layers, looksAt);
    const option = (layer) => new Option(layerName(layer), layer.name);
    const all = made('optgroup', { label: t('choices.all-layers') });
    all.append(...fits.map(option));
    const picture = looksAt === 'input' ? [new Option(t('choices.the-picture'), '')] : [];
    this.#layer.replaceChildren(...picture, ...fits.filter((layer) => layer.stage).map(option), all);
  }
}
