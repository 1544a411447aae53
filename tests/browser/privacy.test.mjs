// The page's promise, as far as a test can hold it: once the page is ready nothing is requested, and its policy lets nothing through to
// another origin, from the page or from its workers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { FEATURES, killWorker } from './features.mjs';
import { assertQuiet, file, launch, openApi, openPage, pickSample, seeded, untilState, URL_ROOT } from './harness.mjs';
import { Site } from './site.mjs';

const MODEL = 'models/efficientnet-lite0.safetensors';

let browser;
before(async () => {
  browser = await launch({ cameras: 1 });
});
const sites = [];
afterEach(() => Promise.all([...browser.contexts().map((context) => context.close()), ...sites.splice(0).map((site) => site.stop())]));
after(() => browser.close());

async function startSite(options) {
  const site = await new Site(options).start();
  sites.push(site);
  return site;
}

/** All that a browser has kept for a page, but for the copy of its files. */
function kept(page) {
  return page.evaluate(async () => {
    const files = [];
    const walk = async (folder, path) => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') await walk(handle, `${path}${name}/`);
        else files.push(`${path}${name}`);
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    return { files, databases, local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie };
  });
}

/** The addresses of the copy of the page's files. */
function keptFiles(page) {
  return page.evaluate(async () => {
    const caches = await Promise.all((await globalThis.caches.keys()).map((name) => globalThis.caches.open(name)));
    return (await Promise.all(caches.map((cache) => cache.keys()))).flat().map(({ url }) => url);
  });
}

test('once the page is ready and kept nothing is requested, whatever is done, and no picture is stored', async () => {
  const site = await startSite();
  const permissions = ['camera', 'clipboard-read', 'clipboard-write'];
  // As few samples as each method takes.
  const fast = ['expected-gradients.samples=2', 'smooth-grad.samples=2', 'integrated-gradients.steps=2', 'occlusion.window=56', 'occlusion.stride=56'];
  const url = `${site.url}#${fast.map((setting) => `set.${setting}`).join('&')}`;
  const { page, witness } = await openPage(browser, { url, serviceWorkers: 'allow', permissions });
  await page.getByTestId('offline').waitFor();
  assert.ok(witness.asked.length > 60, `${witness.asked.length} requests until the page is ready`);
  assert.ok(site.asked.length > 60 && site.asked.includes('GET /sw.js'), 'the service worker’s requests are seen');
  const { [MODEL]: model } = (await site.list()).files;
  witness.asked = [];
  site.asked = [];
  const caches = await keptFiles(page);

  for (const [feature, drive] of Object.entries(FEATURES)) {
    await drive(page);
    assert.deepEqual([witness.asked, site.asked], [[], []], `${feature}: nothing is requested`);
  }

  assert.deepEqual(await kept(page), { files: [`models/efficientnet-lite0/${model}.fetched`], databases: [], local: { language: 'en' }, session: {}, cookies: '' });
  assert.deepEqual(await keptFiles(page), caches, 'nothing is added to the copy of the page');
  assertQuiet(witness, /No available adapters/);
  // The test would have seen it, from the page and from the worker.
  for (const side of [page, page.workers().at(-1)]) await side.evaluate((url) => fetch(url), new URL('vercel.json', site.url).href);
  assert.deepEqual([witness.asked.length, site.asked.length], [2, 2], 'a request of the page and one of the worker are seen');
  const telling = ['js/app.js?told', 'told/', 'told/style.css'].map((path) => site.url + path);
  await page.evaluate((urls) => Promise.all([...urls.map((url) => fetch(url)), fetch(urls[1], { method: 'POST', body: 'told' })]), telling);
  assert.deepEqual(witness.strange.sort(), [...telling.map((url) => `GET ${url}`), `POST ${telling[1]}`].sort(), 'what would tell the server something is strange');
  site.asked.length = 2;
  await page.evaluate((url) => new WebSocket(url), site.url.replace('http', 'ws'));
  while (site.asked.length < 3) await page.waitForTimeout(50);
  assert.equal(site.asked.at(-1), 'websocket /');
});

