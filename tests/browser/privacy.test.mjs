// The page's promise, as far as a test can hold it: once the page is ready nothing is requested, and its policy lets nothing through to
// another origin, from the page or from its workers.

import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertQuiet, file, launch, openApi, openPage, pickSample, untilState, upload, URL_ROOT } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
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

test('once the page is ready nothing is requested, whatever is done', async () => {
  const { page, context, witness } = await openPage(browser, { url: null, serviceWorkers: 'allow' });
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

  await page.getByTestId('view-board').click();
  await page.getByTestId('preset-grad-cam').click();
  await page.locator('.cell[data-state="done"]').nth(5).waitFor();
  await untilState(page, 'done');
  await page.getByTestId('cell-0').click();
  await page.getByTestId('enlarged-close').click();
  await Promise.all([page.waitForEvent('download'), page.getByTestId('keep-png').click()]);
  await page.getByTestId('preset-summary').click();
  await page.getByTestId('view-learn').click();
  await page.locator('#learn-figure[data-state="done"]').waitFor();
  await page.getByTestId('learn-next').click();
  await page.locator('#learn-figure[data-state="done"]').waitFor();
  await page.locator('#learn [data-view="single"]').click();

  await upload(page, 'own.jpg', 'image/jpeg', await file('www/samples/dog.jpg'));
  await page.locator('#picture-title').filter({ hasText: 'own.jpg' }).waitFor();
  await untilState(page, 'done');
  await page.getByTestId('device-badge').click();
  await page.getByTestId('device-select').selectOption('cpu');
  await untilState(page, 'done');
  await page.getByTestId('language').selectOption('fa');
  await page.getByTestId('language').selectOption('en');

  await killWorker(page);
  await page.getByTestId('sample-red-panda').click();
  await page.getByTestId('message').filter({ hasText: 'a test panicked' }).waitFor();
  await page.getByTestId('message').filter({ hasText: 'was started anew' }).waitFor();
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
  await new Promise((resolve) => setTimeout(resolve, 500));
  return Object.keys(ways);
}

/** An origin of its own on this machine, and what arrives there. */
async function elsewhere() {
  const arrived = [];
  const server = createServer((request, response) => {
    arrived.push(request.url.slice(1));
    response.setHeader('access-control-allow-origin', '*');
    response.end();
  });
  server.on('upgrade', (request, socket) => {
    arrived.push(request.url.slice(1));
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { arrived, origin: `http://127.0.0.1:${server.address().port}`, close };
}

/** What arrives when the page, its worker, and another worker that is made of a blob try everything. */
async function arrivals(page) {
  const { arrived, origin, close } = await elsewhere();
  const all = {};
  const tried = async (name, ways) => {
    all[name] = { tried: ways.sort(), arrived: [...new Set(arrived)].sort() };
    arrived.length = 0;
  };
  await tried('page', await page.evaluate(reach, origin));
  await tried('worker', await page.workers()[0].evaluate(reach, origin));
  await tried('classic worker', await page.evaluate(([source, origin]) => new Promise((resolve) => {
    const script = `(${source})(${JSON.stringify(origin)}).then(postMessage)`;
    new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))).onmessage = ({ data }) => resolve(data);
  }), [String(reach), origin]));
  close();
  return all;
}

test('nothing reaches another origin, from the page or from a worker', async () => {
  const { page } = await openPage(browser);
  await untilState(page, 'ready');
  for (const [name, { tried, arrived }] of Object.entries(await arrivals(page))) {
    assert.ok(tried.length >= 6, `${name}: ${tried}`);
    assert.deepEqual(arrived, [], `${name}: nothing arrives`);
  }
});

test('without the policy all of it arrives, but for what a worker of modules does not have', async () => {
  const { page } = await openPage(browser, { bypassCSP: true });
  await untilState(page, 'ready');
  const { worker, ...others } = await arrivals(page);
  for (const [name, { tried, arrived }] of Object.entries(others)) assert.deepEqual(arrived, tried, `${name}: all of it arrives`);
  assert.deepEqual(worker.arrived, worker.tried.filter((way) => way !== 'scripts'), 'worker: importScripts is for classic workers');
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
