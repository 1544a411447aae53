// One map of the board, large; a second one can be laid beneath it, and a divider moved across the two.

import { element } from './dom.js';
import { numberRows } from './numbers.js';
import { Plate } from './plate.js';
import { cellAt, placeUnder, readAt } from './reading.js';
import { stepOf, t } from './locale.js';
import { cellText, list } from './words.js';

export class Enlarged {
  #dialog = element('enlarged');
  #stack = element('stack');
  #against = element('against');
  #swipe = element('swipe');
  #front = new Plate();
  #back = new Plate();
  /** The maps there were when it was opened, and the headings of the board. */
  #cells = [];
  #headings = { rows: [], columns: [] };
  #colormaps = [];
  #look = null;
  #at = 0;

  /**
   * @param {{ onSingle: (cell: import('./board.js').Cell, channel?: number) => void }} handlers
   *   `onSingle` is called for a map to be shown by itself, or for a channel of a grid
   */
  constructor({ onSingle }) {
    element('back').append(this.#back.element);
    element('front').append(this.#front.element);
    const single = (channel) => {
      this.#dialog.close();
      onSingle(this.#cells[this.#at], channel);
    };
    element('enlarged-single').addEventListener('click', () => single());
    this.#front.overlay.addEventListener('click', (event) => {
      const { explanation } = this.#cells[this.#at];
      const tile = readAt(explanation, cellAt(explanation, placeUnder(event, this.#front.overlay)), [1, 1]);
      if (this.#swipe.hidden && tile?.channel !== undefined) single(tile.channel);
    });
    element('enlarged-close').addEventListener('click', () => this.#dialog.close());
    element('enlarged-next').addEventListener('click', () => this.#step(1));
    element('enlarged-former').addEventListener('click', () => this.#step(-1));
    element('enlarged-numbers').addEventListener('toggle', ({ target }) => {
      this.#showNumbers();
      if (target.open) target.scrollIntoView({ block: 'nearest' });
    });
    this.#against.addEventListener('change', () => this.#draw());
    this.#swipe.addEventListener('input', () => this.#divide());
    for (const type of ['pointerdown', 'pointermove']) this.#stack.addEventListener(type, (event) => this.#drag(event));
    this.#dialog.addEventListener('keydown', (event) => {
      const by = stepOf(event.key);
      if (by && !event.target.matches('input, select')) this.#step(by);
    });
    // A click beside it closes it.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /**
   * @param {import('./board.js').Board} board
   * @param {{ at: number, colormaps: object[], look: import('./controls.js').Look }} what `at` is the place
   */
  open(board, { at, colormaps, look }) {
    const done = board.cells.filter(({ state }) => state === 'done');
    // The board may have been laid out anew since it was drawn.
    if (!done.includes(board.cells[at])) return;
    this.#cells = done;
    this.#headings = board.headings;
    this.#colormaps = colormaps;
    this.#look = look;
    this.#at = this.#cells.indexOf(board.cells[at]);
    this.#against.value = '';
    this.#draw();
    this.#dialog.showModal();
  }

  /** The session has changed. @param {boolean} leaving whether another picture is looked at: that is what there is to see now */
  show(leaving) {
    if (leaving && this.#dialog.open) this.#dialog.close();
  }

  #step(by) {
    this.#at = (this.#at + by + this.#cells.length) % this.#cells.length;
    this.#draw();
  }

  #titleOf({ row, column }) {
    const { rows, columns } = this.#headings;
    return list([rows[row], columns[column]]);
  }

  #draw() {
    const cell = this.#cells[this.#at];
    const others = [...this.#cells.keys()].filter((at) => at !== this.#at);
    const chosen = others.map(String).includes(this.#against.value) ? this.#against.value : '';
    const named = (at) => this.#titleOf(this.#cells[at]) || cellText(this.#cells[at], false).name;
    this.#against.replaceChildren(new Option(t('board.nothing'), ''), ...others.map((at) => new Option(named(at), at)));
    this.#against.value = chosen;
    const other = chosen === '' ? null : this.#cells[chosen];
    this.#plate(this.#front, cell);
    element('back').hidden = !other;
    if (other) this.#plate(this.#back, other);
    for (const part of [this.#swipe, element('divider')]) part.hidden = !other;
    for (const part of ['enlarged-next', 'enlarged-former', 'against-field']) element(part).hidden = others.length === 0;
    element('enlarged-title').textContent = this.#titleOf(cell) || cellText(cell, false).name;
    const words = [cell, ...(other ? [other] : [])].map((one) => cellText(one, true)).map(({ name, note }) => [name, note].filter(Boolean).join('. '));
    this.#front.element.classList.toggle('pick', !other && cell.explanation.shows === 'channels');
    element('enlarged-words').textContent = other ? t('board.swiped', { front: words[0], back: words[1] }) : words[0];
    this.#showNumbers();
    this.#divide();
  }

  /** All values are sorted for them, so only when they are looked at. */
  #showNumbers() {
    if (element('enlarged-numbers').open) element('enlarged-rows').replaceChildren(...numberRows(this.#cells[this.#at].explanation));
  }

  #plate(plate, { prediction, explanation, coloured }) {
    const colormap = this.#colormaps.find(({ id }) => id === coloured?.colormap);
    plate.show({ prediction, explanation, coloured, colormap, look: this.#look });
  }

  #divide() {
    const swiping = !this.#swipe.hidden;
    this.#stack.style.setProperty('--swipe', swiping ? this.#swipe.valueAsNumber : 1);
  }

  #drag(event) {
    if (this.#swipe.hidden || (event.type === 'pointermove' && event.buttons === 0)) return;
    const { left, width } = this.#stack.getBoundingClientRect();
    this.#swipe.value = (event.clientX - left) / width;
    this.#divide();
  }
}
