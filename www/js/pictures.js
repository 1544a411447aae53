// Pictures made from maps, for the page and for what is kept of it.

/** How opaque a map is laid over the picture, to begin with. */
export const OPACITY = { heat: 0.5, signed: 1, channels: 1 };

/**
 * The coloured map with every place made transparent that is not to be seen; a grid of channels as it is.
 *
 * @param {import('./negah.js').Explanation} explanation
 * @param {{ share?: number, threshold?: number }} limits both hold
 *   `share`, 0..1, of the map's cells stay: the strongest, of a signed map by magnitude. `threshold`, 0..1, is the place on the colour
 *   scale that a cell has to reach: from the lowest value to the highest, on a signed map from zero to the largest magnitude.
 * @returns {import('./negah.js').Picture}
 */
export function visible(explanation, { share = 1, threshold = 0 }) {
  const { picture, maps: [map], width, height } = explanation;
  const faint = map ? [weak(explanation, share), low(explanation, threshold)].filter(Boolean) : [];
  if (faint.length === 0) return picture;
  const rgba = new Uint8ClampedArray(picture.rgba);
  for (let y = 0; y < picture.height; y += 1) {
    const row = Math.floor((y * height) / picture.height) * width;
    for (let x = 0; x < picture.width; x += 1) {
      const cell = row + Math.floor((x * width) / picture.width);
      if (faint.some((hides) => hides(cell))) rgba[4 * (y * picture.width + x) + 3] = 0;
    }
  }
  return { ...picture, rgba };
}

/** Which cells are not among the strongest; null where all are. @returns {((cell: number) => boolean) | null} */
function weak({ maps: [map], shows }, share) {
  if (share >= 1) return null;
  const strength = shows === 'signed' ? map.map(Math.abs) : map;
  const ranked = Float32Array.from(strength).sort();
  const cut = ranked[Math.min(ranked.length - 1, Math.floor((1 - share) * ranked.length))];
  return (cell) => strength[cell] < cut;
}

/** Which cells do not reach a place on the colour scale; null where all do. @returns {((cell: number) => boolean) | null} */
function low({ picture: { range }, maps: [map], shows }, threshold) {
  if (threshold <= 0 || !range) return null;
  const [least, most] = range;
  if (shows !== 'signed') return (cell) => (map[cell] - least) / (most - least) < threshold;
  const largest = Math.max(Math.abs(least), Math.abs(most));
  return (cell) => Math.abs(map[cell]) / largest < threshold;
}

/** Whether a colour map lets the picture below be seen in places: it is faint then, so that its colours are not taken for the map's. */
export const isFaint = ({ alpha }) => alpha.some((share) => share < 255);

/** Tells an element's styles which part of the picture the network saw, in shares of it. @param {HTMLElement} element @param {import('./negah.js').Prediction} prediction */
export function placeCrop({ style }, { picture, crop }) {
  for (const [name, share] of [['x', crop.x / picture.width], ['y', crop.y / picture.height], ['width', crop.width / picture.width], ['height', crop.height / picture.height]]) style.setProperty(`--crop-${name}`, share);
}

/** A colour map from its lowest value to its highest, one pixel high. @returns {import('./negah.js').Picture} */
export function colourBar({ stops, alpha }) {
  const rgba = new Uint8ClampedArray(256 * 4);
  for (let stop = 0; stop < 256; stop += 1) rgba.set([...stops.subarray(3 * stop, 3 * stop + 3), alpha[stop]], 4 * stop);
  return { rgba, width: 256, height: 1 };
}

/**
 * Makes a canvas hold a picture, and nothing else.
 * @template {HTMLCanvasElement | OffscreenCanvas} C
 * @param {C} canvas
 * @returns {C}
 */
export function paint(canvas, { rgba, width, height }) {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}
