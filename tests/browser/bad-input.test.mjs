// What does not work is said in a sentence, and what was there before stays.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, launch, openApi, openPage, pickSample, untilState, upload, URL_ROOT } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** A PNG that claims this size and holds nothing. */
function emptyPng(width, height) {
  const header = Buffer.alloc(25);
  header.writeUInt32BE(13, 0);
  header.write('IHDR', 4, 'latin1');
  header.writeUInt32BE(width, 8);
  header.writeUInt32BE(height, 12);
  header.set([8, 2, 0, 0, 0], 16);
  header.writeUInt32BE(crc32(header.subarray(4, 21)), 21);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), header, Buffer.from([0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130])]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** A valid picture of one pixel. */
const ONE_PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

const PICTURES = [
  ['notes.txt', async () => Buffer.from('Not a picture at all.'), 'not-an-image', 'Expected a picture (JPEG, PNG, WebP, GIF or BMP), but this file holds text. Choose a picture file.'],
  ['cut.jpg', async () => (await file('www/samples/dog.jpg')).subarray(0, 20_000), 'truncated-image', 'Expected a whole JPEG picture, but its data ends early, after 20000 bytes. Download or copy the file again.'],
  ['dot.png', async () => ONE_PIXEL, 'image-too-small', 'Expected a picture at least 8 pixels wide and 8 pixels high, but this one is 1×1. Choose a larger picture.'],
  ['huge.png', async () => emptyPng(60_000, 60_000), 'image-too-large', 'Expected a picture of at most 64 megapixels, but this one is 60000×60000, 3600 megapixels. Make a smaller copy and choose that.'],
  ['empty.jpg', async () => Buffer.alloc(0), 'empty-file', 'Expected a picture, but the file is empty (0 bytes). It may not have been downloaded or copied completely: fetch it again.'],
];

test('a bad picture gets a sentence in the page, and the map before stays', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  const caption = await page.getByTestId('caption').innerText();
  for (const [name, bytes, , sentence] of PICTURES) {
    await upload(page, name, 'image/jpeg', await bytes());
    await page.getByTestId('message').filter({ hasText: sentence }).waitFor();
    await untilState(page, 'done');
    assert.equal(await page.getByTestId('caption').innerText(), caption, `${name}: what was there stays`);
    assert.ok(await page.getByTestId('overlay').isVisible(), `${name}: the map stays`);
    await page.getByTestId('message-dismiss').click();
  }
  await pickSample(page, 'coffee');
  assert.match(await page.getByTestId('caption').innerText(), /espresso/, 'and it goes on');
  assertQuiet(witness);
});

