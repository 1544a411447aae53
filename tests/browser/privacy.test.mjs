// The page's promise, as far as a test can hold it: once the page is ready nothing is requested, and its policy lets nothing through to
// another origin, from the page or from its workers.

import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertQuiet, file, launch, openChapter, openApi, openPage, pickSample, untilState, upload, URL_ROOT } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch({ cameras: 1 });
});
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
after(() => browser.close());

/** All requests of a page and its workers, with those of others, such as a service worker, apart. */
function record(context) {
  const requests = { own: [], others: [] };
  context.on('request', (request) => {
    const url = new URL(request.url());
    // What a page made itself is fetched from nowhere.
    if (['blob:', 'data:'].includes(url.protocol)) return;
    requests[request.serviceWorker() ? 'others' : 'own'].push({ method: request.method(), url });
  });
  return requests;
}

/** The addresses of the built page's files. */
async function assets() {
  const folder = new URL('../../dist/', import.meta.url);
  const names = await readdir(folder, { recursive: true });
  const files = await Promise.all(names.map(async (name) => (await stat(new URL(name, folder))).isFile() && new URL(name, URL_ROOT).href));
  return new Set([URL_ROOT, ...files.filter(Boolean)]);
}

function assertKnown(requests, known) {
  const strange = requests.filter(({ method, url }) => method !== 'GET' || !known.has(url.origin + url.pathname));
  assert.deepEqual(strange.map(({ method, url }) => `${method} ${url}`), [], 'every request is a GET of a file of this page');
}

/** What a panic in the module leads to. */
function killWorker(page) {
  return page.workers().at(-1).evaluate(() => {
    self.onmessage = () => postMessage({ fatal: 'a test panicked' });
  });
}

/** Has a button copy a link, and waits until it is on the clipboard. */
async function copyLink(page, button) {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByTestId(button).click();
  await page.waitForFunction(async (root) => (await navigator.clipboard.readText()).startsWith(root), URL_ROOT);
}

test('once the page is ready nothing is requested, whatever is done', async () => {
  const permissions = ['camera', 'clipboard-read', 'clipboard-write'];
  const { page, context, witness } = await openPage(browser, { url: null, serviceWorkers: 'allow', permissions });
  const requests = record(context);
  // As few samples as each method takes.
  const fast = ['expected-gradients.samples=2', 'smooth-grad.samples=2', 'integrated-gradients.steps=2', 'occlusion.window=56', 'occlusion.stride=56'];
  await page.goto(`${URL_ROOT}#${fast.map((setting) => `set.${setting}`).join('&')}`);
  await untilState(page, 'ready');
  const known = await assets();
  assert.ok(requests.own.length > 60, `${requests.own.length} requests until the page is ready`);
  assertKnown(requests.own, known);
  requests.own.length = 0;

  await pickSample(page, 'chelsea');
  await pickSample(page, 'coffee');
  await page.getByTestId('undo').click();
  await untilState(page, 'done');
  const methods = await page.getByTestId('method-select').locator('option').evaluateAll((options) => options.map(({ value, label }) => [value, label]));
  assert.ok(methods.length >= 8, `${methods}`);
  for (const [id, name] of methods) {
    await page.getByTestId('method-select').selectOption(id);
    if (id === 'activations') await page.getByTestId('caption').filter({ hasText: /channels/ }).waitFor();
    else await page.getByTestId('caption').filter({ hasText: name }).waitFor();
    await untilState(page, 'done');
  }
  await page.getByTestId('method-select').selectOption('grad-cam');
  await page.getByTestId('caption').filter({ hasText: 'Grad-CAM' }).waitFor();
  await untilState(page, 'done');
  await page.locator('[data-testid^="class-"]').nth(1).click();
  await untilState(page, 'done');
  await page.getByTestId('colormap-select').selectOption('turbo');
  for (const kind of ['png', 'npy', 'json', 'html']) await Promise.all([page.waitForEvent('download'), page.getByTestId(`keep-${kind}`).click()]);
  await copyLink(page, 'copy-link');

  await page.getByTestId('view-board').click();
  await page.getByTestId('preset-grad-cam').click();
  await page.locator('.cell[data-state="done"]').nth(5).waitFor();
  await untilState(page, 'done');
  await page.getByTestId('cell-0').click();
  await page.getByTestId('enlarged-close').click();
  await Promise.all([page.waitForEvent('download'), page.getByTestId('keep-png').click()]);
  await page.getByTestId('preset-summary').click();
  await page.getByTestId('view-learn').click();
  const chapters = await page.locator('#learn-contents a').count();
  assert.ok(chapters >= 8, `${chapters} chapters`);
  for (let at = 0; at < chapters; at += 1) await openChapter(page, at);
  await copyLink(page, 'learn-link');
  await page.getByTestId('learn-take').click();
  await page.getByTestId('learn').waitFor({ state: 'hidden' });
  await untilState(page, 'done');

  await page.getByTestId('camera-open').click();
  await page.locator('[data-testid=camera-single]:enabled').click();
  await page.locator('#picture-title').filter({ hasText: /^Camera, / }).waitFor();
  await untilState(page, 'done');

  await upload(page, 'own.jpg', 'image/jpeg', await file('www/samples/dog.jpg'));
  await page.locator('#picture-title').filter({ hasText: 'own.jpg' }).waitFor();
  await untilState(page, 'done');
  await page.getByTestId('device-badge').click();
  await page.getByTestId('device-select').selectOption('cpu');
  await untilState(page, 'done');
  await page.getByTestId('language').selectOption('fa');
  await page.getByTestId('language').selectOption('en');

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

  assert.deepEqual(requests.own.map(({ url }) => String(url)), [], 'nothing was requested');
  assertKnown(requests.others, known);
  assert.ok(requests.others.length > 0, 'the service worker’s requests are seen');
  assertQuiet(witness);
  // The test would have seen it, from the page and from the worker.
  for (const side of [page, page.workers().at(-1)]) await side.evaluate((url) => fetch(url), new URL('favicon.svg', URL_ROOT).href);
  assert.equal(requests.own.length, 2, 'a request of the page and one of the worker are seen');
});

