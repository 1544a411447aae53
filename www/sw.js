// The page without a network. Every file that it needs is kept in a cache of this version, and checked against the hash
// that the build wrote here, when it is kept and again before it is used. Nothing else is ever kept: what is not on the
// list is none of this worker's business, and a visitor's picture is asked of no server in the first place.
//
// A new version comes beside the one in use, takes over from it what has not changed, and waits until the page that is
// open asks for it or is closed. Files of two versions are never mixed.

/** The version, the bytes of all files together, and the SHA-256 of each by its path: the build puts them here. */
const { version, bytes: size, files } = PRECACHE;

/** An origin may hold several pages, but its caches are one heap. */
const OURS = `negah ${registration.scope} `;
const CACHE = OURS + version;

/** What has to come even from the next version: the page, and the script that loads it again when that version takes over. */
const ANYHOW = ['index.html', 'js/first.js'];

/** The completion of what is kept, while it goes on. */
let keeping = null;

self.addEventListener('install', (event) => event.waitUntil(install()));

self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('fetch', (event) => {
  const path = pathOf(event.request);
  if (path !== null) event.respondWith(answer(path, event));
});

self.addEventListener('message', (event) => {
  if (event.data === 'use') self.skipWaiting();
  else event.waitUntil(tellSize(event.ports[0]));
});

async function install() {
  // The version in use may be this one, where a host has gone back to it.
  const began = !(await caches.has(CACHE));
  try {
    await keepAll();
  } catch (error) {
    if (began) await caches.delete(CACHE);
    throw error;
  }
}

async function activate() {
  const former = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
  await Promise.all(former.map((name) => caches.delete(name)));
  // From the first visit on.
  await self.clients.claim();
}

/** The listed file that a request is for, whatever its search; else null. */
function pathOf({ method, url }) {
  if (method !== 'GET' || !url.startsWith(registration.scope)) return null;
  const path = url.slice(registration.scope.length).replace(/[?#].*/s, '') || 'index.html';
  return Object.hasOwn(files, path) ? path : null;
}

/** Where a file is fetched from: hosts send who asks for index.html on to its folder. */
function addressOf(path) {
  return registration.scope + (path === 'index.html' ? '' : path);
}

/** The file as it is kept; one that is missing or damaged is fetched and kept anew. */
async function answer(path, event) {
  const kept = await recall(path, { cacheName: CACHE });
  if (kept) return kept;
  const { whole, response } = await fetchNow(path);
  if (whole) {
    // It may not be the only one.
    event.waitUntil(keep(path, response.clone()).then(keepAll).catch(() => {}));
    return response;
  }
  // A server that is out of order says nothing of its files, and one that has no next version has this file for this one.
  if (response.status >= 500 || !(await giveWay())) return response;
  return ANYHOW.includes(path) ? response : Response.error();
}

/** The server has another file, or none, so this version cannot be mended. If there is a next one there is nothing to wait for. */
async function giveWay() {
  try {
    const { installing, waiting } = await registration.update();
    const next = installing ?? waiting;
    next?.postMessage('use');
    return Boolean(next);
  } catch {
    // Not reached after all.
    return false;
  }
}

/** Tells how large all of it is as soon as all of it is there and whole; without an answer it is not. */
async function tellSize(port) {
  try {
    await keepAll();
    port.postMessage(size);
  } catch {
    port.close();
  }
}

/** Keeps what is not kept yet: from the version before, or else from the server. Whoever asks while it does so waits for the same. */
function keepAll() {
  keeping ??= keepMissing().finally(() => {
    keeping = null;
  });
  return keeping;
}

async function keepMissing() {
  const done = await Promise.allSettled(Object.keys(files).map(async (path) => {
    if (await recall(path, { cacheName: CACHE })) return undefined;
    const former = await recall(path, {});
    if (former) return keep(path, former);
    const { whole, response } = await fetchNow(path);
    if (!whole) throw new TypeError(`${path} is not the file of this version: the server answered ${response.status}`);
    return keep(path, response);
  }));
  const failed = done.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

/** The file from a cache, if it is there and whole. */
async function recall(path, from) {
  const find = () => caches.match(addressOf(path), { ignoreVary: true, ...from });
  try {
    const kept = await find();
    const whole = kept && (await hashOf(await kept.arrayBuffer())) === files[path];
    // Found once more: the browser takes that from its disk, sooner than it takes from here what was read.
    return whole ? await find() : null;
  } catch {
    // Storage that cannot be read has lost what is in it.
    return null;
  }
}

/** What the server has for a file, and whether that is the file of this version. */
async function fetchNow(path) {
  // The browser's own copy will do if the server says that it is still right.
  const answered = await fetch(addressOf(path), { cache: 'no-cache', mode: 'same-origin' });
  const bytes = await answered.arrayBuffer();
  // Made anew, it is as long as it says, not packed, and no redirection, which browsers do not take for a page.
  const { status, statusText } = answered;
  const headers = new Headers(answered.headers);
  headers.delete('content-encoding');
  headers.set('content-length', bytes.byteLength);
  return { whole: (await hashOf(bytes)) === files[path], response: new Response(bytes, { status, statusText, headers }) };
}

async function keep(path, response) {
  const cache = await caches.open(CACHE);
  await cache.put(addressOf(path), response);
}

async function hashOf(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
