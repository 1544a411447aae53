// The board: maps beside each other, computed, read, compared and opened, on the CPU.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { assertQuiet, bringNetwork, file, hand, launch, openPage, pickSample, picture, pressKey, speak, untilState, upload, URL_ROOT } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Does something, and waits until the page has done with it. */
async function settled(page, action, timeout) {
  await action();
  await untilState(page, 'done', timeout);
}

/** A page with the board of a sample: three depths × its two best classes. */
async function openBoard(sample = 'chelsea', { prepare = () => {}, ...options } = {}) {
  const opened = await openPage(browser, { ...options, url: null });
  // The page fetches its samples when it is opened.
  await prepare(opened.page);
  await opened.page.goto(URL_ROOT);
  await pickSample(opened.page, sample);
  await settled(opened.page, () => opened.page.getByTestId('view-board').click());
  return opened;
}

/** What stands below each place. */
async function words(page) {
  return (await page.locator('.cell-words').allInnerTexts()).map((line) => line.replaceAll('\u00a0', ' '));
}

function states(page) {
  return page.locator('.cell').evaluateAll((cells) => cells.map(({ dataset }) => dataset.state));
}

/** What one of the buttons that keep it gives. */
async function kept(page, kind) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(`keep-${kind}`).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** The places that are done, with their values. */
async function maps(page) {
  return JSON.parse((await kept(page, 'json')).bytes).cells;
}

/** Makes a side go through what is named, and nothing else. */
async function choose(page, side, kind, names) {
  await page.getByTestId(`kind-${side}`).selectOption(kind);
  await page.getByTestId(`choose-${side}`).click();
  const box = page.getByTestId(`values-${side}`);
  for (const name of names) await box.getByLabel(name, { exact: true }).check();
  // What is not wanted goes last: a side that goes through nothing is none.
  for (const label of await box.locator('label:has(:checked)').allInnerTexts()) {
    if (!names.includes(label)) await box.getByLabel(label, { exact: true }).uncheck();
  }
  await page.getByTestId(`choose-${side}`).click();
  await untilState(page, 'done');
}

test('six maps of Grad-CAM in less than two seconds, and no task of the page above 50 ms', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask' });
    globalThis.timed = (selector) => new Promise((resolve) => {
      const start = performance.now();
      const look = () => {
        const done = document.querySelectorAll('.cell[data-state="done"]').length === 6 && document.body.dataset.state === 'done';
        return done ? resolve(performance.now() - start) : requestAnimationFrame(look);
      };
      document.querySelector(selector).click();
      requestAnimationFrame(look);
    });
  });
  const times = [];
  for (const selector of ['[data-view="board"]', '[data-testid="sample-dog"]', '[data-testid="sample-panda"]', '[data-testid="sample-coffee"]']) {
    times.push(await page.evaluate((selected) => globalThis.timed(selected), selector));
  }
  const longTasks = await page.evaluate(() => globalThis.longTasks);
  console.log(`six maps, from the click until the last is drawn: ${times.map((time) => `${(time / 1000).toFixed(2)} s`).join(', ')}; tasks above 50 ms: ${JSON.stringify(longTasks)}`);
  // A machine that does something else meanwhile may hold one up.
  assert.ok(Math.min(...times) < 2000, `six maps take ${times} ms`);
  assert.ok(longTasks.length <= 1, `tasks of the page take ${longTasks} ms while boards compute`);
  assertQuiet(witness);
});