test('the API answers bad pictures and unknown names with typed errors', async () => {
  const { page, witness } = await openApi(browser);
  const code = (bytes) =>
    page.evaluate((bytes) => globalThis.codeOf(globalThis.negah.predict(new Blob([new Uint8Array(bytes)]))), [...bytes]);
  for (const [name, bytes, expected, sentence] of PICTURES) {
    const error = await code(await bytes());
    assert.equal(error.code, expected, `${name}: ${error.message}`);
    assert.equal(error.name, 'NegahError');
    assert.equal(error.message, sentence);
  }
  const explain = (options) =>
    page.evaluate(async (options) => globalThis.codeOf(globalThis.negah.explain(await globalThis.sample('chelsea.png'), options)), options);
  const refused = async (options, expected, sentence) => {
    const error = await explain(options);
    assert.equal(error.code, expected, error.message);
    assert.match(error.message, sentence);
  };
  await refused({ method: 'grad-camera' }, 'unknown-method', /Known methods: grad-cam, expected-gradients, /);
  await refused({ layer: 'haed' }, 'unknown-layer', /Known layers: stem, blocks\.0, .*head\./);
  await refused({ layer: 'classifier' }, 'unknown-layer', /a layer with height and width/);
  await refused({ target: 1000 }, 'unknown-class', /numbered from 0 to 999/);
  await refused({ target: 'unicorn' }, 'unknown-class', /Egyptian cat, tiger cat/);
  await refused({ parameters: { relou: true } }, 'unknown-parameter', /Known parameters: relu, positive-gradients\./);
  await refused({ parameters: { relu: 3 } }, 'bad-parameter', /takes true or false, not 3/);
  await refused({ method: 'saliency', layer: 'head' }, 'unknown-layer', /takes no layer/);
  await refused({ method: 'expected-gradients', layer: 'blocks.4.expand.bn', background: 'none' }, 'unknown-layer', /Choose a layer marked as a cut, such as stem/);
  await refused({ method: 'smooth-grad', parameters: { samples: 0 } }, 'bad-parameter', /takes a whole number from 1 to 10000, not 0/);
  await refused({ method: 'occlusion', parameters: { window: 8, stride: 9 } }, 'bad-parameter', /at most the window’s 8 pixels/);
  await refused({ method: 'occlusion', parameters: { fill: 'sky' } }, 'bad-parameter', /black, white, grey/);
  await refused({ method: 'integrated-gradients', parameters: { baseline: 'picture' } }, 'bad-parameter', /needs a background/);
  await refused({ score: 'odds' }, 'bad-parameter', /logit, probability, log-probability/);
  await refused({ percentile: 101 }, 'bad-parameter', /from 0 to 100/);
  await refused({ colormap: 'jet' }, 'unknown-colormap', /viridis/);
  await refused({ batch: 0 }, 'bad-parameter', /at least one sample, not 0/);
  // Each once ended the worker: a thousand gradients in memory, a list of classes without end, a channel beyond the last,
  // more channels than memory holds an order of.
  await refused({ target: 'top1000' }, 'unknown-class', /at most 100/);
  await refused({ target: Array.from({ length: 100_000 }, () => 'top') }, 'unknown-class', /at most 100/);
  const beyond = await page.evaluate(() => {
    const grid = { values: new Float32Array(8), width: 2, height: 2, channels: 2, shows: 'channels', order: [0, 2] };
    return globalThis.codeOf(globalThis.negah.render(grid));
  });
  assert.deepEqual([beyond.code, beyond.message], ['bad-request', 'There is no channel 2: the layer has 2, numbered from 0.']);
  const many = await page.evaluate(() => {
    const grid = { values: new Float32Array(8), width: 2, height: 2, channels: 2 ** 30, shows: 'channels' };
    return globalThis.codeOf(globalThis.negah.render(grid));
  });
  assert.equal(many.code, 'bad-request');
  assert.match(many.message, /^A map of 2 by 2 needs width times height values, but 8 came\./);
  const notBlob = await page.evaluate(() => globalThis.codeOf(globalThis.negah.predict('chelsea.png')));
  assert.equal(notBlob.code, 'not-an-image');
  const model = await page.evaluate(() => globalThis.codeOf(globalThis.negah.loadModel('vgg99')));
  assert.equal(model.code, 'unknown-model');
  assert.match(model.message, /efficientnet-lite0/);
  const still = await page.evaluate(async () => (await globalThis.negah.predict(await globalThis.sample('chelsea.png'))).classes[0].name);
  assert.equal(still, 'Egyptian cat', 'the session is as good as before');
  assertQuiet(witness);
});

test('a model file that is missing, cut off, or not what was announced', async () => {
  const model = '**/models/efficientnet-lite0.safetensors';
  const whole = await file('www/models/efficientnet-lite0.safetensors');
  const flipped = Buffer.from(whole);
  flipped[flipped.length >> 1] ^= 0xff;
  const cases = [
    [{ status: 404, body: 'no' }, 'model-missing', /answered 404/],
    [{ body: whole.subarray(0, 1_000_000) }, 'model-damaged', new RegExp(`${whole.length.toLocaleString('en')} bytes, but 1,000,000 came`)],
    [{ body: flipped }, 'model-damaged', /checksum/],
  ];
  for (const [answer, code, sentence] of cases) {
    const { page, context, witness } = await openApi(browser, { load: false });
    await context.route(model, (route) => route.fulfill({ contentType: 'application/octet-stream', ...answer }));
    const error = await page.evaluate(() => globalThis.codeOf(globalThis.negah.loadModel('efficientnet-lite0')));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, sentence);
    await context.unroute(model);
    const name = await page.evaluate(async () => {
      await globalThis.negah.loadModel('efficientnet-lite0');
      return (await globalThis.negah.predict(await globalThis.sample('coffee.png'))).classes[0].name;
    });
    assert.equal(name, 'espresso', 'it can be tried again');
    assertQuiet(witness, /404/);
    await context.close();
  }
});

test('without its model the page says so and offers to try again', async () => {
  const { page, context, witness } = await openPage(browser, { url: null });
  await context.route('**/models/efficientnet-lite0.safetensors', (route) => route.fulfill({ status: 404, body: 'no' }));
  await page.goto(URL_ROOT);
  await untilState(page, 'error-fatal');
  await page.getByTestId('message').filter({ hasText: /missing/ }).waitFor();
  await context.unroute('**/models/efficientnet-lite0.safetensors');
  await page.getByTestId('message').getByRole('button', { name: 'Try again' }).click();
  await untilState(page, 'ready');
  assertQuiet(witness, /404/);
});

test('without WebAssembly the page says what to do', async () => {
  const { page, witness } = await openPage(browser, { url: null });
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await page.goto(URL_ROOT);
  await untilState(page, 'error-fatal');
  await page.getByTestId('message').filter({ hasText: /WebAssembly/ }).waitFor();
  assertQuiet(witness);
});
