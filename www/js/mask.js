// Only the strongest part of a map, the rest left clear.

/**
 * The coloured map with every place made transparent that is not among the strongest.
 *
 * @param {import('./negah.js').Coloured} picture
 * @param {{ map: Float32Array, width: number, height: number, signed: boolean, share: number }} what
 *   `share` of the map's cells, 0..1, stay; of a signed map the magnitude counts
 * @returns {import('./negah.js').Coloured}
 */
export function strongest(picture, { map, width, height, signed, share }) {
  if (share >= 1) return picture;
  const strength = signed ? map.map(Math.abs) : map;
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
