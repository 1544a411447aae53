// Every explanation method in the browser: the peers' numbers on the CPU, the CPU's on WebGPU, and long work that behaves.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, launch, openApi, openPage, pickSample, pressKey, readSafetensors, untilState } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Relative to the largest magnitude expected: the largest error, and that which one value in a hundred exceeds. */
function errors(ours, theirs) {
  assert.equal(ours.length, theirs.length);
  const scale = theirs.reduce((max, value) => Math.max(max, Math.abs(value)), Number.MIN_VALUE);
  const all = Array.from(ours, (value, index) => Math.abs(value - theirs[index]) / scale).sort((a, b) => a - b);
  return { worst: all.at(-1), usual: all[Math.floor((all.length - 1) * 0.99)] };
}

/** The values that a golden holds of an explanation's. */
function chosen({ values, width, height, channels }, compare) {
  const every = { all: [1, 0, 1], sample8: [1, 3, 8], 'sample-channels': [4, 0, 7] }[compare];
  const [channelStep, from, step] = every;
  const some = [];
  for (let plane = 0; plane < values.length / (width * height); plane += 1) {
    if ((plane % channels) % channelStep) continue;
    for (let y = from; y < height; y += step) for (let x = from; x < width; x += step) some.push(values[(plane * height + y) * width + x]);
  }
  return some;
}

test('every method gives its peer’s numbers on the CPU', async () => {
  const { page, witness } = await openApi(browser);
  const folder = 'tests/goldens/methods_efficientnet';
  const golden = new Map(readSafetensors(await file(`${folder}/arrays.safetensors`)));
  for (const { name, method, layer, targets, score, parameters, picture, pictures, compare, tolerance } of JSON.parse(await file(`${folder}/cases.json`))) {
    const ours = await page.evaluate(
      async ([picture, pictures, options]) => {
        const { negah, sample } = globalThis;
        const background = pictures ? await Promise.all(pictures.map(sample)) : 'none';
        const { values, width, height, channels } = await negah.explain(await sample(picture), { ...options, background });
        return { values: [...values], width, height, channels };
      },
      [picture, pictures, { method, layer: layer ?? undefined, target: targets, score, parameters }],
    );
    const { worst, usual } = errors(chosen(ours, compare), golden.get(name));
    console.log(`${name}: ${worst.toExponential(1)}, 99 % within ${usual.toExponential(1)}`);
    assert.ok(worst <= tolerance && usual <= 1e-3, `${name}: ${worst}, 99 % within ${usual}`);
  }
  assertQuiet(witness);
});

test('progress, partial results, an abort within a step, and a session that goes on', async () => {
  const { page, witness } = await openApi(browser);
  const seen = await page.evaluate(async () => {
    const { negah, sample } = globalThis;
    const blob = await sample('chelsea.png');
    const progress = [];
    const partials = [];
    const done = await negah.explain(blob, {
      method: 'smooth-grad', parameters: { samples: 12 }, onProgress: (at) => progress.push(at), onPartial: (partial) => partials.push(partial),
    });
    const controller = new AbortController();
    let steps = 0;
    let abortedAt = 0;
    const aborted = await negah
      .explain(blob, { method: 'smooth-grad', parameters: { samples: 500 }, signal: controller.signal, onProgress: ({ done }) => {
        steps = done;
        if (done === 3) {
          controller.abort();
          abortedAt = performance.now();
        }
      } })
      .catch((error) => error.name);
    const next = await negah.explain(blob, {});
    const waited = performance.now() - abortedAt;
    const [first, second] = await Promise.all([negah.explain(blob, { method: 'saliency' }), negah.explain(blob, { method: 'gradient-x-input' })]);
    return {
      last: progress.at(-1), estimates: progress.filter(({ remaining }) => remaining > 0).length, partials: partials.map(({ picture, target }) => [picture.width, target.name]),
      moved: partials[0].maps[0].some((value, index) => value !== done.maps[0][index]), aborted, steps, waited, next: next.target.name,
      queued: [first.method, second.method],
    };
  });
  assert.deepEqual([seen.last.stage, seen.last.done, seen.last.total], ['compute', 12, 12]);
  assert.ok(seen.estimates > 5, 'the time left is estimated');
  assert.ok(seen.partials.length >= 2, `${seen.partials.length} partial results`);
  assert.deepEqual(seen.partials[0], [224, 'Egyptian cat']);
  assert.ok(seen.moved, 'the map changes while it is computed');
  assert.deepEqual([seen.aborted, seen.steps, seen.next], ['AbortError', 3, 'Egyptian cat']);
  assert.ok(seen.waited < 3000, `the next result came ${seen.waited} ms after the abort`);
  assert.deepEqual(seen.queued, ['saliency', 'gradient-x-input'], 'a second request waits for the first');
  assertQuiet(witness);
});

