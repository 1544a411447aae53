// How long each method takes at the guide's own settings, and how much memory the module has taken by then.

import { launch, openApi } from '../browser/harness.mjs';

/** Method, options, and how many passes through the network it takes. */
const METHODS = [
  ['saliency', {}, 1],
  ['grad-cam', {}, 1],
  ['activations', { layer: 'blocks.2' }, 1],
  ['integrated-gradients', { parameters: { steps: 50 } }, 50],
  ['smooth-grad', { parameters: { samples: 80 } }, 80],
  ['expected-gradients', { parameters: { samples: 200 } }, 250],
  ['occlusion', { parameters: { window: 7, form: 'one-minus-probability' } }, 1024],
];

const device = process.argv.includes('--gpu') ? 'gpu' : 'cpu';
const browser = await launch({ gpu: device === 'gpu' });

for (const [method, options, passes] of METHODS) {
  // A page of its own each, for memory never shrinks.
  const { page, context } = await openApi(browser, { device });
  page.setDefaultTimeout(0);
  const { elapsed, memory } = await page.evaluate(
    async ([method, options]) => {
      const { negah, sample } = globalThis;
      const blob = await sample('chelsea.png');
      await negah.predict(blob);
      const { elapsed } = await negah.explain(blob, { method, ...options });
      return { elapsed, memory: await negah.memory() };
    },
    [method, options],
  );
  console.log(`${device}: ${method}: ${(elapsed / 1000).toFixed(2)} s, ${((1000 * passes) / elapsed).toFixed(1)} passes a second, peak memory ${(memory / 1e6).toFixed(0)} MB`);
  await context.close();
}
await browser.close();