test('its maps are those of the single view, on a shared scale that is stated', async () => {
  const { page, witness } = await openBoard();
  await picture(page, 'board');
  assert.deepEqual(await page.locator('#cells th[scope="col"]').allInnerTexts(), ['best class', 'second class']);
  const rows = await page.locator('#cells th[scope="row"]').allInnerTexts();
  assert.equal(rows.length, 3);
  assert.match(await page.getByTestId('board-words').innerText(), /^Chelsea the cat; EfficientNet-Lite0; Grad-CAM; score: logit; Only evidence for the class: on; Only positive gradients \(tf-explain\): off\. The maps of a row share a scale/);
  const cells = await maps(page);
  for (const row of [0, 1, 2]) {
    const [one, other] = cells.slice(2 * row, 2 * row + 2);
    assert.deepEqual(one.scale, other.scale, 'both maps of a row have one scale');
    const both = [one, other].flatMap(({ explanation }) => explanation.targets[0].map);
    assert.deepEqual(one.scale.map(Math.fround), [Math.min(...both), Math.max(...both)].map(Math.fround), 'it goes from the smallest to the largest of both');
    const below = await words(page);
    assert.match(below[2 * row], /^Egyptian cat 38\.\d % · \S+ to \S+$/);
  }

  // The fourth map by itself: its layer and its class.
  await page.getByTestId('cell-3').click();
  assert.match(await page.getByTestId('enlarged-words').innerText(), /^tiger cat 33\.\d\s% · /);
  await settled(page, () => page.getByTestId('enlarged-single').click());
  const layer = rows[1].split(' · ')[0];
  assert.equal(await page.getByTestId('layer-select').inputValue(), layer);
  assert.match(await page.getByTestId('caption').innerText(), new RegExp(`tiger cat \\(33\\.\\d\\s%\\), Grad-CAM at ${layer}`));
  // Computed anew by the single view, it is the same.
  await settled(page, () => page.getByTestId('layer-select').selectOption('head'));
  await settled(page, () => page.getByTestId('layer-select').selectOption(layer));
  const single = JSON.parse((await kept(page, 'json')).bytes);
  assert.deepEqual({ ...cells[3].explanation, seconds: 0 }, { ...single, seconds: 0 });

  // Back on the board, its places are as they were.
  await settled(page, () => page.getByTestId('view-board').click());
  assert.deepEqual((await maps(page)).map(({ explanation }) => explanation.seconds), cells.map(({ explanation }) => explanation.seconds));
  assertQuiet(witness);
});

test('any two of picture, method, layer, class, network and settings', async () => {
  const { page, witness } = await openBoard();
  await choose(page, 'rows', 'picture', ['Chelsea the cat', 'Giant panda']);
  await choose(page, 'columns', 'method', ['Grad-CAM', 'Saliency', 'Activations']);
  assert.deepEqual((await states(page)), Array(6).fill('done'));
  assert.deepEqual((await words(page)).map((line) => line.replace(/ [\d.]+ %.*| · .*/, '')), ['Egyptian cat', 'Egyptian cat', '1,280 channels', 'giant panda', 'giant panda', '1,280 channels']);
  assert.match(await page.getByTestId('board-words').innerText(), /EfficientNet-Lite0; score: logit/);

  // A setting of the method; numbers are written.
  await settled(page, () => page.getByTestId('kind-columns').selectOption(''));
  await settled(page, () => page.getByTestId('method-select').selectOption('occlusion'));
  await settled(page, () => page.getByTestId('kind-columns').selectOption('set.window'));
  await page.getByTestId('choose-columns').click();
  await settled(page, async () => {
    await page.getByTestId('values-columns').locator('input').fill('64, 96');
    await pressKey(page.getByTestId('values-columns').locator('input'), 'Enter');
  });
  assert.deepEqual(await page.locator('#cells th[scope="col"]').allInnerTexts(), ['Window: 64', 'Window: 96']);
  // What cannot be is refused in words, and leaves what there is.
  await page.getByTestId('values-columns').locator('input').fill('64, 0, much');
  await pressKey(page.getByTestId('values-columns').locator('input'), 'Enter');
  assert.match(await page.getByTestId('message').innerText(), /Window takes whole numbers from 1 to 4,096, with commas between them, not “0, NaN”/);
  assert.equal(await page.getByTestId('values-columns').locator('input').inputValue(), '64, 96');
  await page.getByTestId('choose-columns').click();
  const cells = await maps(page);
  assert.deepEqual(cells.map(({ explanation }) => explanation.parameters.window), [64, 96, 64, 96]);
  assert.match(await page.getByTestId('board-words').innerText(), /All maps share one scale/);
  await page.getByTestId('scale-kind').selectOption('own');
  await untilState(page, 'done');
  assert.match(await page.getByTestId('board-words').innerText(), /Each map has a scale of its own/);

  // Any class by name.
  await choose(page, 'columns', 'class', ['best class']);
  await page.getByTestId('choose-columns').click();
  await settled(page, async () => {
    await page.getByTestId('values-columns').locator('input[type="text"]').fill('espresso');
    await pressKey(page.getByTestId('values-columns').locator('input[type="text"]'), 'Enter');
  });
  assert.deepEqual(await page.locator('#cells th[scope="col"]').allInnerTexts(), ['best class', 'espresso']);
  assertQuiet(witness);
});

