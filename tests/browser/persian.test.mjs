// What a visitor does from end to end who reads Persian: networks that are brought, the guide's figures, what is set, read off a map and kept.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertPersian, assertQuiet, bare, bring, file, focus, launch, openPage, pickSample, picture, pressKey, seeded, speak, untilState, URL_ROOT } from './harness.mjs';

let browser;
let folder;
let fa;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'negah-'));
  fa = Object.assign({}, ...await Promise.all(['fa', 'fa.module', 'fa.classes'].map(async (name) => JSON.parse(await file(`www/locales/${name}.json`)))));
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

const FA = `${URL_ROOT}?lang=fa`;

const told = async (page, id) => bare(await page.getByTestId(id).innerText()).replaceAll('\u00a0', ' ');

/** What a sentence says before its first value. */
const opening = (sentence) => bare(sentence.split('{')[0]);

/** Keeps what there is to see for people, once all of it is Persian. */
async function station(page, name) {
  await assertPersian(page);
  await picture(page, `persian-${name}`);
}

/** Presses a button, and waits until what it leads to is there. */
async function press(page, id) {
  await page.getByTestId(id).click();
  await untilState(page, 'done');
}

/** What one of the buttons that keep something gives. */
async function kept(page, kind) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(`keep-${kind}`).click()]);
  const bytes = await readFile(await download.path());
  const shots = process.env.NEGAH_SCREENSHOTS;
  if (shots && kind === 'png') await writeFile(`${shots}/persian-${download.suggestedFilename()}`, bytes);
  return { name: download.suggestedFilename(), bytes };
}

/** How many pixels of a sheet are not white in its margins, and in a column so far from its left and from its right. */
function inkOf(page, png, inside) {
  return page.evaluate(async ([base64, inside]) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))]));
    const { width, height } = bitmap;
    const pen = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    pen.drawImage(bitmap, 0, 0);
    const ink = (x, count) => new Uint32Array(pen.getImageData(x, 0, count, height).data.buffer).filter((pixel) => pixel !== 0xffffffff).length;
    return { margins: ink(0, 20) + ink(width - 20, 20), left: ink(inside, 1), right: ink(width - inside, 1) };
  }, [png.toString('base64'), inside]);
}

/** A report is Persian, and all of it there without a network. */
async function assertPersianReport(html) {
  const { page, context, witness } = await openPage(browser, { url: null, offline: true });
  await page.setContent(String(html));
  await station(page, 'report');
  assertQuiet(witness);
  await context.close();
}

test('a network is brought: read, given up, refused, kept, found again and removed', async () => {
  const { page, context, witness } = await openPage(browser, { url: FA });
  await pickSample(page, 'dog');
  await page.getByTestId('model-badge').click();
  assert.match(await told(page, 'missing-vgg16'), /^VGG-16: وزن‌های VGG-16 از Keras.*۵۵۳ مگابایت$/);
  await station(page, 'networks');
  await page.keyboard.press('Escape');

  const before = await told(page, 'caption');
  await bring(page, seeded('vgg16'));
  await page.locator('#progress-text').filter({ hasText: /VGG-16.*۵۵۳٫۴.*مگابایت/ }).waitFor();
  await station(page, 'reading');
  await press(page, 'cancel');
  assert.equal(await told(page, 'caption'), before);

  const lite1 = await readFile(seeded('efficientnet-lite1'));
  const nan = Buffer.from(lite1);
  nan.fill(255, nan.length - 4000);
  const renamed = Buffer.from(lite1.toString('latin1').replace('"_conv_stem.weight"', '"_conv_stam.weight"'), 'latin1');
  for (const [name, bytes, sentence] of [
    ['nan.safetensors', nan, fa.module.errors['weights-not-finite']],
    ['renamed.safetensors', renamed, fa.module.errors['weights-mismatch']],
    ['notes.pth', Buffer.from('no weights at all, only words'), fa.models['no-weights']],
  ]) {
    await writeFile(join(folder, name), bytes);
    await bring(page, join(folder, name));
    await page.getByTestId('message').filter({ hasText: opening(sentence) }).waitFor();
    await untilState(page, 'done');
    await station(page, name);
  }
  // What is said stays, and follows the language.
  await speak(page, 'en');
  assert.match(await told(page, 'message'), /“notes\.pth” holds none that can be read/);
  await speak(page, 'fa');
  assert.ok((await told(page, 'message')).startsWith(opening(fa.models['no-weights'])));

  await bring(page, seeded('efficientnet-lite1'));
  await page.locator('#model-name').filter({ hasText: 'EfficientNet-Lite1' }).waitFor();
  await untilState(page, 'done');
  assert.match(await told(page, 'caption'), /در لایهٔ head \(۸ × ۸\)/);
  const row = (words) => page.getByTestId('model-efficientnet-lite1').filter({ hasText: words });
  await row('نگه‌داشته در این مرورگر').waitFor({ state: 'attached' });
  await page.reload();
  await untilState(page, 'ready');
  await page.getByTestId('model-badge').click();
  assert.match(await told(page, 'model-efficientnet-lite1'), /۲۱٫۹ مگابایت، نگه‌داشته در این مرورگر: efficientnet-lite1\.safetensors$/);
  await station(page, 'kept');
  await page.getByTestId('remove-efficientnet-lite1').click();
  await row(fa.models['not-kept']).waitFor();
  await page.getByTestId('model-efficientnet-lite0').click();
  await page.locator('#model-name').filter({ hasText: 'EfficientNet-Lite0' }).waitFor();
  await page.getByTestId('missing-efficientnet-lite1').waitFor({ state: 'attached' });
  assertQuiet(witness);
  await context.close();
});

