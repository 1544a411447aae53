// Damaged weight files in a browser: on wasm32 a failed allocation is a trap, which 64 bits do not show.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { environment, file, launch, openPage, URL_ROOT } from './harness.mjs';

/** Where `cargo xtask test` has put the module of tests/wasm. */
const MODULE = environment('NEGAH_GOLDENS');
const WEIGHTS = 'crates/weights/goldens';
const FILES = [
  'vgg16.keras',
  'vgg16_packed.h5',
  'vgg16_newer.h5',
  'vgg16_whole.h5',
  'vgg16_torchvision.pth',
  'vgg16_torchvision_stream.pth',
  'vgg16_timm_f16.safetensors',
  'xception.weights.h5',
];
const TRIES = 200;
/** The most memory of the module in bytes: it holds a copy of each file, and at most a chunk and a tensor beside. */
const MOST = 128 * 2 ** 20;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test('damaged weight files end in a sentence, within bounds of memory', async () => {
  const { page, context } = await openPage(browser, { url: null });
  page.setDefaultTimeout(300_000);
  await context.route('**/damage/**', async (route) => {
    const name = path.basename(new URL(route.request().url()).pathname);
    if (name === 'empty.html') return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Damage</title>' });
    const body = name.includes('negah-tests') ? await readFile(path.join(MODULE, name)) : await file(`${WEIGHTS}/${name}`);
    const contentType = { '.js': 'text/javascript', '.wasm': 'application/wasm' }[path.extname(name)] ?? 'application/octet-stream';
    return route.fulfill({ contentType, body });
  });
  await page.goto(new URL('damage/empty.html', URL_ROOT).href);
  const outcomes = await page.evaluate(async ([files, tries]) => {
    const { default: init, damage_weights: damageWeights } = await import(new URL('negah-tests-wasm.js', location.href).href);
    await init();
    const outcomes = {};
    for (const name of files) {
      outcomes[name] = damageWeights(new Uint8Array(await (await fetch(name)).arrayBuffer()), 7, tries);
    }
    return outcomes;
  }, [FILES, TRIES]);
  await context.close();
  for (const [name, { read, refused, bad, memory }] of Object.entries(outcomes)) {
    console.log(`${name}: ${read} read, ${refused} refused, ${memory / 2 ** 20} MiB`);
    assert.equal(read + refused, TRIES, name);
    assert.ok(refused > TRIES / 5, `${name}: ${refused} of ${TRIES} are refused`);
    assert.deepEqual(bad, [], `${name}: sentences are short and have no control characters`);
    assert.ok(memory < MOST, `${name}: ${memory} bytes of memory`);
  }
});
