// What the module of tests/wasm computes in a browser: every method on networks of a few pixels, compared with its peers' numbers on the
// CPU and on WebGPU in software; and damaged pictures, decoded where an allocation that fails ends the module.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
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

/** Opens an empty page from which the module and the goldens can be fetched. */
async function openGoldens(cases = []) {
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
  return { page, context };
}

/** Runs every `each`th case of a method on a device. */
async function run(device, each) {
  const seen = {};
  const cases = JSON.parse(await file(`${SMALL}/cases.json`)).filter(({ method }) => (seen[method] = (seen[method] ?? -1) + 1) % each === 0);
  const { page, context } = await openGoldens(cases);
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

test('damaged pictures are decoded or refused on wasm32, and the module goes on', async () => {
  const { page, context } = await openGoldens();
  const seen = await page.evaluate(async () => {
    const { default: init, damage_pictures: damage } = await import(new URL('negah-tests-wasm.js', location.href).href);
    const { memory } = await init();
    const { decoded, refused } = damage(1, 20_000);
    return { decoded, refused, megabytes: memory.buffer.byteLength / 2 ** 20 };
  });
  await context.close();
  console.log(`${seen.decoded} decoded, ${seen.refused} refused, ${seen.megabytes} MiB of memory`);
  assert.equal(seen.decoded + seen.refused, 20_000);
  assert.ok(seen.decoded > 500 && seen.refused > 500, 'some are sound enough and some are not');
  assert.ok(seen.megabytes < 1024, 'memory stays bounded');
});

test('small files that ask for gigabytes are refused on wasm32', async () => {
  const folder = new URL('../../crates/picture/goldens/untrusted/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.py'));
  const files = await Promise.all(names.map(async (name) => [...await readFile(new URL(name, folder))]));
  const { page, context } = await openGoldens();
  const codes = await page.evaluate(async (files) => {
    const { default: init, picture_error: errorOf } = await import(new URL('negah-tests-wasm.js', location.href).href);
    await init();
    return files.map((bytes) => errorOf(new Uint8Array(bytes)) ?? 'accepted');
  }, files);
  await context.close();
  assert.deepEqual(codes, names.map((name) => name.split('.')[1]), 'each file is named after its error');
});