test('what a method does not heed is said, or left out', async () => {
  const { page, witness } = await openBoard();
  await choose(page, 'columns', 'method', ['Grad-CAM', 'Saliency']);
  assert.deepEqual((await words(page)).map((line) => /whatever the layer/.test(line)), [false, true, false, true, false, true]);
  await page.getByTestId('kind-columns').selectOption('');
  await settled(page, () => page.getByTestId('method-select').selectOption('saliency'));
  assert.equal(await page.locator('.cell').count(), 1, 'Saliency looks at the picture, so the layers are gone');
  assert.deepEqual(await page.getByTestId('kind-rows').locator('option').evaluateAll((options) => options.map(({ value }) => value)), ['', 'picture', 'model', 'method', 'class', 'score']);
  // A file that is no picture does not become one of them.
  await choose(page, 'rows', 'picture', ['Chelsea the cat', 'Giant panda']);
  await upload(page, 'notes.txt', 'text/plain', Buffer.from('no picture'));
  await page.getByTestId('message').waitFor();
  await untilState(page, 'done');
  assert.deepEqual(await page.locator('#cells th[scope="row"]').allInnerTexts(), ['Chelsea the cat', 'Giant panda']);
  // A picture of the visitor's does, and can be taken back.
  await upload(page, 'mine.jpg', 'image/jpeg', await file('www/samples/dog.jpg'));
  await page.waitForFunction(() => document.querySelectorAll('.cell[data-state="done"]').length === 3);
  assert.deepEqual(await page.locator('#cells th[scope="row"]').allInnerTexts(), ['Chelsea the cat', 'Giant panda', 'mine.jpg']);
  assert.doesNotMatch(page.url(), /mine/, 'a link does not tell of it');
  assertQuiet(witness);
});

test('a board that is laid out anew while its maps are coloured computes nothing of the one before', async () => {
  const { page, witness } = await openBoard();
  await settled(page, () => page.getByTestId('kind-rows').selectOption(''));
  await choose(page, 'columns', 'method', ['Grad-CAM', 'Saliency']);
  await page.getByTestId('choose-columns').click();
  await page.getByTestId('values-columns').getByLabel('SHAP (expected gradients)', { exact: true }).waitFor();
  const asked = await page.evaluate(async () => {
    const box = (name) => [...document.querySelectorAll('#values-columns label')].find((label) => label.textContent.trim() === name).querySelector('input');
    const asked = [];
    const post = Worker.prototype.postMessage;
    let coloured;
    const colours = new Promise((resolve) => (coloured = resolve));
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message.call === 'explain') asked.push(message.args.options.method);
      if (message.call === 'renderTogether') coloured();
      return post.call(this, message, ...rest);
    };
    box('SHAP (expected gradients)').click();
    await colours;
    box('SHAP (expected gradients)').click();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return asked;
  });
  await untilState(page, 'done');
  assert.deepEqual(asked, []);
  assert.deepEqual(await states(page), ['done', 'done']);
  assertQuiet(witness);
});

