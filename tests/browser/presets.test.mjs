// The guide's figures: each runs to its end on EfficientNet-Lite0, and is the guide's own on VGG-16 and Xception. CPU.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertPersian, assertQuiet, bare, bringNetwork, file, give, launch, openApi, openPage, pickSample, picture, seeded, serveSources, speak, untilState } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Presses a preset, waits for its end, and gives what the board's JSON says, and how long it took in seconds. */
async function present(page, preset, timeout = 60_000) {
  const start = performance.now();
  await page.getByTestId(`preset-${preset}`).click();
  await untilState(page, 'done', timeout);
  const seconds = (performance.now() - start) / 1000;
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('keep-json').click()]);
  const board = JSON.parse(await readFile(await download.path()));
  assert.deepEqual(board.missing, []);
  await picture(page, `preset-${preset}`);
  console.log(`${preset}: ${board.cells.length} maps in ${seconds.toFixed(1)} s`);
  return board;
}

/** NumPy's percentile, interpolated linearly. */
function percentile(values, percent) {
  const sorted = [...values].sort((one, other) => one - other);
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  return sorted[below] + (position - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

test('each of the guide’s figures runs to its end on EfficientNet-Lite0', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'coffee');
  await page.getByTestId('view-board').click();
  await untilState(page, 'done');

  const activations = await present(page, 'activations');
  assert.equal(activations.cells.length, 1);
  assert.deepEqual([activations.cells[0].explanation.method, activations.cells[0].explanation.layer], ['activations', 'blocks.0']);
  assert.match(activations.sentences.join(' '), /layers of Xception are replaced by the layers that lie as deep here: block2_sepconv2_act \(7\s%\) by blocks\.0 \(6\s%\)/);

  const gradCam = await present(page, 'grad-cam');
  assert.deepEqual(gradCam.columns, ['tabby', 'Egyptian cat']);
  assert.deepEqual(gradCam.cells.map(({ explanation: { image, layer, score, targets } }) => [image, layer, score, targets[0].class.index]), [
    ['Chelsea the cat', 'stem', 'probability', 281], ['Chelsea the cat', 'stem', 'probability', 285],
    ['Chelsea the cat', 'blocks.5', 'probability', 281], ['Chelsea the cat', 'blocks.5', 'probability', 285],
    ['Chelsea the cat', 'blocks.15', 'probability', 281], ['Chelsea the cat', 'blocks.15', 'probability', 285],
  ]);
  for (const { explanation } of gradCam.cells) assert.deepEqual(explanation.parameters, { 'positive-gradients': true, relu: false });

  // The two that take long, in Persian; what they have found is then told in English as well.
  await speak(page, 'fa');
  const smooth = await present(page, 'smooth-grad', 300_000);
  await assertPersian(page);
  assert.deepEqual(smooth.cells.map(({ explanation: { parameters: { samples, noise, sigma }, targets } }) => [samples, noise, sigma, targets[0].class.index]), [
    [80, 'absolute', 25.5, 281], [80, 'absolute', 25.5, 285],
  ]);

  await speak(page, 'en');
  assert.deepEqual(await page.locator('#cells th').allInnerTexts(), ['tabby', 'Egyptian cat']);
  await speak(page, 'fa');
  const occlusion = await present(page, 'occlusion', 600_000);
  await assertPersian(page);
  await speak(page, 'en');
  assert.match(await page.getByTestId('board-words').innerText(), /^Chelsea the cat; EfficientNet-Lite0; Occlusion; score: logit; Window: 7; /);
  assert.equal(occlusion.cells.length, 1);
  const [{ explanation: { shape, targets: [{ map }] } }] = occlusion.cells;
  // ⌈224 / 7⌉ patches a side, each one less the class's probability without it.
  assert.deepEqual(shape, [1, 1, 32, 32]);
  assert.ok(map.every((value) => value > 0 && value < 1));

  await page.getByTestId('preset-summary').click();
  await untilState(page, 'done');
  assert.equal(await page.locator('#summary-classes tr').count(), 5);
  assert.match(await page.locator('#summary-title').innerText(), /^EfficientNet-Lite0: \d+ layers, 4,\d{3},\d{3} parameters$/);
  await picture(page, 'preset-summary');
  assertQuiet(witness);
});

