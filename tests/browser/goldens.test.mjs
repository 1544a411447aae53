// Every method on networks of a few pixels, in a browser, held to its peers' numbers: on the CPU, and on WebGPU in software.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { environment, file, launch, openPage, URL_ROOT } from './harness.mjs';

/** Where `cargo xtask test` has put the module of tests/wasm. */
const MODULE = environment('NEGAH_GOLDENS');
const SMALL = 'tests/goldens/methods_small';

let browser;
before(async () => {
  browser = await launch({ gpu: true });
});
after(() => browser.close());

/** Runs every `each`th case of a method on a device. */
async function run(device, each) {
  const seen = {};
  const cases = JSON.parse(await file(`${SMALL}/cases.json`)).filter(({ method }) => (seen[method] = (seen[method] ?? -1) + 1) % each === 0);
  const { page, context } = await openPage(browser, { url: null });
  page.setDefaultTimeout(600_000);
  await context.route('**/goldens/**', async (route) => {
    const name = path.basename(new URL(route.request().url()).pathname);
    if (name === 'empty.html') return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Goldens</title>' });
    if (name === 'cases.json') return route.fulfill({ json: cases });
    const body = name.includes('negah-tests') ? await readFile(path.join(MODULE, name)) : await file(`${SMALL}/${name}`);
    const contentType = { '.js': 'text/javascript', '.wasm': 'application/wasm' }[path.extname(name)] ?? 'application/octet-stream';
    return route.fulfill({ contentType, body });
  });
  await page.goto(new URL('goldens/empty.html', URL_ROOT).href);
  const outcomes = await page.evaluate(async (gpu) => {
    const { default: init, run } = await import(new URL('negah-tests-wasm.js', location.href).href);
    await init();
    const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
    return run(await bytes('cases.json'), await bytes('arrays.safetensors'), await bytes('weights.safetensors'), gpu);
  }, device === 'gpu');
  await context.close();
  return outcomes;
}

// A GPU in software takes seconds a case.
for (const [device, each] of [['cpu', 1], ['gpu', 5]]) {
  test(`every method gives its peers' numbers on small networks, ${device === 'gpu' ? 'on WebGPU' : 'on the CPU'}`, async () => {
    const outcomes = await run(device, each);
    const methods = [...new Set(outcomes.map(({ method }) => method))];
    for (const method of methods) {
      const ours = outcomes.filter((outcome) => outcome.method === method);
      console.log(`${device}, ${method}: ${ours.length} cases, at worst ${Math.max(...ours.map(({ worst }) => worst)).toExponential(1)}`);
    }
    assert.ok(methods.length >= 8, `all methods have cases: ${methods}`);
    const wrong = outcomes.filter(({ worst, tolerance }) => !(worst <= Math.min(tolerance, 1e-3)));
    assert.deepEqual(wrong, [], 'every value is within its tolerance');
  });
}
