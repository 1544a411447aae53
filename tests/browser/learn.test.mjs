// The tour: its figures are computed, and by the settings that they show; links, the presentation, and what leaving it leaves behind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, focus, launch, openApi, openChapter, openPage, picture, pickSample, pressKey, speak, untilState, upload, URL_ROOT } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const [CAT, DOG] = ['chelsea.png', 'dog.jpg'];
const SHEPHERD = 235;
const BICYCLE = 671;

/** Each chapter with what its first map is, as the API is asked for it. */
const CHAPTERS = {
  why: { picture: DOG, method: 'grad-cam', target: SHEPHERD },
  network: { picture: 'macaw.jpg', method: 'activations', target: 88, layer: 'stem', parameters: { order: 'mean' } },
  shap: { picture: CAT, method: 'expected-gradients', target: 285, parameters: { samples: 5 }, background: [DOG, 'coffee.png', 'red-panda.jpg', 'macaw.jpg', 'castle.jpg'] },
  activations: { picture: 'photographer.jpg', method: 'activations', target: 872, layer: 'blocks.5' },
  occlusion: { picture: DOG, method: 'occlusion', target: SHEPHERD, parameters: { window: 56, stride: 56, fill: 'grey' } },
  'grad-cam': { picture: DOG, method: 'grad-cam', target: SHEPHERD, layer: 'head' },
  'smooth-grad': { picture: DOG, method: 'smooth-grad', target: SHEPHERD, parameters: { samples: 8, sigma: 0.15 } },
  trust: { picture: DOG, method: 'grad-cam', target: SHEPHERD },
};

const open = (hash, { language = 'en', ...options } = {}) => openPage(browser, { url: `${URL_ROOT}?lang=${language}#view=learn&${hash}`, ...options });
const figure = (page) => page.getByTestId('learn-figure');

/** Waits until a chapter's figure is as its dials say. */
async function untilDone(page) {
  await page.waitForFunction(() => ['done', 'failed'].includes(document.getElementById('learn-figure').dataset.state) && document.getElementById('learn-figure').ariaBusy === 'false');
  assert.equal(await figure(page).getAttribute('data-state'), 'done', await page.getByTestId('learn-facts').innerText());
}

/** The colours of a map, told apart from those of another. */
async function digest(canvas) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, canvas.height, ...new Uint8Array(await crypto.subtle.digest('SHA-256', data))].join();
}
const pane = (page, at) => page.locator('#learn-panes canvas.map').nth(at).evaluate(digest);

/** The same, of what the API answers. */
function asked(page, request) {
  return page.evaluate(`(async ({ picture, background, ...options }) => {
    const { paint } = await import('/source/js/pictures.js');
    const others = background && await Promise.all(background.map((name) => globalThis.sample(name)));
    const { picture: coloured } = await globalThis.negah.explain(await globalThis.sample(picture), { ...options, background: others });
    return (${digest})(paint(document.createElement('canvas'), coloured));
  })(${JSON.stringify(request)})`);
}

