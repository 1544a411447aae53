// The menus and the slider beside the picture. Layer and method compute anew; colours, opacity and side by side do not.

import { extent, text, wholePercent } from './words.js';

/** How opaque a map is laid over the picture, to begin with. */
const OPACITY = { heat: 0.5, signed: 1, channels: 1 };

export class Controls {
  #layer = document.getElementById('layer');
  #layerLabel = document.getElementById('layer-label');
  #method = document.getElementById('method');
  #summary = document.getElementById('method-summary');
  #colormap = document.getElementById('colormap');
  #opacity = document.getElementById('opacity');
  #opacityValue = document.getElementById('opacity-value');
  #share = document.getElementById('share');
  #shareValue = document.getElementById('share-value');
  #split = document.getElementById('split');
  #sideBySide = document.getElementById('side-by-side');
  #methods = [];
  #layers = [];
  #described = null;
  #opacities = { ...OPACITY };
  #shows = 'heat';
  #onOpacity;

  /**
   * @param {{ onLayer: (name: string) => void, onMethod: (id: string) => void, onColormap: (id: string) => void,
   *           onOpacity: (opacity: number) => void, onShare: (share: number) => void,
   *           onSideBySide: (split: boolean) => void }} handlers
   */
  constructor({ onLayer, onMethod, onColormap, onOpacity, onShare, onSideBySide }) {
    this.#onOpacity = onOpacity;
    const opacity = () => {
      this.#opacities[this.#shows] = this.#opacity.valueAsNumber;
      this.#showOpacity();
    };
    const sideBySide = () => {
      this.#opacity.disabled = this.#split.checked;
      onSideBySide(this.#split.checked);
    };
    this.#layer.addEventListener('change', () => onLayer(this.#layer.value));
    this.#method.addEventListener('change', () => onMethod(this.#method.value));
    this.#colormap.addEventListener('change', () => onColormap(this.#colormap.value));
    const share = () => {
      this.#shareValue.textContent = wholePercent(this.#share.valueAsNumber);
      onShare(this.#share.valueAsNumber);
    };
    this.#opacity.addEventListener('input', opacity);
    this.#share.addEventListener('input', share);
    this.#split.addEventListener('change', sideBySide);
    // A reloaded page may bring back what the visitor had set.
    opacity();
    share();
    sideBySide();
  }

  /** The module is there: it names its methods and colour maps. */
  fill({ methods, colormaps }) {
    this.#methods = methods;
    this.#method.replaceChildren(...methods.map(({ id, name }) => new Option(name, id)));
    this.#method.disabled = false;
    this.#colormap.replaceChildren(...colormaps.map(({ id, name }) => new Option(name, id)));
    this.#colormap.disabled = false;
  }

  /** The network is there, with its layers. */
  fillLayers(layers) {
    this.#layers = layers;
    this.#described = null;
    this.#layer.disabled = false;
  }

  /**
   * @param {{ choice: import('./session.js').Choice, colormap: string, channel: boolean }} what
   *   `channel`: one channel of a grid is laid over the picture, like a heat map
   */
  show({ choice: { method, layer }, colormap, channel }) {
    if (this.#described !== method) this.#describe(method);
    const shows = channel ? 'heat' : this.#methods.find((one) => one.id === method)?.shows ?? this.#shows;
    if (shows !== this.#shows) this.#lookAt(shows);
    if (this.#method.value !== method) this.#method.value = method;
    if (this.#layer.value !== layer) this.#layer.value = layer;
    if (this.#colormap.value !== colormap) this.#colormap.value = colormap;
  }

  methodName(id) {
    return this.#methods.find((method) => method.id === id)?.name ?? id;
  }

  #describe(id) {
    const method = this.#methods.find((one) => one.id === id);
    if (!method) return;
    this.#described = id;
    this.#offerLayers(method.looksAt);
    this.#lookAt(method.shows);
    const name = document.createElement('strong');
    name.textContent = method.name;
    const link = document.createElement('a');
    const { url, title, authors } = method.paper;
    Object.assign(link, { href: url, title, textContent: authors, rel: 'noopener noreferrer', target: '_blank' });
    this.#summary.replaceChildren(name, `: ${method.summary} `, link);
  }

  #lookAt(shows) {
    this.#shows = shows;
    this.#opacity.value = this.#opacities[shows];
    this.#showOpacity();
    this.#sideBySide.hidden = shows === 'channels';
    this.#share.disabled = shows === 'channels';
  }

  #showOpacity() {
    this.#opacityValue.textContent = wholePercent(this.#opacity.valueAsNumber);
    this.#onOpacity(this.#opacity.valueAsNumber);
  }

  /** The layers that a method can look at, those first that a reader picks. */
  #offerLayers(looksAt) {
    const none = looksAt === 'picture';
    this.#layer.hidden = none;
    this.#layerLabel.hidden = none;
    this.#layerLabel.textContent = looksAt === 'input' ? text.beforeLayer : text.layer;
    const fits = this.#layers.filter((layer) => layer.kind !== 'Input' && (looksAt === 'input' ? layer.explainableInput : layer.explainable));
    const all = document.createElement('optgroup');
    all.label = text.allLayers;
    all.append(...fits.map(layerOption));
    const picture = looksAt === 'input' ? [new Option(text.thePicture, '')] : [];
    this.#layer.replaceChildren(...picture, ...fits.filter((layer) => layer.group).map(layerOption), all);
  }
}

function layerOption({ name, shape, index }) {
  return new Option([...(index === null ? [] : [index]), name, extent(shape)].join(' · '), name);
}