test('twelve maps are stopped half-way; the rest can be had, and the next board works', async () => {
  const { page, witness } = await openBoard();
  await choose(page, 'rows', 'picture', ['Chelsea the cat', 'Giant panda', 'Red panda', 'Scarlet macaw']);
  await page.getByTestId('kind-columns').selectOption('');
  await page.getByTestId('method-select').selectOption('smooth-grad');
  await page.getByText('Settings of this method').click();
  await page.getByTestId('set-samples').fill('4');
  await pressKey(page.getByTestId('set-samples'), 'Enter');
  await settled(page, () => page.getByTestId('kind-columns').selectOption('set.sigma'), 120_000);
  await page.getByTestId('choose-columns').click();
  const numbers = page.getByTestId('values-columns').locator('input');
  await numbers.fill('0.05, 0.1, 0.2');
  await pressKey(numbers, 'Enter');
  await page.waitForFunction(() => document.querySelectorAll('.cell').length === 12 && document.querySelectorAll('.cell[data-state="done"]').length >= 6, undefined, { polling: 20 });
  await settled(page, () => page.getByTestId('cancel').click());
  await page.waitForFunction(() => !document.querySelector('.cell[data-state="working"], .cell[data-state="waiting"]'));
  const half = await states(page);
  const count = (state) => half.filter((one) => one === state).length;
  assert.ok(count('done') >= 6 && count('stopped') >= 3 && count('done') + count('stopped') === 12, `stopped half-way: ${half}`);
  // A diagonal came first: every row has a map.
  for (const row of [0, 1, 2, 3]) assert.ok(half.slice(3 * row, 3 * row + 3).includes('done'), `row ${row} has a map: ${half}`);
  await picture(page, 'board-stopped');
  assert.match(await page.getByTestId('board-state').innerText(), new RegExp(`^${count('done')} of 12 maps`));

  await settled(page, () => page.getByTestId('go-on').click());
  assert.deepEqual(await states(page), Array(12).fill('done'));
  await settled(page, () => page.getByTestId('method-select').selectOption('grad-cam'));
  assert.deepEqual(await states(page), Array(4).fill('done'), 'Grad-CAM has no σ, so the columns are gone');
  assertQuiet(witness);
});

test('a place that fails leaves the others, and can be tried again', async () => {
  const refuse = (route) => route.abort();
  const { page, witness } = await openBoard('chelsea', { prepare: (opened) => opened.route('**/samples/crab.jpg', refuse) });
  const crab = await page.getByTestId('sample-crab').getAttribute('aria-label');
  await choose(page, 'rows', 'picture', ['Chelsea the cat', crab, 'Giant panda']);
  assert.deepEqual(await states(page), ['done', 'done', 'failed', 'failed', 'done', 'done']);
  const why = page.locator('.cell-note').nth(2);
  assert.match(await why.innerText(), /could not be fetched \(no answer\)/);
  await speak(page, 'fa');
  assert.match(await why.innerText(), /به دست نیامد \(.?بی‌پاسخ.?\)/, 'what went wrong then is said in the language of now');
  await speak(page, 'en');
  await page.unroute('**/samples/crab.jpg', refuse);
  await settled(page, () => page.getByTestId('go-on').click());
  assert.deepEqual(await states(page), Array(6).fill('done'));
  assertQuiet(witness, /ERR_FAILED/);
});

test('all maps are read at one place, by pointer and by keys', async () => {
  const { page, witness } = await openBoard();
  const cells = await maps(page);
  await page.getByTestId('cell-2').evaluate((cell) => cell.scrollIntoView({ block: 'center' }));
  const box = await page.getByTestId('cell-2').boundingBox();
  // A quarter from the left and from above.
  await page.mouse.move(box.x + box.width * 0.26, box.y + box.height * 0.26);
  const shown = await page.locator('.cell-value').allInnerTexts();
  cells.forEach(({ explanation: { shape: [, , height, width], targets: [{ map }] } }, at) => {
    const value = map[Math.floor(0.26 * height) * width + Math.floor(0.26 * width)];
    const read = Number(shown[at].replace('\u2212', '-'));
    assert.ok(Math.abs(read - value) <= Math.abs(value) * 0.06 + 1e-9, `place ${at} says ${shown[at]}, and its map ${value}`);
  });
  assert.match(await page.getByTestId('board-readout').innerText(), /at row 4, column 4 of 14\s×\s14/);
  assert.equal(await page.locator('.cells .cursor:visible').count(), 6);

  await page.mouse.move(0, 0);
  await pressKey(page.getByTestId('cell-0'), 'ArrowRight');
  await page.keyboard.press('ArrowUp');
  assert.match(await page.getByTestId('board-readout').innerText(), /at row 7, column 8 of 14\s×\s14/);
  assertQuiet(witness);
});

