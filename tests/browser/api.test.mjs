// The API that others build on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, launch, openApi, openPage, readSafetensors, untilState } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test('predict and explain carry everything the page shows', async () => {
  const { page, witness } = await openApi(browser);
  const seen = await page.evaluate(async () => {
    const { negah, sample } = globalThis;
    const blob = await sample('chelsea.png');
    const { classes, picture, crop, device, elapsed } = await negah.predict(blob);
    const stages = [];
    const result = await negah.explain(blob, { method: 'grad-cam', target: classes[0].index, layer: 'head', onProgress: (progress) => stages.push(progress) });
    const byName = await negah.explain(blob, { target: 'egyptian cat' });
    const signed = await negah.explain(blob, { parameters: { relu: false }, colormap: 'red-blue', score: 'probability' });
    const recoloured = await negah.render(result, { colormap: 'turbo' });
    return {
      classes, crop, device, elapsed, stages,
      picture: [picture.width, picture.height, picture.rgba.constructor.name, picture.rgba.length],
      result: { ...result, values: [...result.values], picture: [result.picture.width, result.picture.height, result.picture.rgba.length, result.picture.range] },
      kinds: [result.values.constructor.name, result.picture.rgba.constructor.name],
      same: byName.values.every((value, index) => value === result.values[index]),
      signed: [Math.min(...signed.values), signed.picture.range],
      recoloured: [recoloured.width, recoloured.rgba.length],
      methods: negah.methods(), models: negah.models(),
      layers: negah.layers(), names: negah.classes().length, colormaps: negah.colormaps().map(({ id, stops }) => [id, stops.length]),
    };
  });
  assert.deepEqual(seen.classes.slice(0, 3).map(({ index, wnid, name }) => [index, wnid, name]), [[285, 'n02124075', 'Egyptian cat'], [282, 'n02123159', 'tiger cat'], [281, 'n02123045', 'tabby']]);
  assert.deepEqual(seen.picture, [451, 300, 'Uint8ClampedArray', 451 * 300 * 4]);
  assert.deepEqual(seen.crop, { x: 75, y: 0, width: 300, height: 300 });
  assert.equal(seen.device.kind, 'cpu');
  assert.ok(seen.elapsed > 0);
  const { result } = seen;
  assert.deepEqual([result.width, result.height, result.values.length], [7, 7, 49]);
  assert.deepEqual(result.picture, [224, 224, 224 * 224 * 4, [result.min, result.max]]);
  assert.deepEqual(seen.kinds, ['Float32Array', 'Uint8ClampedArray']);
  assert.deepEqual([result.method, result.layer, result.colormap, result.note, result.target.name], ['grad-cam', 'head', 'viridis', null, 'Egyptian cat']);
  assert.deepEqual([result.channels, result.shows, result.score, result.parameters, result.targets.length], [1, 'heat', 'logit', { relu: true, 'positive-gradients': false }, 1]);
  assert.equal(result.max, Math.max(...result.values));
  assert.ok(seen.stages.some(({ stage, done, total }) => stage === 'compute' && done === 1 && total === 1));
  assert.ok(seen.same, 'a class can be named');
  const [lowest, [low, high]] = seen.signed;
  assert.ok(lowest < 0, 'without ReLU there is evidence against the class');
  assert.equal(low, -high, 'a signed map has its zero in the middle');
  assert.deepEqual(seen.recoloured, [224, 224 * 224 * 4]);
  assert.deepEqual(seen.methods.map(({ id }) => id), ['grad-cam', 'expected-gradients', 'smooth-grad', 'occlusion', 'activations', 'integrated-gradients', 'gradient-x-input', 'saliency']);
  assert.match(seen.methods[0].paper.url, /1610\.02391/);
  const [{ bytes }] = JSON.parse(await file('www/models/models.json'));
  const [{ weights: { words, megabytes }, ...first }, ...others] = seen.models;
  assert.deepEqual(first, { id: 'efficientnet-lite0', name: 'EfficientNet-Lite0', bytes, input: [3, 224, 224], layer: 'head' });
  assert.match(words, /\.pth/);
  assert.equal(megabytes, 19);
  const vgg = others.find(({ id }) => id === 'vgg16');
  assert.deepEqual([vgg.bytes, vgg.weights.megabytes, vgg.input], [null, 553, [3, 224, 224]], 'weights that have to be brought');
  assert.equal(seen.names, 1000);
  assert.deepEqual(seen.colormaps.map(([id]) => id), ['viridis', 'turbo', 'inferno', 'grey', 'red-blue', 'red-transparent-blue']);
  const layer = (name) => seen.layers.find((one) => one.name === name);
  assert.deepEqual(layer('head'), { name: 'head', kind: 'ReLU6', shape: [1280, 7, 7], parameters: 0, cut: true, explainable: true, explainableInput: true, group: true, stage: true, index: null });
  assert.equal(layer('blocks.6.expand.conv').cut, false);
  assert.equal(layer('classifier').explainable, false);
  assertQuiet(witness);
});

