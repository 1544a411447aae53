// What each network takes in the browser: to load, to look, to explain; and a peer beside it, where it was made.
//
//     models.mjs MODEL=FILE … [--gpu] [--peer FOLDER]
//
// FOLDER is where onnx/make.py wrote the networks for onnxruntime-web.

import { give, launch, openApi } from '../browser/harness.mjs';
import { timeForward } from './forward.mjs';

const given = process.argv.slice(2);
const device = given.includes('--gpu') ? 'gpu' : 'cpu';
const peer = given.includes('--peer') ? given[given.indexOf('--peer') + 1] : null;
const models = given.filter((one) => one.includes('=')).map((one) => one.split('='));
const rounds = device === 'gpu' ? 1 : 7;

const seconds = (milliseconds) => (milliseconds < 100 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;

for (const [id, path] of models) {
  // A browser of its own each, for memory never shrinks.
  const browser = await launch({ gpu: device === 'gpu' });
  const { page } = await openApi(browser, { device, load: false });
  page.setDefaultTimeout(0);
  await give(page, path);
  const loaded = await page.evaluate(async (id) => {
    const { negah, given } = globalThis;
    const start = performance.now();
    let read = 0;
    await negah.loadModel(id, { weights: given, onProgress: ({ stage }) => {
      if (stage === 'load') read = performance.now() - start;
    } });
    return { load: performance.now() - start, read, bytes: given.size, memory: await negah.memory(), side: negah.models().find((model) => model.id === id).input[1] };
  }, id);
  const { pass, around } = await timeForward(page, { rounds, side: loaded.side });
  const { backward, gradCam, memory } = await page.evaluate(async (rounds) => {
    const { negah, sample } = globalThis;
    const blob = await sample('chelsea.png');
    await negah.predict(blob);
    const median = async (method) => {
      const times = [];
      for (let round = 0; round < rounds; round += 1) times.push((await negah.explain(blob, { method, target: 285 })).elapsed);
      return times.sort((a, b) => a - b)[rounds >> 1];
    };
    return { backward: await median('saliency'), gradCam: await median('grad-cam'), memory: await negah.memory() };
  }, rounds);
  const per = (time) => seconds((time * 1e8) / loaded.bytes);
  console.log(
    `${device}, ${id}: ready in ${seconds(loaded.load)}, of it ${seconds(loaded.read)} to read ${megabytes(loaded.bytes)} (${per(loaded.read)} per 100 MB); ` +
      `forward ${seconds(pass)}, forward with backward ${seconds(backward - around)}, Grad-CAM ${seconds(gradCam - around)}; ` +
      `WebAssembly memory ${megabytes(loaded.memory)} when loaded, ${megabytes(memory)} at most`,
  );
  if (peer && ['vgg16', 'xception'].includes(id)) {
    await page.close();
    const { timePeer } = await import('./onnx/peer.mjs');
    const { forward, version } = await timePeer(browser, { model: id, folder: peer });
    console.log(`onnxruntime-web ${version}, one thread, ${id}: forward ${seconds(forward)}; Negah takes ${(pass / forward).toFixed(2)} times as long`);
  }
  await browser.close();
}