test('two maps are swiped against each other', async () => {
  const { page, witness } = await openBoard();
  await page.getByTestId('cell-4').click();
  await page.getByTestId('against').selectOption('5');
  await picture(page, 'board-swipe');
  assert.match(await page.getByTestId('enlarged-words').innerText(), /^Left of the divider: Egyptian cat .*; right of it: tiger cat /);
  const front = page.locator('#front');
  const clip = () => front.evaluate((tile) => getComputedStyle(tile).clipPath);
  assert.match(await clip(), /inset\(0px 50% 0px 0px\)|inset\(0px calc\(50%\) 0px 0px\)/);
  await page.getByTestId('swipe').fill('0.25');
  assert.match(await clip(), /75%/);
  // A finger or a mouse moves the divider as well.
  const box = await page.locator('#stack').boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 20);
  await page.mouse.up();
  assert.ok(Math.abs(Number(await page.getByTestId('swipe').inputValue()) - 0.8) < 0.02);
  await page.keyboard.press('Escape');
  assert.equal(await page.getByTestId('enlarged').isVisible(), false);
  assertQuiet(witness);
});

test('what is said while a map is enlarged lies above it, and a picture that comes meanwhile is seen', async () => {
  const { page, witness } = await openBoard();
  await page.getByTestId('cell-0').click();
  const message = page.getByTestId('message');
  const drop = () => page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData('text/plain', 'no picture');
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await drop();
  await message.filter({ hasText: 'text was dropped' }).waitFor();
  await picture(page, 'board-enlarged-message');
  await page.getByTestId('message-dismiss').click();
  assert.equal(await message.isVisible(), false);
  await drop();
  await page.getByTestId('enlarged-close').click();
  await message.waitFor();
  await page.getByTestId('message-dismiss').click();
  await page.getByTestId('cell-0').click();
  await hand(page, 'paste', 'panda.jpg', await file('www/samples/panda.jpg'));
  await page.getByTestId('enlarged').waitFor({ state: 'hidden' });
  await page.locator('.cell-words', { hasText: 'giant panda' }).first().waitFor();
  assertQuiet(witness);
});

test('a channel of an enlarged grid is laid over the picture', async () => {
  const { page, witness } = await openBoard();
  await settled(page, () => page.getByTestId('preset-activations').click());
  await page.getByTestId('cell-0').click();
  const box = await page.locator('#front canvas.map').boundingBox();
  // Sixteen channels, four in a row: the sixth.
  await page.mouse.click(box.x + box.width * 0.3, box.y + box.height * 0.3);
  await page.getByTestId('all-channels').waitFor();
  assert.match(await page.getByTestId('caption').innerText(), /^Channel 5 of blocks\.0/);
  assertQuiet(witness);
});