test('several classes share a scale, and a seed its bytes', async () => {
  const { page, witness } = await openApi(browser);
  const seen = await page.evaluate(async () => {
    const { negah, sample } = globalThis;
    const blob = await sample('chelsea.png');
    const options = { method: 'expected-gradients', target: 'top2', parameters: { samples: 4, seed: 3 }, background: [await sample('coffee.png'), await sample('panda.jpg')] };
    const once = await negah.explain(blob, options);
    const again = await negah.explain(blob, options);
    const grid = await negah.explain(blob, { method: 'activations', layer: 'blocks.2', parameters: { order: 'contribution' } });
    const apart = await negah.render(grid, { tiles: 'apart', colormap: 'grey' });
    return {
      targets: once.targets.map(({ name }) => name), ranges: once.pictures.map(({ range }) => range), colormap: once.colormap,
      measure: once.measures.map(({ id, values }) => [id, values.length]), variance: once.variance.length, values: once.values.length,
      same: once.values.every((value, index) => value === again.values[index]),
      grid: [grid.picture.width, grid.picture.height, grid.order.length, new Set(grid.order).size, grid.shows], apart: [apart.width, apart.range],
    };
  });
  assert.deepEqual(seen.targets, ['Egyptian cat', 'tiger cat']);
  assert.deepEqual(seen.ranges[0], seen.ranges[1]);
  assert.equal(seen.ranges[0][0], -seen.ranges[0][1]);
  assert.equal(seen.colormap, 'red-transparent-blue');
  assert.deepEqual(seen.measure, [['sum-gap', 2]]);
  assert.equal(seen.values, 2 * 3 * 224 * 224);
  assert.equal(seen.variance, seen.values);
  assert.ok(seen.same, 'the same seed, the same bytes');
  assert.deepEqual(seen.grid, [5 * 56, 5 * 56, 24, 24, 'channels']);
  assert.deepEqual(seen.apart, [5 * 56, null]);
  assertQuiet(witness);
});

test('the page offers each method with its settings, and its map sharpens while one watches', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  const caption = () => page.getByTestId('caption').innerText();
  await page.getByTestId('method-select').selectOption('smooth-grad');
  await page.waitForFunction(() => /so far/.test(document.querySelector('[data-testid=caption]').innerText));
  assert.match(await page.getByTestId('progress').innerText(), /SmoothGrad: \d+ of 50/);
  await page.getByTestId('cancel').click();
  await untilState(page, 'done');
  assert.match(await caption(), /Grad-CAM at head/, 'what was there comes back');

  await page.getByTestId('method-select').selectOption('saliency');
  await untilState(page, 'done');
  assert.match(await caption(), /speaks for \(red\) and against \(blue\) Egyptian cat.*Saliency/);
  assert.equal(await page.getByTestId('layer-select').isVisible(), false, 'saliency looks at the picture');
  assert.equal(await page.locator('#settings-form .field').count(), 1, 'and has nothing to set but the score');

  await page.getByTestId('method-select').selectOption('activations');
  await page.getByTestId('layer-select').selectOption('blocks.2');
  await page.waitForFunction(() => /24 channels of blocks\.2/.test(document.querySelector('[data-testid=caption]').innerText));
  await untilState(page, 'done');
  assert.equal(await page.getByTestId('picture').isVisible(), false, 'the grid stands alone');

  await page.getByTestId('method-select').selectOption('occlusion');
  await page.waitForFunction(() => /so far/.test(document.querySelector('[data-testid=caption]').innerText));
  await page.getByTestId('settings').locator('summary').click();
  await page.getByTestId('set-window').fill('96');
  await page.getByTestId('set-stride').fill('64');
  await pressKey(page.getByTestId('set-stride'), 'Enter');
  await untilState(page, 'done');
  assert.match(await caption(), /Egyptian cat.*Occlusion/);
  assert.equal(await page.getByTestId('overlay').getAttribute('data-width'), '224');
  await page.getByTestId('set-fill').selectOption('blur');
  await untilState(page, 'done');
  await page.getByTestId('settings-reset').click();
  assert.equal(await page.getByTestId('set-window').inputValue(), '32');
  await page.keyboard.press('Escape');
  await untilState(page, 'done');
  assertQuiet(witness);
});
