// Networks whose weights the visitor brings, of full size: exact, kept for the next time, and let go of.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { assertQuiet, bring, file, give, launch, openApi, openPage, pickSample, readSafetensors, seeded, untilState } from './harness.mjs';

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'negah-'));
});
// Each holds hundreds of megabytes.
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

const GOLDENS = 'tests/goldens/keras_models';

/** The largest difference, as a share of the largest value expected. */
function worst(values, expected) {
  assert.equal(values.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...values.map((value, index) => Math.abs(value - expected[index]))) / largest;
}

/** How many bytes of WebAssembly memory there may be when a model of full size is loaded and looks. */
const MOST_MEMORY = { vgg16: 1.7e9, xception: 0.6e9 };

for (const [id, layer, number] of [['vgg16', 'block5_conv3', 17], ['xception', 'block14_sepconv1', 126]]) {
  test(`${id} gives Keras’s logits and tf-explain’s Grad-CAM from a file that was brought`, async () => {
    const { page, witness } = await openApi(browser, { load: false });
    await give(page, seeded(id));
    const golden = new Map(readSafetensors(await file(`${GOLDENS}/arrays.safetensors`)));
    const [{ name, targets, parameters, score }] = JSON.parse(await file(`${GOLDENS}/cases.json`)).filter((one) => one.method === 'grad-cam' && one.layer === layer);
    const seen = await page.evaluate(
      async ([layer, number, targets, parameters, score]) => {
        const { negah, given, sample } = globalThis;
        const id = await negah.identify(given);
        const read = [];
        await negah.loadModel(id, { weights: given, onProgress: ({ stage, done, total }) => stage === 'load' && read.push([done, total]) });
        const blob = await sample('chelsea.png');
        const { classes } = await negah.predict(blob, { top: 1000, framing: 'keras' });
        const options = { method: 'grad-cam', target: targets, score, framing: 'keras', parameters };
        const byName = await negah.explain(blob, { ...options, layer });
        const byNumber = await negah.explain(blob, { ...options, layer: number });
        return {
          id, read, memory: await negah.memory(), logits: classes.sort((a, b) => a.index - b.index).map(({ logit }) => logit),
          map: [...byName.values], same: byNumber.layer && byName.values.every((value, index) => value === byNumber.values[index]),
          index: negah.layers().find(({ name }) => name === layer).index,
        };
      },
      [layer, number, targets, parameters, score],
    );
    assert.equal(seen.id, id, 'a file is known by what is in it');
    assert.deepEqual([seen.index, seen.same], [number, true], 'a layer has Keras’s number');
    const [logits, map] = [worst(seen.logits, [...golden.get(`${id}/logits`)]), worst(seen.map, [...golden.get(name)])];
    console.log(`${id}: logits ${logits.toExponential(1)}, Grad-CAM ${map.toExponential(1)}, ${(seen.memory / 1e6).toFixed(0)} MB of WebAssembly memory`);
    assert.ok(logits <= 1e-3 && map <= 1e-3);
    assert.ok(seen.read.length > 5 && seen.read.every(([done, total]) => done <= total), 'the reading is told in bytes');
    assert.ok(seen.memory < MOST_MEMORY[id], `${seen.memory} bytes of memory`);
    assertQuiet(witness);
  });
}

/** The badge's name of the network. */
const network = (page) => page.locator('#model-name').innerText();

