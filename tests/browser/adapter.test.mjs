// Which device is chosen, and why.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseDevice } from '../../www/js/adapter.js';
import { assertQuiet, launch, openApi } from './harness.mjs';

const real = { name: 'amd rdna-3', software: false };
const swiftshader = { name: 'google swiftshader', software: true };

test('a real GPU is used, one in software is not, unless it is asked for', () => {
  const chosen = (...given) => {
    const { kind, name, because: { key, values } } = chooseDevice(...given);
    return [kind, name, key, values];
  };
  assert.deepEqual(chosen('auto', real), ['gpu', 'amd rdna-3', 'gpu', undefined]);
  assert.deepEqual(chosen('auto', swiftshader), ['cpu', 'CPU', 'software', { name: 'google swiftshader' }]);
  assert.deepEqual(chosen('auto', null), ['cpu', 'CPU', 'no-gpu', undefined]);
  assert.deepEqual(chosen('auto', null, true), ['cpu', 'CPU', 'only-in-pages', undefined]);
  assert.deepEqual(chosen('gpu', real), ['gpu', 'amd rdna-3', 'chosen-gpu', undefined]);
  assert.deepEqual(chosen('gpu', swiftshader), ['gpu', 'google swiftshader', 'chosen-software', undefined]);
  assert.deepEqual(chosen('cpu', real), ['cpu', 'CPU', 'chosen-cpu', undefined]);
});

test('to insist on a GPU where there is none is refused', () => {
  assert.throws(() => chooseDevice('gpu', null), { code: 'no-gpu', key: 'no-gpu' });
  assert.throws(() => chooseDevice('gpu', null, true), { code: 'no-gpu', key: 'gpu-only-in-pages' });
});

test('a browser with WebGPU in pages and not in workers computes on the CPU, and says so', async () => {
  const browser = await launch({ gpu: true });
  const { page, context, witness } = await openApi(browser, { load: false });
  await context.route('**/js/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `Object.defineProperty(WorkerNavigator.prototype, 'gpu', { value: undefined });\n${await response.text()}` });
  });
  const seen = await page.evaluate(async () => {
    const { Negah } = await import('/js/negah.js');
    const negah = await Negah.create();
    return { device: negah.deviceInfo(), refused: await globalThis.codeOf(Negah.create({ device: 'gpu' })) };
  });
  const { kind, reason, because } = seen.device;
  assert.deepEqual([kind, because.key], ['cpu', 'only-in-pages']);
  assert.equal(reason, 'This browser offers WebGPU to pages, but not to workers, where Negah computes: so it is the CPU.');
  assert.equal(seen.refused.code, 'no-gpu');
  assert.match(seen.refused.message, /not to workers.*Choose the CPU/);
  assertQuiet(witness);
  await browser.close();
});
