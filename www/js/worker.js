// The compute worker: it owns the WebAssembly module and answers requests one after another.
//
// In:  { id, call, args }   a request        { cancel: id }            stop it
// Out: { id, result } or { id, error: { code, message } }              its answer
//      { id, progress: { stage, done, total } }                        how far it has come
//      { fatal: message }                                              the module is unusable from here on

import init, { onPanic, Session } from '../negah-web.js';
import { chooseDevice, probeAdapter } from './adapter.js';
import { download } from './download.js';

/** How many decoded photographs are kept, so that going back and forth decodes nothing again. */
const KEPT_PHOTOGRAPHS = 3;

let session = null;
const photographs = new Map();
const controllers = new Map();
let queue = Promise.resolve();

const calls = {
  async create({ device, module }, { progress }) {
    const choice = chooseDevice(device, device === 'cpu' ? null : await probeAdapter());
    const response = await download(module, { progress: (done, total) => progress('module', done, total) });
    try {
      await init({ module_or_path: response });
    } catch (error) {
      throw failure('module-missing', `The WebAssembly module cannot be started: ${error.message}. Reload the page.`);
    }
    onPanic((message) => postMessage({ fatal: message }));
    session = await createSession(choice);
    return { device: choice, models: Session.models(), methods: Session.methods(), classes: Session.classes(), colormaps: Session.colormaps() };
  },

  async loadModel({ id, file }, { progress, signal }) {
    const response = await download(file, { signal, progress: (done, total) => progress('model', done, total) });
    const weights = new Uint8Array(await response.arrayBuffer());
    signal.throwIfAborted();
    await session.loadModel(id, weights, (done, total) => {
      progress('check', done, total);
      return nextTask();
    });
    forgetPhotographs();
    return { layers: session.layers() };
  },

  async predict({ photograph, bytes, top }, { progress }) {
    progress('compute', 0, 1);
    await nextTask();
    const prediction = await session.predict(open(photograph, bytes), top);
    progress('compute', 1, 1);
    return prediction;
  },

  async explain({ photograph, bytes, options }, { progress, signal }) {
    progress('compute', 0, 0);
    await nextTask();
    return session.explain(open(photograph, bytes), options, signal, (done, total) => {
      progress('compute', done, total);
      return nextTask();
    });
  },

  render({ values, width, height, colormap }) {
    return session.render(values, width, height, colormap);
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

async function answer({ id, call, args }, signal) {
  const progress = (stage, done, total) => postMessage({ id, progress: { stage, done, total } });
  try {
    signal.throwIfAborted();
    const start = performance.now();
    const result = await calls[call](args, { progress, signal });
    if (result) result.elapsed = performance.now() - start;
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
  // The last used comes last.
  photographs.delete(number);
  photographs.set(number, photograph);
  for (const oldest of photographs.keys()) {
    if (photographs.size <= KEPT_PHOTOGRAPHS) break;
    photographs.get(oldest).free();
    photographs.delete(oldest);
  }
  return photograph;
}

function forgetPhotographs() {
  for (const photograph of photographs.values()) photograph.free();
  photographs.clear();
}

/** What may move to the page instead of being copied. */
function buffersOf(result) {
  return [result?.values, result?.rgba, result?.picture?.rgba].filter(Boolean).map((array) => array.buffer);
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