test('another network that the page serves is fetched when it is chosen, and nothing else', async () => {
  const { page, witness } = await openPage(browser, { url: null });
  const path = seeded('efficientnet-lite1');
  const bytes = await readFile(path);
  const models = JSON.parse(await file('dist/models/models.json'));
  const other = { id: 'efficientnet-lite1', name: 'EfficientNet-Lite1', file: 'fetched/lite1.safetensors', bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  await page.route('**/models/models.json', (route) => route.fulfill({ json: [...models, other] }));
  await page.route('**/models/fetched/lite1.safetensors', (route) => route.fulfill({ path }));
  await page.goto(URL_ROOT);
  await pickSample(page, 'chelsea');
  witness.asked = [];
  await page.getByTestId('model-badge').click();
  await page.getByTestId('model-efficientnet-lite1').click();
  await page.locator('#model-name').filter({ hasText: 'Lite1' }).waitFor();
  await untilState(page, 'done');
  assert.deepEqual(witness.asked, [`${URL_ROOT}models/fetched/lite1.safetensors`]);
  assertQuiet(witness);
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
    witness.asked = [];
    await context.setOffline(true);
    if (remove) await page.evaluate(() => globalThis.negah.forgetModel('efficientnet-lite0'));
    await killWorker(page);
    assert.deepEqual(await explain(), ['worker-lost', 'Egyptian cat', ['worker-restarted']]);
    assert.deepEqual(witness.asked, []);
    await context.setOffline(false);
    await page.evaluate(() => {
      globalThis.notices = [];
    });
  }
  assertQuiet(witness);
});

/**
 * Tries to reach an address in the ways in which a page or a worker loads and sends, and says which they were. No policy keeps a
 * page from leading somewhere else or from calling another browser (WebRTC); that this one does neither is seen by its requests.
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
      object: (data) => inserted('object', { data }),
      video: (src) => inserted('video', { src }),
      prefetch: (href) => inserted('link', { rel: 'prefetch', href }),
      background: (url) => inserted('p', { innerText: 'x' }) ?? document.body.lastChild.style.setProperty('background', `url(${url})`),
      ping: (ping) => inserted('a', { href: '#', ping }) ?? document.body.lastChild.click(),
      form: (action) => inserted('iframe', { name: 'sink' }) ?? inserted('form', { action, method: 'post', target: 'sink' }) ?? document.body.lastChild.submit(),
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
  'firebase.json': (text) => JSON.parse(text).hosting.headers.flatMap(({ headers }) => headers.map(({ key, value }) => [null, key, value])),
  'staticwebapp.config.json': (text) => Object.entries(JSON.parse(text).globalHeaders).map(([key, value]) => [null, key, value]),
  'vercel.json': (text) => JSON.parse(text).headers.flatMap(({ headers }) => headers.map(({ key, value }) => [null, key, value])),
};

/** The headers of one of them. @returns {Promise<Record<string, string>>} */
async function headersOf(name) {
  return Object.fromEntries(HOSTS[name](String(await file(`www/${name}`))).map(([, header, value]) => [header, value]));
}

test('the header files for static hosts hold the page’s policy, and are part of what is built', async () => {
  const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(await file('www/index.html'));
  for (const name of Object.keys(HOSTS)) {
    assert.deepEqual(await headersOf(name), {
      'Content-Security-Policy': `${policy}; frame-ancestors 'self'`,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Permissions-Policy': 'camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()',
      'Cache-Control': 'no-cache',
    }, name);
    assert.equal(String(await file(`dist/${name}`)), String(await file(`www/${name}`)), `${name} is in dist/`);
  }
});

test('with these headers the page works, and its service worker reaches no other origin either', async () => {
  for (const [headers, expected] of [[await headersOf('_headers'), []], [{}, ['/']]]) {
    const site = await startSite({ headers });
    const { page, context, witness } = await openPage(browser, { url: site.url, serviceWorkers: 'allow', permissions: ['camera'] });
    await page.getByTestId('offline').waitFor();
    await pickSample(page, 'chelsea');
    await FEATURES.camera(page);
    await FEATURES.language(page);
    assertQuiet(witness);
    const { arrived, origin, close } = await elsewhere();
    await context.serviceWorkers()[0].evaluate((url) => fetch(url, { mode: 'no-cors' }).catch(() => {}), origin);
    assert.deepEqual([...arrived], expected, 'without the headers nothing would keep it');
    close();
    await context.close();
  }
});
