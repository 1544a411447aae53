// The API that others build on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, launch, openApi, openPage, readSafetensors, untilState } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test('predict and explain carry everything the page shows', async () => {
  const { page, witness } = await openApi(browser);
  const seen = await page.evaluate(async () => {
    const { negah, sample } = globalThis;
    const blob = await sample('chelsea.png');
    const { classes, picture, crop, device, elapsed } = await negah.predict(blob);
    const stages = [];
    const result = await negah.explain(blob, { method: 'grad-cam', target: classes[0].index, layer: 'head', onProgress: (progress) => stages.push(progress) });
    const byName = await negah.explain(blob, { target: 'egyptian cat' });
    const signed = await negah.explain(blob, { parameters: { relu: false }, colormap: 'red-blue', score: 'probability' });
    const recoloured = await negah.render(result, { colormap: 'turbo' });
    return {
      classes, crop, device, elapsed, stages,
      picture: [picture.width, picture.height, picture.rgba.constructor.name, picture.rgba.length],
      result: { ...result, values: [...result.values], picture: [result.picture.width, result.picture.height, result.picture.rgba.length, result.picture.range] },
      kinds: [result.values.constructor.name, result.picture.rgba.constructor.name],
      same: byName.values.every((value, index) => value === result.values[index]),
      signed: [Math.min(...signed.values), signed.picture.range],
      recoloured: [recoloured.width, recoloured.rgba.length],
      methods: negah.methods(), models: negah.models(),
      layers: negah.layers(), names: negah.classes().length, colormaps: negah.colormaps().map(({ id, stops }) => [id, stops.length]),
    };
  });
  assert.deepEqual(seen.classes.slice(0, 3).map(({ index, wnid, name }) => [index, wnid, name]), [[285, 'n02124075', 'Egyptian cat'], [282, 'n02123159', 'tiger cat'], [281, 'n02123045', 'tabby']]);
  assert.deepEqual(seen.picture, [451, 300, 'Uint8ClampedArray', 451 * 300 * 4]);
  assert.deepEqual(seen.crop, { x: 75, y: 0, width: 300, height: 300 });
  assert.equal(seen.device.kind, 'cpu');
  assert.ok(seen.elapsed > 0);
  const { result } = seen;
  assert.deepEqual([result.width, result.height, result.values.length], [7, 7, 49]);
  assert.deepEqual(result.picture, [224, 224, 224 * 224 * 4, [result.min, result.max]]);
  assert.deepEqual(seen.kinds, ['Float32Array', 'Uint8ClampedArray']);
  assert.deepEqual([result.method, result.layer, result.colormap, result.note, result.target.name], ['grad-cam', 'head', 'viridis', null, 'Egyptian cat']);
  assert.deepEqual([result.channels, result.shows, result.score, result.parameters, result.targets.length], [1, 'heat', 'logit', { relu: true, guided: false }, 1]);
  assert.equal(result.max, Math.max(...result.values));
  assert.ok(seen.stages.some(({ stage, done, total }) => stage === 'compute' && done === 1 && total === 1));
  assert.ok(seen.same, 'a class can be named');
  const [lowest, [low, high]] = seen.signed;
  assert.ok(lowest < 0, 'without ReLU there is evidence against the class');
  assert.equal(low, -high, 'a signed map has its zero in the middle');
  assert.deepEqual(seen.recoloured, [224, 224 * 224 * 4]);
  assert.deepEqual(seen.methods.map(({ id }) => id), ['grad-cam', 'expected-gradients', 'smooth-grad', 'occlusion', 'activations', 'integrated-gradients', 'gradient-x-input', 'saliency']);
  assert.match(seen.methods[0].paper.url, /1610\.02391/);
  const [{ bytes }] = JSON.parse(await file('www/models/models.json'));
  const [{ weights: { words, megabytes }, ...first }, ...others] = seen.models;
  assert.deepEqual(first, { id: 'efficientnet-lite0', name: 'EfficientNet-Lite0', bytes, input: [3, 224, 224], layer: 'head' });
  assert.match(words, /\.pth/);
  assert.equal(megabytes, 19);
  const vgg = others.find(({ id }) => id === 'vgg16');
  assert.deepEqual([vgg.bytes, vgg.weights.megabytes, vgg.input], [null, 553, [3, 224, 224]], 'weights that have to be brought');
  assert.equal(seen.names, 1000);
  assert.deepEqual(seen.colormaps.map(([id]) => id), ['viridis', 'turbo', 'inferno', 'grey', 'red-blue', 'red-transparent-blue']);
  const layer = (name) => seen.layers.find((one) => one.name === name);
  assert.deepEqual(layer('head'), { name: 'head', kind: 'ReLU6', shape: [1280, 7, 7], parameters: 0, cut: true, explainable: true, explainableInput: true, group: true, index: null });
  assert.equal(layer('blocks.6.expand.conv').cut, false);
  assert.equal(layer('classifier').explainable, false);
  assertQuiet(witness);
});

