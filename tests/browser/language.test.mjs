// The page speaks English and Persian: as the browser asks, and as somebody chooses while it is open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertPersian, assertQuiet, bare, file, launch, openPage, pickSample, pressKey, speak, untilState, upload, URL_ROOT } from './harness.mjs';

const PERSIAN_DIGIT = /[۰-۹]/;

let browser;
let fa;
let classes;
before(async () => {
  browser = await launch();
  fa = JSON.parse(await file('www/locales/fa.json'));
  ({ classes } = JSON.parse(await file('www/locales/fa.classes.json')));
});
after(() => browser?.close());

const told = (page, id) => page.getByTestId(id).innerText();

test('a browser that asks for Persian gets Persian, from right to left, in Persian digits', async () => {
  const { page, context, witness } = await openPage(browser, { locale: 'fa-IR' });
  await pickSample(page, 'chelsea');
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir, document.title]), ['fa', 'rtl', fa.page.title]);
  const caption = bare(await told(page, 'caption'));
  assert.ok(caption.includes(classes.n02124075), caption);
  assert.match(caption, /۷\s×\s۷/);
  assert.match(caption, /۳۸٫۴٪/);
  const rows = await page.getByTestId('classes').locator('li').allInnerTexts();
  assert.ok(rows[0].startsWith(classes.n02124075) && PERSIAN_DIGIT.test(rows[0]), rows[0]);
  // Pictures and maps are not mirrored: the map lies on the picture as it does in English.
  const sides = await page.evaluate(() => ['picture', 'overlay'].map((id) => {
    const { left, right } = document.getElementById(id).getBoundingClientRect();
    return [left, right];
  }));
  assert.ok(sides[1][0] > sides[0][0] && sides[1][1] < sides[0][1], 'the square in the middle');
  // Somebody who listens hears where the network looked.
  assert.ok((await page.locator('#status').textContent()).includes(fa.looked.heat.split('{')[0].trim()));
  const [font] = await page.evaluate(() => [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family));
  assert.match(font, /Vazirmatn/);
  assertQuiet(witness);
  await context.close();
});

test('another language is chosen while a map is shown: nothing is computed again, nothing is lost', async () => {
  const { page, context, witness } = await openPage(browser);
  await untilState(page, 'ready');
  await upload(page, 'mine.png', 'image/png', await file('www/samples/chelsea.png'));
  await untilState(page, 'done');
  await page.getByTestId('numbers').locator('summary').click();
  const english = { caption: await told(page, 'caption'), effort: await page.locator('#credit').innerText() };
  const map = () => page.getByTestId('overlay').evaluate((canvas) => canvas.toDataURL());
  const before = await map();
  await speak(page, 'fa');
  const persian = bare(await told(page, 'caption'));
  assert.ok(persian.includes(classes.n02124075), persian);
  assert.equal(await map(), before, 'the map is the same');
  await assertPersian(page);
  await speak(page, 'en');
  assert.deepEqual({ caption: await told(page, 'caption'), effort: await page.locator('#credit').innerText() }, english);
  // What was chosen holds the next time.
  await page.getByTestId('language').selectOption('fa');
  await page.reload();
  await untilState(page, 'ready');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'fa');
  assertQuiet(witness);
  await context.close();
});

test('a language whose words do not come can be chosen again, and nothing is kept of it', async () => {
  const { page, context, witness } = await openPage(browser, { url: null });
  await page.route('**/locales/fa.json', (route) => route.abort());
  await page.goto(URL_ROOT);
  await pickSample(page, 'chelsea');
  const menu = page.getByTestId('language');
  await menu.selectOption('fa');
  await page.getByTestId('message').filter({ hasText: 'could not be fetched' }).waitFor();
  assert.equal(await menu.inputValue(), 'en');
  assert.equal(await page.evaluate(() => localStorage.getItem('language')), null);
  await page.unroute('**/locales/fa.json');
  await speak(page, 'fa');
  assert.equal(await page.evaluate(() => localStorage.getItem('language')), 'fa');
  assert.ok(bare(await told(page, 'caption')).includes(classes.n02124075));
  assertQuiet(witness, /ERR_FAILED/);
  await context.close();
});

test('of two languages that are chosen one after the other, the last is spoken, whichever comes first', async () => {
  const { page, context, witness } = await openPage(browser, { url: null });
  const held = [];
  await page.route('**/locales/fa.json', (route) => held.push(route));
  await page.goto(URL_ROOT);
  for (const language of ['fa', 'en']) await page.getByTestId('language').selectOption(language);
  await page.waitForFunction(() => document.querySelectorAll('#gallery button').length > 0);
  await Promise.all(held.map((route) => route.continue()));
  // Pictures are taken when all words are there.
  await untilState(page, 'ready');
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.querySelector('[data-testid=language]').value]), ['en', 'en']);
  assertQuiet(witness);
  await context.close();
});

