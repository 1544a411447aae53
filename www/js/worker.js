// The compute worker: it owns the WebAssembly module and answers requests one after another.
//
// In:  { id, call, args, partials }   a request        { cancel: id }  stop it
// Out: { id, result } or { id, error: { code, message } }              its answer
//      { id, progress: { stage, done, total, remaining } }             how far it has come
//      { id, partial }                                                 what is known so far, where that was asked for
//      { fatal: message }                                              the module is unusable from here on

import init, { onPanic, Session } from '../negah-web.js';
import { chooseDevice, probeAdapter } from './adapter.js';
import { download, downloadWhole } from './download.js';

/** How many decoded photographs are kept, some 5 MB each, so that a board's rows or going back and forth decode nothing again. */
const KEPT_PHOTOGRAPHS = 12;

/** How many sets of pictures to compare with are kept. */
const KEPT_BACKGROUNDS = 3;

let session = null;
let memory = null;
const backgrounds = new Map();
const photographs = new Map();
const controllers = new Map();
let queue = Promise.resolve();

const calls = {
  async create({ device, module, compiled }, { progress }) {
    const choice = chooseDevice(device, device === 'cpu' ? null : await probeAdapter());
    const code = compiled ?? (await compile(await download(module, { progress: (done, total) => progress('module', done, total) })));
    ({ memory } = await init({ module_or_path: code }));
    onPanic((message) => postMessage({ fatal: message }));
    session = await createSession(choice);
    const about = { version: Session.version(), models: Session.models(), methods: Session.methods(), classes: Session.classes(), colormaps: Session.colormaps() };
    return { device: choice, compiled: code, ...about };
  },

  identify({ file }) {
    return Session.identify(file);
  },

  /** Loads the weights that were brought or kept, else those of the page; kept ones of the page have to be what it serves. */
  async loadModel({ id, weights, served }, { progress, signal }) {
    const digest = (blob) => Session.sha256(blob, (_, done, total) => progress('verify', done, total));
    const intact = () => !served || (weights.size === served.bytes && digest(weights) === served.sha256);
    const blob = weights && intact() ? weights : await downloadWhole(served, { signal, progress: (done, total) => progress('model', done, total), digest });
    signal.throwIfAborted();
    await session.loadModel(id, blob, (stage, done, total) => {
      progress(stage, done, total);
      return nextTask();
    });
    return { layers: session.layers(), summary: session.summary(), fetched: blob === weights ? null : blob };
  },

  async predict({ photograph, bytes, framing, top }, { progress }) {
    progress('compute', 0, 1);
    await nextTask();
    const prediction = await session.predict(open(photograph, bytes, framing), top);
    progress('compute', 1, 1);
    return prediction;
  },

  async explain({ photograph, bytes, framing, options, background }, { progress, partial, signal }) {
    progress('compute', 0, 0);
    await nextTask();
    const opened = open(photograph, bytes, framing);
    const others = await openBackground(background, framing, { progress, signal });
    const start = performance.now();
    const step = (stage, done, total) => {
      progress(stage, done, total, done > 0 ? ((performance.now() - start) / done) * (total - done) : undefined);
      return nextTask();
    };
    return session.explain(opened, others, options, signal, step, partial);
  },

  memory() {
    return memory.buffer.byteLength;
  },

  render({ values, shape, shows, order, style }) {
    return session.render(values, shape, shows, order ?? undefined, style);
  },

  renderTogether({ values, sizes, shows, style }) {
    return session.renderTogether(values, sizes, shows, style);
  },
};

self.onmessage = ({ data }) => {
  if ('cancel' in data) {
    controllers.get(data.cancel)?.abort();
    return;
  }
  const controller = new AbortController();
  controllers.set(data.id, controller);
  queue = queue.then(() => answer(data, controller.signal)).finally(() => controllers.delete(data.id));
};