test('the bundled pictures give PyTorch’s logits in WebAssembly too', async () => {
  const { page, witness } = await openApi(browser);
  const golden = readSafetensors(await file('tests/goldens/efficientnet_lite0/logits_half.safetensors'));
  for (const [name, expected] of golden) {
    const logits = await page.evaluate(async (name) => {
      const { classes } = await globalThis.negah.predict(await globalThis.sample(name), { top: 1000 });
      return classes.sort((a, b) => a.index - b.index).map(({ logit }) => logit);
    }, name);
    const worst = Math.max(...logits.map((logit, index) => Math.abs(logit - expected[index])));
    assert.ok(worst <= 1e-2, `${name}: a logit differs by ${worst}`);
  }
  assertQuiet(witness);
});

test('a run can be aborted, and the session goes on', async () => {
  const { page, witness } = await openApi(browser);
  const outcome = await page.evaluate(async () => {
    const { negah, sample, codeOf } = globalThis;
    const blob = await sample('chelsea.png');
    const before = await codeOf(negah.predict(blob, { signal: AbortSignal.abort() }));
    const controller = new AbortController();
    const running = codeOf(negah.explain(blob, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 5);
    const during = await running;
    const next = await negah.explain(blob, {});
    return [before.name, during.name, next.target.name];
  });
  assert.deepEqual(outcome, ['AbortError', 'AbortError', 'Egyptian cat']);
  assertQuiet(witness);
});

test('a worker that dies is replaced, and says so', async () => {
  const { page, witness } = await openApi(browser);
  // What a panic in the module leads to.
  await page.workers()[0].evaluate(() => {
    self.onmessage = () => postMessage({ fatal: 'a test panicked' });
  });
  const predict = () => page.evaluate(async () => globalThis.codeOf(globalThis.negah.predict(await globalThis.sample('chelsea.png'))));
  const lost = await predict();
  assert.equal(lost.code, 'worker-lost');
  assert.match(lost.message, /stopped unexpectedly \(a test panicked\)\. Try again\./);
  assert.equal(await predict(), 'no error');
  assert.deepEqual(await page.evaluate(() => globalThis.notices.map(({ code }) => code)), ['worker-restarted']);
  assertQuiet(witness);
});

test('after dispose every call is refused', async () => {
  const { page, witness } = await openApi(browser);
  const code = await page.evaluate(async () => {
    globalThis.negah.dispose();
    return (await globalThis.codeOf(globalThis.negah.predict(new Blob(['x'])))).code;
  });
  assert.equal(code, 'disposed');
  assertQuiet(witness);
});

test('the worker is bound by the page’s content-security policy', async () => {
  const { page } = await openPage(browser);
  await untilState(page, 'ready');
  const [worker] = page.workers();
  // A port nobody listens on: the policy has to refuse it before the network does.
  const blocked = await worker.evaluate(
    () =>
      new Promise((resolve) => {
        self.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        fetch('http://127.0.0.1:9/').catch(() => setTimeout(() => resolve('not refused by the policy'), 500));
      }),
  );
  assert.equal(blocked, 'connect-src');
});
