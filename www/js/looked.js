// Where a map lies, in words: for those who listen, and for those who look and want to know whether they see right.

import { t } from './locale.js';

const ROWS = ['top', '', 'bottom'];
const COLUMNS = ['left', '', 'right'];

/** A ninth of the picture has so much of the map, or the map is spread over all of it. */
const MAINLY = 1 / 4;

/**
 * Which ninth of what the network saw holds most of a map: of a heat map what lies above its least value, of a signed one what speaks for
 * the class.
 * @param {{ maps: Float32Array[], width: number, height: number, shows: string }} explanation
 * @returns {{ place: string, share: number } | null} null where there is nothing, as in a blank map or a grid of channels
 */
function whereMost({ maps: [map], width, height, shows }) {
  if (!map) return null;
  const least = shows === 'signed' ? 0 : map.reduce((lowest, value) => Math.min(lowest, value), Infinity);
  const ninths = new Float64Array(9);
  map.forEach((value, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    const ninth = 3 * Math.floor(((row + 0.5) * 3) / height) + Math.floor(((column + 0.5) * 3) / width);
    ninths[ninth] += Math.max(0, value - least);
  });
  const total = ninths.reduce((sum, one) => sum + one, 0);
  if (!(total > 0)) return null;
  const most = ninths.indexOf(Math.max(...ninths));
  const place = [ROWS[Math.floor(most / 3)], COLUMNS[most % 3]].filter(Boolean).join('-') || 'middle';
  return { place, share: ninths[most] / total };
}

/** The same as a sentence; empty where there is nothing to say. @param {import('./negah.js').Explanation} explanation */
export function lookedAt(explanation) {
  const found = explanation.note ? null : whereMost(explanation);
  if (!found) return '';
  return found.share < MAINLY ? t('looked.spread') : t(`looked.${explanation.shows}`, { place: t(`looked.places.${found.place}`) });
}
