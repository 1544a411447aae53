// What is read off a map, and what can be kept of it: the numbers are those that were computed.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { assertQuiet, environment, file, launch, openPage, pickSample, pressKey, untilState } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Presses one of the buttons that keep a map, and returns the file's name and bytes. */
async function kept(page, kind) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(`keep-${kind}`).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** A NumPy file of single precision. */
function readNpy(bytes) {
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x93NUMPY\x01\x00');
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  const [, shape] = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \((.*)\), \} *\n$/.exec(bytes.subarray(10, start).toString('latin1'));
  return { shape: shape.match(/\d+/g).map(Number), values: [...new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length))] };
}

test('what is kept of a map agrees with itself, and with what the native command writes', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  await page.getByTestId('layer-select').selectOption('blocks.10');
  await untilState(page, 'done');

  const npy = await kept(page, 'npy');
  assert.equal(npy.name, 'Chelsea-the-cat-grad-cam-Egyptian-cat.npy');
  const { shape, values } = readNpy(npy.bytes);
  assert.deepEqual(shape, [1, 1, 14, 14]);
  const json = JSON.parse((await kept(page, 'json')).bytes);
  assert.deepEqual(json.targets[0].map.map(Math.fround), values);
  const schema = JSON.parse(await file('docs/explanation.schema.json'));
  for (const key of schema.required) assert.ok(key in json, `${key} is there`);
  for (const key of Object.keys(json)) assert.ok(key in schema.properties, `${key} is in the schema`);

  const { stdout } = await promisify(execFile)(environment('NEGAH_COMMAND'), ['explain', '--method', 'grad-cam', '--layer', 'blocks.10', '--json', '-', 'www/samples/chelsea.png'], { maxBuffer: 1 << 26 });
  const native = JSON.parse(stdout);
  for (const key of Object.keys(native)) assert.ok(key in schema.properties, `${key} is in the schema`);
  for (const key of ['version', 'model', 'method', 'layer', 'score', 'parameters', 'framing', 'shape', 'order']) assert.deepEqual(json[key], native[key], key);
  const [[ours], [theirs]] = [json.targets, native.targets];
  assert.deepEqual([ours.class.index, ours.class.wnid, ours.class.name, ours.note, ours.measures], [theirs.class.index, theirs.class.wnid, theirs.class.name, theirs.note, theirs.measures]);
  const worst = Math.max(...ours.map.map((one, index) => Math.abs(one - theirs.map[index]))) / theirs.max;
  console.log(`the page’s map and the command’s differ by ${worst.toExponential(1)} of the largest value`);
  assert.ok(worst < 1e-3);

  const png = await kept(page, 'png');
  assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  assert.equal(png.bytes.readUInt32BE(16), 1024);

  const report = (await kept(page, 'html')).bytes.toString();
  assert.doesNotMatch(report, /<script|javascript:|https?:\/\//i, 'nothing is run, nothing is fetched');
  const offline = await openPage(browser, { url: null, offline: true });
  await offline.page.setContent(report);
  assert.match(await offline.page.locator('h1').innerText(), /Egyptian cat.*Grad-CAM at blocks\.10/);
  assert.equal(await offline.page.locator('img').evaluateAll((images) => images.filter((image) => image.naturalWidth > 0).length), 2);
  assertQuiet(offline.witness);
  assertQuiet(witness);
});

