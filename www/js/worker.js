// The compute worker: it owns the WebAssembly module and answers requests one after another.
//
// In:  { id, call, args, partials }   a request        { cancel: id }  stop it
// Out: { id, result } or { id, error: { code, message } }              its answer
//      { id, progress: { stage, done, total, remaining } }             how far it has come
//      { id, partial }                                                 what is known so far, where that was asked for
//      { fatal: message }                                              the module is unusable from here on

import init, { onPanic, Session } from '../negah-web.js';
import { chooseDevice, probeAdapter } from './adapter.js';
import { download } from './download.js';

/** How many decoded photographs are kept, so that going back and forth decodes nothing again. */
const KEPT_PHOTOGRAPHS = 3;

/** How many sets of pictures to compare with are kept. */
const KEPT_BACKGROUNDS = 3;

let session = null;
let memory = null;
const backgrounds = new Map();
const photographs = new Map();
const controllers = new Map();
let queue = Promise.resolve();

const calls = {
  async create({ device, module }, { progress }) {
    const choice = chooseDevice(device, device === 'cpu' ? null : await probeAdapter());
    const response = await download(module, { progress: (done, total) => progress('module', done, total) });
    try {
      ({ memory } = await init({ module_or_path: response }));
    } catch (error) {
      throw failure('module-missing', `The WebAssembly module cannot be started: ${error.message}. Reload the page.`);
    }
    onPanic((message) => postMessage({ fatal: message }));
    session = await createSession(choice);
    return { device: choice, models: Session.models(), methods: Session.methods(), classes: Session.classes(), colormaps: Session.colormaps() };
  },

  async loadModel({ id, file }, { progress, signal }) {
    const response = await download(file, { signal, progress: (done, total) => progress('model', done, total) });
    const weights = await response.blob();
    signal.throwIfAborted();
    // They hold on to the network before, whose memory is needed.
    forget(photographs);
    forget(backgrounds);
    await session.loadModel(id, weights, (stage, done, total) => {
      progress(stage, done, total);
      return nextTask();
    });
    return { layers: session.layers() };
  },

  async predict({ photograph, bytes, top }, { progress }) {
    progress('compute', 0, 1);
    await nextTask();
    const prediction = await session.predict(open(photograph, bytes), top);
    progress('compute', 1, 1);
    return prediction;
  },

  async explain({ photograph, bytes, options, background }, { progress, partial, signal }) {
    progress('compute', 0, 0);
    await nextTask();
    const opened = open(photograph, bytes);
    const others = await openBackground(background, { progress, signal });
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
function open(number, bytes) {
  let photograph = photographs.get(number);
  if (!photograph) {
    if (!bytes) throw failure('photograph-forgotten', 'The picture has to be sent again.');
    photograph = session.open(new Uint8Array(bytes));
  }
  keep(photographs, number, photograph, KEPT_PHOTOGRAPHS);
  return photograph;
}

/** The pictures to compare with; those of the page are fetched the first time. */
async function openBackground({ key, list, files }, { progress, signal }) {
  let background = backgrounds.get(key);
  background ??= session.openBackground((list ? await fetchAll(list, { progress, signal }) : files).map((file) => new Uint8Array(file)));
  keep(backgrounds, key, background, KEPT_BACKGROUNDS);
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

function forget(kept) {
  for (const value of kept.values()) value.free();
  kept.clear();
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
