// Reads the map: the value under the pointer, or under a cursor that the arrow keys move, in the map's own cells.

import { element } from './dom.js';
import { cellAt, frame, isFinger, placeUnder, readAt, steppedTo } from './reading.js';
import { locale, t } from './locale.js';
import { reading } from './words.js';

export class Readout {
  #canvas = element('overlay');
  #line = element('readout');
  #cursor = element('cursor');
  #onPick;
  #map = null;
  #locale = null;
  #size = [1, 1];
  /** The cell: its place from the left and from above, among all tiles where there are several. */
  #cell = null;

  /** @param {{ onPick: (channel: number) => void }} handlers `onPick` is called for a channel of a grid */
  constructor({ onPick }) {
    this.#onPick = onPick;
    // A finger drags the cursor along.
    for (const type of ['pointermove', 'pointerdown']) this.#canvas.addEventListener(type, (event) => this.#point(event));
    this.#canvas.addEventListener('pointerleave', (event) => !isFinger(event) && this.#move(null));
    this.#canvas.addEventListener('blur', () => this.#move(null));
    this.#canvas.addEventListener('click', () => this.#pick());
    this.#canvas.addEventListener('keydown', (event) => this.#press(event));
  }

  /**
   * @param {import('./negah.js').Explanation | null} explanation null where there is no map to read
   * @param {[number, number]} size width and height of the network's input
   */
  show(explanation, size) {
    this.#size = size;
    const map = explanation?.note ? null : explanation;
    if (map === this.#map && locale === this.#locale) return;
    this.#map = map;
    this.#locale = locale;
    this.#canvas.tabIndex = map ? 0 : -1;
    this.#move(null);
  }

  #point(event) {
    if (this.#map) this.#move(cellAt(this.#map, placeUnder(event, this.#canvas)));
  }

  #press(event) {
    if (!this.#map) return;
    if (event.key === 'Enter') this.#pick();
    const cell = steppedTo(this.#map, this.#cell, event.key);
    if (!cell) return;
    event.preventDefault();
    this.#move(cell);
    // The pointer is for those who see; keys may be for those who listen.
    element('status').textContent = this.#line.textContent;
  }

  #pick() {
    const found = this.#cell && this.#read();
    if (found?.channel !== undefined) this.#onPick(found.channel);
  }

  #move(cell) {
    this.#cell = cell;
    const found = cell && this.#read();
    this.#cursor.hidden = !found;
    this.#line.textContent = found ? reading(found) : this.#map ? t('map.point') : '';
    if (!found) return;
    this.#canvas.after(this.#cursor);
    frame(this.#cursor, this.#map, cell);
  }

  #read() {
    return readAt(this.#map, this.#cell, this.#size);
  }
}