test('how maps are laid over the picture: threshold, strongest, blend', async () => {
  const { page, witness } = await openBoard();
  const covered = () => page.locator('.cell canvas.map').evaluateAll((canvases) => canvases.map((canvas) => {
    const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((_, at) => at % 4 === 3).filter((alpha) => alpha > 0).length / (data.length / 4);
  }));
  assert.deepEqual(await covered(), Array(6).fill(1));
  await page.getByTestId('share').fill('0.25');
  await page.waitForTimeout(200);
  for (const share of await covered()) assert.ok(share > 0.2 && share < 0.35, `a quarter is shown, not ${share}`);
  await page.getByTestId('share').fill('1');
  await page.getByTestId('threshold').fill('0.5');
  await page.waitForTimeout(200);
  const cells = await maps(page);
  (await covered()).forEach((share, at) => {
    const { scale: [low, high], explanation: { targets: [{ map }] } } = cells[at];
    const above = map.filter((value) => (value - low) / (high - low) >= 0.5).length / map.length;
    assert.ok(Math.abs(share - above) < 0.02, `place ${at} shows ${share}; ${above} of its values are in the upper half of the scale`);
  });
  await page.getByTestId('blend').selectOption('multiply');
  assert.equal(await page.locator('.cell canvas.map').first().evaluate((canvas) => getComputedStyle(canvas).mixBlendMode), 'multiply');
  await picture(page, 'board-threshold');
  assertQuiet(witness);
});

