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
  const name = description || [vendor, architecture || device].filter(Boolean).join(' ') || 'unnamed adapter';
  const software = Boolean(isFallbackAdapter ?? adapter.isFallbackAdapter) || SOFTWARE.test([vendor, architecture, device, description].join(' '));
  return { name, software };
}

/**
 * The device to use and, in words, why.
 * @param {'auto' | 'gpu' | 'cpu'} requested
 * @param {{ name: string, software: boolean } | null} adapter
 * @returns {{ kind: 'gpu' | 'cpu', name: string, reason: string, requested: string }}
 * @throws {{ code: 'no-gpu', message: string }} where a GPU is insisted on and there is none
 */
export function chooseDevice(requested, adapter) {
  const cpu = (reason) => ({ kind: 'cpu', name: 'CPU', reason, requested });
  const gpu = (reason) => ({ kind: 'gpu', name: adapter.name, reason, requested });
  if (requested === 'cpu') return cpu('You chose the CPU.');
  if (requested === 'gpu') {
    if (adapter) return gpu(adapter.software ? 'You chose the GPU; this one is imitated in software, so the CPU would be faster.' : 'You chose the GPU.');
    throw { code: 'no-gpu', message: 'This browser offers no GPU to pages (WebGPU). Choose the CPU, or a browser with WebGPU.' };
  }
  if (!adapter) return cpu('This browser offers no GPU to pages (WebGPU).');
  if (adapter.software) return cpu(`The only GPU here, ${adapter.name}, is imitated in software: the CPU is faster.`);
  return gpu('The browser offers a GPU.');
}