test('values are read under the pointer and with the arrow keys, and a channel of a grid is laid over the picture', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  const { values } = readNpy((await kept(page, 'npy')).bytes);
  const overlay = page.getByTestId('overlay');
  await overlay.evaluate((canvas) => canvas.scrollIntoView({ block: 'center' }));
  const { x, y, width, height } = await overlay.boundingBox();
  // The middle of the cell in row 3, column 5 of 7 × 7.
  await page.mouse.move(x + (4.5 / 7) * width, y + (2.5 / 7) * height);
  const read = async () => Number.parseFloat((await page.getByTestId('readout').innerText()).replace('\u2212', '-'));
  assert.match(await page.getByTestId('readout').innerText(), /row 3, column 5 of 7\s×\s7, around the pixel 144, 80/);
  assert.ok(Math.abs((await read()) - values[2 * 7 + 4]) < 5e-4);
  // Without a click, which would scroll to it.
  await page.getByTestId('numbers').evaluate((details) => {
    details.open = true;
  });
  const numbers = await page.getByTestId('numbers').locator('tr').allInnerTexts();
  const told = Object.fromEntries(numbers.map((row) => row.split('\t')));
  assert.ok(Math.abs(Number(told.Sum) / values.reduce((sum, one) => sum + one) - 1) < 5e-3, `the sum is ${told.Sum}`);
  assert.equal(Number(told.Largest), Number(Math.max(...values).toPrecision(3)));

  // Of 49 cells, five are among the strongest tenth: each is 32 × 32 of 224 × 224 pixels.
  await page.getByTestId('share').fill('0.1');
  const opaque = await overlay.evaluate((canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, canvas.width, canvas.height).data.filter((value, at) => at % 4 === 3 && value > 0).length;
  });
  assert.equal(opaque / 32 ** 2, 5);
  await page.getByTestId('share').fill('1');
  await page.mouse.move(0, 0);
  await pressKey(overlay, 'ArrowDown');
  await page.keyboard.press('ArrowLeft');
  assert.match(await page.getByTestId('readout').innerText(), /row 4, column 3 of 7/, 'the first key goes to the middle');

  await page.getByTestId('method-select').selectOption('activations');
  await untilState(page, 'done');
  await overlay.scrollIntoViewIfNeeded();
  const grid = await overlay.boundingBox();
  await page.mouse.click(grid.x + 5, grid.y + 5);
  await page.getByTestId('all-channels').waitFor();
  assert.match(await page.getByTestId('caption').innerText(), /^Channel \d+ of head/);
  const [width7] = await overlay.evaluate((canvas) => [canvas.width]);
  assert.equal(width7, 224, 'at the size of what the network sees');
  await page.getByTestId('all-channels').click();
  assert.match(await page.getByTestId('caption').innerText(), /1,280 channels/);
  assertQuiet(witness);
});

test('a link holds every setting and no picture, and a reload keeps them', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  assert.equal(new URL(page.url()).hash, '', 'what is as usual is not in the address');
  await page.getByTestId('method-select').selectOption('smooth-grad');
  await page.getByTestId('settings').locator('summary').click();
  await page.getByTestId('set-samples').fill('3');
  await pressKey(page.getByTestId('set-samples'), 'Enter');
  await untilState(page, 'done');
  await page.getByTestId('set-score').selectOption('probability');
  await untilState(page, 'done');
  await page.getByTestId('framing-select').evaluate((select) => {
    select.value = 'stretch';
    select.dispatchEvent(new Event('change'));
  });
  await untilState(page, 'done');
  await page.getByTestId('class-282').click();
  await untilState(page, 'done');
  const link = page.url();
  assert.match(link, /#class=282&method=smooth-grad&score=probability&framing=stretch&set\.samples=3$/);
  assert.doesNotMatch(link, /chelsea/i);

  await page.reload();
  await untilState(page, 'ready');
  assert.equal(await page.getByTestId('method-select').inputValue(), 'smooth-grad');
  assert.equal(await page.getByTestId('set-samples').inputValue(), '3');
  await pickSample(page, 'chelsea');
  assert.equal(await page.getByTestId('set-score').inputValue(), 'probability');
  assert.match(await page.getByTestId('caption').innerText(), /tiger cat.*SmoothGrad/);
  await pickSample(page, 'coffee');
  assert.match(await page.getByTestId('caption').innerText(), /espresso/, 'a class is asked for once');

  // What a link asks for in vain does no harm.
  await page.goto(`${link.split('#')[0]}#method=none&layer=none&framing=none&colormap=none&class=7000&model=none&set.samples=-3`);
  await page.waitForFunction(() => document.querySelector('[data-testid=method-select]').value === 'grad-cam');
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /espresso.*Grad-CAM at head/);
  assert.equal(await page.getByTestId('set-score').inputValue(), 'logit', 'what a link leaves out is as usual');
  const other = await openPage(browser, { url: `${link.split('#')[0]}#model=vgg16&layer=7` });
  await untilState(other.page, 'ready');
  assert.match(await other.page.getByTestId('message').innerText(), /VGG-16 needs its weights/);
  assert.equal(await other.page.locator('#model-name').innerText(), 'EfficientNet-Lite0');
  assertQuiet(witness);
});