test('a network that was brought is kept, found again after a reload, and removed', async () => {
  const { page, witness } = await openPage(browser);
  await untilState(page, 'ready');
  await page.getByTestId('model-badge').click();
  assert.match(await page.getByTestId('missing-vgg16').innerText(), /VGG-16: bring .*safetensors, \.pth, \.h5.*553\sMB/);
  assert.match(await page.getByTestId('model-efficientnet-lite0').innerText(), /9\.6\sMB, comes with this page/);
  await page.keyboard.press('Escape');

  await pickSample(page, 'chelsea');
  await page.getByTestId('layer-select').selectOption('blocks.10');
  await untilState(page, 'done');
  await pickSample(page, 'coffee');
  await bring(page, seeded('xception'));
  await page.locator('#progress-text').filter({ hasText: /Xception: .* of 91\.7\sMB/ }).waitFor();
  await page.locator('#model-name').filter({ hasText: 'Xception' }).waitFor();
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /Grad-CAM at block14_sepconv2_act \(10\s×\s10\)/, 'the picture is looked at anew, at a layer of this network');
  const layers = await page.getByTestId('layer-select').locator('option').allInnerTexts();
  assert.ok(layers.includes('126 · block14_sepconv1 · 10\u00a0×\u00a010'), 'Keras’s numbers are in the menu');
  assert.ok(!layers.some((name) => name.includes('input')), 'the picture is no layer');

  await page.getByTestId('undo').click();
  await untilState(page, 'done');
  assert.equal(await page.locator('#picture-title').innerText(), 'Chelsea the cat');
  assert.match(await page.getByTestId('caption').innerText(), /block14_sepconv2_act/, 'an earlier picture is looked at by this network, too');

  await page.locator('[data-testid=model-xception]', { hasText: 'kept in this browser' }).waitFor({ state: 'attached' });
  await page.reload();
  await untilState(page, 'ready');
  assert.equal(await network(page), 'Xception', 'the address names it, and it is kept');
  await page.getByTestId('model-badge').click();
  await page.getByTestId('model-efficientnet-lite0').click();
  await page.locator('#model-name').filter({ hasText: 'EfficientNet-Lite0' }).waitFor();
  await untilState(page, 'ready');
  await page.getByTestId('model-badge').click();
  assert.match(await page.getByTestId('model-xception').innerText(), /91\.7\sMB, kept in this browser: xception\.safetensors/);
  await page.getByTestId('model-xception').click();
  await page.locator('#model-name').filter({ hasText: 'Xception' }).waitFor();
  await untilState(page, 'ready');

  await page.getByTestId('model-badge').click();
  await page.getByTestId('remove-xception').click();
  await page.locator('[data-testid=model-xception]', { hasText: 'not kept' }).waitFor();
  await page.getByTestId('model-efficientnet-lite0').click();
  await page.locator('#model-name').filter({ hasText: 'EfficientNet-Lite0' }).waitFor();
  await page.getByTestId('model-badge').click();
  await page.getByTestId('missing-xception').waitFor();
  assert.equal(await page.getByTestId('model-xception').count(), 0, 'what is removed has to be brought again');
  assertQuiet(witness);
});

test('cancelling leaves the network before, and its map', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  const caption = await page.getByTestId('caption').innerText();
  await bring(page, seeded('vgg16'));
  await page.locator('#progress-text').filter({ hasText: /VGG-16: .* of 553\.4\sMB/ }).waitFor();
  await page.getByTestId('cancel').click();
  await untilState(page, 'done');
  assert.equal(await network(page), 'EfficientNet-Lite0');
  assert.equal(await page.getByTestId('caption').innerText(), caption);
  await page.getByTestId('class-282').click();
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /tiger cat/, 'and it goes on');
  assertQuiet(witness);
});

