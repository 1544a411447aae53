// The page without a network, and how it comes to a new version.

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { after, afterEach, before, test } from 'node:test';
import { assertQuiet, file, launch, openPage, pickSample, picture, untilState, upload } from './harness.mjs';
import { Site } from './site.mjs';

const MODULE = 'negah-web_bg.wasm';
const MODEL = 'models/efficientnet-lite0.safetensors';

let browser;
const sites = [];
before(async () => {
  browser = await launch();
});
afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.stop()));
});
after(() => browser.close());

async function startSite(base) {
  const site = await new Site({ base }).start();
  sites.push(site);
  return site;
}

async function until(isSo) {
  const start = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - start < 60_000, 'it did not come to pass within a minute');
    await setTimeout(50);
  }
}

/** The page, once it has been kept. */
async function visit(site, options) {
  const opened = await openPage(browser, { url: site.url, serviceWorkers: 'allow', ...options });
  await untilState(opened.page, 'ready');
  await untilKept(opened.page);
  return opened;
}

function untilKept(page) {
  return page.getByTestId('offline').waitFor();
}

/** The copy of the weights that the page itself keeps would hide what becomes of those that the service worker keeps. */
function forgetModel(page) {
  return page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('models', { recursive: true }));
}

/** What is kept: the path of each file and its hash, by the name of the cache. */
function kept(page) {
  return page.evaluate(async () => {
    const { scope, active } = await navigator.serviceWorker.ready;
    // A version that has just begun still clears away the one before.
    if (active.state !== 'activated') await new Promise((resolve) => active.addEventListener('statechange', resolve));
    const all = {};
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      all[name] = {};
      for (const request of await cache.keys()) {
        const bytes = await (await cache.match(request)).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        all[name][request.url.slice(scope.length) || 'index.html'] = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
      }
    }
    return all;
  });
}

/** Until a file is as it should be: that is seen to after the page has got it. */
function untilMended(page, path, { files }) {
  return page.waitForFunction(async ([address, wanted]) => {
    const response = await caches.match(new URL(address, document.baseURI).href);
    if (!response) return false;
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.arrayBuffer()));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') === wanted;
  }, [path === 'index.html' ? './' : path, files[path]]);
}

/** What is kept is what the list says, and nothing else. */
async function assertKept(page, list) {
  const [[name, files], ...others] = Object.entries(await kept(page));
  assert.deepEqual(others.map(([other]) => other), [], 'there is one version');
  assert.match(name, new RegExp(`${list.version}$`));
  assert.deepEqual(files, list.files);
}

/** Writes something else in the place of a kept file, or takes it away. */
function damage(page, path, body) {
  return page.evaluate(async ([address, content]) => {
    const [name] = await caches.keys();
    const cache = await caches.open(name);
    const request = new URL(address, document.baseURI).href;
    const { headers } = await cache.match(request);
    await cache.delete(request);
    if (content !== null) await cache.put(request, new Response(content, { headers }));
  }, [path === 'index.html' ? './' : path, body]);
}

test('after one visit everything works without a network, from any folder', async () => {
  const site = await startSite('/some/folder/');
  const { page, context, witness } = await visit(site);
  const list = await site.list();
  const megabytes = Math.round(list.bytes / 1e6);
  assert.match(await page.getByTestId('offline').innerText(), new RegExp(`^Works offline now: .*\\(${megabytes} MB\\)`));
  await assertKept(page, list);
  const sizes = await Promise.all(Object.keys(list.files).map(async (path) => (await file(`dist/${path}`)).length));
  assert.equal(list.bytes, sizes.reduce((sum, size) => sum + size, 0));
  assertQuiet(witness);

  await forgetModel(page);
  await site.stop();
  sites.pop();
  await context.setOffline(true);
  await page.reload();
  await untilState(page, 'ready');
  await page.getByTestId('offline').waitFor();
  assert.match(await page.getByTestId('offline').innerText(), /^You are offline. Negah goes on working/);
  assert.match(await page.getByTestId('model-badge').innerText(), /EfficientNet-Lite0/);
  const thumbs = await page.locator('#gallery img').evaluateAll((images) => Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth))));
  assert.ok(thumbs.length > 5 && thumbs.every((width) => width > 0), `the samples are ${thumbs}`);
  await pickSample(page, 'chelsea');
  assert.match(await page.getByTestId('caption').innerText(), /Egyptian cat.*Grad-CAM/);
  await picture(page, 'offline');
  for (const link of await page.locator('footer a').all()) {
    const path = await link.getAttribute('href');
    const other = await context.newPage();
    await other.goto(new URL(path, site.url).href);
    assert.ok((await other.locator('body').innerText()).includes(String(await file(`dist/${path}`)).split('\n')[0]), `${path} opens`);
    await other.close();
  }
  // By its name and with a search it is the same page. SHAP compares with pictures of the page.
  await page.goto(`${site.url}index.html?device=cpu#method=expected-gradients&set.samples=4`);
  await untilState(page, 'ready');
  await pickSample(page, 'chelsea');
  assert.match(await page.getByTestId('caption').innerText(), /Egyptian cat.*SHAP/);
  assertQuiet(witness);
});

