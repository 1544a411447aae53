// The board on the page: a table of maps, which are read at one place of the picture together.

import { element, made } from './dom.js';
import { t } from './locale.js';
import { nameOfColormap } from './names.js';
import { colourBar, paint } from './pictures.js';
import { Plate } from './plate.js';
import { cellAt, frame, isFinger, placeOf, placeUnder, readAt, steppedTo } from './reading.js';
import { cellText, list, reading, scaleOf, stateOf, value } from './words.js';

/** How long the drawing of many maps may hold up the page at a time, in milliseconds. */
const BUDGET = 12;

export class BoardView {
  #table = element('cells');
  #onOpen;
  /** The parts of each place, row by row. */
  #places = [];
  #board = null;
  /** Those that the table was made for: the board may have others by the time that they are drawn. */
  #cells = [];
  #layout = '';
  #colormaps = [];
  #sizes = {};
  #look = null;
  #drawing = 0;
  /** The cell of a map that is read. @type {{ at: number, cell: [number, number] } | null} */
  #marked = null;

  /** @param {{ onOpen: (at: number) => void }} handlers `onOpen` enlarges a place */
  constructor({ onOpen }) {
    this.#onOpen = onOpen;
    for (const type of ['pointermove', 'pointerdown']) this.#table.addEventListener(type, (event) => this.#point(event));
    for (const type of ['pointerleave', 'focusout']) this.#table.addEventListener(type, (event) => !isFinger(event) && this.#mark(null));
    this.#table.addEventListener('keydown', (event) => this.#press(event));
  }