test('the board in Persian: headings follow the language, and numbers may be written in Persian digits', async () => {
  const { page, context, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  await page.getByTestId('view-board').click();
  await untilState(page, 'done');
  await speak(page, 'fa');
  const headings = await page.getByTestId('cells').locator('th[scope=col]').allInnerTexts();
  assert.deepEqual(headings.map(bare), fa.board.ranks.slice(0, 2));
  // The first column is where reading begins.
  const [first, second] = await Promise.all([0, 1].map((at) => page.getByTestId(`cell-${at}`).boundingBox()));
  assert.ok(first.x > second.x);
  await page.getByTestId('method-select').selectOption('smooth-grad');
  await page.getByTestId('kind-columns').selectOption('');
  await page.getByTestId('kind-rows').selectOption('set.samples');
  await page.getByTestId('choose-rows').click();
  await page.getByTestId('values-rows').locator('input').fill('۲، ۳');
  await pressKey(page.getByTestId('values-rows').locator('input'), 'Enter');
  await page.waitForFunction(() => document.querySelectorAll('.cell[data-state=done]').length === 2);
  assert.match(page.url(), /rows=set\.samples(%2C|,)2(%2C|,)3/);
  assert.equal(await page.getByTestId('values-rows').locator('input').inputValue(), '۲، ۳');
  await page.getByTestId('choose-rows').click();
  await assertPersian(page);
  // What was laid out can be told of while another method is chosen.
  const rows = () => page.getByTestId('cells').locator('th[scope=row]').allTextContents();
  assert.deepEqual((await rows()).map(bare), ['نمونه‌ها: ۲', 'نمونه‌ها: ۳']);
  await page.getByTestId('view-single').click();
  await page.getByTestId('method-select').selectOption('grad-cam');
  await untilState(page, 'done');
  await speak(page, 'en');
  assert.equal(await page.getByTestId('message').isVisible(), false);
  assertQuiet(witness);
  await context.close();
});

test('what is kept speaks the language of the page', async () => {
  const { page, context, witness } = await openPage(browser, { url: `${URL_ROOT}?lang=fa`, acceptDownloads: true });
  await pickSample(page, 'chelsea');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('keep-html').click()]);
  assert.ok(download.suggestedFilename().includes('گربه'), download.suggestedFilename());
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const html = Buffer.concat(chunks).toString();
  assert.match(html, /<html lang="fa" dir="rtl">/);
  for (const word of [classes.n02124075, fa.page.sees, fa.keep.settings]) assert.ok(html.includes(word), word);
  assertQuiet(witness);
  await context.close();
});

test('what goes wrong is said in Persian, and said again in English when that is chosen; undo and cancel speak it, too', async () => {
  const { module } = JSON.parse(await file('www/locales/fa.module.json'));
  const { page, context, witness } = await openPage(browser, { url: `${URL_ROOT}?lang=fa` });
  await pickSample(page, 'chelsea');
  await upload(page, 'notes.txt', 'text/plain', Buffer.from('Not a picture at all.'));
  await page.getByTestId('message').waitFor();
  assert.equal(bare(await page.locator('#message-text').innerText()), bare(module.errors['not-an-image-text']));
  await page.getByTestId('language').selectOption('en');
  await page.locator('#message-text').getByText('this file holds text').waitFor();
  assert.equal(new URL(page.url()).search, '', 'an address that asks for a language has had its turn');
  await page.getByTestId('language').selectOption('fa');
  await page.getByTestId('message-dismiss').click();
  const before = await told(page, 'caption');
  await upload(page, 'mine.jpg', 'image/jpeg', await file('www/samples/coffee.png'));
  await page.locator('#picture-title').filter({ hasText: 'mine.jpg' }).waitFor();
  await untilState(page, 'done');
  assert.equal(bare(await told(page, 'undo')), bare(fa.intake.undo.replace('{title}', fa.samples.chelsea.title)));
  await page.getByTestId('undo').click();
  await page.getByTestId('caption').filter({ hasText: classes.n02124075 }).waitFor();
  assert.equal(await told(page, 'caption'), before);
  // A long run is shown in words, and given up: the menus say again what is shown.
  await page.getByTestId('method-select').selectOption('occlusion');
  await page.getByTestId('progress').waitFor();
  assert.match(await page.locator('#progress-text').innerText(), /[؀-ۿ]/);
  await page.getByTestId('cancel').click();
  await untilState(page, 'done');
  assert.equal(await page.getByTestId('method-select').inputValue(), 'grad-cam');
  assert.equal(await told(page, 'caption'), before);
  assertQuiet(witness);
  await context.close();
});