test('a worker that dies is replaced without a network, also if the copy of its weights was removed', async () => {
  const { page, context, witness } = await openApi(browser);
  // The copy is made in passing; the second visit begins with it.
  const visit = () => page.evaluate(async () => {
    const { Negah } = await import('/js/negah.js');
    globalThis.negah.dispose();
    globalThis.notices = [];
    globalThis.negah = await Negah.create({ device: 'cpu', onNotice: ({ key }) => globalThis.notices.push(key) });
    for (let wait = 0; wait < 100 && (await globalThis.negah.keptModels()).length === 0; wait += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    await globalThis.negah.loadModel('efficientnet-lite0');
    globalThis.picture = await globalThis.sample('chelsea.png');
  });
  const explain = () => page.evaluate(async () => {
    const { negah, picture, codeOf } = globalThis;
    const lost = await codeOf(negah.explain(picture, {}));
    // With the pictures to compare with, which come from the page as well.
    const explained = await negah.explain(picture, { method: 'expected-gradients', parameters: { samples: 2 } });
    return [lost.code, explained.target.name, globalThis.notices];
  });
  await visit();
  for (const remove of [false, true]) {
    const requests = record(context);
    await context.setOffline(true);
    if (remove) await page.evaluate(() => globalThis.negah.forgetModel('efficientnet-lite0'));
    await killWorker(page);
    assert.deepEqual(await explain(), ['worker-lost', 'Egyptian cat', ['worker-restarted']]);
    assert.deepEqual(requests.own, []);
    await context.setOffline(false);
    await page.evaluate(() => {
      globalThis.notices = [];
    });
  }
  assertQuiet(witness);
});

/**
 * Tries to reach an address in every way that there is, on a page or in a worker, and says which they were.
 * It is run in the browser, so it can use nothing from here.
 */
async function reach(origin) {
  const inserted = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
  const ways = {
    fetch: (url) => fetch(url, { mode: 'no-cors' }),
    socket: (url) => new WebSocket(url.replace('http', 'ws')),
    request: (url) => {
      const request = new XMLHttpRequest();
      request.open('POST', url);
      request.send('x');
    },
    events: (url) => new EventSource(url),
    module: (url) => import(url),
    ...(globalThis.document ? {
      beacon: (url) => navigator.sendBeacon(url, 'x'),
      image: (src) => inserted('img', { src }),
      script: (src) => inserted('script', { src }),
      style: (href) => inserted('link', { rel: 'stylesheet', href }),
      frame: (src) => inserted('iframe', { src }),
    } : { scripts: (url) => importScripts(url) }),
  };
  for (const [name, way] of Object.entries(ways)) {
    try {
      await Promise.race([way(`${origin}/${name}`), new Promise((resolve) => setTimeout(resolve, 500))]);
    } catch {
      // Refused, or not answered as it should be: what counts is what arrived.
    }
  }
  return Object.keys(ways);
}

/** An origin of its own on this machine, and what arrives there. */
async function elsewhere() {
  const arrived = new Set();
  const server = createServer((request, response) => {
    arrived.add(request.url);
    response.setHeader('access-control-allow-origin', '*');
    response.end();
  });
  server.on('upgrade', (request, socket) => {
    arrived.add(request.url);
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { arrived, origin: `http://127.0.0.1:${server.address().port}`, close };
}

/** How long something that is let through may take at most, on a busy machine; and how long nothing comes where nothing should. */
const LIMIT = 30_000;
const SILENCE = 1500;

/**
 * What arrives when the page, its worker, and another worker that is made of a blob try everything.
 * It waits until all that is `expected` has arrived, given the ways that were tried; else for some time.
 */
async function arrivals(page, expected) {
  const { arrived, origin, close } = await elsewhere();
  const tried = {
    page: await page.evaluate(reach, `${origin}/page`),
    worker: await page.workers()[0].evaluate(reach, `${origin}/worker`),
    classic: await page.evaluate(([source, origin]) => new Promise((resolve) => {
      const script = `(${source})(${JSON.stringify(origin)}).then(postMessage)`;
      new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))).onmessage = ({ data }) => resolve(data);
    }), [String(reach), `${origin}/classic`]),
  };
  const paths = expected && Object.entries(tried).flatMap(([side, ways]) => expected(side, ways).map((way) => `/${side}/${way}`));
  const end = performance.now() + (paths ? LIMIT : SILENCE);
  while (performance.now() < end && !paths?.every((path) => arrived.has(path))) await new Promise((resolve) => setTimeout(resolve, 50));
  close();
  return { tried, arrived: [...arrived].sort(), expected: paths?.sort() };
}

