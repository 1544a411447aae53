// The main job, as a visitor does it, on the CPU.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, focus, hand, launch, openPage, pickSample, picture, pressKey, untilState, upload, URL_ROOT, URL_SUB_PATH } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Where Chelsea's face lies in the central square, as shares of its sides, judged by eye: both eyes and the nose. */
const FACE = { left: 0.1, right: 0.95, top: 0.15, bottom: 0.85 };

test('a sample is named, explained, and the map lies on the cat’s face', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  const classes = await page.getByTestId('classes').locator('li').allInnerTexts();
  const read = classes.map((line) => line.replace(/\s+/g, ' ').trim());
  assert.equal(read.length, 5);
  for (const [line, name, percent] of [[read[0], 'Egyptian cat', 38.5], [read[1], 'tiger cat', 33.2], [read[2], 'tabby', 16.3]]) {
    assert.ok(line.startsWith(name), `${line} should be ${name}`);
    assert.ok(Math.abs(Number.parseFloat(line.slice(name.length)) - percent) < 1, `${line} should be near ${percent} %`);
  }
  assert.match(await page.getByTestId('caption').innerText(), /Egyptian cat.*Grad-CAM at head \(7\s×\s7\)/);
  assert.match(await page.getByTestId('device-badge').innerText(), /CPU/);

  // The shown map, from its colours: viridis grows lighter from its lowest value to its highest.
  const { all, warm, area, peak } = await page.getByTestId('overlay').evaluate((canvas, face) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const luminance = (i) => 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
    const dark = 0.2126 * 68 + 0.7152 * 1 + 0.0722 * 84;
    const places = [];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
        const onFace = u > face.left && u < face.right && v > face.top && v < face.bottom;
        places.push({ mass: luminance(4 * (y * width + x)) - dark, place: [u, v], onFace });
      }
    }
    const sum = (some) => some.reduce((sum, { mass }) => sum + mass, 0);
    const highest = places.reduce((best, one) => (one.mass > best.mass ? one : best));
    const warm = places.filter(({ mass }) => mass > highest.mass / 2);
    const share = (some) => sum(some.filter(({ onFace }) => onFace)) / sum(some);
    const area = places.filter(({ onFace }) => onFace).length / places.length;
    return { all: share(places), warm: share(warm), area, peak: highest.place };
  }, FACE);
  console.log(`on the face, ${area.toFixed(2)} of the picture: ${all.toFixed(2)} of the map, ${warm.toFixed(2)} of what is above half its height`);
  assert.ok(all > area + 0.1, `${all} of the map lies on the face, which is ${area} of the picture`);
  assert.ok(warm > 0.9, `only ${warm} of what is above half the map’s height lies on the face`);
  assert.ok(peak[0] > FACE.left && peak[0] < FACE.right && peak[1] > FACE.top && peak[1] < FACE.bottom, `the peak is at ${peak}`);
  assertQuiet(witness);
});

test('target, layer, colours and undo', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  await page.getByTestId('class-282').click();
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /tiger cat/);
  await page.getByTestId('layer-select').selectOption('blocks.10');
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /tiger cat.*at blocks\.10 \(14\s×\s14\)/);

  // Through a canvas of its own: the browser warns of a canvas that is read several times.
  const pixels = () =>
    page.getByTestId('overlay').evaluate((canvas) => {
      const one = new OffscreenCanvas(1, 1).getContext('2d');
      one.drawImage(canvas, -100, -100);
      return [...one.getImageData(0, 0, 1, 1).data];
    });
  const viridis = await pixels();
  await page.getByTestId('colormap-select').selectOption('inferno');
  await page.waitForFunction(() => document.querySelector('[data-testid=colorbar]').getAttribute('aria-label').includes('Inferno'));
  assert.notDeepEqual(await pixels(), viridis, 'other colours');
  assert.equal((await pixels())[3], 255, 'the shell sets the opacity, not the map');

  await pickSample(page, 'coffee');
  assert.match(await page.getByTestId('caption').innerText(), /espresso/);
  await page.getByTestId('undo').click();
  assert.match(await page.getByTestId('caption').innerText(), /tiger cat.*blocks\.10/);
  await page.keyboard.press('Control+z');
  assert.equal(await page.getByTestId('undo').isVisible(), false, 'nothing is left to undo');
  assertQuiet(witness);
});