async function answer({ id, call, args, partials }, signal) {
  const progress = (stage, done, total, remaining) => postMessage({ id, progress: { stage, done, total, remaining } });
  const partial = partials ? (result) => postMessage({ id, partial: result }, buffersOf(result)) : undefined;
  try {
    signal.throwIfAborted();
    const start = performance.now();
    const result = await calls[call](args, { progress, partial, signal });
    if (result?.constructor === Object) result.elapsed = performance.now() - start;
    postMessage({ id, result }, buffersOf(result));
  } catch (error) {
    postMessage({ id, error: described(error) });
  }
}

/** The module's code, compiled while it comes; whatever a server takes it for, it is WebAssembly. */
async function compile({ body }) {
  try {
    return await WebAssembly.compileStreaming(new Response(body, { headers: { 'content-type': 'application/wasm' } }));
  } catch (error) {
    throw failure('module-missing', `The WebAssembly module cannot be started: ${error.message}. Reload the page.`);
  }
}

/** A session on the device of choice; where nobody insisted on the GPU and it fails, on the CPU. */
async function createSession(choice) {
  try {
    return await Session.create(choice.kind === 'gpu');
  } catch (error) {
    if (choice.requested !== 'auto') throw error;
    Object.assign(choice, { kind: 'cpu', name: 'CPU', reason: error.message });
    return Session.create(false);
  }
}

/** The opened photograph of this number; its bytes come along the first time. */
function open(number, bytes, framing) {
  const key = `${number} ${framing}`;
  let photograph = photographs.get(key);
  if (!photograph) {
    if (!bytes) throw failure('photograph-forgotten', 'The picture has to be sent again.');
    photograph = session.open(new Uint8Array(bytes), framing);
  }
  keep(photographs, key, photograph, KEPT_PHOTOGRAPHS);
  return photograph;
}

/** The pictures to compare with; those of the page are fetched the first time. */
async function openBackground({ key, list, files }, framing, { progress, signal }) {
  const framed = `${key} ${framing}`;
  let background = backgrounds.get(framed);
  if (!background) {
    const pictures = list ? await fetchAll(list, { progress, signal }) : files;
    background = session.openBackground(pictures.map((file) => new Uint8Array(file)), framing);
  }
  keep(backgrounds, framed, background, KEPT_BACKGROUNDS);
  return background;
}

async function fetchAll(list, { progress, signal }) {
  const get = async (url) => {
    const response = await download({ url, code: 'background-missing', what: 'A picture to compare with' }, { signal });
    return response;
  };
  const pictures = await (await get(list)).json();
  let done = 0;
  progress('background', done, pictures.length);
  return Promise.all(
    pictures.map(async ({ file }) => {
      const bytes = await (await get(new URL(file, list).href)).arrayBuffer();
      done += 1;
      progress('background', done, pictures.length);
      return bytes;
    }),
  );
}

/** Keeps what was used last, and lets go of what was not used for longest. */
function keep(kept, key, value, most) {
  kept.delete(key);
  kept.set(key, value);
  for (const [oldest, old] of kept) {
    if (kept.size <= most) break;
    old.free();
    kept.delete(oldest);
  }
}

/** What may move to the page instead of being copied. */
function buffersOf(result) {
  const pictures = Array.isArray(result) ? result : [result?.picture, ...(result?.pictures ?? [])];
  // An array of pictures has methods of the names that an explanation's arrays have.
  const maps = Array.isArray(result) ? [] : [result?.values, result?.variance, ...(result?.maps ?? [])];
  const arrays = [...maps, ...pictures.map((picture) => picture?.rgba)];
  return arrays.filter(Boolean).map((array) => array.buffer);
}

function failure(code, message) {
  return { code, message };
}

function described(error) {
  if (error?.name === 'AbortError') return failure('aborted', error.message);
  if (error?.code && error.message && !(error instanceof Error)) return failure(error.code, error.message);
  return failure('worker-lost', `The computation stopped unexpectedly: ${error?.message ?? error}.`);
}

/** Lets messages that came in meanwhile be heard. A timer would do, but browsers slow timers down. */
function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