test('the bundled pictures give PyTorch’s logits in WebAssembly too', async () => {
  const { page, witness } = await openApi(browser);
  const golden = readSafetensors(await file('tests/goldens/efficientnet_lite0/logits_half.safetensors'));
  for (const [name, expected] of golden) {
    const logits = await page.evaluate(async (name) => {
      const { classes } = await globalThis.negah.predict(await globalThis.sample(name), { top: 1000 });
      return classes.sort((a, b) => a.index - b.index).map(({ logit }) => logit);
    }, name);
    const worst = Math.max(...logits.map((logit, index) => Math.abs(logit - expected[index])));
    assert.ok(worst <= 1e-2, `${name}: a logit differs by ${worst}`);
  }
  assertQuiet(witness);
});

test('a run can be aborted, and the session goes on', async () => {
  const { page, witness } = await openApi(browser);
  const outcome = await page.evaluate(async () => {
    const { negah, sample, codeOf } = globalThis;
    const blob = await sample('chelsea.png');
    const before = await codeOf(negah.predict(blob, { signal: AbortSignal.abort() }));
    const controller = new AbortController();
    const running = codeOf(negah.explain(blob, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 5);
    const during = await running;
    const next = await negah.explain(blob, {});
    return [before.name, during.name, next.target.name];
  });
  assert.deepEqual(outcome, ['AbortError', 'AbortError', 'Egyptian cat']);
  assertQuiet(witness);
});

test('a worker that dies is replaced, and says so', async () => {
  const { page, witness } = await openApi(browser);
  // What a panic in the module leads to.
  await page.workers()[0].evaluate(() => {
    self.onmessage = () => postMessage({ fatal: 'a test panicked' });
  });
  const predict = () => page.evaluate(async () => globalThis.codeOf(globalThis.negah.predict(await globalThis.sample('chelsea.png'))));
  const lost = await predict();
  assert.equal(lost.code, 'worker-lost');
  assert.match(lost.message, /stopped unexpectedly \(a test panicked\)\. Try again\./);
  assert.equal(await predict(), 'no error');
  assert.deepEqual(await page.evaluate(() => globalThis.notices.map(({ code }) => code)), ['worker-restarted']);
  assertQuiet(witness);
});

test('a worker that throws where nobody waits for it is replaced, too', async () => {
  const { page, witness } = await openApi(browser);
  await page.workers()[0].evaluate(() => {
    self.onmessage = () => setTimeout(() => {
      throw new Error('a test threw');
    });
  });
  const predict = () => page.evaluate(async () => globalThis.codeOf(globalThis.negah.predict(await globalThis.sample('chelsea.png'))));
  const lost = await predict();
  assert.equal(lost.code, 'worker-lost');
  assert.match(lost.message, /stopped unexpectedly \(.*a test threw\)\. Try again\./);
  assert.equal(await predict(), 'no error');
  assert.deepEqual(await page.evaluate(() => globalThis.notices.map(({ code }) => code)), ['worker-restarted']);
  // The driver tells what the page keeps from the console.
  assertQuiet(witness, /a test threw/);
});

/** Counts the page's workers and the addresses that it makes for them, from now on. `broken` is how many of the next die at once. */
function countWorkers(page) {
  return page.evaluate(() => {
    const workers = { alive: new Set(), most: 0, broken: 0, addresses: new Set() };
    const { createObjectURL, revokeObjectURL } = URL;
    Object.assign(URL, {
      createObjectURL(blob) {
        const address = createObjectURL.call(URL, blob);
        workers.addresses.add(address);
        return address;
      },
      revokeObjectURL(address) {
        workers.addresses.delete(address);
        revokeObjectURL.call(URL, address);
      },
    });
    globalThis.workers = workers;
    globalThis.Worker = class extends Worker {
      constructor(script, options) {
        super(workers.broken > 0 ? 'data:text/javascript,throw new Error("a test broke it")' : script, options);
        workers.broken -= 1;
        workers.alive.add(this);
        workers.most = Math.max(workers.most, workers.alive.size);
      }

      terminate() {
        workers.alive.delete(this);
        super.terminate();
      }
    };
  });
}

test('workers are replaced one after another, however many ask for it, and what is asked meanwhile is answered', async () => {
  const { page, witness } = await openApi(browser);
  await countWorkers(page);
  const asked = await page.evaluate(async () => {
    const { negah, sample, codeOf, workers } = globalThis;
    const blob = await sample('chelsea.png');
    const controller = new AbortController();
    const asked = [negah.setDevice('cpu'), negah.loadModel('efficientnet-lite0'), negah.loadModel('efficientnet-lite0', { signal: controller.signal }), negah.predict(blob), negah.setDevice('cpu')];
    controller.abort();
    return [await Promise.all(asked.map(codeOf)), await codeOf(negah.predict(blob)), workers.most, workers.alive.size];
  });
  const [[device, model, given, ...others], after, ...workers] = asked;
  assert.deepEqual([device, model, given.name, ...others, after], ['no error', 'no error', 'AbortError', 'no error', 'no error', 'no error']);
  assert.deepEqual(workers, [2, 1], 'one that starts beside one that is there');

  // The one that died cannot be replaced, and then it can: by the first of those who wait for it.
  await page.evaluate(() => {
    globalThis.workers.broken = 1;
    globalThis.workers.most = 0;
  });
  await page.workers().at(-1).evaluate(() => postMessage({ fatal: 'a test panicked' }));
  await page.waitForFunction(() => globalThis.notices.length > 0);
  const revived = await page.evaluate(async () => {
    const { negah, sample, codeOf, notices, workers } = globalThis;
    const blob = await sample('chelsea.png');
    return [notices.map(({ code }) => code), await Promise.all([1, 2, 3].map(() => codeOf(negah.predict(blob)))), workers.most, workers.alive.size];
  });
  assert.deepEqual(revived, [['worker-lost'], ['no error', 'no error', 'no error'], 1, 1]);
  assertQuiet(witness, /a test broke it/);
});

test('nothing is left of what is disposed of while it starts, nor of what cannot start', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  await countWorkers(page);
  const left = await page.evaluate(async () => {
    const { Negah } = await import('/js/negah.js');
    const { codeOf, workers } = globalThis;
    const begin = async (dispose) => {
      const negah = await Negah.create({ device: 'cpu' });
      await negah.loadModel('efficientnet-lite0');
      const loading = codeOf(negah.loadModel('efficientnet-lite0', { onProgress: () => dispose === 'loading' && negah.dispose() }));
      while (dispose === 'starting' && workers.alive.size < 2) await new Promise((resolve) => setTimeout(resolve));
      if (dispose !== 'loading') negah.dispose();
      return [(await loading).code, workers.alive.size, workers.addresses.size];
    };
    const left = {};
    for (const when of ['at once', 'starting', 'loading']) left[when] = await begin(when);
    left.never = [(await codeOf(Negah.create({ device: 'gpu' }))).code, workers.alive.size, workers.addresses.size];
    return left;
  });
  const disposed = ['disposed', 0, 0];
  assert.deepEqual(left, { 'at once': disposed, starting: disposed, loading: disposed, never: ['no-gpu', 0, 0] });
  assertQuiet(witness);
});