test('a file that holds no such weights gets a sentence, and nothing is lost', async () => {
  const { page, witness } = await openPage(browser);
  await pickSample(page, 'chelsea');
  const caption = await page.getByTestId('caption').innerText();
  const lite1 = await readFile(seeded('efficientnet-lite1'));
  const write = async (name, bytes) => {
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  };
  const nan = Buffer.from(lite1);
  nan.fill(255, nan.length - 4000);
  const renamed = Buffer.from(lite1.toString('latin1').replace('"_conv_stem.weight"', '"_conv_stam.weight"'), 'latin1');
  const bad = [
    [await write('short.safetensors', lite1.subarray(0, 1_000_000)), /The weights cannot be read: in the file/],
    [await write('nan.safetensors', nan), /not finite numbers/],
    [await write('renamed.safetensors', renamed), /do not belong to EfficientNet-Lite1.*One tensor is missing: _conv_stem\.weight.*One tensor is not part of the network: _conv_stam\.weight/],
    [await write('claims.safetensors', Buffer.from([255, 255, 255, 255, 255, 255, 255, 15, 123, 125])), /cannot be read/],
    [await write('notes.pth', Buffer.from('no weights at all, only words')), /“notes\.pth” holds none/],
  ];
  for (const [path, sentence] of bad) {
    await bring(page, path);
    await page.getByTestId('message').filter({ hasText: sentence }).waitFor();
    await untilState(page, 'done');
    assert.equal(await network(page), 'EfficientNet-Lite0');
    assert.equal(await page.getByTestId('caption').innerText(), caption, `${path}: what was there stays`);
    await page.getByTestId('message-dismiss').click();
  }
  // A file of another network that is dropped like a picture is recognised all the same.
  await page.getByTestId('file-input').setInputFiles(seeded('efficientnet-lite1'));
  await page.locator('#model-name').filter({ hasText: 'EfficientNet-Lite1' }).waitFor();
  await untilState(page, 'done');
  assert.match(await page.getByTestId('caption').innerText(), /Grad-CAM at head \(8\s×\s8\)/);
  assertQuiet(witness);
});

test('every format is told from a picture by what is in it', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  const small = new URL('../../crates/weights/goldens/', import.meta.url);
  const names = (await readdir(small)).filter((name) => /\.(safetensors|pth|pt|h5|keras)$/.test(name) && !name.includes('expected'));
  assert.ok(names.length >= 14, `${names.length} files`);
  for (const name of names) {
    await give(page, new URL(name, small).pathname);
    const outcome = await page.evaluate(() => globalThis.codeOf(globalThis.negah.identify(globalThis.given)));
    // They are of a sixteenth of the width: real weights, of no network that there is.
    assert.equal(outcome.code, 'unknown-weights', `${name}: ${JSON.stringify(outcome)}`);
  }
  assertQuiet(witness);
});

test('weights have to be brought once, and a copy that is damaged is let go of', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  await give(page, seeded('efficientnet-lite1'));
  const seen = await page.evaluate(async () => {
    const { negah, given, codeOf } = globalThis;
    const id = 'efficientnet-lite1';
    const before = await codeOf(negah.loadModel(id));
    await negah.keepModel(id, given);
    const kept = await negah.keptModels();
    const found = await codeOf(negah.loadModel(id));
    // Hugging Face's cache names files by their SHA-256.
    await negah.keepModel(id, new File([given], '0'.repeat(64)));
    const hashed = await codeOf(negah.loadModel(id));
    const half = given.slice(0, given.size / 2);
    await negah.keepModel(id, new File([half], 'half.safetensors'));
    const damaged = await codeOf(negah.loadModel(id));
    return { before, kept, found, hashed, damaged, left: await negah.keptModels(), layers: negah.layers().length };
  });
  assert.equal(seen.before.code, 'weights-needed');
  assert.match(seen.before.message, /EfficientNet-Lite1 needs its weights.*lukemelas.*22 MB/);
  const { size } = await stat(seeded('efficientnet-lite1'));
  assert.deepEqual(seen.kept, [{ id: 'efficientnet-lite1', file: 'efficientnet-lite1.safetensors', bytes: size, brought: true }]);
  assert.deepEqual([seen.found, seen.hashed], ['no error', 'no error']);
  assert.equal(seen.damaged.code, 'model-damaged');
  assert.match(seen.damaged.message, /was removed: bring the file again/);
  assert.deepEqual(seen.left, []);
  assert.ok(seen.layers > 0, 'the network before is still there');
  assertQuiet(witness);
});

