// The peer that Negah's time for a large network is held against: onnxruntime-web on the CPU, with one thread and SIMD, in
// the same browser.
//
//     NEGAH_CHROME=/path/to/chromium node tests/bench/onnx/peer.mjs FOLDER [NAME ...]
//
// FOLDER is where make.py wrote the networks. What is timed is held to the goldens first: a fast wrong answer is no peer.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const HERE = new URL('.', import.meta.url);
const TYPES = { mjs: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };
const RUNTIME = { script: 'ort.wasm.min.mjs', files: ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'] };
const WARM_UP = 3;
/** Of the largest logit; Negah's own are held to as much. */
const TOLERANCE = 1e-4;

/** The side of a network's input; the means of its colours, their scale, and whether blue comes first. */
const MODELS = {
  vgg16: { side: 224, mean: [123.68, 116.779, 103.939], scale: 1, bgr: true },
  xception: { side: 299, mean: [127.5, 127.5, 127.5], scale: 127.5, bgr: false },
};

/** The networks that there are, by name. */
export const NAMES = Object.keys(MODELS);

/**
 * Times a network from FOLDER/MODEL.onnx in a page of its own.
 *
 * Milliseconds: `fetch`, of the file from this machine; `load`, of the session from the file's bytes, the runtime's own
 * module included; `forward`, the median of a pass; `times`, all of them, in order. `logits` is what came out, and `off` how
 * far it is from Keras's, as a share of the largest. `version` is the runtime's.
 * @param {import('playwright-core').Browser} browser
 * @param {{ model: string, folder: string, rounds?: number, options?: object }} what `options` are the session's besides
 */
export async function timePeer(browser, { model, folder, rounds = 9, options = {} }) {
  const prepared = MODELS[model];
  assert.ok(prepared, `there is no peer of ${model}: expected one of ${NAMES.join(', ')}`);
  const server = await serve(await filesOf(model, folder));
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.address);
    const result = await page.evaluate(time, { ...prepared, script: RUNTIME.script, warmUp: WARM_UP, rounds, options });
    const sorted = [...result.times].sort((a, b) => a - b);
    const off = await offKeras(model, result.logits);
    assert.ok(off < TOLERANCE, `${model}.onnx: expected Keras's logits to ${TOLERANCE} of the largest, but they are ${off} off: make it again with make.py`);
    return { ...result, forward: sorted[sorted.length >> 1], off };
  } finally {
    await context.close();
    await server.close();
  }
}

/** Runs in the page. */
async function time({ side, mean, scale, bgr, script, warmUp, rounds, options }) {
  const ort = await import(`/${script}`);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';

  const input = new ort.Tensor('float32', await picture(), [1, 3, side, side]);
  let started = performance.now();
  const took = () => {
    const before = started;
    started = performance.now();
    return started - before;
  };
  const bytes = new Uint8Array(await (await fetch('/model.onnx')).arrayBuffer());
  const fetched = took();
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], graphOptimizationLevel: 'all', ...options });
  const load = took();

  const times = [];
  let logits;
  for (let round = -warmUp; round < rounds; round += 1) {
    took();
    ({ logits } = await session.run({ input }));
    const elapsed = took();
    if (round >= 0) times.push(elapsed);
  }
  return { fetch: fetched, load, times, logits: Array.from(logits.data), version: ort.env.versions.web };

  /** The photograph as Keras loads it: the nearest pixel, then less the means, channels first. */
  async function picture() {
    const photograph = await (await fetch('/picture')).blob();
    const bitmap = await createImageBitmap(photograph, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, width, height);
    const nearest = (at, size) => Math.floor(((at + 0.5) * size) / side);
    const values = new Float32Array(3 * side * side);
    for (let y = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1) {
        const from = 4 * (nearest(y, height) * width + nearest(x, width));
        for (let colour = 0; colour < 3; colour += 1) {
          const channel = bgr ? 2 - colour : colour;
          values[(channel * side + y) * side + x] = (data[from + colour] - mean[colour]) / scale;
        }
      }
    }
    return values;
  }
}

/** The largest difference from the goldens' logits, as a share of the largest. */
async function offKeras(model, logits) {
  const { file, readSafetensors } = await import('../../browser/harness.mjs');
  const goldens = new Map(readSafetensors(await file('tests/goldens/keras_models/arrays.safetensors')));
  const wanted = goldens.get(`${model}/logits`);
  assert.equal(logits.length, wanted.length);
  const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(wanted.map((value, index) => value - logits[index])) / largest(wanted);
}

/** What the page may ask for, and the files that answer. */
async function filesOf(model, folder) {
  const runtime = (name) => new URL(`node_modules/onnxruntime-web/dist/${name}`, HERE);
  const files = new Map(RUNTIME.files.map((name) => [`/${name}`, runtime(name)]));
  files.set('/model.onnx', pathToFileURL(resolve(folder, `${model}.onnx`)));
  files.set('/picture', new URL('../../../www/samples/chelsea.png', HERE));
  for (const [path, file] of files) {
    const there = await stat(file).then(() => true, () => false);
    const advice = path === '/model.onnx' ? 'make it with tests/bench/onnx/make.py' : 'run `npm ci --ignore-scripts` in tests/bench/onnx';
    assert.ok(there, `expected ${file.pathname}, which is not there: ${advice}`);
  }
  return files;
}

/** A server of these files; a driver's own answers may not be half a gigabyte long. */
async function serve(files) {
  const server = createServer(async (request, response) => {
    const file = files.get(request.url);
    if (request.url === '/') return response.setHeader('content-type', TYPES.html).end('<!doctype html><title>onnxruntime-web</title>');
    if (!file) return response.writeHead(404).end();
    const type = TYPES[request.url.split('.').at(-1)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': (await stat(file)).size, 'cache-control': 'no-store' });
    return createReadStream(file, { highWaterMark: 1 << 20 }).pipe(response);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((closed) => server.close(closed).closeAllConnections()),
  };
}

/** What the benchmark prints of a network. */
export function inWords(model, { version, fetch, load, forward, times, off }) {
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)].map((value) => value.toFixed(0));
  return `onnxruntime-web ${version}: ${model}: a forward pass: ${forward.toFixed(0)} ms (${fastest} to ${slowest} in ${times.length}), loaded in ${(load / 1000).toFixed(1)} s after ${(fetch / 1000).toFixed(1)} s of reading, logits ${off.toExponential(1)} off`;
}

async function main([folder, ...names]) {
  assert.ok(folder && process.env.NEGAH_CHROME, 'usage: NEGAH_CHROME=/path/to/chromium node tests/bench/onnx/peer.mjs FOLDER [NAME ...]');
  // Negah's page, which the harness asks for, is not needed here.
  for (const name of ['NEGAH_URL', 'NEGAH_SUB_PATH_URL']) process.env[name] ??= 'http://127.0.0.1/';
  const { launch } = await import('../../browser/harness.mjs');
  const browser = await launch();
  try {
    for (const model of names.length > 0 ? names : NAMES) console.log(inWords(model, await timePeer(browser, { model, folder })));
  } finally {
    await browser.close();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