test('a link and a reload bring the board back', async () => {
  const { page, context, witness } = await openBoard();
  await choose(page, 'rows', 'picture', ['Chelsea the cat', 'Giant panda']);
  await choose(page, 'columns', 'class', ['best class', 'tabby']);
  await page.getByTestId('scale-kind').selectOption('own');
  await untilState(page, 'done');
  // What another method would use is in the link as well.
  await page.getByTestId('view-single').click();
  await untilState(page, 'done');
  await settled(page, () => page.getByTestId('method-select').selectOption('saliency'));
  await settled(page, () => page.getByTestId('colormap-select').selectOption('grey'));
  await settled(page, () => page.getByTestId('method-select').selectOption('grad-cam'));
  await settled(page, () => page.getByTestId('view-board').click());
  assert.match(page.url(), /colormap\.signed=grey/);
  await page.getByTestId('opacity').fill('0.8');
  await page.getByTestId('threshold').fill('0.3');
  await page.getByTestId('blend').selectOption('screen');
  // What a slider says is written when it rests.
  await page.waitForTimeout(400);
  const address = page.url();
  const look = () => Promise.all(['opacity', 'threshold', 'blend', 'scale-kind', 'kind-rows', 'kind-columns'].map((id) => page.getByTestId(id).inputValue()));
  const before = [await look(), await words(page)];
  await page.reload();
  await untilState(page, 'ready');
  assert.equal(page.url(), address, 'the address stays');
  await pickSample(page, 'chelsea');
  assert.deepEqual([await look(), await words(page)], before);
  assert.equal(page.url(), address);

  // What a link cannot mean is left out, without a word on the console.
  const other = await context.newPage();
  await other.goto(address.replace(/#.*/, '#view=board&rows=picture,nothing.png&columns=class,top9,285,top1&within=set.nonsense,1&scale=x&opacity.heat=7&share=a&blend=none'));
  await untilState(other, 'ready');
  await pickSample(other, 'chelsea');
  assert.deepEqual(await other.locator('#cells th[scope="col"]').allInnerTexts(), ['Egyptian cat', 'best class']);
  assert.equal(await other.getByTestId('opacity').inputValue(), '0.5');
  for (const rows of ['285,281', 'constructor,x', 'toString,1', '__proto__,x', 'set.,1', '%E0%A4%A', '']) {
    await other.goto(address.replace(/#.*/, `#view=board&rows=${rows}&method=grad-cam&set.x=1`));
    await other.reload();
    await untilState(other, 'ready');
  }

  // A board of one map is a choice as well.
  await pickSample(other, 'chelsea');
  await settled(other, () => other.getByTestId('preset-activations').click());
  await other.reload();
  await untilState(other, 'ready');
  await pickSample(other, 'chelsea');
  assert.equal(await other.locator('.cell').count(), 1);
  assert.match(await other.getByTestId('board-words').innerText(), /block2_sepconv2_act/);
  assertQuiet(witness);
});

test('a board is kept as a sheet, its values, JSON and a report', async () => {
  const { page, witness } = await openBoard();
  const cells = await maps(page);
  const png = await kept(page, 'png');
  assert.equal(png.name, 'Board-Chelsea-the-cat-EfficientNet-Lite0-Grad-CAM.png');
  assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  const npz = await kept(page, 'npy');
  assert.match(npz.name, /\.npz$/);
  // Stored, so that the values lie in it as they are.
  const first = Buffer.from(new Float32Array(cells[0].explanation.targets[0].map).buffer);
  assert.ok(npz.bytes.includes(first), 'the values are in the file');
  const html = (await kept(page, 'html')).bytes.toString();
  assert.doesNotMatch(html, /<script/i);
  for (const heading of await page.locator('#cells th').allInnerTexts()) assert.ok(html.includes(heading), `${heading} is in the report`);
  assertQuiet(witness);
});

test('boards of two networks, one of them brought', async () => {
  const { page, witness } = await openPage(browser);
  await bringNetwork(page, 'efficientnet-lite1', 'EfficientNet-Lite1');
  await pickSample(page, 'chelsea');
  await page.getByTestId('model-badge').click();
  await settled(page, () => page.getByTestId('model-efficientnet-lite0').click());
  await settled(page, () => page.getByTestId('view-board').click());
  await page.waitForFunction(() => document.querySelector('[data-testid="remove-efficientnet-lite1"]'));
  await choose(page, 'columns', 'model', ['EfficientNet-Lite0', 'EfficientNet-Lite1']);
  assert.deepEqual(await states(page), Array(6).fill('done'));
  const cells = await maps(page);
  assert.deepEqual(cells.map(({ explanation }) => explanation.model), ['efficientnet-lite0', 'efficientnet-lite1', 'efficientnet-lite0', 'efficientnet-lite1', 'efficientnet-lite0', 'efficientnet-lite1']);
  // The page's network is still the one that was chosen.
  await page.getByTestId('view-single').click();
  await settled(page, () => page.getByTestId('layer-select').selectOption('blocks.4'));
  assert.match(await page.getByTestId('caption').innerText(), /^Where the network looked for Egyptian cat \(38/);
  // Where a network's row goes away, the keyboard is at the badge.
  await page.getByTestId('model-badge').click();
  await pressKey(page.getByTestId('remove-efficientnet-lite1'), 'Enter');
  await page.getByTestId('remove-efficientnet-lite1').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'model-badge');
  assertQuiet(witness);
});

test('a network that could not be kept is not lost when a board asks another', async () => {
  const { page, context, witness } = await openPage(browser, { url: null });
  await context.addInitScript(() => {
    delete FileSystemFileHandle.prototype.createWritable;
  });
  await page.goto(process.env.NEGAH_URL);
  await bringNetwork(page, 'efficientnet-lite1', 'EfficientNet-Lite1');
  await page.getByTestId('message').filter({ hasText: 'could not be kept' }).waitFor();
  await pickSample(page, 'chelsea');
  await settled(page, () => page.getByTestId('view-board').click());
  await choose(page, 'columns', 'model', ['EfficientNet-Lite0', 'EfficientNet-Lite1']);
  assert.deepEqual(await states(page), Array(6).fill('done'));
  await page.getByTestId('view-single').click();
  await settled(page, () => page.getByTestId('layer-select').selectOption('blocks.4'));
  const { model, layer } = JSON.parse((await kept(page, 'json')).bytes);
  assert.deepEqual([model, layer], ['efficientnet-lite1', 'blocks.4']);
  assertQuiet(witness);
});

test('it fits 360 and 2560 pixels, light and dark', async () => {
  for (const width of [360, 768, 2560]) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, context, witness } = await openBoard('dog', { viewport: { width, height: 900 }, colorScheme });
      const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
      assert.ok(scroll <= client, `${width}: nothing is wider than the window (${scroll} > ${client})`);
      await picture(page, `board-${width}-${colorScheme}`);
      assertQuiet(witness);
      await context.close();
    }
  }
});
