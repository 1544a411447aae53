// The menus and the slider beside the picture. Layer and method compute anew; colours, opacity and side by side do not.

import { extent, wholePercent } from './words.js';

export class Controls {
  #layer = document.getElementById('layer');
  #method = document.getElementById('method');
  #methodLabel = document.getElementById('method-label');
  #summary = document.getElementById('method-summary');
  #colormap = document.getElementById('colormap');
  #opacity = document.getElementById('opacity');
  #opacityValue = document.getElementById('opacity-value');
  #split = document.getElementById('split');
  #methods = [];
  #described = null;

  /**
   * @param {{ onLayer: (name: string) => void, onMethod: (id: string) => void, onColormap: (id: string) => void,
   *           onOpacity: (opacity: number) => void, onSideBySide: (split: boolean) => void }} handlers
   */
  constructor({ onLayer, onMethod, onColormap, onOpacity, onSideBySide }) {
    const opacity = () => {
      this.#opacityValue.textContent = wholePercent(this.#opacity.valueAsNumber);
      onOpacity(this.#opacity.valueAsNumber);
    };
    const sideBySide = () => {
      this.#opacity.disabled = this.#split.checked;
      onSideBySide(this.#split.checked);
    };
    this.#layer.addEventListener('change', () => onLayer(this.#layer.value));
    this.#method.addEventListener('change', () => onMethod(this.#method.value));
    this.#colormap.addEventListener('change', () => onColormap(this.#colormap.value));
    this.#opacity.addEventListener('input', opacity);
    this.#split.addEventListener('change', sideBySide);
    // A reloaded page may bring back what the visitor had set.
    if (this.#opacity.value === this.#opacity.defaultValue) onOpacity(this.#opacity.valueAsNumber);
    else opacity();
    sideBySide();
  }

  /** The module is there: it names its methods and colour maps. */
  fill({ methods, colormaps, colormap }) {
    this.#methods = methods;
    this.#method.replaceChildren(...methods.map(({ id, name }) => new Option(name, id)));
    this.#method.hidden = methods.length < 2;
    this.#methodLabel.hidden = methods.length < 2;
    this.#colormap.replaceChildren(...colormaps.map(({ id, name }) => new Option(name, id)));
    this.#colormap.value = colormap;
    this.#colormap.disabled = false;
  }

  /** The network is there: its layers, those first that a reader picks. */
  fillLayers(layers) {
    const explainable = layers.filter((layer) => layer.explainable);
    const all = document.createElement('optgroup');
    all.label = 'All layers';
    all.append(...explainable.map(layerOption));
    this.#layer.replaceChildren(...explainable.filter((layer) => layer.group).map(layerOption), all);
    this.#layer.disabled = false;
  }

  show({ layer, method }) {
    if (layer && this.#layer.value !== layer) this.#layer.value = layer;
    if (this.#method.value !== method) this.#method.value = method;
    if (this.#described !== method) this.#describe(method);
  }

  methodName(id) {
    return this.#methods.find((method) => method.id === id)?.name ?? id;
  }

  #describe(id) {
    const method = this.#methods.find((one) => one.id === id);
    if (!method) return;
    this.#described = id;
    const name = document.createElement('strong');
    name.textContent = method.name;
    const link = document.createElement('a');
    const { url, title, authors } = method.paper;
    Object.assign(link, { href: url, title, textContent: authors, rel: 'noopener noreferrer', target: '_blank' });
    this.#summary.replaceChildren(name, `: ${method.summary} `, link);
  }
}

function layerOption({ name, shape }) {
  return new Option(`${name} · ${extent(shape)}`, name);
}
