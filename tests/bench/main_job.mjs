// How long the main job takes: medians over many runs, in the built page's own module.

import { launch, openApi } from '../browser/harness.mjs';

const devices = process.argv.includes('--gpu') ? ['cpu', 'gpu'] : ['cpu'];

for (const device of devices) {
  const browser = await launch({ gpu: device === 'gpu' });
  const started = performance.now();
  const { page } = await openApi(browser, { device });
  console.log(`${device}: ready ${((performance.now() - started) / 1000).toFixed(1)} s after the browser opened the page`);
  const rounds = device === 'cpu' ? 31 : 3;
  const times = await page.evaluate(async (rounds) => {
    const { negah, sample } = globalThis;
    const { picture } = await negah.predict(await sample('chelsea.png'));
    const bitmap = bmp(picture, 224);
    const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    const time = async (work) => {
      const values = [];
      for (let round = 0; round < rounds; round += 1) values.push((await work()).elapsed);
      return median(values);
    };
    // A picture that needs next to no decoding and no resizing: what is left is the forward pass.
    const fresh = () => new Blob([bitmap]);
    const known = fresh();
    await negah.predict(known);
    const forward = await time(() => negah.predict(fresh()));
    const around = await time(() => negah.predict(known));
    const photograph = await (await sample('chelsea.png')).arrayBuffer();
    const decoded = await time(() => negah.predict(new Blob([photograph])));
    const maps = {};
    for (const layer of ['head', 'blocks.10', 'blocks.2', 'stem', 'input']) maps[layer] = await time(() => negah.explain(known, { layer, target: 285 }));
    return { forward, around, decoded, maps };

    /** The top left square of a picture as an uncompressed bitmap. */
    function bmp({ rgba, width }, side) {
      const bytes = new Uint8Array(54 + side * side * 3);
      const view = new DataView(bytes.buffer);
      bytes.set([0x42, 0x4d]);
      for (const [at, value] of [[2, bytes.length], [10, 54], [14, 40], [18, side], [22, side], [34, side * side * 3]]) view.setUint32(at, value, true);
      view.setUint16(26, 1, true);
      view.setUint16(28, 24, true);
      for (let y = 0; y < side; y += 1) {
        for (let x = 0; x < side; x += 1) {
          const from = 4 * (y * width + x);
          bytes.set([rgba[from + 2], rgba[from + 1], rgba[from]], 54 + 3 * ((side - 1 - y) * side + x));
        }
      }
      return bytes;
    }
  }, rounds);
  const ms = (value) => `${value.toFixed(1)} ms`;
  console.log(`${device}: a forward pass, with the decoding of a 224 × 224 bitmap: ${ms(times.forward)} (without the pass: ${ms(times.around)})`);
  console.log(`${device}: a photograph of 451 × 300 decoded, resized and classified: ${ms(times.decoded)}`);
  for (const [layer, value] of Object.entries(times.maps)) console.log(`${device}: Grad-CAM at ${layer}: ${ms(value)}`);
  await browser.close();
}
