// What the browser tests share: a Chromium over the built page, and a witness of what it does behind the visitor's back.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

export const URL_ROOT = environment('NEGAH_URL');
export const URL_SUB_PATH = environment('NEGAH_SUB_PATH_URL');

export function environment(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: these tests are run by \`cargo xtask test\``);
  return value;
}

/**
 * A browser; with `gpu` it offers WebGPU, computed in software, and with `cameras` so many that show a moving pattern. Who may use
 * them is a matter of the context's permissions.
 * @param {{ gpu?: boolean, cameras?: number }} options
 */
export function launch({ gpu = false, cameras } = {}) {
  const quiet = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const webgpu = gpu ? ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] : ['--disable-gpu'];
  const devices = cameras === undefined ? [] : [`--use-fake-device-for-media-stream=device-count=${cameras}`];
  return chromium.launch({ executablePath: environment('NEGAH_CHROME'), args: [...quiet, ...webgpu, ...devices] });
}

/** What the driver writes to the console where it keeps service workers away. */
const NO_SERVICE_WORKER = 'Service Worker registration blocked by Playwright';

/** The paths of the built page's files. */
const FILES = new Set(await readdir(new URL('../../dist/', import.meta.url), { recursive: true }));

/** What tests serve beside the page: pages to begin from, the sources of the page, and weights. */
const OWN = /^(api-test\.html|bare\.html|source\/.*|models\/fetched\/lite1\.safetensors)$/;

/** Where tests have the page, and where they look for a picture that is not there. Anything else in an address could tell the server something. */
const FOLDERS = /^\/(sub\/path\/|some\/folder\/|(missing\/)+)?/;

/** Whether a request is a GET of a file of the page that tells the server nothing; a page's own address may have a search. */
function isKnown(request, { pathname, search }) {
  const path = pathname.replace(FOLDERS, '');
  return request.method() === 'GET' && !request.postData() && (path === '' || FILES.has(path) || OWN.test(path)) && (search === '' || request.isNavigationRequest());
}

/**
 * A page in a context of its own (nothing cached), with a witness. It has no service worker, whose requests the driver neither
 * sees nor answers, unless `serviceWorkers` is `allow`.
 * @param {import('playwright-core').Browser} browser
 * @returns {Promise<{ page: import('playwright-core').Page, context: import('playwright-core').BrowserContext, witness: Witness }>}
 *
 * `asked` are the requests of the page and its workers to its own origin, `strange` those that are no mere GET of a file of it.
 * @typedef {{ errors: string[], foreign: string[], asked: string[], strange: string[] }} Witness
 */
export async function openPage(browser, { url = URL_ROOT, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, serviceWorkers: 'block', ...options });
  const { origin } = new URL(url ?? URL_ROOT);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const witness = { errors: [], foreign: [], asked: [], strange: [] };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && message.text() !== NO_SERVICE_WORKER) witness.errors.push(message.text());
  });
  page.on('pageerror', (error) => witness.errors.push(String(error)));
  page.on('websocket', (socket) => witness.strange.push(socket.url()));
  context.on('request', (request) => {
    const address = new URL(request.url());
    // What a page made itself is fetched from nowhere.
    if (['blob:', 'data:'].includes(address.protocol)) return;
    if (address.origin !== origin) witness.foreign.push(request.url());
    else if (!isKnown(request, address)) witness.strange.push(`${request.method()} ${request.url()}`);
    if (address.origin === origin && !request.serviceWorker()) witness.asked.push(request.url());
  });
  if (url) await page.goto(url);
  return { page, context, witness };
}

/** Nothing on the console, and no request but GETs of the page's own files. `expected` says what a test provoked on purpose. */
export function assertQuiet(witness, expected = /^$/) {
  assert.deepEqual(witness.errors.filter((error) => !expected.test(error)), [], 'the console is quiet');
  assert.deepEqual(witness.foreign, [], 'no request leaves the origin');
  assert.deepEqual(witness.strange, [], 'every request is a GET of a file of this page');
}

