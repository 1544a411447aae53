// WebGPU, on an adapter in software: slow, so few and small.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, launch, openApi, openPage, speak, untilState } from './harness.mjs';

/** What the browser itself says when an adapter's limits or extensions are in question; none of it is the page's. */
const BROWSER = /powerPreference option is currently ignored|WebGPU is experimental|No available adapters|swiftshader/i;

let browser;
before(async () => {
  browser = await launch({ gpu: true });
});
after(() => browser.close());

test('a GPU in software is not chosen by itself, and the visitor can see why', async () => {
  const { page, witness } = await openPage(browser);
  await untilState(page, 'ready');
  assert.match(await page.getByTestId('device-badge').innerText(), /CPU/);
  await page.getByTestId('device-badge').click();
  assert.match(await page.locator('#device-reason').innerText(), /imitated in software/);
  assertQuiet(witness, BROWSER);
});

test('WebGPU and the CPU agree; an error costs one result; a lost GPU is replaced', async () => {
  const { page, witness } = await openApi(browser);
  page.setDefaultTimeout(300_000);
  const both = async () =>
    page.evaluate(async () => {
      const { negah, sample } = globalThis;
      const blob = await sample('chelsea.png');
      const { classes } = await negah.predict(blob, { top: 1000 });
      const logits = classes.sort((a, b) => a.index - b.index).map(({ logit }) => logit);
      const maps = {};
      for (const layer of ['head', 'blocks.10']) {
        maps[layer] = [...(await negah.explain(blob, { layer, target: 285 })).values];
      }
      return { logits, maps, device: negah.deviceInfo() };
    });
  const cpu = await both();
  await page.evaluate(() => globalThis.negah.setDevice('gpu'));
  const gpu = await both();
  assert.equal(cpu.device.kind, 'cpu');
  assert.equal(gpu.device.kind, 'gpu');
  assert.match(gpu.device.name, /swiftshader/i);
  const agree = (name, ours, theirs) => {
    const scale = Math.max(...theirs.map(Math.abs));
    const worst = Math.max(...ours.map((value, index) => Math.abs(value - theirs[index]))) / scale;
    console.log(`${name}: WebGPU and CPU differ by ${worst.toExponential(1)} of the largest value`);
    assert.ok(worst <= 1e-3, `${name} differs by ${worst}`);
  };
  agree('logits', gpu.logits, cpu.logits);
  for (const layer of Object.keys(cpu.maps)) agree(`Grad-CAM at ${layer}`, gpu.maps[layer], cpu.maps[layer]);

  // A GPU error while it computes: an impossible buffer, made on the very device that computes.
  const worker = page.workers().at(-1);
  await worker.evaluate(() => {
    const { createCommandEncoder } = GPUDevice.prototype;
    self.spoil = true;
    GPUDevice.prototype.createCommandEncoder = function (...args) {
      if (self.spoil) {
        self.spoil = false;
        this.createBuffer({ size: 4, usage: 0x8000 });
      }
      return createCommandEncoder.apply(this, args);
    };
  });
  const explain = () => page.evaluate(async () => globalThis.codeOf(globalThis.negah.explain(await globalThis.sample('coffee.png'), {})));
  const spoilt = await explain();
  assert.equal(spoilt.code, 'gpu-error', spoilt.message);
  assert.match(spoilt.message, /the result is not shown/);
  assert.equal(await explain(), 'no error', 'the next result is good');

  // Losing the GPU: the request fails, and a new worker takes over by itself, on the device that was insisted on.
  await page.evaluate(() => globalThis.negah.setDevice('gpu'));
  await page.workers().at(-1).evaluate(() => {
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (...args) {
      this.destroy();
      return createCommandEncoder.apply(this, args);
    };
  });
  const lost = await explain();
  assert.ok(['gpu-lost', 'gpu-error', 'worker-lost'].includes(lost.code), `${lost.code}: ${lost.message}`);
  const again = await explain();
  assert.equal(again, 'no error');
  const [notices, { kind, requested }] = await page.evaluate(() => [globalThis.notices.map(({ code }) => code), globalThis.negah.deviceInfo()]);
  assert.deepEqual([notices, kind, requested], [['worker-restarted'], 'gpu', 'gpu']);
  assertQuiet(witness, BROWSER);
});

test('a GPU that computes something else is refused, visibly', async () => {
  const { page, witness } = await openPage(browser, { url: null });
  page.setDefaultTimeout(300_000);
  // A GPU that leaves out some of the work, as one does whose shaders were rejected: no error, and stale memory for a result.
  await page.context().route('**/js/worker.js', async (route) => {
    const response = await route.fetch();
    const wrong = `
      const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
      let count = 0;
      GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...size) {
        count += 1;
        if (count % 40 !== 0) dispatchWorkgroups.apply(this, size);
      };`;
    await route.fulfill({ response, body: `${wrong}\n${await response.text()}` });
  });
  await page.goto(`${process.env.NEGAH_URL}?device=gpu`);
  await untilState(page, 'ready', 300_000);
  await page.getByTestId('message').filter({ hasText: /does not compute what the CPU computes/ }).waitFor();
  assert.match(await page.getByTestId('device-badge').innerText(), /CPU/);
  const { module: { errors } } = JSON.parse(await file('www/locales/fa.module.json'));
  await speak(page, 'fa');
  await page.getByTestId('message').filter({ hasText: errors['gpu-wrong-scores'].split(':')[0] }).waitFor();
  assertQuiet(witness, BROWSER);
});
