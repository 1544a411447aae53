// The compute worker: it owns the WebAssembly module and answers requests one after another. All that it needs is handed to it; it
// fetches nothing. The build joins it to one file, so that the page can start it from a blob.
//
// In:  { id, call, args, partials }   a request        { cancel: id }  stop it
// Out: { id, result } or { id, error: Failure }                        its answer
//      { id, progress: { stage, done, total, remaining } }             how far it has come
//      { id, partial }                                                 what is known so far, where that was asked for
//      { fatal: message }                                              the module is unusable from here on

import init, { onPanic, Session } from '../negah-web.js';
import { chooseDevice, probeAdapter } from './adapter.js';

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
  async create({ device, module, gpuInPages }) {
    const adapter = device === 'cpu' ? null : await probeAdapter();
    const choice = chooseDevice(device, adapter, gpuInPages && !navigator.gpu);
    ({ memory } = await init({ module_or_path: module }));
    onPanic((message) => postMessage({ fatal: message }));
    session = await createSession(choice);
    return {
      device: choice, version: Session.version(), models: Session.models(), methods: Session.methods(), classes: Session.classes(),
      colormaps: Session.colormaps(),
    };
  },

  identify({ file }) {
    return Session.identify(file);
  },

  /** Loads weights; where it is known which they have to be, they are. */
  async loadModel({ id, weights, sha256 }, { progress, signal }) {
    if (sha256 && Session.sha256(weights, (_, done, total) => progress('verify', done, total)) !== sha256) {
      throw { code: 'model-damaged', key: 'model-checksum' };
    }
    signal.throwIfAborted();
    await session.loadModel(id, weights, (stage, done, total) => {
      progress(stage, done, total);
      return nextTask();
    });
    return { layers: session.layers(), summary: session.summary() };
  },

  async predict({ photograph, blob, framing, top }, { progress }) {
    progress('compute', 0, 1);
    await nextTask();
    const prediction = await session.predict(await open(photograph, blob, framing), top);
    progress('compute', 1, 1);
    return prediction;
  },

  async explain({ photograph, blob, framing, options, background }, { progress, partial, signal }) {
    progress('compute', 0, 0);
    await nextTask();
    const opened = await open(photograph, blob, framing);
    const others = await openBackground(background, framing);
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

  json({ about, maps }) {
    return Session.explanationJson(about, maps);
  },

  boardJson({ about, maps }) {
    return Session.boardJson(about, maps);
  },

  npy({ values, shape }) {
    return Session.npy(values, shape);
  },

  npz({ arrays, values }) {
    return Session.npz(arrays, values);
  },

  render({ values, shape, shows, order, style }) {
    return session.render(values, shape, shows, order ?? undefined, style);
  },

  renderTogether({ values, sizes, shows, style }) {
    return session.renderTogether(values, sizes, shows, style);
  },
};

/** Calls that use neither the network nor the device, so they need not wait for a run. */
const UNQUEUED = new Set(['json', 'boardJson', 'npy', 'npz']);

self.onmessage = ({ data }) => {
  if ('cancel' in data) {
    controllers.get(data.cancel)?.abort();
    return;
  }
  const controller = new AbortController();
  controllers.set(data.id, controller);
  const answered = () => answer(data, controller.signal).finally(() => controllers.delete(data.id));
  if (UNQUEUED.has(data.call)) answered();
  else queue = queue.then(answered);
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
    Object.assign(choice, { kind: 'cpu', name: 'CPU', refused: described(error) });
    return Session.create(false);
  }
}

/** The opened photograph of this number. */
async function open(number, blob, framing) {
  const key = `${number} ${framing}`;
  const photograph = photographs.get(key) ?? session.open(await bytesOf(blob), framing);
  keep(photographs, key, photograph, KEPT_PHOTOGRAPHS);
  return photograph;
}

/** The pictures to compare with. */
async function openBackground({ key, files }, framing) {
  const framed = `${key} ${framing}`;
  const background = backgrounds.get(framed) ?? session.openBackground(files, framing);
  keep(backgrounds, framed, background, KEPT_BACKGROUNDS);
  return background;
}

async function bytesOf(blob) {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw { code: 'not-an-image', key: 'unreadable', values: { reason: error.message } };
  }
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
  const maps = Array.isArray(result) || ArrayBuffer.isView(result) ? [] : [result?.values, result?.variance, ...(result?.maps ?? [])];
  const arrays = [...maps, ...pictures.map((picture) => picture?.rgba), result instanceof Uint8Array && result];
  return arrays.filter(Boolean).map((array) => array.buffer);
}

/** What was thrown, as a Failure: the module's has four parts, our own no message yet. */
function described(error) {
  if (error?.name === 'AbortError') return { code: 'aborted' };
  if (error?.code && !(error instanceof Error)) return error;
  return { code: 'worker-lost', key: 'worker-lost-because', values: { reason: error?.message ?? String(error) } };
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
