// Where an element's picture comes from: a file or pixels that a script gives it, or an address of the same origin.

import { made } from './dom.js';
import { canvasOf, encoded } from './sheet.js';

/**
 * The address that an element names, in full.
 * @param {string | null} src
 * @throws {import('./error.js').Failure}
 */
export function addressOf(src) {
  if (!src) throw { code: 'no-picture', key: 'no-picture' };
  const { origin, href } = made('a', { href: src });
  if (origin !== location.origin) throw { code: 'foreign-picture', key: 'foreign-picture', values: { src, own: location.origin } };
  return href;
}

/**
 * @param {string | Blob | ImageData} source
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 * @throws {import('./error.js').Failure}
 */
export async function blobOf(source, signal) {
  if (source instanceof Blob) return source;
  if (source instanceof ImageData) return encoded(canvasOf({ rgba: source.data, width: source.width, height: source.height }));
  try {
    // In this mode no redirection to another origin is followed either.
    const response = await fetch(source, { signal, mode: 'same-origin' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.blob();
  } catch ({ message: reason }) {
    signal.throwIfAborted();
    throw { code: 'picture-missing', key: 'picture-missing', values: { src: source, reason } };
  }
}