test('every chapter has its words in both languages, and a figure that is computed', async () => {
  const { page: api } = await openApi(browser);
  await api.route('**/source/js/pictures.js', async (route) => route.fulfill({ contentType: 'text/javascript', body: await file('www/js/pictures.js') }));
  const [expected, papers] = [{}, {}];
  for (const [id, request] of Object.entries(CHAPTERS)) expected[id] = await asked(api, request);
  for (const language of ['en', 'fa']) {
    const { page, context, witness } = await open('chapter=why', { language });
    const { learn } = JSON.parse(await file(`www/locales/${language}.learn.json`));
    for (const id of Object.keys(CHAPTERS)) {
      await untilDone(page);
      assert.equal(await page.locator('#learn-title').innerText(), learn.chapters[id].title);
      assert.equal(await page.locator('#learn-contents [aria-current]').innerText(), learn.chapters[id].title);
      assert.equal(await pane(page, 0), expected[id], `${language}: the figure of ${id} is what the API computes`);
      const { words, links, headings } = await page.getByTestId('learn').evaluate((section) => ({
        words: [...section.querySelectorAll('*')].flatMap((one) => [one.ariaLabel, one.title, one.textContent]).join('\n'),
        links: [...section.querySelectorAll('#learn-words a')].map(({ href, rel }) => [href, rel]),
        headings: [...section.querySelectorAll('h2, h3')].map(({ tagName }) => tagName).join(' '),
      }));
      assert.doesNotMatch(words, /\blearn\.[a-z]|\{\w+\}|[*`[\]]|undefined|NaN/, `${language}: ${id}`);
      assert.match(headings, /^H2( H3)+$/, id);
      assert.deepEqual(links, papers[id] ??= links, 'both languages name the same papers');
      for (const [href, rel] of links) assert.ok(href.startsWith('https://') && rel === 'noopener noreferrer', href);
      if (CHAPTERS[id].method !== 'grad-cam' || id === 'grad-cam') {
        const rows = await page.locator('#learn-formula math').count();
        assert.equal(rows > 0, id !== 'network', `the formula of ${id}`);
      }
      if (id !== 'trust') await page.getByTestId('learn-next').click();
    }
    assert.equal(await page.getByTestId('learn-next').isVisible(), false);
    assertQuiet(witness);
    await context.close();
  }
});

test('a link restores a chapter and its figure, which can be taken to the explainer', async () => {
  const { page, context, witness } = await open(`chapter=smooth-grad&learn.samples=1&learn.sigma=0&learn.class=${BICYCLE}&learn.variant=nonsense`, { permissions: ['clipboard-read', 'clipboard-write'] });
  await untilDone(page);
  const told = (id) => page.locator(`output[for=learn-${id}]`).innerText();
  assert.deepEqual([await told('samples'), await told('sigma')], ['1', '0']);
  assert.equal(await pane(page, 0), await pane(page, 1), 'without noise it is the gradient that stands beside it');
  assert.match(await page.getByTestId('learn-facts').innerText(), /1\.00/);
  await pressKey(page.getByTestId('learn-samples'), 'ArrowRight');
  for (let step = 0; step < 2; step += 1) await pressKey(page.getByTestId('learn-sigma'), 'ArrowRight');
  assert.deepEqual([await told('samples'), await told('sigma')], ['2', '0.1']);
  await page.waitForFunction(() => location.hash.includes('sigma=0.1'));
  await untilDone(page);
  const map = await pane(page, 0);
  assert.notEqual(map, await pane(page, 1));
  await page.getByTestId('learn-link').click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /view=learn&chapter=smooth-grad/);
  const second = await openPage(browser, { url: link });
  await untilDone(second.page);
  assert.equal(await pane(second.page, 0), map, 'the link shows the same map');
  assertQuiet(second.witness);
  await second.context.close();

  await page.getByTestId('learn-take').click();
  await untilState(page, 'done');
  assert.equal(await page.getByTestId('learn').isVisible(), false);
  assert.equal(await page.getByTestId('method-select').inputValue(), 'smooth-grad');
  assert.equal(await page.getByTestId('set-samples').inputValue(), '2');
  assert.match(await page.getByTestId('caption').innerText(), /mountain bike/);
  assert.equal(await page.getByTestId('overlay').evaluate(digest), map, 'and the explainer');
  // Of this test's own reading.
  assertQuiet(witness, /willReadFrequently/);
  await context.close();
});

test('a figure that failed can be tried again, and one that was stopped stays so in another language', async () => {
  const { page, context, witness } = await openPage(browser, { url: null });
  await page.route('**/samples/macaw.jpg', (route) => route.abort());
  await page.goto(`${URL_ROOT}#view=learn&chapter=network`);
  const state = (wanted) => page.waitForFunction((one) => document.getElementById('learn-figure').dataset.state === one, wanted);
  await state('failed');
  const button = page.getByTestId('learn-stop');
  assert.match(await page.getByTestId('learn-facts').innerText(), /could not be fetched/);
  assert.equal(await button.innerText(), 'Try again');
  await picture(page, 'learn-failed');
  await page.unroute('**/samples/macaw.jpg');
  await pressKey(button, 'Enter');
  await untilDone(page);
  assert.equal(await button.isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'learn-title', 'the keyboard is not lost with the button');

  await page.locator('#learn-contents a').nth(4).click();
  await untilDone(page);
  await pressKey(page.getByTestId('learn-window'), 'Home');
  await button.waitFor();
  assert.equal(await button.innerText(), 'Stop');
  await pressKey(button, 'Enter');
  await state('stopped');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'learn-title');
  await speak(page, 'fa');
  const { learn } = JSON.parse(await file('www/locales/fa.learn.json'));
  await page.getByTestId('learn-facts').filter({ hasText: learn.stopped }).waitFor();
  assert.equal(await figure(page).getAttribute('data-state'), 'stopped');
  assertQuiet(witness, /ERR_FAILED/);
  await context.close();
});

test('the presentation is led by keys, and the arrows follow the writing', async () => {
  for (const [language, forward, back] of [['en', 'ArrowRight', 'ArrowLeft'], ['fa', 'ArrowLeft', 'ArrowRight']]) {
    const { page, context, witness } = await open('chapter=grad-cam', { language });
    const at = () => page.evaluate(() => [...document.querySelectorAll('#learn-contents a')].findIndex((link) => link.ariaCurrent) + 1);
    const presenting = () => page.locator('#learn.presenting').count();
    await untilDone(page);
    await page.keyboard.press(forward);
    assert.equal(await at(), 6, 'arrows turn no chapters before that');
    await page.keyboard.press('Shift+P');
    assert.equal(await presenting(), 0, 'a capital letter is for whatever else hears it');
    await page.keyboard.press('p');
    assert.equal(await presenting(), 1);
    assert.equal(await page.locator('#learn-words').isVisible(), false);
    await page.keyboard.press(forward);
    assert.equal(await at(), 7);
    await page.keyboard.press(back);
    assert.equal(await at(), 6);
    await untilDone(page);
    await focus(page.getByTestId('learn-layer'));
    await page.keyboard.press(back);
    assert.equal(await at(), 6, 'a slider keeps its arrows');
    await pressKey(page.locator('#learn-title'), 'Escape');
    await page.waitForFunction(() => !document.querySelector('#learn.presenting'));
    assert.ok(await page.locator('#learn-words').isVisible());
    assertQuiet(witness);
    await context.close();
  }
});

test('a presentation that is left before the browser has enlarged it leaves the page as large as it was', async () => {
  const { page, context, witness } = await open('chapter=why');
  await untilDone(page);
  // Granted when the test says so.
  await page.evaluate(() => {
    const { requestFullscreen } = Element.prototype;
    globalThis.granted = new Promise((resolve) => { globalThis.grant = resolve; });
    Element.prototype.requestFullscreen = async function request() {
      await globalThis.granted;
      return requestFullscreen.call(this);
    };
    globalThis.changes = 0;
    document.addEventListener('fullscreenchange', () => { globalThis.changes += 1; });
  });
  for (let press = 0; press < 2; press += 1) await page.getByTestId('learn-present').click();
  await page.evaluate(() => globalThis.grant());
  // Into it and out of it.
  await page.waitForFunction(() => globalThis.changes === 2);
  assert.equal(await page.evaluate(() => document.fullscreenElement), null);
  assertQuiet(witness);
  await context.close();
});

test('formulas are drawn with the signs that come with the page', async () => {
  const { page, context, witness } = await open('chapter=why');
  const client = await context.newCDPSession(page);
  for (const domain of ['DOM', 'CSS']) await client.send(`${domain}.enable`);
  let signs = 0;
  for (const at of [2, 3, 4, 5, 6]) {
    await openChapter(page, at);
    const { root } = await client.send('DOM.getDocument', { depth: -1 });
    const { nodeIds } = await client.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector: '.formula :is(mi, mn, mo)' });
    for (const nodeId of nodeIds) {
      const { fonts } = await client.send('CSS.getPlatformFontsForNode', { nodeId });
      const { outerHTML } = await client.send('DOM.getOuterHTML', { nodeId });
      for (const { familyName, isCustomFont } of fonts) assert.deepEqual([familyName, isCustomFont], ['STIX Two Math', true], outerHTML);
      signs += fonts.length;
    }
  }
  assert.ok(signs > 60, `${signs} signs`);
  assertQuiet(witness);
  await context.close();
});

test('leaving the tour ends its work and gives the page back as it was', async () => {
  const { page, context, witness } = await openPage(browser, { url: null });
  await page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    globalThis.sent = [];
    Worker.prototype.postMessage = function send(message, ...rest) {
      globalThis.sent.push(message);
      return postMessage.call(this, message, ...rest);
    };
  });
  await page.goto(URL_ROOT);
  await pickSample(page, 'coffee');
  const before = await page.getByTestId('caption').innerText();
  await page.getByTestId('view-learn').click();
  await page.locator('#learn-contents a').nth(4).click();
  await untilDone(page);
  await pressKey(page.getByTestId('learn-window'), 'Home');
  await page.getByTestId('learn-stop').waitFor();
  const runs = () => page.evaluate(() => globalThis.sent.filter(({ call }) => call === 'explain').length);
  await page.waitForFunction((before) => globalThis.sent.filter(({ call }) => call === 'explain').length > before, await runs() - 1);
  await page.getByTestId('learn').locator('[data-view="single"]').click();
  const last = await page.evaluate(() => globalThis.sent.findLast(({ call }) => call === 'explain'));
  assert.equal(last.args.options.parameters.window, 16);
  assert.ok(await page.evaluate((id) => globalThis.sent.some(({ cancel }) => cancel === id), last.id), 'what ran is cancelled');
  const count = await runs();
  assert.equal(await page.getByTestId('caption').innerText(), before);
  assert.equal(await page.evaluate(() => document.body.dataset.state), 'done');
  await page.waitForTimeout(1500);
  assert.equal(await runs(), count, 'nothing is computed anew');

  // A picture that comes while the tour is shown is its figure's.
  await page.getByTestId('view-learn').click();
  await upload(page, 'mine.png', 'image/png', await file('www/samples/chelsea.png'));
  await page.waitForFunction(() => document.getElementById('learn-picture').selectedOptions[0]?.text === 'mine.png');
  await pressKey(page.getByTestId('learn-window'), 'End');
  await untilDone(page);
  assert.doesNotMatch(page.url(), /mine/);
  assertQuiet(witness);
  await context.close();
});

test('the browser’s own button leads back, from chapter to chapter and out of the tour', async () => {
  const { page, context, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  await page.getByTestId('view-learn').click();
  const title = () => page.locator('#learn-title').innerText();
  const first = await title();
  await page.getByTestId('learn-next').click();
  assert.notEqual(await title(), first);
  await page.goBack();
  await page.locator('#learn-title').filter({ hasText: first }).waitFor();
  await page.goBack();
  await untilState(page, 'done');
  assert.ok(await page.getByTestId('caption').isVisible());
  assert.ok(await page.locator('#learn').isHidden());
  assertQuiet(witness);
  await context.close();
});
