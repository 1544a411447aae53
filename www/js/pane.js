// One of a figure's pictures: the photograph with a map over it, what it is, and between which values its colours lie.

import { made } from './dom.js';
import { t } from './locale.js';
import { lookedAt } from './looked.js';
import { noteOf } from './names.js';
import { Plate } from './plate.js';
import { value } from './words.js';

/** How maps are laid over the photograph. */
const LOOK = { opacities: { heat: 0.55, signed: 1 }, blend: 'normal', share: 1, threshold: 0 };

export class Pane {
  element = made('figure', { className: 'pane' });
  #plate = new Plate();
  #patch = made('div', { className: 'patch' });
  #name = made('span', { className: 'pane-name' });
  #range = made('span', { className: 'pane-range' });

  constructor() {
    const words = made('figcaption');
    words.append(this.#name, this.#range);
    this.#plate.element.append(this.#patch);
    this.#plate.element.role = 'img';
    this.element.append(this.#plate.element, words);
  }

  /** @param {object} shown as for Plate, and `caption`; `patch` is what covers the photograph: its place and `side`, in shares of it, and its `fill` */
  show({ caption, patch, ...shown }) {
    this.#plate.show({ ...shown, look: LOOK });
    const where = shown.explanation && !patch ? lookedAt(shown.explanation) : '';
    this.#plate.element.ariaLabel = [caption, where].filter(Boolean).join('. ');
    this.#patch.hidden = !patch;
    if (patch) {
      this.#patch.dataset.fill = patch.fill;
      for (const at of ['left', 'top', 'side']) this.#patch.style.setProperty(`--${at}`, patch[at]);
    }
    this.#name.textContent = caption;
    const { range } = shown.coloured ?? {};
    this.#range.textContent = (shown.explanation && noteOf(shown.explanation)) ?? (range ? t('units.range', { low: value(range[0]), high: value(range[1]) }) : '');
  }
}