test('a file that is damaged or missing is mended by the next load, and without a network it is missed', async () => {
  const site = await startSite();
  const { page, context, witness } = await visit(site);
  const list = await site.list();
  for (const path of ['index.html', 'js/app.js', MODULE, MODEL]) {
    const before = String(await file(`dist/${path}`).then((bytes) => bytes.subarray(0, 1000)));
    await damage(page, path, `${before} damaged`);
    await forgetModel(page);
    assert.notEqual(Object.values(await kept(page))[0][path], list.files[path]);
    site.sent = [];
    await page.reload();
    await untilState(page, 'ready');
    await untilMended(page, path, list);
    await assertKept(page, list);
    // As the browser's own cache has it still, it may not have been sent again; nothing else was.
    assert.deepEqual(site.sent.filter((sent) => sent !== path), []);
  }
  // Where one is missed, others are looked for: the page asks for no sample, nor for the weights that it has itself.
  for (const paths of [['samples/coffee.png'], ['style.css', 'samples/dog.jpg'], Object.keys(list.files)]) {
    for (const path of paths) await damage(page, path, null);
    await page.reload();
    await untilKept(page);
    await assertKept(page, list);
  }
  assertQuiet(witness);

  await pickSample(page, 'dog');
  await damage(page, 'samples/dog.jpg', 'no picture');
  await site.stop();
  sites.pop();
  await context.setOffline(true);
  await page.reload();
  await untilState(page, 'ready');
  await page.getByTestId('sample-dog').click();
  await page.getByTestId('message').filter({ hasText: /could not be fetched/ }).waitFor();
  await pickSample(page, 'chelsea');
});

test('a new version is offered and waits; what has not changed is not fetched again', async () => {
  const site = await startSite();
  const { page, context, witness } = await visit(site);
  const other = await context.newPage();
  await other.goto(site.url);
  await untilState(other, 'ready');
  const style = await file('dist/style.css');
  const list = await site.publish({ 'style.css': Buffer.from(`${style}\n:root { --published: anew; }`) });
  const published = (one) => one.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--published'));
  const loads = { page: 0, other: 0 };
  page.on('load', () => (loads.page += 1));
  other.on('load', () => (loads.other += 1));

  await page.reload();
  await untilState(page, 'ready');
  await page.getByTestId('update').waitFor();
  assert.deepEqual([...new Set(site.sent)].sort(), ['style.css', 'sw.js']);
  await page.reload();
  await page.getByTestId('update').waitFor();
  assert.equal(await published(page), '', 'the version in use stays in use');

  const sentence = page.locator('#update-words');
  await page.getByTestId('update').locator('summary').click();
  assert.match(await sentence.innerText(), /^A new version of Negah is ready\. [^.]*your settings stay\.$/);
  await upload(page, 'mine.png', 'image/png', await file('www/samples/coffee.png'));
  await sentence.filter({ hasText: /computed now will be lost/ }).waitFor();
  await untilState(page, 'done');
  await sentence.filter({ hasText: /Your picture will have to be given again/ }).waitFor();
  await picture(page, 'offline-update');
  assert.deepEqual(loads, { page: 2, other: 0 });

  await page.getByTestId('update-use').click();
  await untilState(page, 'ready');
  assert.equal(await published(page), 'anew');
  assert.ok(await page.getByTestId('update').isHidden());
  await untilKept(page);
  await assertKept(page, list);
  assert.deepEqual([...new Set(site.sent)].sort(), ['style.css', 'sw.js']);
  assert.deepEqual(loads, { page: 3, other: 0 });

  // Nobody takes the other page away from its visitor.
  await other.getByTestId('update').locator('summary').click();
  assert.match(await other.locator('#update-words').innerText(), /^Negah has gone on to a new version/);
  await other.getByTestId('update-use').click();
  await until(() => loads.other === 1);
  assert.equal(await published(other), 'anew');
  assert.equal(loads.page, 3);
  assertQuiet(witness);
});