test('of networks that are asked for at once the last one stays, and it stays when its copy is let go of meanwhile', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  await give(page, seeded('efficientnet-lite1'));
  const seen = await page.evaluate(async () => {
    const { negah, given, codeOf } = globalThis;
    const [served, brought] = ['efficientnet-lite0', 'efficientnet-lite1'];
    // Where the one that is served is takes longer to find out than where the one that is brought is.
    const first = [await codeOf(Promise.all([negah.loadModel(served), negah.loadModel(brought, { weights: given })])), negah.model];
    const second = [await codeOf(Promise.all([negah.loadModel(brought, { weights: given }), negah.loadModel(served)])), negah.model];
    await negah.keepModel(brought, given);
    await negah.loadModel(brought);
    // Its weights are read once more before they go; that another network is there first must not be undone.
    const { stream } = Blob.prototype;
    const loaded = Promise.withResolvers();
    Blob.prototype.stream = () => new ReadableStream({ start: () => loaded.promise, pull: (controller) => controller.close() });
    const forgetting = negah.forgetModel(brought);
    Blob.prototype.stream = stream;
    await negah.loadModel(served);
    loaded.resolve();
    await forgetting;
    return { first, second, after: [negah.model, await codeOf(negah.predict(await globalThis.sample('chelsea.png')))] };
  });
  assert.deepEqual(seen, { first: ['no error', 'efficientnet-lite1'], second: ['no error', 'efficientnet-lite0'], after: ['efficientnet-lite0', 'no error'] });
  assertQuiet(witness);
});

test('what is kept and cannot be read is as if it were not kept', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  await give(page, seeded('efficientnet-lite1'));
  const seen = await page.evaluate(async () => {
    const { negah, given, codeOf } = globalThis;
    const [served, brought] = ['efficientnet-lite0', 'efficientnet-lite1'];
    const gone = () => Promise.reject(new DOMException('It is not there.', 'NotFoundError'));
    await negah.keepModel(brought, given);
    await negah.keepModel(served, given);
    const all = (await negah.keptModels()).map(({ id }) => id).sort();
    const outcomes = async () => [(await negah.keptModels()).map(({ id }) => id), await codeOf(negah.loadModel(served)), (await codeOf(negah.loadModel(brought))).code];
    // As when another tab removes one meanwhile, or all of them.
    const { getFile } = FileSystemFileHandle.prototype;
    FileSystemFileHandle.prototype.getFile = function () {
      return this.name === given.name ? gone() : getFile.call(this);
    };
    const files = await outcomes();
    FileSystemFileHandle.prototype.getFile = getFile;
    const { values, entries } = FileSystemDirectoryHandle.prototype;
    const unreadable = () => ({ [Symbol.asyncIterator]: () => ({ next: gone }) });
    Object.assign(FileSystemDirectoryHandle.prototype, { values: unreadable, entries: unreadable });
    const folders = await outcomes();
    Object.assign(FileSystemDirectoryHandle.prototype, { values, entries });
    const root = await navigator.storage.getDirectory();
    await (await root.getDirectoryHandle('models')).removeEntry(brought, { recursive: true });
    return { all, files, folders, forgotten: await codeOf(negah.forgetModel(brought)) };
  });
  const outcomes = [[], 'no error', 'weights-needed'];
  assert.deepEqual(seen, { all: ['efficientnet-lite0', 'efficientnet-lite1'], files: outcomes, folders: outcomes, forgotten: 'no error' });
  assertQuiet(witness);
});

