// Reads the map: the value under the pointer, or under a cursor that the arrow keys move, in the map's own cells.

import { reading, text } from './words.js';

export class Readout {
  #canvas = document.getElementById('overlay');
  #line = document.getElementById('readout');
  #cursor = document.getElementById('cursor');
  #onPick;
  #map = null;
  #size = [1, 1];
  /** The cell: its place from the left and from above, among all tiles where there are several. */
  #cell = null;

  /** @param {{ onPick: (channel: number) => void }} handlers `onPick` is called for a channel of a grid */
  constructor({ onPick }) {
    this.#onPick = onPick;
    // A finger drags the cursor along.
    for (const type of ['pointermove', 'pointerdown']) this.#canvas.addEventListener(type, (event) => this.#point(event));
    this.#canvas.addEventListener('pointerleave', () => this.#move(null));
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
    if (map === this.#map) return;
    this.#map = map;
    this.#canvas.tabIndex = map ? 0 : -1;
    this.#move(null);
  }

  /** How many cells there are from side to side, and from above to below. */
  get #cells() {
    const { width, height } = this.#map;
    const side = this.#tiles;
    return [width * side, height * side];
  }

  get #tiles() {
    return this.#map.shows === 'channels' ? Math.ceil(Math.sqrt(this.#map.order?.length ?? this.#map.channels)) : 1;
  }

  #point(event) {
    if (!this.#map) return;
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const [columns, rows] = this.#cells;
    this.#move([within((event.clientX - left) / width, columns), within((event.clientY - top) / height, rows)]);
  }

  #press(event) {
    if (!this.#map) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === 'Enter') this.#pick();
    if (!step) return;
    event.preventDefault();
    const [columns, rows] = this.#cells;
    const [x, y] = this.#cell ?? [columns >> 1, rows >> 1];
    this.#move(this.#cell ? [clamp(x + step[0], columns), clamp(y + step[1], rows)] : [x, y]);
  }

  #pick() {
    const found = this.#cell && this.#read();
    if (found?.channel !== undefined) this.#onPick(found.channel);
  }

  #move(cell) {
    this.#cell = cell;
    const found = cell && this.#read();
    this.#cursor.hidden = !found;
    this.#line.textContent = found ? reading(found) : this.#map ? text.read : '';
    if (!found) return;
    const [columns, rows] = this.#cells;
    this.#canvas.after(this.#cursor);
    const { style } = this.#cursor;
    style.setProperty('--x', cell[0] / columns);
    style.setProperty('--y', cell[1] / rows);
    style.setProperty('--across', 1 / columns);
    style.setProperty('--down', 1 / rows);
  }

  /** What is under the cursor; null where a grid has no tile. */
  #read() {
    const { width, height, maps, values, order, channels, shows } = this.#map;
    const [column, row] = [this.#cell[0] % width, this.#cell[1] % height];
    if (shows !== 'channels') {
      const pixel = [column, row].map((at, axis) => Math.floor(((at + 0.5) * this.#size[axis]) / [width, height][axis]));
      return { value: maps[0][row * width + column], row, column, width, height, pixel };
    }
    const tile = Math.floor(this.#cell[1] / height) * this.#tiles + Math.floor(this.#cell[0] / width);
    const channel = order ? order[tile] : tile;
    if (tile >= channels || channel === undefined) return null;
    return { value: values[(channel * height + row) * width + column], row, column, width, height, channel };
  }
}

const clamp = (at, count) => Math.min(Math.max(at, 0), count - 1);
const within = (share, count) => clamp(Math.floor(share * count), count);