/** @param {'loading' | 'ready' | 'working' | 'done' | 'error-fatal'} state */
export async function untilState(page, state, timeout = 60_000) {
  await page.waitForFunction((wanted) => document.body?.dataset.state === wanted, state, { timeout });
}

/** Gives an element the focus, once it can take it: what is hidden or disabled would leave the keys to the page. @param {import('playwright-core').Locator} locator */
export async function focus(locator) {
  await locator.page().waitForFunction((element) => {
    element.focus();
    return element.matches(':focus');
  }, await locator.elementHandle());
}

/** Presses a key on an element, once it can take the focus. @param {import('playwright-core').Locator} locator @param {string} key */
export async function pressKey(locator, key) {
  await focus(locator);
  await locator.page().keyboard.press(key);
}

/** Picks a sample and waits for its map. */
export async function pickSample(page, name) {
  await page.getByTestId(`sample-${name}`).click();
  await untilState(page, 'done');
}

/** Opens a chapter of the tour, which is shown, and waits for its figure. @param {number} at counted from 0 */
export async function openChapter(page, at) {
  await page.locator('#learn-contents a').nth(at).click();
  await page.waitForFunction((at) => {
    const { ariaBusy, dataset } = document.getElementById('learn-figure');
    return document.querySelectorAll('#learn-contents a')[at].ariaCurrent === 'page' && ariaBusy === 'false' && ['done', 'failed'].includes(dataset.state);
  }, at);
  assert.equal(await page.getByTestId('learn-figure').getAttribute('data-state'), 'done', await page.getByTestId('learn-facts').innerText());
}

/** Gives the page a file of the visitor's. */
export async function upload(page, name, mimeType, buffer) {
  await page.getByTestId('file-input').setInputFiles({ name, mimeType, buffer });
}

/** Gives the page a picture in a way that no control has: as a drop, or from the clipboard. @param {'drop' | 'paste'} type */
export function hand(page, type, name, bytes) {
  return page.evaluate(([type, name, base64]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], name));
    const options = { bubbles: true, cancelable: true };
    document.body.dispatchEvent(type === 'drop' ? new DragEvent(type, { dataTransfer: data, ...options }) : new ClipboardEvent(type, { clipboardData: data, ...options }));
  }, [type, name, bytes.toString('base64')]);
}

/** Keeps a picture of the page for people to look at, where there is a place for it. */
export async function picture(page, name) {
  const folder = process.env.NEGAH_SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** A file of the repository. */
export function file(path) {
  return readFile(new URL(`../../${path}`, import.meta.url));
}

/** A weight file of full size; its values are made up. */
export function seeded(model) {
  return `${environment('NEGAH_SEEDED')}/${model}.safetensors`;
}

/** Gives the page a weight file, as its button does. */
export async function bring(page, path) {
  await page.getByTestId('weights-input').setInputFiles(path);
}

/** Gives the page a weight file, and waits until its network has taken the place of the one before. */
export async function bringNetwork(page, id, name) {
  await untilState(page, 'ready');
  await bring(page, seeded(id));
  await page.locator('#model-name').filter({ hasText: name }).waitFor();
}

/** Gives a page of the API a file from disk, as `globalThis.given`. */
export async function give(page, path) {
  await page.setContent('<!doctype html><title>API</title><input type="file">');
  await page.locator('input').setInputFiles(path);
  await page.evaluate(() => {
    [globalThis.given] = document.querySelector('input').files;
  });
}

/** Takes the page to the API, on an empty page of the same origin. */
export async function openApi(browser, { device = 'cpu', load = true } = {}) {
  const opened = await openPage(browser, { url: null });
  // Any file of the site will do for its origin; an empty answer leaves the page to the test.
  await opened.page.route('**/api-test.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>API</title>' }));
  await opened.page.goto(new URL('api-test.html', URL_ROOT).href);
  await opened.page.evaluate(
    async ([module, options, model]) => {
      const { Negah } = await import(module);
      globalThis.notices = [];
      globalThis.negah = await Negah.create({ ...options, onNotice: (notice) => globalThis.notices.push(notice) });
      if (model) await globalThis.negah.loadModel(model);
      globalThis.sample = async (name) => (await fetch(`/samples/${name}`)).blob();
      globalThis.codeOf = (promise) => promise.then(() => 'no error', (error) => ({ name: error.name, code: error.code, message: error.message }));
    },
    [new URL('js/negah.js', URL_ROOT).href, { device }, load ? 'efficientnet-lite0' : null],
  );
  return opened;
}

