// All that the page offers, driven a part at a time, for tests that watch what happens meanwhile. Settings that take long are for them to lower.

import assert from 'node:assert/strict';
import { bring, file, hand, openChapter, pickSample, pressKey, seeded, speak, untilState, upload } from './harness.mjs';

/** What a panic in the module leads to. */
export function killWorker(page) {
  return page.workers().at(-1).evaluate(() => {
    self.onmessage = () => postMessage({ fatal: 'a test panicked' });
  });
}

/** Has a button copy a link, and waits until it is on the clipboard. */
async function copyLink(page, button) {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByTestId(button).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith(location.origin));
}

/** Waits for a caption with these words, of a map that is done. */
async function untilMap(page, words) {
  await page.getByTestId('caption').filter({ hasText: words }).waitFor();
  await untilState(page, 'done');
}

const download = (page, kind) => Promise.all([page.waitForEvent('download'), page.getByTestId(`keep-${kind}`).click()]);

/** All that the page offers, a part each, one after the other. */
export const FEATURES = {
  async pictures(page) {
    await pickSample(page, 'chelsea');
    await pickSample(page, 'coffee');
    await page.getByTestId('undo').click();
    await untilState(page, 'done');
    await upload(page, 'own.jpg', 'image/jpeg', await file('www/samples/dog.jpg'));
    await page.locator('#picture-title').filter({ hasText: 'own.jpg' }).waitFor();
    await untilState(page, 'done');
    for (const [type, title] of [['drop', 'dropped.png'], ['paste', 'the pasted picture']]) {
      await hand(page, type, 'dropped.png', await file('www/samples/coffee.png'));
      await page.locator('#picture-title').filter({ hasText: title }).waitFor();
      await untilState(page, 'done');
    }
    await upload(page, 'notes.txt', 'text/plain', Buffer.from('No picture at all.'));
    await page.getByTestId('message').waitFor();
    await page.getByTestId('message-dismiss').click();
  },

  async methods(page) {
    await pickSample(page, 'chelsea');
    const methods = await page.getByTestId('method-select').locator('option').evaluateAll((options) => options.map(({ value, label }) => [value, label]));
    assert.ok(methods.length >= 8, `${methods}`);
    for (const [id, name] of methods) {
      await page.getByTestId('method-select').selectOption(id);
      await untilMap(page, id === 'activations' ? /channels/ : name);
      if (id !== 'activations') continue;
      await page.getByTestId('overlay').click();
      await page.getByTestId('all-channels').click();
    }
    await page.getByTestId('method-select').selectOption('occlusion');
    await page.getByTestId('settings').locator('summary').click();
    await page.getByTestId('set-window').fill('8');
    await page.getByTestId('set-stride').fill('8');
    await pressKey(page.getByTestId('set-stride'), 'Enter');
    await page.getByTestId('cancel').click();
    await page.getByTestId('method-select').selectOption('grad-cam');
    await untilMap(page, /Grad-CAM at head/);
    await page.getByTestId('layer-select').selectOption('blocks.10');
    await untilMap(page, /Grad-CAM at blocks\.10/);
    await page.locator('[data-testid^="class-"]').nth(1).click();
    await untilState(page, 'done');
  },

  async look(page) {
    await page.getByTestId('colormap-select').selectOption('turbo');
    for (const slider of ['opacity', 'threshold', 'share']) await pressKey(page.getByTestId(slider), 'ArrowLeft');
    await page.getByTestId('blend').selectOption('multiply');
    await page.getByTestId('split').check();
    await page.getByTestId('numbers').locator('summary').click();
    for (const kind of ['png', 'npy', 'json', 'html']) await download(page, kind);
    await copyLink(page, 'copy-link');
  },

  async board(page) {
    await page.getByTestId('view-board').click();
    await untilState(page, 'done');
    const presets = await page.locator('#presets button').count();
    assert.ok(presets >= 6, `${presets} presets`);
    for (let at = 0; at < presets; at += 1) {
      await page.locator('#presets button').nth(at).click();
      // The guide's figures take minutes: a part of each will do.
      await page.waitForTimeout(1000);
      await page.keyboard.press('Escape');
      await untilState(page, 'done');
    }
    await page.getByTestId('preset-grad-cam').click();
    await untilState(page, 'done');
    await page.getByTestId('kind-rows').selectOption('picture');
    await page.getByTestId('choose-rows').click();
    await page.getByTestId('values-rows').locator('input[type=checkbox]').last().check();
    await page.getByTestId('choose-rows').click();
    await untilState(page, 'done');
    await page.getByTestId('scale-kind').selectOption('own');
    for (const kind of ['png', 'npy', 'json', 'html']) await download(page, kind);
    await page.getByTestId('cell-0').click();
    await page.getByTestId('enlarged-next').click();
    await page.getByTestId('against').selectOption({ index: 1 });
    await pressKey(page.getByTestId('swipe'), 'ArrowLeft');
    await page.getByTestId('enlarged-single').click();
    await untilState(page, 'done');
  },

  async tour(page) {
    await page.getByTestId('view-learn').click();
    const chapters = await page.locator('#learn-contents a').count();
    assert.ok(chapters >= 8, `${chapters} chapters`);
    for (let at = 0; at < chapters; at += 1) {
      await openChapter(page, at);
      for (const dial of await page.locator('#learn-dials :is(select, input[type=range])').all()) {
        if (await dial.isVisible()) await pressKey(dial, 'ArrowDown');
      }
      await page.waitForFunction(() => document.getElementById('learn-figure').ariaBusy === 'false');
    }
    await page.keyboard.press('p');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => document.getElementById('learn-figure').ariaBusy === 'false');
    await page.keyboard.press('Escape');
    await copyLink(page, 'learn-link');
    await page.getByTestId('learn-take').click();
    await page.getByTestId('learn').waitFor({ state: 'hidden' });
    await untilState(page, 'done');
  },

  async camera(page) {
    for (const [way, shown] of [['board', 'board'], ['single', 'single']]) {
      await page.getByTestId('camera-open').click();
      await page.locator(`[data-testid=camera-${way}]:enabled`).click();
      await page.locator('#picture-title').filter({ hasText: /^Camera, / }).waitFor();
      await untilState(page, 'done');
      assert.ok(await page.locator(`#${shown}`).isVisible());
    }
  },

  async networks(page) {
    await pickSample(page, 'chelsea');
    await page.getByTestId('model-badge').click();
    for (const framing of ['stretch', 'centre-crop']) {
      await page.locator('#framing').selectOption(framing);
      await untilState(page, 'done');
    }
    await bring(page, seeded('efficientnet-lite1'));
    await page.locator('#model-name').filter({ hasText: 'Lite1' }).waitFor();
    await untilState(page, 'done');
    await page.locator('[data-testid=model-efficientnet-lite1]', { hasText: 'kept in this browser' }).waitFor({ state: 'attached' });
    await page.getByTestId('model-badge').click();
    await page.getByTestId('model-efficientnet-lite0').click();
    await page.locator('#model-name').filter({ hasText: 'Lite0' }).waitFor();
    await untilState(page, 'done');
    await page.getByTestId('model-badge').click();
    await page.getByTestId('remove-efficientnet-lite1').click();
    await page.getByTestId('missing-efficientnet-lite1').waitFor();
    await page.keyboard.press('Escape');
  },

  async device(page) {
    await page.getByTestId('device-badge').click();
    for (const device of ['gpu', 'cpu', 'auto']) {
      await page.getByTestId('device-select').selectOption(device);
      await untilState(page, 'done');
    }
    await page.keyboard.press('Escape');
  },

  async language(page) {
    for (const language of ['fa', 'en']) await speak(page, language);
  },

  async death(page) {
    // Both may be told in one moment, in either order.
    await page.evaluate(() => {
      globalThis.told = '';
      const message = document.querySelector('[data-testid=message]');
      new MutationObserver(() => { globalThis.told += `${message.textContent}\n`; }).observe(message, { childList: true, subtree: true });
    });
    await killWorker(page);
    await page.getByTestId('sample-red-panda').click();
    await page.waitForFunction(() => ['a test panicked', 'was started anew'].every((words) => globalThis.told.includes(words)));
    await pickSample(page, 'coffee');
    assert.match(await page.getByTestId('caption').innerText(), /espresso/);
  },
};