  /**
   * @param {import('./board.js').Board} board
   * @param {{ colormaps: object[], sizes: Record<string, [number, number]>, sentences: string[] }} what `sizes` are those of the networks' inputs
   */
  show(board, { colormaps, sizes, sentences }) {
    this.#board = board;
    this.#cells = board.cells;
    this.#colormaps = colormaps;
    this.#sizes = sizes;
    this.#showTable();
    this.#showScale();
    for (const id of ['board-words', 'board-readout', 'board-state']) element(id).hidden = board.shows !== 'maps';
    element('board-words').hidden ||= board.cells.length === 0;
    element('board-words').textContent = sentences.join(' ');
    element('board-state').textContent = stateOf(board);
    if (!this.#marked) element('board-readout').textContent = board.cells.some(({ state }) => state === 'done') ? t('board.point') : '';
    this.#draw();
    if (this.#marked) this.#mark(this.#marked);
  }

  /** @param {import('./controls.js').Look} look */
  setLook(look) {
    this.#look = look;
    if (this.#board) this.#draw();
  }

  /** Draws what has changed, some of it in each frame. */
  #draw() {
    cancelAnimationFrame(this.#drawing);
    let next = 0;
    const some = () => {
      const start = performance.now();
      while (next < this.#places.length && performance.now() - start < BUDGET) this.#fill(this.#places[next], this.#cells[next++]);
      if (next < this.#places.length) this.#drawing = requestAnimationFrame(some);
    };
    some();
  }

  #showTable() {
    const { headings, shows } = this.#board;
    const cells = this.#cells;
    element('cells-frame').hidden = shows !== 'maps' || cells.length === 0;
    const layout = JSON.stringify(headings);
    if (layout === this.#layout && this.#places.length === cells.length) return;
    this.#layout = layout;
    this.#mark(null);
    const head = (scope, name) => made('th', { scope, textContent: name });
    const top = made('tr');
    const sideways = headings.rows.some(Boolean);
    top.append(...(sideways ? [made('td')] : []), ...headings.columns.map((name) => head('col', name)));
    this.#places = cells.map((_, at) => this.#place(at));
    const rows = headings.rows.map((name, row) => {
      const line = made('tr');
      const count = headings.columns.length;
      line.append(...(sideways ? [head('row', name)] : []), ...this.#places.slice(row * count, (row + 1) * count).map(({ box }) => box));
      return line;
    });
    this.#table.style.setProperty('--rows', headings.rows.length);
    this.#table.style.setProperty('--columns', headings.columns.length);
    this.#table.replaceChildren(...(headings.columns.some(Boolean) ? [top] : []), ...rows);
  }

  #place(at) {
    const box = made('td');
    const button = made('button', { type: 'button', className: 'cell' });
    button.dataset.at = at;
    button.dataset.testid = `cell-${at}`;
    const plate = new Plate();
    const cursor = made('div', { className: 'cursor', hidden: true });
    const said = made('span', { className: 'cell-note' });
    plate.element.append(cursor);
    button.append(plate.element, said);
    button.addEventListener('click', () => this.#onOpen(at));
    const words = made('p', { className: 'cell-words' });
    const read = made('p', { className: 'cell-value' });
    box.append(button, words, read);
    return { box, button, plate, cursor, said, words, read };
  }

  #fill({ button, plate, said, words }, cell) {
    const { state, partial, explanation, coloured } = cell;
    const map = partial ?? explanation;
    const drawn = partial ? partial.picture : coloured;
    const colormap = this.#colormaps.find(({ id }) => id === (partial?.colormap ?? coloured?.colormap));
    plate.show({ prediction: cell.prediction ?? this.#board.known(cell.at), explanation: map, coloured: colormap ? drawn : null, colormap, look: this.#look });
    button.dataset.state = state;
    button.disabled = state !== 'done';
    const { name, note } = cellText(cell, this.#scales > 1);
    if (said.textContent !== note) said.textContent = note;
    if (words.textContent !== name) words.textContent = name;
    const label = list([this.#board.headings.rows[cell.row], this.#board.headings.columns[cell.column], name, note]);
    if (button.ariaLabel !== label) button.ariaLabel = label;
  }

  /** How many scales there are. */
  get #scales() {
    return new Set(this.#cells.map(({ scale }) => scale)).size;
  }

  #showScale() {
    const cells = this.#cells;
    const shown = cells.find(({ coloured }) => coloured?.range);
    const several = new Set(cells.filter(({ coloured }) => coloured).map(({ coloured }) => coloured.colormap)).size > 1;
    const bar = element('board-scale');
    bar.hidden = this.#board.shows !== 'maps' || several;
    bar.classList.toggle('empty', !shown);
    if (!shown || several) return;
    const { colormap: id, range } = shown.coloured;
    const colormap = this.#colormaps.find((one) => one.id === id);
    paint(element('board-colorbar'), colourBar(colormap));
    const [low, high] = this.#scales === 1 ? range.map(value) : ['', ''];
    element('board-min').textContent = low;
    element('board-max').textContent = high;
    element('board-colorbar').ariaLabel = scaleOf(nameOfColormap(colormap), low, high);
  }

  #sizeAt(at) {
    return this.#sizes[this.#cells[at].at.model];
  }

  #mapAt(at) {
    const { state, explanation } = this.#cells[at] ?? {};
    return state === 'done' && !explanation.note ? explanation : null;
  }

  #point(event) {
    const button = event.target.closest('.cell');
    const map = button && this.#mapAt(button.dataset.at);
    if (!map) return this.#mark(null);
    const { plate } = this.#places[button.dataset.at];
    return this.#mark({ at: Number(button.dataset.at), cell: cellAt(map, placeUnder(event, plate.overlay)) });
  }

  #press(event) {
    const button = event.target.closest('.cell');
    const map = button && this.#mapAt(button.dataset.at);
    const at = Number(button?.dataset.at);
    const cell = map && steppedTo(map, this.#marked?.at === at ? this.#marked.cell : null, event.key);
    if (!cell) return;
    event.preventDefault();
    this.#mark({ at, cell });
    element('status').textContent = element('board-readout').textContent;
  }

  /** Reads one map, and all others at the same place of the picture. */
  #mark(marked) {
    if (!marked && !this.#marked) return;
    this.#marked = marked;
    const source = marked && this.#mapAt(marked.at);
    const found = source && readAt(source, marked.cell, this.#sizeAt(marked.at));
    element('board-readout').textContent = found ? reading(found, false) : t('board.point');
    this.#places.forEach(({ cursor, read }, at) => {
      const map = found ? this.#mapAt(at) : null;
      // A grid's places are channels, which no other map has.
      const alike = map && (at === marked.at || (map.shows !== 'channels' && source.shows !== 'channels'));
      const cell = alike ? (at === marked.at ? marked.cell : cellAt(map, placeOf(source, marked.cell))) : null;
      const here = cell && readAt(map, cell, this.#sizeAt(at));
      cursor.hidden = !here;
      read.textContent = here ? value(here.value) : '';
      if (here) frame(cursor, map, cell);
    });
  }
}