test('without room, or where a browser keeps nothing, a network works and is not kept', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  await give(page, seeded('efficientnet-lite1'));
  const seen = await page.evaluate(async () => {
    const { negah, given, codeOf } = globalThis;
    await negah.loadModel('efficientnet-lite1', { weights: given });
    navigator.storage.estimate = async () => ({ quota: 6e6, usage: 1e6 });
    const full = await codeOf(negah.keepModel('efficientnet-lite1', given));
    navigator.storage.getDirectory = () => Promise.reject(new DOMException('not here', 'SecurityError'));
    const nowhere = await codeOf(negah.keepModel('efficientnet-lite1', given));
    const { classes } = await negah.predict(await globalThis.sample('chelsea.png'));
    return { full, nowhere, kept: await negah.keptModels(), classes: classes.length };
  });
  assert.deepEqual([seen.full.code, seen.nowhere.code, seen.kept, seen.classes], ['not-kept', 'not-kept', [], 5]);
  assert.match(seen.full.message, /EfficientNet-Lite1 works, but .*there is room for 5 MB.*bring the file again/);
  assert.match(seen.nowhere.message, /keeps no files for this page/);
  assertQuiet(witness);
});

test('weights that are served beside the page are found by its list, fetched once, and refused if they are not the ones announced', async () => {
  const { page, witness } = await openApi(browser, { load: false });
  const path = seeded('efficientnet-lite1');
  const bytes = await readFile(path);
  const entry = { id: 'efficientnet-lite1', name: 'EfficientNet-Lite1', file: 'fetched/lite1.safetensors', bytes: bytes.length };
  let fetched = 0;
  await page.route('**/models/fetched/lite1.safetensors', (route) => {
    fetched += 1;
    return route.fulfill({ path });
  });
  const visit = async (sha256) => {
    await page.route('**/models/models.json', (route) => route.fulfill({ json: [{ ...entry, sha256 }] }));
    return page.evaluate(async () => {
      const { Negah } = await import('/js/negah.js');
      const negah = await Negah.create({ device: 'cpu' });
      const outcome = await globalThis.codeOf(negah.loadModel('efficientnet-lite1'));
      // What was fetched is kept meanwhile.
      for (let wait = 0; outcome === 'no error' && wait < 100 && (await negah.keptModels()).length === 0; wait += 1) await new Promise((resolve) => setTimeout(resolve, 50));
      const kept = await negah.keptModels();
      negah.dispose();
      return { outcome, kept };
    });
  };
  const wrong = await visit('0'.repeat(64));
  assert.equal(wrong.outcome.code, 'model-damaged');
  assert.match(wrong.outcome.message, /checksum is not the one announced/);
  assert.deepEqual(wrong.kept, []);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const kept = [{ id: 'efficientnet-lite1', file: 'fetched/lite1.safetensors', bytes: bytes.length, brought: false }];
  assert.deepEqual(await visit(sha256), { outcome: 'no error', kept });
  assert.deepEqual(await visit(sha256), { outcome: 'no error', kept });
  assert.equal(fetched, 2, 'once for each visit that had none');
  assertQuiet(witness);
});

/** What the browser's processes hold in memory, in bytes; pages that they share count once. Linux alone tells. */
async function resident() {
  let sum = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      if (!(await readFile(`/proc/${pid}/cmdline`, 'latin1')).includes('--type=renderer')) continue;
      sum += 1024 * Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'latin1'))[1]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum;
}

test('ten changes of network take no more memory than two', { skip: process.platform !== 'linux' }, async () => {
  const { page, witness } = await openApi(browser, { load: false });
  await give(page, seeded('efficientnet-lite1'));
  const change = async () => {
    await page.evaluate(async () => {
      const { negah, given, sample } = globalThis;
      for (const [id, weights] of [['efficientnet-lite1', given], ['efficientnet-lite0', undefined]]) {
        await negah.loadModel(id, { weights });
        await negah.predict(await sample('chelsea.png'));
      }
    });
    return resident();
  };
  const all = [];
  for (let pair = 0; pair < 5; pair += 1) all.push(await change());
  console.log(`memory after each second change: ${all.map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`).join(', ')}`);
  // A worker that is kept would add some 100 MB each time.
  assert.ok(all.at(-1) - all[0] < 150e6, `${all}`);
  assertQuiet(witness);
});
