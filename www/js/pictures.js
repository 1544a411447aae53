// Pictures made from maps, for the page and for what is kept of it.

/**
 * The coloured map with every place made transparent that is not among the strongest; a grid of channels as it is.
 *
 * @param {import('./negah.js').Explanation} explanation
 * @param {number} share of the map's cells, 0..1, that stay; of a signed map the magnitude counts
 * @returns {import('./negah.js').Picture}
 */
export function strongest({ picture, maps: [map], width, height, shows }, share) {
  if (!map || share >= 1) return picture;
  const strength = shows === 'signed' ? map.map(Math.abs) : map;
  const ranked = Float32Array.from(strength).sort();
  const cut = ranked[Math.min(ranked.length - 1, Math.floor((1 - share) * ranked.length))];
  const rgba = new Uint8ClampedArray(picture.rgba);
  for (let y = 0; y < picture.height; y += 1) {
    const row = Math.floor((y * height) / picture.height) * width;
    for (let x = 0; x < picture.width; x += 1) {
      if (strength[row + Math.floor((x * width) / picture.width)] < cut) rgba[4 * (y * picture.width + x) + 3] = 0;
    }
  }
  return { ...picture, rgba };
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