test('after dispose every call is refused', async () => {
  const { page, witness } = await openApi(browser);
  const code = await page.evaluate(async () => {
    globalThis.negah.dispose();
    return (await globalThis.codeOf(globalThis.negah.predict(new Blob(['x'])))).code;
  });
  assert.equal(code, 'disposed');
  assertQuiet(witness);
});

const words = async (language) => JSON.parse(await file(`www/locales/${language}.json`));

test('failures, notices and the device’s reason are said in the language that is asked for', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  const seen = await page.evaluate(async () => {
    const { Locale, Negah, NegahError } = await import('/js/negah.js');
    const said = async (negah) => {
      const error = await negah.loadModel('vgg99').catch((failure) => failure);
      return { device: negah.deviceInfo(), error: [error instanceof NegahError, error.code, error.key, error.values.id, error.message] };
    };
    return { en: await said(globalThis.negah), fa: await said(await Negah.create({ device: 'cpu', locale: await Locale.load('fa') })) };
  });
  for (const [language, { device, error: [is, code, key, id, message] }] of Object.entries(seen)) {
    const { errors, device: reasons } = await words(language);
    assert.equal(device.reason, reasons['chosen-cpu'], language);
    assert.equal(device.because.key, 'chosen-cpu');
    assert.deepEqual([is, code, key, id], [true, 'unknown-model', 'no-such-model', 'vgg99']);
    // A language that is written from right to left keeps what is put in apart from it, by signs that are not seen.
    const shown = message.replace(/[\u2066-\u2069]/g, '');
    assert.ok(shown.startsWith(errors[key].split('{known}')[0].replace('{id}', 'vgg99')) && shown.includes('efficientnet-lite0'), shown);
  }
  assertQuiet(witness);
});