/** Serves the page's modules as they are written, below /source/js/: those that the page is joined from, and speaking English. */
export async function serveSources(page) {
  await page.route('**/source/*/*', async (route) => {
    const path = new URL(route.request().url()).pathname.split('/source/').at(-1);
    await route.fulfill({ contentType: path.endsWith('.json') ? 'application/json' : 'text/javascript', body: await file(`www/${path}`) });
  });
  await page.evaluate(async () => {
    const { Locale, use } = await import('/source/js/locale.js');
    use(await Locale.load('en'));
  });
}

/** Chooses another language, and waits until the page speaks it. */
export async function speak(page, language) {
  await page.getByTestId('language').selectOption(language);
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
}

/** A text without the signs that keep what is put into a Persian sentence apart from it. */
export const bare = (text) => text.replace(/[\u200e\u200f\u2066-\u2069]/g, '');

/** Latin words that stand alone: what holds a digit or a sign is a name or code. */
const latinWords = (text) => text.match(/(?<![\w./\u2011-])[A-Za-z]{2,}(?![\w/\u2011-]|\.\w)/g) ?? [];

/** The Latin words of the Persian locale itself, the names of photographers, and those of layers and of their kinds. */
const NAMES = Promise.all(['locales/fa', 'locales/fa.learn', 'locales/fa.module', 'locales/fa.classes', 'samples/samples'].map((name) => file(`www/${name}.json`))).then((files) => {
  const sentences = (node) => (typeof node === 'string' ? [node] : Object.values(node).flatMap(sentences));
  const [samples, ...locale] = files.map(JSON.parse).reverse();
  return new Set([...locale.flatMap(sentences), ...samples.map(({ credit }) => credit), 'input stem head pool flatten classifier Add BatchNorm Dense Flatten GlobalAveragePool Input Softmax'].flatMap(latinWords));
});

/**
 * All of a page that can be seen or heard is Persian: its texts, labels and titles have no English word, no Latin number and no Latin
 * punctuation. Names, versions and code may be in it, and whatever says that it is in English.
 */
export async function assertPersian(page) {
  const said = await page.evaluate(() => {
    const parts = [...document.querySelectorAll('body *')].filter((part) => (part.closest('select') ?? part).checkVisibility() && part.closest('[lang]').lang === 'fa');
    const labels = parts.flatMap((part) => ['aria-label', 'title', 'alt', 'placeholder', 'label'].map((name) => part.getAttribute(name)));
    const texts = parts.flatMap(({ childNodes }) => [...childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data));
    const written = parts.filter(({ type }) => type === 'text').map(({ value }) => value);
    return [...new Set([document.title, ...labels, ...texts, ...written])].filter((text) => text?.trim());
  });
  assert.ok(said.length > 50, 'there is something to look at');
  const names = await NAMES;
  for (const text of said) {
    assert.deepEqual(latinWords(text).filter((word) => !names.has(word)), [], `no English in “${text}”`);
    assert.doesNotMatch(bare(text).replace(/\d+\.\d+\.\d+/, ''), /(?<![\w./\u2011-])\d[\d.,]*(?![\w/\u2011-]|\.\w)/, `no Latin number in “${text}”`);
    assert.doesNotMatch(bare(text), /[\u0600-\u06ff]\s*[?,;%]/, `no Latin punctuation in “${text}”`);
  }
}

/** The arrays of a safetensors file of single-precision values. */
export function readSafetensors(bytes) {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, { data_offsets: [start, end] }]) => {
      const copy = bytes.buffer.slice(bytes.byteOffset + 8 + length + start, bytes.byteOffset + 8 + length + end);
      return [name, new Float32Array(copy)];
    });
}
