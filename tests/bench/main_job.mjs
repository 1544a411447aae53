// How long the main job takes: medians over many runs, in the built page's own module.

import { launch, openApi } from '../browser/harness.mjs';
import { timeForward } from './forward.mjs';

const devices = process.argv.includes('--gpu') ? ['cpu', 'gpu'] : ['cpu'];

for (const device of devices) {
  const browser = await launch({ gpu: device === 'gpu' });
  const started = performance.now();
  const { page } = await openApi(browser, { device });
  console.log(`${device}: ready ${((performance.now() - started) / 1000).toFixed(1)} s after the browser opened the page`);
  const rounds = device === 'cpu' ? 31 : 3;
  const { pass, around } = await timeForward(page, { rounds });
  const times = await page.evaluate(async (rounds) => {
    const { negah, sample } = globalThis;
    const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    const time = async (work) => {
      const values = [];
      for (let round = 0; round < rounds; round += 1) values.push((await work()).elapsed);
      return median(values);
    };
    const photograph = await (await sample('chelsea.png')).arrayBuffer();
    const decoded = await time(() => negah.predict(new Blob([photograph])));
    const known = new Blob([photograph]);
    await negah.predict(known);
    const maps = {};
    for (const layer of ['head', 'blocks.10', 'blocks.2', 'stem', 'input']) maps[layer] = await time(() => negah.explain(known, { layer, target: 285 }));
    return { decoded, maps };
  }, rounds);
  const ms = (value) => `${value.toFixed(1)} ms`;
  console.log(`${device}: a forward pass: ${ms(pass)}, and ${ms(around)} around it`);
  console.log(`${device}: a photograph of 451 × 300 decoded, resized and classified: ${ms(times.decoded)}`);
  for (const [layer, value] of Object.entries(times.maps)) console.log(`${device}: Grad-CAM at ${layer}: ${ms(value)}`);
  console.log(`${device}: forward and backward to the picture: ${((times.maps.input - around) / pass).toFixed(2)} times a forward pass`);
  await browser.close();
}