/** A module that the page is joined from, and what imports it under another name. */
async function renamedModule({ files }) {
  const modules = Object.keys(files).filter((path) => path.endsWith('.js'));
  const sources = new Map(await Promise.all(modules.map(async (path) => [path, String(await file(`dist/${path}`))])));
  const [, name] = sources.get('js/app.js').match(/from ?["']\.\/([\w-]+\.js)["']/);
  const renamed = new Map([...sources].filter(([, source]) => source.includes(name)).map(([path, source]) => [path, Buffer.from(source.replaceAll(name, `anew-${name}`))]));
  return { path: `js/${name}`, files: { ...Object.fromEntries(renamed), [`js/${name}`]: undefined, [`js/anew-${name}`]: Buffer.from(sources.get(`js/${name}`)) } };
}

/** Bytes that mean nothing, at the end of a WebAssembly module: a section of its own, named `x`. */
const SECTION = Buffer.from([0, 2, 1, 0x78]);

test('where a version cannot be mended, because the server has gone on, the next one takes its place', async () => {
  const changes = {
    'another page': async () => ({ path: 'index.html', files: { 'index.html': Buffer.from(`${await file('dist/index.html')}<!-- anew -->`) } }),
    'another script': async () => ({ path: 'js/first.js', files: { 'js/first.js': Buffer.from(`${await file('dist/js/first.js')}\n`) } }),
    'another module': async () => ({ path: MODULE, files: { [MODULE]: Buffer.concat([await file(`dist/${MODULE}`), SECTION]) } }),
    'a module that is no longer there': renamedModule,
  };
  for (const [what, change] of Object.entries(changes)) {
    const site = await startSite();
    const { page, context } = await visit(site);
    const { path, files } = await change(await site.list());
    // Another file that changes with it, so that what is mixed is seen.
    const style = Buffer.from(`${await file('dist/style.css')}\n:root { --published: anew; }`);
    const list = await site.publish({ 'style.css': style, ...files });
    await damage(page, path, 'damaged');
    const isPublished = () => getComputedStyle(document.documentElement).getPropertyValue('--published') === 'anew' && document.body?.dataset.state === 'ready';
    await page.reload({ waitUntil: 'commit' });
    if (path === MODULE || files[path] === undefined) await page.waitForFunction(isPublished);
    else {
      // It lacks nothing, and may be ready before the next version is, which it then offers.
      await until(async () => (await page.evaluate(isPublished).catch(() => false)) || (await page.locator('[data-state=ready] #update').isVisible()));
      if (await page.getByTestId('update').isVisible()) {
        await page.getByTestId('update').locator('summary').click();
        await page.getByTestId('update-use').click();
      }
      await page.waitForFunction(isPublished);
    }
    await untilKept(page);
    await assertKept(page, list);
    await pickSample(page, 'chelsea');
    assert.match(await page.getByTestId('caption').innerText(), /Egyptian cat/, what);
    await context.close();
  }
});

test('where the server has other files than it announces, the page takes what there is', async () => {
  const site = await startSite();
  const { page, witness } = await visit(site);
  site.changed.set('js/app.js', Buffer.from(`${await file('dist/js/app.js')}\ndocument.body.dataset.published = 'anew';`));
  await damage(page, 'js/app.js', 'damaged');
  for (let load = 0; load < 2; load += 1) {
    await page.reload();
    await untilState(page, 'ready');
    assert.equal(await page.locator('body').getAttribute('data-published'), 'anew');
  }
  assert.ok(await page.getByTestId('offline').isHidden(), 'it is not said to be kept');
  assertQuiet(witness);
});

test('a page that is being loaded when another version takes over is loaded again, and one that is in use is not', async () => {
  const site = await startSite();
  const { page, context, witness } = await visit(site);
  await site.publish({ 'style.css': Buffer.from(`${await file('dist/style.css')}\n:root { --published: anew; }`) });
  await page.reload();
  await page.getByTestId('update').waitFor();
  const used = await context.newPage();
  await used.goto(site.url);
  await untilState(used, 'ready');
  const loading = await context.newPage();
  // The first time its module does not come, so that it goes on loading.
  await loading.addInitScript(() => {
    if (sessionStorage.getItem('again')) return;
    sessionStorage.setItem('again', 'yes');
    WebAssembly.compileStreaming = () => new Promise(() => {});
  });
  const loads = { used: 0, loading: 0 };
  used.on('load', () => (loads.used += 1));
  loading.on('load', () => (loads.loading += 1));
  await loading.goto(site.url);
  await page.getByTestId('update').locator('summary').click();
  await page.getByTestId('update-use').click();
  await until(() => loads.loading === 2);
  await untilState(loading, 'ready');
  assert.equal(await loading.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--published')), 'anew');
  assert.equal(loads.used, 0);
  assertQuiet(witness);
});

test('what cannot be kept whole is not kept at all, and the page does without', async () => {
  const site = await startSite();
  // A file that the page itself does not ask for.
  const path = 'samples/CREDITS.md';
  const spoil = {
    'a file that is not the one announced': () => site.changed.set(path, Buffer.from('something else')),
    'a browser without room': async ({ context, page }) => {
      const devtools = await context.newCDPSession(page);
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 5e6 });
    },
  };
  for (const [what, does] of Object.entries(spoil)) {
    const opened = await openPage(browser, { url: null, serviceWorkers: 'allow' });
    await does(opened);
    const { page, context, witness } = opened;
    await page.goto(site.url);
    await pickSample(page, 'chelsea');
    const left = () => page.evaluate(async () => [(await navigator.serviceWorker.getRegistrations()).length, await caches.keys()]);
    await until(async () => site.sent.includes(path) && JSON.stringify(await left()) === '[0,[]]');
    assert.ok(await page.getByTestId('offline').isHidden(), what);
    assert.deepEqual(witness.errors, [], what);
    await context.close();
    site.changed.clear();
    site.sent = [];
  }
});

test('a first visit that fails says so and can be tried again, and nothing is kept before it succeeds', async () => {
  const site = await startSite();
  const flipped = Buffer.from(await file(`dist/${MODEL}`));
  flipped[flipped.length - 1] ^= 1;
  for (const [path, body, sentence] of [[MODULE, null, /cannot be fetched from \S+negah-web_bg\.wasm/], [MODEL, null, /cannot be fetched from \S+\.safetensors/], [MODEL, flipped, /damaged: its checksum/]]) {
    site.changed.set(path, body);
    const { page, context } = await openPage(browser, { url: site.url, serviceWorkers: 'allow' });
    await page.getByTestId('message').filter({ hasText: sentence }).waitFor();
    assert.deepEqual(await page.evaluate(() => caches.keys()), []);
    assert.ok(!site.sent.includes('sw.js'));
    site.changed.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    await untilState(page, 'ready');
    await untilKept(page);
    await assertKept(page, await site.list());
    site.sent = [];
    await context.close();
  }
});

test('what is not on the list is none of the service worker’s business', async () => {
  const site = await startSite();
  const { page } = await visit(site);
  site.changed.set('models/other.safetensors', Buffer.from('weights'));
  const asked = await page.evaluate(async () => {
    const text = async (address) => (await fetch(address)).text();
    return [await text('models/other.safetensors'), (await fetch('nothing')).status, (await fetch('style.css', { method: 'POST', body: 'given' })).status];
  });
  assert.deepEqual(asked, ['weights', 404, 200]);
  assert.ok(site.sent.includes('models/other.safetensors'));
  await upload(page, 'mine.png', 'image/png', await file('www/samples/coffee.png'));
  await untilState(page, 'done');
  await assertKept(page, await site.list());
});

test('it says so in Persian', async () => {
  const site = await startSite();
  const { page } = await visit(site, { locale: 'fa-IR' });
  const { bytes } = await site.list();
  const number = new Intl.NumberFormat('fa').format(Math.round(bytes / 1e6));
  const told = (await page.getByTestId('offline').innerText()).replace(/[\u2066-\u2069]/g, '');
  assert.match(told, new RegExp(`برون‌خط.*\\(${number} مگابایت\\)`));
});

test('the page can be installed', async () => {
  const site = await startSite('/some/folder/');
  const { page, context } = await visit(site);
  const devtools = await context.newCDPSession(page);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // The contexts of the tests are private windows, which install nothing.
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
  const { errors, url, data } = await devtools.send('Page.getAppManifest');
  assert.deepEqual([errors, url], [[], `${site.url}manifest.webmanifest`]);
  const { start_url: start, scope, icons, theme_color: theme, background_color: background } = JSON.parse(data);
  assert.deepEqual([start, scope].map((address) => new URL(address, url).href), [site.url, site.url]);
  for (const { src, sizes, type } of icons.filter((icon) => icon.type === 'image/png')) {
    const bytes = await site.read(new URL(src, url).href.slice(site.url.length));
    // A PNG says its size in the first chunk.
    assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, `${src}, ${type}`);
  }
  const colour = (value) => page.evaluate((text) => Object.assign(new Option(), { style: `color: ${text}` }).style.color, value);
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const themes = await page.evaluate(() => [...document.querySelectorAll('meta[name="theme-color"]')].filter(({ media }) => matchMedia(media).matches).map(({ content }) => content));
    assert.deepEqual(await Promise.all(themes.map(colour)), [paper], `the colour round the page, ${scheme}`);
    if (scheme === 'light') assert.deepEqual([await colour(theme), await colour(background)], [paper, paper]);
  }
});
