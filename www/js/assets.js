// All that computing needs, fetched by the page before there is a picture: the worker gets it handed and asks for nothing.

import { download, read } from './download.js';

/** An address beside the page's own. */
export const at = (path) => new URL(`../${path}`, import.meta.url).href;

/**
 * @typedef {{ script: Blob, module: WebAssembly.Module, manifest: object[], backgrounds: Promise<Blob[] | import('./error.js').Failure> }} Assets
 *   `script` is the worker's, to start it from an address of its text: one that dies is replaced without a request, and one
 *   made from a blob is bound by the page's content-security policy, as one loaded by its address would not be. `manifest` lists
 *   the models that are served. `backgrounds`, the pictures to compare with, are for some methods only: nobody has to wait for them, and
 *   the others do without.
 */

/** @throws {import('./error.js').Failure} where a browser cannot compute */
export function requireWebAssembly() {
  // The smallest module that uses a SIMD instruction.
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  if (typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(simd))) return;
  throw { code: 'no-webassembly', key: 'no-webassembly' };
}

/**
 * @param {(done: number, total: number) => void} progress of the module, which is most of it, in bytes
 * @returns {Promise<Assets>}
 * @throws {import('./error.js').Failure}
 */
export async function fetchAssets(progress) {
  const backgrounds = fetchBackgrounds().catch(({ values: { url } }) => ({ code: 'background-missing', key: 'backgrounds-missing', values: { url } }));
  const manifest = { url: at('models/models.json'), code: 'model-missing' };
  const [script, module, served] = await Promise.all([fetchScript(), fetchModule(progress), read(manifest, 'json')]);
  return { script, module, manifest: served, backgrounds };
}

async function fetchScript() {
  const text = await read({ url: at('js/worker.js'), code: 'module-missing' }, 'blob');
  return new Blob([text], { type: 'text/javascript' });
}

/** The module, compiled while it comes; whatever a server takes it for, it is WebAssembly. */
async function fetchModule(progress) {
  const { body } = await download({ url: at('negah-web_bg.wasm'), code: 'module-missing', what: 'module' }, { progress });
  try {
    return await WebAssembly.compileStreaming(new Response(body, { headers: { 'content-type': 'application/wasm' } }));
  } catch (error) {
    throw { code: 'module-missing', key: 'module-broken', values: { reason: error.message } };
  }
}

/** The pictures to compare with; they let the module go first. */
async function fetchBackgrounds() {
  const file = (name) => ({ url: at(`backgrounds/${name}`), code: 'background-missing', priority: 'low' });
  const pictures = await read(file('backgrounds.json'), 'json');
  return Promise.all(pictures.map((picture) => read(file(picture.file), 'blob')));
}
