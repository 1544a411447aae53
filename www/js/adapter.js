// Which device computes: a real GPU where there is one, the CPU where there is none or only one in software,
// which is some forty times slower than the CPU by itself.

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render/i;

/**
 * What the browser says of its GPU, or null where it offers none.
 * @returns {Promise<{ name: string, software: boolean } | null>}
 */
export async function probeAdapter() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const { vendor = '', architecture = '', device = '', description = '', isFallbackAdapter } = adapter.info ?? {};
  const name = description || [vendor, architecture || device].filter(Boolean).join(' ');
  const software = Boolean(isFallbackAdapter ?? adapter.isFallbackAdapter) || SOFTWARE.test([vendor, architecture, device, description].join(' '));
  return { name, software };
}

/**
 * The device to use, and why: `device.<key>` of www/locales.
 * @param {'auto' | 'gpu' | 'cpu'} requested
 * @param {{ name: string, software: boolean } | null} adapter
 * @param {boolean} onlyInPages whether the browser offers WebGPU to pages, and not to workers, where the computing is done
 * @returns {{ kind: 'gpu' | 'cpu', name: string, because: { key: string, values?: object }, requested: string }}
 * @throws {import('./error.js').Failure} `no-gpu`, where a GPU is insisted on and there is none
 */
export function chooseDevice(requested, adapter, onlyInPages = false) {
  const cpu = (key, values) => ({ kind: 'cpu', name: 'CPU', because: { key, values }, requested });
  const gpu = (key) => ({ kind: 'gpu', name: adapter.name, because: { key }, requested });
  if (requested === 'cpu') return cpu('chosen-cpu');
  if (requested === 'gpu') {
    if (adapter) return gpu(adapter.software ? 'chosen-software' : 'chosen-gpu');
    throw { code: 'no-gpu', key: onlyInPages ? 'gpu-only-in-pages' : 'no-gpu' };
  }
  if (!adapter) return cpu(onlyInPages ? 'only-in-pages' : 'no-gpu');
  if (adapter.software) return cpu('software', { name: adapter.name });
  return gpu('gpu');
}