test('the guide’s figures, read, swiped and kept', async () => {
  const { page, context, witness } = await openPage(browser, { url: FA });
  await pickSample(page, 'chelsea');
  await press(page, 'view-board');
  await press(page, 'preset-activations');
  assert.ok((await told(page, 'board-words')).includes(opening(fa.board.answers)));
  await station(page, 'activations');
  // The sixth of sixteen channels, four in a row from the left: a grid is not mirrored.
  await page.getByTestId('cell-0').click();
  await station(page, 'grid');
  const grid = await page.locator('#front canvas.map').boundingBox();
  await page.mouse.click(grid.x + grid.width * 0.3, grid.y + grid.height * 0.3);
  await page.getByTestId('all-channels').waitFor();
  assert.match(await told(page, 'caption'), /^کانال ۵ از لایهٔ blocks\.0/);
  await station(page, 'channel');

  await press(page, 'view-board');
  await press(page, 'preset-grad-cam');
  assert.deepEqual((await page.locator('#cells th[scope=col]').allInnerTexts()).map(bare), [fa.classes.n02123045, fa.classes.n02124075]);
  await page.getByTestId('cell-2').evaluate((cell) => cell.scrollIntoView({ block: 'center' }));
  const map = await page.getByTestId('cell-2').boundingBox();
  await page.mouse.move(map.x + map.width * 0.26, map.y + map.height * 0.26);
  assert.match(await told(page, 'board-readout'), /در سطر ۴، ستون ۴ از ۱۴ × ۱۴/);
  await station(page, 'grad-cam');
  await page.mouse.move(0, 0);
  await focus(page.getByTestId('cell-0'));
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key);
  assert.match(await told(page, 'board-readout'), /در سطر ۵۶، ستون ۵۸ از ۱۱۲ × ۱۱۲/, 'right is to the right in a picture');

  await page.getByTestId('cell-4').click();
  await page.getByTestId('against').selectOption('5');
  const [left, right] = bare(fa.board.swiped).split('{front}');
  const words = await told(page, 'enlarged-words');
  assert.ok(words.startsWith(left + fa.classes.n02123045) && words.includes(bare(right.replace('{back}', '')).slice(0, -1)), words);
  // The map on the left of the divider is the one in front.
  await page.getByTestId('swipe').fill('0.25');
  assert.match(await page.locator('#front').evaluate((front) => getComputedStyle(front).clipPath), /inset\(0px (calc\()?75%/);
  await station(page, 'swipe');
  await page.keyboard.press('Escape');

  await page.getByTestId('threshold').fill('0.5');
  await page.getByTestId('share').fill('0.25');
  await page.getByTestId('blend').selectOption('multiply');
  await station(page, 'laid');
  const json = JSON.parse((await kept(page, 'json')).bytes);
  assert.equal(bare(json.title), `${opening(fa.board.title)}${fa.samples.chelsea.title}؛ EfficientNet-Lite0؛ Grad\u2011CAM`);
  assert.deepEqual(json.columns.map(bare), [fa.classes.n02123045, fa.classes.n02124075]);
  const png = await kept(page, 'png');
  assert.match(png.name, /^تخته-.*\.png$/);
  const { margins, left: maps, right: headings } = await inkOf(page, png.bytes, 60);
  assert.ok(margins === 0 && maps > 4 * headings, 'the headings of rows are where reading begins');
  const strings = Buffer.from(Uint32Array.from([...fa.classes.n02124075], (letter) => letter.codePointAt(0)).buffer);
  assert.ok((await kept(page, 'npy')).bytes.includes(strings), 'NumPy’s strings have the headings');
  await assertPersianReport((await kept(page, 'html')).bytes);

  await press(page, 'preset-summary');
  assert.match(bare(await page.locator('#summary-title').innerText()), /^EfficientNet-Lite0: [۰-۹]+ لایه، ۴٬[۰-۹]{3}٬[۰-۹]{3} پارامتر$/);
  await station(page, 'summary');
  assertQuiet(witness);
  await context.close();
});

test('one map is read, laid over the picture in other ways, and kept', async () => {
  const { page, context, witness } = await openPage(browser, { url: FA, permissions: ['clipboard-read', 'clipboard-write'] });
  await pickSample(page, 'chelsea');
  const overlay = page.getByTestId('overlay');
  await overlay.evaluate((canvas) => canvas.scrollIntoView({ block: 'center' }));
  const { x, y, width, height } = await overlay.boundingBox();
  await page.mouse.move(x + (4.5 / 7) * width, y + (2.5 / 7) * height);
  assert.match(await told(page, 'readout'), /^[۰-۹٫]+ در سطر ۳، ستون ۵ از ۷ × ۷، پیرامون پیکسل ۱۴۴، ۸۰ /);
  await station(page, 'read');
  await page.mouse.move(0, 0);
  await focus(overlay);
  for (const key of ['ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  assert.match(await told(page, 'readout'), /در سطر ۴، ستون ۵ از ۷ × ۷/, 'right is to the right in a picture');

  await page.getByTestId('numbers').locator('summary').click();
  await page.getByTestId('threshold').fill('0.2');
  await page.getByTestId('share').fill('0.5');
  await page.getByTestId('blend').selectOption('screen');
  await page.getByTestId('split').check();
  await station(page, 'beside');
  await page.getByTestId('split').uncheck();

  const name = 'گربه-ای-به-نام-چلسی-grad-cam-گربه-مصری';
  const png = await kept(page, 'png');
  assert.deepEqual([png.name, (await kept(page, 'npy')).name], [`${name}.png`, `${name}.npy`]);
  assert.equal((await inkOf(page, png.bytes, 60)).margins, 0, 'nothing is cut off');
  const { image, model, layer } = JSON.parse((await kept(page, 'json')).bytes);
  assert.deepEqual([image, model, layer], [fa.samples.chelsea.title, 'efficientnet-lite0', 'head']);
  await assertPersianReport((await kept(page, 'html')).bytes);
  await page.getByTestId('copy-link').click();
  await page.getByTestId('message').filter({ hasText: fa.keep.copied }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /#blend=screen&share=0\.5&threshold=0\.2$/);
  assertQuiet(witness);
  await context.close();
});

test('methods are set in Persian digits, watched and given up; another class, another score', async () => {
  const { page, context, witness } = await openPage(browser, { url: FA });
  await pickSample(page, 'chelsea');
  await press(page, 'class-282');
  assert.match(await told(page, 'caption'), new RegExp(fa.classes.n02123159));
  await page.getByTestId('settings').locator('summary').click();
  for (const [method, { name }] of Object.entries(fa.module.methods)) {
    await page.getByTestId('method-select').selectOption(method);
    // What takes long says what is known so far.
    const long = !['grad-cam', 'activations', 'saliency', 'gradient-x-input'].includes(method);
    if (long) await page.getByTestId('caption').filter({ hasText: 'تا اینجا' }).waitFor();
    else await untilState(page, 'done');
    if (long) assert.match(await told(page, 'progress'), new RegExp(`^محاسبهٔ ${name.replace(/[()]/g, '.')}: [۰-۹]+ از [۰-۹]+`));
    await station(page, `method-${method}`);
    if (!long) continue;
    await page.getByTestId('cancel').click();
    await untilState(page, 'done');
  }

  await page.getByTestId('method-select').selectOption('smooth-grad');
  const samples = page.getByTestId('set-samples');
  assert.equal(await samples.inputValue(), '۵۰');
  await samples.fill('۲٫۵');
  await pressKey(samples, 'Enter');
  assert.equal(bare(await samples.evaluate((field) => field.validationMessage)), bare(fa.choices['not-whole']).replace('{min}', '۱').replace('{max}', '۱۰٬۰۰۰'));
  await samples.fill('۲');
  await pressKey(samples, 'Enter');
  await page.getByTestId('set-variant').selectOption('variance');
  await page.getByTestId('set-score').selectOption('probability');
  await untilState(page, 'done');
  assert.match(page.url(), /score=probability&set\.samples=2&set\.variant=variance$/);
  await station(page, 'set');

  // What a panic in the module leads to.
  await page.workers()[0].evaluate(() => {
    self.onmessage = () => postMessage({ fatal: 'a test panicked' });
  });
  await page.getByTestId('class-281').click();
  await page.getByTestId('message').filter({ hasText: opening(fa.errors['worker-lost-because']) }).filter({ hasText: fa.errors['worker-restarted'] }).waitFor();
  await press(page, 'class-281');
  assert.match(await told(page, 'caption'), new RegExp(fa.classes.n02123045));
  assertQuiet(witness);
  await context.close();
});
