// A telephone: what is on the page can be done with a finger, and is large enough for one.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, launch, openChapter, openPage, untilState, URL_ROOT } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** The smallest that a finger should be asked to hit, in CSS pixels (WCAG 2.2, 2.5.8). */
const TARGET = 24;

/** Draws a finger across the page. @param {[number, number]} from @param {[number, number]} to */
async function drag(page, from, to) {
  const devtools = await page.context().newCDPSession(page);
  const touch = (type, points) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
  await touch('touchStart', [from]);
  for (let step = 1; step <= 8; step += 1) await touch('touchMove', [from.map((start, axis) => start + ((to[axis] - start) * step) / 8)]);
  await touch('touchEnd', []);
  // A tap that follows at once would be taken for the second of two.
  await page.waitForTimeout(500);
  await devtools.detach();
}

/** A place on the screen, by its shares of an element's width and height. */
async function placeOn(locator, across, down) {
  await locator.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await locator.boundingBox();
  return [x + across * width, y + down * height];
}

/** What can be pressed and is smaller than it should be. A link in a sentence may be as high as its line. */
function small(page) {
  return page.evaluate((least) => {
    // A label is pressed as well as what it names.
    const isSmall = (control) => [control, ...(control.labels ?? [])].map((part) => part.getBoundingClientRect()).every(({ width, height }) => width < least || height < least);
    return [...document.querySelectorAll('button, select, summary, input:not([type=file], [type=range]), a:not(p a, li a), #learn-contents a')]
      .filter((control) => control.checkVisibility() && !(document.querySelector('dialog[open]') && !control.closest('dialog')) && isSmall(control))
      .map(({ id, className, textContent }) => id || className || textContent);
  }, TARGET);
}

for (const language of ['en', 'fa']) {
  test(`with a finger, ${language}`, async () => {
    const { page, context, witness } = await openPage(browser, { url: `${URL_ROOT}?lang=${language}`, ...PHONE });
    await untilState(page, 'ready');
    await page.getByTestId('sample-dog').tap();
    await untilState(page, 'done');
    assert.deepEqual(await small(page), []);

    // What was read stays when the finger is lifted, so that it can be seen.
    const overlay = page.getByTestId('overlay');
    const read = () => page.getByTestId('readout').innerText();
    const asked = await read();
    await page.touchscreen.tap(...await placeOn(overlay, 0.1, 0.1));
    const first = await read();
    assert.notEqual(first, asked);
    await drag(page, await placeOn(overlay, 0.1, 0.9), await placeOn(overlay, 0.9, 0.9));
    const last = await read();
    assert.ok(![asked, first].includes(last), last);
    // Up and down the page is moved, also from a map.
    const from = await placeOn(overlay, 0.5, 0.5);
    const scrolled = await page.evaluate(() => scrollY);
    await drag(page, from, [from[0], from[1] - 200]);
    await page.waitForFunction((before) => scrollY > before + 100, scrolled);

    await page.getByTestId('opacity').scrollIntoViewIfNeeded();
    const opacity = () => page.getByTestId('opacity').inputValue();
    assert.equal(await opacity(), '0.5');
    await drag(page, await placeOn(page.getByTestId('opacity'), 0.5, 0.5), await placeOn(page.getByTestId('opacity'), 0.9, 0.5));
    assert.equal(Number(await opacity()) > 0.5, language === 'en', 'towards the end there is more');

    await page.getByTestId('view-board').tap();
    await untilState(page, 'done');
    assert.deepEqual(await small(page), []);
    await page.getByTestId('cell-0').tap();
    await page.getByTestId('against').selectOption({ index: 1 });
    assert.deepEqual(await small(page), []);
    const stack = page.locator('#stack');
    await drag(page, await placeOn(stack, 0.5, 0.5), await placeOn(stack, 0.2, 0.5));
    assert.ok(Math.abs(Number(await page.getByTestId('swipe').inputValue()) - 0.2) < 0.05, 'the divider follows the finger');
    await page.getByTestId('enlarged-close').tap();

    await page.getByTestId('view-learn').tap();
    await openChapter(page, 5);
    assert.deepEqual(await small(page), []);
    const layer = page.locator('#learn-dials input[type=range]').first();
    const former = await layer.inputValue();
    await drag(page, await placeOn(layer, 0.9, 0.5), await placeOn(layer, 0.3, 0.5));
    assert.notEqual(await layer.inputValue(), former);
    await page.waitForFunction(() => document.getElementById('learn-figure').ariaBusy === 'false');
    await page.getByTestId('learn-next').tap();
    await page.getByTestId('learn-present').tap();
    await page.locator('#learn.presenting').waitFor();
    await page.getByTestId('learn-present').tap();
    await page.locator('#learn:not(.presenting)').waitFor();
    assertQuiet(witness);
    await context.close();
  });
}