test('a link that is followed while the network loads is what the page begins with', async () => {
  const { page, witness } = await openPage(browser, { url: null });
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route('**/models/*.safetensors', async (route) => {
    await released;
    await route.continue();
  });
  const asked = page.waitForRequest('**/models/*.safetensors');
  await page.goto(URL_ROOT);
  await asked;
  await page.evaluate(() => { location.hash = 'method=saliency&blend=multiply'; });
  release();
  await untilState(page, 'ready');
  assert.deepEqual(await Promise.all(['method-select', 'blend'].map((id) => page.getByTestId(id).inputValue())), ['saliency', 'multiply']);
  await pickSample(page, 'coffee');
  assert.match(await page.getByTestId('caption').innerText(), /Saliency/i);
  assertQuiet(witness);
});

test('what keeps the focus when the control that has it goes away', async () => {
  const { page, witness } = await openPage(browser);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.dataset.testid || document.activeElement.parentElement.id);
  await pickSample(page, 'coffee');
  await page.getByTestId('settings').locator('summary').click();
  await page.getByTestId('method-select').selectOption('smooth-grad');
  await page.getByTestId('set-samples').fill('2');
  await pressKey(page.getByTestId('set-samples'), 'Enter');
  await pressKey(page.getByTestId('settings-reset'), 'Enter');
  await page.getByTestId('settings-reset').waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'settings');
  await page.getByTestId('method-select').selectOption('activations');
  await untilState(page, 'done');
  await page.getByTestId('overlay').click();
  await pressKey(page.getByTestId('all-channels'), 'Enter');
  await page.getByTestId('all-channels').waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'picture-title');
  // What is being saved is not saved a second time meanwhile, and its button stays where the keyboard is.
  const keep = page.getByTestId('keep-png');
  await focus(keep);
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  assert.equal(await focused(), 'keep-png');
  await download;
  assert.equal(await focused(), 'keep-png');
  assertQuiet(witness);
});

test('every sample shows its map', async () => {
  const { page, witness } = await openPage(browser);
  const samples = JSON.parse(await file('www/samples/samples.json'));
  assert.ok(samples.length >= 8);
  for (const sample of samples) {
    await pickSample(page, sample.file.replace(/\.[^.]*$/, ''));
    const caption = await page.getByTestId('caption').innerText();
    assert.match(caption, /Where the network looked for/, sample.file);
  }
  assertQuiet(witness);
});

test('a file of the visitor’s, chosen, pasted and dropped, below a path', async () => {
  const { page, witness } = await openPage(browser, { url: URL_SUB_PATH });
  await untilState(page, 'ready');
  const coffee = await file('www/samples/coffee.png');
  await upload(page, 'my coffee.png', 'image/png', coffee);
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /espresso/);

  for (const kind of ['paste', 'drop']) {
    await upload(page, 'my coffee.png', 'image/png', coffee);
    await untilState(page, 'done');
    await hand(page, kind, 'panda.jpg', await file('www/samples/panda.jpg'));
    await page.waitForFunction(() => /giant panda/.test(document.querySelector('[data-testid=caption]').innerText));
  }
  assertQuiet(witness);
});

test('the last of two quick picks wins, and Escape leaves what was there', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'coffee');
  await page.getByTestId('sample-chelsea').click();
  await page.getByTestId('sample-panda').click();
  await page.waitForFunction(() => /giant panda/.test(document.querySelector('[data-testid=caption]').innerText));
  await untilState(page, 'done');
  // In one task, for the map takes a tenth of a second only.
  await page.evaluate(() => {
    document.querySelector('[data-testid=sample-chelsea]').click();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  });
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /giant panda/);
  assertQuiet(witness);
});

test('the page stays responsive while it loads and computes', async () => {
  const { page, witness } = await openPage(browser, { url: null });
  await page.addInitScript(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(process.env.NEGAH_URL);
  await untilState(page, 'ready');
  // Starting a browser on a busy machine is not the page's doing; what it does while a network computes is.
  const starting = await page.evaluate(() => globalThis.longTasks.splice(0));
  await pickSample(page, 'chelsea');
  await page.getByTestId('layer-select').selectOption('blocks.2');
  await untilState(page, 'done');
  await pickSample(page, 'dog');
  const computing = await page.evaluate(() => globalThis.longTasks);
  console.log(`tasks of the page above 50 ms: ${JSON.stringify(starting)} while loading, ${JSON.stringify(computing)} while computing`);
  assert.deepEqual(computing, [], 'no task of the page takes 50 ms while a network computes');
  assertQuiet(witness);
});

test('it fits 360, 768 and 1440 pixels, light and dark', async () => {
  for (const width of [360, 768, 1440]) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, context, witness } = await openPage(browser, { viewport: { width, height: 900 }, colorScheme });
      await pickSample(page, 'dog');
      const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
      assert.ok(scroll <= client, `${width}: nothing is wider than the window (${scroll} > ${client})`);
      await picture(page, `${width}-${colorScheme}`);
      assertQuiet(witness);
      await context.close();
    }
  }
});