test('every failure and every reason has its sentence, and no sentence is left over', async () => {
  const { errors, device } = await words('en');
  const names = ['adapter', 'assets', 'computing', 'download', 'engine', 'explainer-picture', 'negah', 'negah-explainer', 'store', 'weights', 'worker'];
  const source = (await Promise.all(names.map((name) => file(`www/js/${name}.js`)))).join('\n');
  for (const [key, sentence] of [...Object.entries(errors), ...Object.entries(device)]) {
    // A key that is put together begins in backquotes.
    assert.ok(source.includes(typeof sentence === 'string' ? `'${key}'` : `\`${key}.$`), `“${key}” is said somewhere`);
  }
  const thrown = [...source.matchAll(/(?:#failure\((?:'[\w-]+'|[\w.]+), |#lost\(|code(?:: '[\w-]+')?, key: )'([\w-]+)'/g)].map(([, key]) => key);
  assert.ok(thrown.length >= 20);
  for (const key of thrown) assert.ok(key in errors || key in device, `“${key}” has a sentence`);
  const { module } = JSON.parse(await file('www/locales/fa.module.json'));
  assert.deepEqual(Object.keys(module.errors).filter((key) => key in errors), [], 'the module’s failures have keys of their own');
});

test('what cannot be fetched is said; only the methods that compare need the pictures to compare with', async () => {
  const { page, context, witness } = await openApi(browser, { load: false });
  const create = () => page.evaluate(async () => {
    const { Negah } = await import('/js/negah.js');
    const stages = [];
    return globalThis.codeOf((async () => {
      globalThis.negah = await Negah.create({ device: 'cpu', onProgress: ({ stage, done, total }) => stages.push([stage, done, total]) });
      globalThis.stages = stages;
    })());
  });
  const missing = { status: 404, body: 'no' };
  for (const [path, code, sentence] of [
    ['js/worker.js', 'module-missing', /^A file of this page is missing: the server answered 404 for .*js\/worker\.js/],
    ['negah-web_bg.wasm', 'module-missing', /^The WebAssembly module is missing: the server answered 404 for .*negah-web_bg\.wasm/],
    ['models/models.json', 'model-missing', /the server answered 404 for .*models\.json/],
    ['locales/en.json', 'words-missing', /^The words of this page cannot be fetched \(the server answered 404 .*\)\. Check the connection and try again\.$/],
  ]) {
    await context.route(`**/${path}`, (route) => route.fulfill(missing));
    const error = await create();
    assert.deepEqual([error.name, error.code], ['NegahError', code], error.message);
    assert.match(error.message, sentence);
    await context.unroute(`**/${path}`);
  }
  await context.route('**/backgrounds/07.jpg', (route) => route.abort());
  // A server that does not know what the module is.
  await context.route('**/negah-web_bg.wasm', async (route) => route.fulfill({ response: await route.fetch(), contentType: 'text/plain' }));
  assert.equal(await create(), 'no error');
  const seen = await page.evaluate(async () => {
    const { negah, codeOf, stages } = globalThis;
    await negah.loadModel('efficientnet-lite0');
    const blob = await globalThis.sample('chelsea.png');
    const { target } = await negah.explain(blob, {});
    const compared = await codeOf(negah.explain(blob, { method: 'expected-gradients' }));
    const own = await codeOf(negah.explain(blob, { method: 'expected-gradients', background: blob, parameters: { samples: 2 } }));
    return { target: target.name, compared, own, last: stages.at(-1), kinds: [...new Set(stages.map(([stage]) => stage))] };
  });
  assert.equal(seen.target, 'Egyptian cat');
  assert.equal(seen.compared.code, 'background-missing');
  assert.match(seen.compared.message, /backgrounds\/07\.jpg could not be fetched when the page was opened\. .* reload the page\./);
  assert.equal(seen.own, 'no error');
  assert.deepEqual(seen.kinds, ['module', 'model', 'verify', 'load']);
  assertQuiet(witness, /404|ERR_FAILED/);
});

test('the worker is bound by the page’s content-security policy', async () => {
  const { page } = await openPage(browser);
  await untilState(page, 'ready');
  const [worker] = page.workers();
  // A port nobody listens on: the policy has to refuse it before the network does.
  const blocked = await worker.evaluate(
    () =>
      new Promise((resolve) => {
        self.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        fetch('http://127.0.0.1:9/').catch(() => setTimeout(() => resolve('not refused by the policy'), 500));
      }),
  );
  assert.equal(blocked, 'connect-src');
});