test('SHAP of four pictures at two depths, in one scale, with something of each early', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  await page.getByTestId('view-board').click();
  await untilState(page, 'done');
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask' });
  });
  const early = page.waitForFunction(() => {
    const cells = [...document.querySelectorAll('.cell')];
    const early = cells.length === 16 && cells.every((cell) => !cell.querySelector('canvas.map').hidden);
    return early && { done: cells.filter(({ dataset }) => dataset.state === 'done').length };
  }, undefined, { timeout: 300_000, polling: 100 }).then(async (found) => ({ ...(await found.jsonValue()), at: performance.now() }));
  const start = performance.now();
  await page.getByTestId('preset-shap').click();
  await untilState(page, 'done', 900_000);
  const longTasks = await page.evaluate(() => globalThis.longTasks);
  console.log(`tasks of the page above 50 ms while sixteen maps were computed: ${JSON.stringify(longTasks)}`);
  // A machine that does something else meanwhile may hold one up.
  assert.ok(longTasks.length <= 1, `tasks of the page take ${longTasks} ms while a board computes`);
  // Again: all of it is there already.
  const shap = await present(page, 'shap');
  const { done, at } = await early;
  console.log(`every place had something after ${((at - start) / 1000).toFixed(1)} s, ${done} of 16 maps being done`);
  assert.equal(done, 0, 'every place has something before the first map is done');
  assert.equal(shap.rows.length, 4);
  assert.deepEqual(shap.columns.map((name) => name.replace(/ · [^,]+/, '')), ['blocks.4, best class', 'blocks.4, second class', 'blocks.10, best class', 'blocks.10, second class']);
  const scales = new Set(shap.cells.map(({ scale }) => JSON.stringify(scale)));
  assert.equal(scales.size, 1, 'one scale');
  const magnitudes = shap.cells.flatMap(({ explanation }) => explanation.targets[0].map.map(Math.abs));
  const [low, high] = shap.cells[0].scale;
  const expected = percentile(magnitudes, 99.9);
  assert.ok(Math.abs(high - expected) < 1e-6 * expected && low === -high, `it ends at the 99.9th percentile of all magnitudes: ${high}, ${expected}`);
  for (const { explanation } of shap.cells) assert.equal(explanation.parameters.samples, 200);
  await speak(page, 'fa');
  const { board: { ranks } } = JSON.parse(await file('www/locales/fa.json'));
  const headings = (await page.locator('#cells th[scope=col]').allInnerTexts()).map((heading) => bare(heading).split('، ')[1]);
  assert.deepEqual(headings, [...ranks.slice(0, 2), ...ranks.slice(0, 2)]);
  await assertPersian(page);
  assertQuiet(witness);
});

test('on its own network each figure has the guide’s own layers', async () => {
  for (const model of ['vgg16', 'xception']) {
    const { page, context } = await openApi(browser, { load: false });
    await give(page, seeded(model));
    await serveSources(page);
    const found = await page.evaluate(async (id) => {
      const [{ Negah }, { laidOut, PRESETS }, { depthOf }] = await Promise.all(['/js/negah.js', '/source/js/presets.js', '/source/js/layers.js'].map((module) => import(module)));
      const negah = await Negah.create({ device: 'cpu' });
      await negah.loadModel(id, { weights: globalThis.given });
      const layers = negah.layers();
      return PRESETS.filter((preset) => preset.model === id).map((preset) => {
        const { looksAt } = negah.methods().find((method) => method.id === preset.method);
        const { rows, columns, layer, mapping } = laidOut(preset, { model: { id }, layers, looksAt, pictures: ['a', 'b', 'c', 'd', 'e'] });
        const own = (preset.layers ?? []).map(({ name, depth }) => [name, depth, depthOf(layers.find((one) => one.name === name), layers), layers.find((one) => one.name === name).index]);
        return { id: preset.id, rows, columns, layer: layer ?? null, mapping, own };
      });
    }, model);
    for (const { own, mapping } of found) {
      assert.equal(mapping, null, 'nothing has to be answered by another layer');
      for (const [name, depth, true_] of own) assert.equal(depth, true_, `${name} is as deep as the preset says`);
    }
    const byId = Object.fromEntries(found.map((one) => [one.id, one]));
    if (model === 'vgg16') {
      assert.deepEqual(byId.shap.columns, { kind: 'layer', values: ['block3_conv1', 'block4_pool'] });
      assert.deepEqual(byId.shap.own.map(([, , , index]) => index), [7, 14]);
      assert.deepEqual(byId.shap.rows, { kind: 'picture', values: ['a', 'b', 'c', 'd'] });
    } else {
      assert.deepEqual(byId['grad-cam'].rows, { kind: 'layer', values: ['block1_conv2', 'block6_sepconv1', 'block14_sepconv1'] });
      assert.equal(byId.activations.layer, 'block2_sepconv2_act');
    }
    await context.close();
  }
});

test('Grad-CAM’s figure on Xception, and its summary as Keras prints it', async () => {
  const { page, witness } = await openPage(browser);
  await bringNetwork(page, 'xception', 'Xception');
  await pickSample(page, 'chelsea');
  await page.getByTestId('view-board').click();
  await untilState(page, 'done');
  const board = await present(page, 'grad-cam');
  assert.deepEqual(board.cells.map(({ explanation: { model, layer, shape } }) => [model, layer, ...shape.slice(2)]), [
    ['xception', 'block1_conv2', 147, 147], ['xception', 'block1_conv2', 147, 147],
    ['xception', 'block6_sepconv1', 19, 19], ['xception', 'block6_sepconv1', 19, 19],
    ['xception', 'block14_sepconv1', 10, 10], ['xception', 'block14_sepconv1', 10, 10],
  ]);
  await page.getByTestId('preset-summary').click();
  await untilState(page, 'done');
  // Keras: 134 layers with its InputLayer, 22,910,480 parameters.
  assert.equal(await page.locator('#summary-title').innerText(), 'Xception: 134 layers, 22,910,480 parameters');
  assertQuiet(witness);
});