test('nothing reaches another origin, from the page or from a worker', async () => {
  const { page } = await openPage(browser);
  await untilState(page, 'ready');
  const { tried, arrived } = await arrivals(page);
  for (const [side, ways] of Object.entries(tried)) assert.ok(ways.length >= 6, `${side}: ${ways}`);
  assert.deepEqual(arrived, [], 'nothing arrives');
});

test('without the policy all of it arrives, but for what a worker of modules does not have', async () => {
  const { page } = await openPage(browser, { bypassCSP: true });
  await untilState(page, 'ready');
  // importScripts is for classic workers.
  const { arrived, expected } = await arrivals(page, (side, ways) => (side === 'worker' ? ways.filter((way) => way !== 'scripts') : ways));
  assert.deepEqual(arrived, expected, 'all of it arrives');
});

/** The headers that each kind of static host is told to send. */
const HOSTS = {
  _headers: (text) => [...text.matchAll(/^ {2}([\w-]+): (.*)$/gm)],
  '.htaccess': (text) => [...text.matchAll(/^ *Header always set ([\w-]+) "(.*)"$/gm)],
  'nginx.conf.example': (text) => [...text.matchAll(/^ *add_header ([\w-]+) "(.*)" always;$/gm)],
  'vercel.json': (text) => JSON.parse(text).headers.flatMap(({ headers }) => headers.map(({ key, value }) => [null, key, value])),
};

test('the header files for static hosts hold the page’s policy, and are part of what is built', async () => {
  const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(await file('www/index.html'));
  for (const [name, read] of Object.entries(HOSTS)) {
    const text = String(await file(`www/${name}`));
    assert.deepEqual(Object.fromEntries(read(text).map(([, header, value]) => [header, value])), {
      'Content-Security-Policy': `${policy}; frame-ancestors 'self'`,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Permissions-Policy': 'camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()',
      'Cache-Control': 'no-cache',
    }, name);
    assert.equal(String(await file(`dist/${name}`)), text, `${name} is in dist/`);
  }
});
