// One of a figure's pictures: the photograph with a map over it, what it is, and between which values its colours lie.

import { made } from './dom.js';
import { t } from './locale.js';
import { noteOf } from './names.js';
import { Plate } from './plate.js';
import { value } from './words.js';

/** How maps are laid over the photograph; what is drawn on it hides it. */
const LOOK = { opacities: { heat: 0.55, signed: 1, channels: 1, drawing: 1 }, blend: 'normal', share: 1, threshold: 0 };

export class Pane {
  element = made('figure', { className: 'pane' });
  #plate = new Plate();
  #name = made('span', { className: 'pane-name' });
  #range = made('span', { className: 'pane-range' });

  constructor() {
    const words = made('figcaption');
    words.append(this.#name, this.#range);
    this.#plate.element.setAttribute('role', 'img');
    this.element.append(this.#plate.element, words);
  }

  /** @param {object} shown as for Plate, and `caption`; `cells` shows a map without smoothing */
  show({ caption, cells = false, ...shown }) {
    this.#plate.show({ ...shown, look: LOOK });
    this.#plate.element.classList.toggle('cells-only', cells);
    this.#plate.element.setAttribute('aria-label', caption);
    this.#name.textContent = caption;
    const { range } = shown.coloured ?? {};
    const note = shown.explanation && noteOf(shown.explanation);
    this.#range.textContent = note ?? (range ? t('learn.pane.range', { low: value(range[0]), high: value(range[1]) }) : '');
  }
}
