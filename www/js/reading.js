// What lies where on a map, in the map's own cells; a grid of channels is a map of maps.

const clamp = (at, count) => Math.min(Math.max(at, 0), count - 1);

/** How many channels of a grid lie side by side; 1 for a single map. */
function tilesOf({ shows, order, channels }) {
  return shows === 'channels' ? Math.ceil(Math.sqrt(order?.length ?? channels)) : 1;
}

/** How many cells there are from side to side, and from above to below. @returns {[number, number]} */
function cellsOf(map) {
  const tiles = tilesOf(map);
  return [map.width * tiles, map.height * tiles];
}

/** The cell at a place. @param {[number, number]} place shares of the width and the height @returns {[number, number]} */
export function cellAt(map, place) {
  return cellsOf(map).map((count, axis) => clamp(Math.floor(place[axis] * count), count));
}

/** The middle of a cell, as shares of the width and the height. @returns {[number, number]} */
export function placeOf(map, cell) {
  return cellsOf(map).map((count, axis) => (cell[axis] + 0.5) / count);
}

/** Where in a canvas the pointer is. @param {PointerEvent} event @param {Element} canvas @returns {[number, number]} */
export function placeUnder({ clientX, clientY }, canvas) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [(clientX - left) / width, (clientY - top) / height];
}

/** Whether a finger points, which covers what it points at: what it found is read when it has been lifted. @param {Event} event */
export function isFinger({ pointerType }) {
  return pointerType === 'touch';
}

/** The cell that an arrow key leads to, the middle one to begin with; null for other keys. @returns {[number, number] | null} */
export function steppedTo(map, cell, key) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  return step ? cellsOf(map).map((count, axis) => (cell ? clamp(cell[axis] + step[axis], count) : count >> 1)) : null;
}

/**
 * What a cell holds; null where a grid has no tile.
 * @param {[number, number]} size width and height of the network's input
 */
export function readAt(map, cell, size) {
  const { width, height, maps, values, order, channels, shows } = map;
  const [column, row] = [cell[0] % width, cell[1] % height];
  if (shows !== 'channels') {
    const pixel = [column, row].map((at, axis) => Math.floor(((at + 0.5) * size[axis]) / [width, height][axis]));
    return { value: maps[0][row * width + column], row, column, width, height, pixel };
  }
  const tile = Math.floor(cell[1] / height) * tilesOf(map) + Math.floor(cell[0] / width);
  const channel = order ? order[tile] : tile;
  if (tile >= channels || channel === undefined) return null;
  return { value: values[(channel * height + row) * width + column], row, column, width, height, channel };
}

/** Lays the cursor's frame over a cell of the canvas before it. @param {HTMLElement} cursor */
export function frame(cursor, map, cell) {
  const [columns, rows] = cellsOf(map);
  const { style } = cursor;
  style.setProperty('--x', cell[0] / columns);
  style.setProperty('--y', cell[1] / rows);
  style.setProperty('--across', 1 / columns);
  style.setProperty('--down', 1 / rows);
}
