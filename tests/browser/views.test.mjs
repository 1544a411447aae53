// Every view in both languages, light and dark, at four widths: nothing for axe-core to find, nothing cut off, and a picture for people to look at.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { assertQuiet, launch, openChapter, openPage, picture, pickSample, pressKey, untilState, upload, URL_ROOT } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch({ cameras: 1 });
});
after(() => browser?.close());

const WIDTHS = [360, 900, 1440, 2560];

/** Where axe-core looks as well, which takes its time: on a telephone and on a desk. */
const AXE_WIDTHS = [360, 1440];

/** The tour, at a chapter. */
async function openTour(page, at) {
  await page.getByTestId('view-learn').click();
  await openChapter(page, at);
}

const leaveTour = (page) => page.getByTestId('learn').locator('[data-view=single]').click();

/** Ways to each view, one after the other. What it returns leads away again. */
const VIEWS = {
  ready: async () => {},
  async learn(page) {
    await openTour(page, 6);
    return () => leaveTour(page);
  },
  async shap(page) {
    await openTour(page, 2);
    return () => leaveTour(page);
  },
  async presentation(page) {
    await openTour(page, 6);
    await page.keyboard.press('p');
    await page.locator('#learn.presenting').waitFor();
    return async () => {
      await page.keyboard.press('Escape');
      await page.locator('#learn:not(.presenting)').waitFor();
      await leaveTour(page);
    };
  },
  async camera(page) {
    await page.getByTestId('camera-open').click();
    await page.locator('[data-testid=camera-single]:enabled').waitFor();
    return () => page.getByTestId('camera-close').click();
  },
  map: (page) => pickSample(page, 'dog'),
  async networks(page) {
    await page.getByTestId('model-badge').click();
    return () => page.keyboard.press('Escape');
  },
  async device(page) {
    await page.getByTestId('device-badge').click();
    return () => page.keyboard.press('Escape');
  },
  async settings(page) {
    await page.getByTestId('method-select').selectOption('smooth-grad');
    await page.getByTestId('settings').locator('summary').click();
    await page.getByTestId('set-samples').fill('2');
    await pressKey(page.getByTestId('set-samples'), 'Enter');
    await untilState(page, 'done');
    await page.getByTestId('numbers').locator('summary').click();
  },
  async message(page) {
    await upload(page, 'notes.txt', 'text/plain', Buffer.from('No picture at all.'));
    await page.getByTestId('message').waitFor();
    return () => page.getByTestId('message-dismiss').click();
  },
  async channels(page) {
    await page.getByTestId('method-select').selectOption('activations');
    await untilState(page, 'done');
  },
  async board(page) {
    await page.getByTestId('preset-grad-cam').or(page.getByTestId('view-board')).first().waitFor({ state: 'attached' });
    await page.getByTestId('view-board').click();
    await page.getByTestId('preset-grad-cam').click();
    await untilState(page, 'done');
  },
  async axis(page) {
    await page.getByTestId('choose-columns').locator('visible=true').or(page.getByTestId('choose-rows').locator('visible=true')).first().click();
    return () => page.keyboard.press('Escape');
  },
  async enlarged(page) {
    await page.getByTestId('cell-0').click();
    return () => page.getByTestId('enlarged-close').click();
  },
  async summary(page) {
    await page.getByTestId('preset-summary').click();
    return () => page.getByTestId('preset-summary').click();
  },
};

/** What axe-core finds, in words. */
async function found(page) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`).join('; ')}`);
}

for (const language of ['en', 'fa']) {
  for (const colorScheme of ['light', 'dark']) {
    test(`every view, ${language}, ${colorScheme}`, async () => {
      const { page, context, witness } = await openPage(browser, { url: `${URL_ROOT}?lang=${language}`, colorScheme, reducedMotion: 'reduce', permissions: ['camera'] });
      await untilState(page, 'ready');
      await page.evaluate(axe.source);
      const direction = await page.evaluate(() => getComputedStyle(document.body).direction);
      assert.equal(direction, language === 'fa' ? 'rtl' : 'ltr');
      for (const [name, go] of Object.entries(VIEWS)) {
        const leave = await go(page);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 1000 });
          const { scroll, inner } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, inner: innerWidth }));
          assert.ok(scroll <= inner, `${name} at ${width}: ${scroll} pixels wide`);
          // The board's panels do not widen the page: they would be cut off.
          const beside = await page.locator('.panel:visible').evaluateAll((panels) => panels.map((panel) => panel.getBoundingClientRect()).filter(({ left, right }) => left < 0 || right > innerWidth).map(({ left, right }) => [left, right]));
          assert.deepEqual(beside, [], `${name} at ${width}: panels lie in the window`);
          if (AXE_WIDTHS.includes(width)) assert.deepEqual(await found(page), [], `${name} at ${width}`);
          await picture(page, `${name}-${language}-${colorScheme}-${width}`);
        }
        await leave?.();
      }
      assertQuiet(witness);
      await context.close();
    });
  }
}

test('where the system chooses the colours, it is seen which view is shown', async () => {
  const { page, context, witness } = await openPage(browser, { forcedColors: 'active' });
  await pickSample(page, 'dog');
  // The page's own colours are computed still; what is painted has to be looked at.
  const ground = async (id) => {
    const { x, y } = await page.getByTestId(id).boundingBox();
    return (await page.screenshot({ clip: { x: x + 4, y: y + 4, width: 2, height: 2 } })).toString('base64');
  };
  const [single, board, learn] = [await ground('view-single'), await ground('view-board'), await ground('view-learn')];
  assert.equal(board, learn);
  assert.notEqual(single, board);
  await picture(page, 'forced-colours');
  assertQuiet(witness);
  await context.close();
});
