// What is kept of a board: read again, it is what was in memory.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, file, launch, openApi, openPage, serveSources } from './harness.mjs';

let browser;
let page;
let witness;
before(async () => {
  browser = await launch();
  ({ page, witness } = await openApi(browser));
  await serveSources(page);
  await page.evaluate(async () => {
    const { negah, sample } = globalThis;
    globalThis.keep = { ...await import('/source/js/keep-board.js'), ...await import('/source/js/board-sheet.js') };
    const blobs = { 'Chelsea the cat': await sample('chelsea.png'), 'Dog, bicycle & car': await sample('dog.jpg') };
    const context = (image, explanation) => ({
      image, method: negah.methods().find(({ id }) => id === explanation.method), model: negah.models()[0], version: negah.version(), framing: 'centre-crop', opacity: 1, share: 1, threshold: 0, blend: 'normal',
      colormap: negah.colormaps().find(({ id }) => id === explanation.colormap), layers: negah.layers(),
    });
    globalThis.cellOf = async (row, column, image, options) => {
      // A copy, as where each of several networks decodes the picture for itself.
      const prediction = structuredClone(await negah.predict(blobs[image]));
      const explanation = await negah.explain(blobs[image], options);
      return { row, column, explanation, prediction, context: context(image, explanation), coloured: explanation.picture, scale: row };
    };
    globalThis.base64 = (blob) => new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(',')[1]);
      reader.readAsDataURL(blob);
    });
    /** Where a colour is: its box, and how many pixels have it. */
    globalThis.find = async (blob, colours) => {
      const bitmap = await createImageBitmap(blob);
      const { width, height } = bitmap;
      const pen = new OffscreenCanvas(width, height).getContext('2d');
      pen.drawImage(bitmap, 0, 0);
      const pixels = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer);
      return colours.map(([r, g, b]) => {
        const colour = (255 << 24 | b << 16 | g << 8 | r) >>> 0;
        let [left, top, right, bottom, count] = [width, height, 0, 0, 0];
        pixels.forEach((pixel, at) => {
          if (pixel !== colour) return;
          const [x, y] = [at % width, Math.floor(at / width)];
          [left, top, right, bottom, count] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1), count + 1];
        });
        return { left, top, width: right - left, height: bottom - top, count };
      });
    };
    globalThis.solid = ([r, g, b], width, height) => ({ width, height, rgba: new Uint8ClampedArray(4 * width * height).map((_, at) => [r, g, b, 255][at % 4]), range: [0, 1] });
  });
});
after(() => browser.close());

const ROWS = ['Chelsea the cat', 'Dog, bicycle & car'];
const COLUMNS = ['Egyptian cat', 'شپرد <German>'];
const SENTENCES = ['Grad-CAM at head.', 'One scale for all maps.'];

/** Two pictures × two classes by one scale; what is in memory of it. */
function photographs() {
  return page.evaluate(async ([rows, columns, sentences]) => {
    const { negah, cellOf } = globalThis;
    const cells = [];
    for (const [row, image] of rows.entries()) for (const [column, target] of [285, 235].entries()) cells.push({ ...await cellOf(row, column, image, { target, layer: 'head' }), scale: 0 });
    const values = Float32Array.from(cells.flatMap(({ explanation }) => [...explanation.values]));
    const { pictures } = await negah.render({ values, width: 7, height: 7 });
    cells.forEach((cell, at) => {
      cell.coloured = pictures[at];
    });
    globalThis.board = { title: 'Pictures × classes', rows, columns, cells, sentences, missing: [], version: negah.version() };
    return { version: negah.version(), layers: negah.layers().length, cells: cells.map(({ explanation: { values, target, layer, parameters }, coloured: { range } }) => ({ values: [...values], target, layer, parameters, range })) };
  }, [ROWS, COLUMNS, SENTENCES]);
}

/** A board of a map, a grid and a signed map, each with a scale of its own, and a cell that is missing; the cells are of one colour each, the scales of one for all. */
const COLOURS = [[200, 0, 0], [0, 150, 0], [0, 0, 250]];
const EMPTY = [0xf1, 0xef, 0xe8];
const SCALE = [1, 2, 3];
function mixture() {
  return page.evaluate(async ([colours, scale]) => {
    const { cellOf, solid } = globalThis;
    const cells = [
      await cellOf(0, 0, 'Chelsea the cat', { target: 285, layer: 'head' }),
      await cellOf(0, 1, 'Chelsea the cat', { method: 'activations', target: 285, layer: 'head' }),
      await cellOf(1, 0, 'Chelsea the cat', { method: 'gradient-x-input', target: 285 }),
    ];
    cells.forEach((cell, at) => {
      const { picture } = cell.explanation;
      cell.coloured = solid(colours[at], picture.width, picture.height);
      const { width, height } = cell.prediction.picture;
      cell.prediction = { ...cell.prediction, crop: { x: 0, y: 0, width, height } };
      cell.context.colormap = { stops: new Uint8Array(768).map((_, at) => scale[at % 3]), alpha: new Array(256).fill(255) };
      cell.scale = at;
    });
    const missing = [{ row: 1, column: 1, why: 'Stopped.' }];
    globalThis.mixture = { title: 'Methods', rows: ['one', 'two'], columns: ['three', 'four'], cells, sentences: [], missing, version: '0' };
  }, [COLOURS, SCALE]);
}

/** The entries of a ZIP by its directory, each held to its own header and checksum. */
function unzip(bytes) {
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50);
  let at = bytes.readUInt32LE(end + 16);
  assert.equal(at + bytes.readUInt32LE(end + 12), end, 'the directory ends where the end begins');
  const entries = {};
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count -= 1) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const [method, crc, size, length] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 16), bytes.readUInt32LE(at + 24), bytes.readUInt16LE(at + 28)];
    assert.equal(method, 0, 'stored');
    const local = bytes.readUInt32LE(at + 42);
    assert.equal(bytes.readUInt32LE(local), 0x04034b50);
    const name = bytes.subarray(at + 46, at + 46 + length).toString();
    assert.equal(bytes.subarray(local + 30, local + 30 + length).toString(), name);
    const start = local + 30 + length + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + size);
    assert.equal(crc32(content), crc, `the checksum of ${name}`);
    entries[name] = content;
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (0xedb88320 & -(rest & 1));
  }
  return ~rest >>> 0;
}

/** A NumPy file: its kind, its shape and its bytes, which begin at a multiple of 64. */
function readNpy(bytes) {
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x93NUMPY\x01\x00');
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  const [, kind, shape] = /^\{'descr': '(.*)', 'fortran_order': False, 'shape': \((.*?),?\), \} *\n$/.exec(bytes.subarray(10, start).toString('latin1'));
  return { kind, shape: shape.match(/\d+/g).map(Number), content: bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length) };
}

function readStrings(bytes) {
  const { kind, shape: [count], content } = readNpy(bytes);
  const longest = Number(/^<U(\d+)$/.exec(kind)[1]);
  const all = new Uint32Array(content);
  assert.equal(all.length, count * longest);
  return Array.from({ length: count }, (_, at) => String.fromCodePoint(...all.subarray(at * longest, (at + 1) * longest)).replace(/\0+$/, ''));
}

/** That a record has what a schema asks for, and nothing that it does not know. */
function assertKeys(one, { required, properties }) {
  for (const key of required) assert.ok(key in one, `${key} is there`);
  for (const key of Object.keys(one)) assert.ok(key in properties, `${key} is in the schema`);
}

/** JSON has the shortest decimals that make the same single precision: the numbers as they were in memory. */
const single = (record) => JSON.parse(JSON.stringify(record), (_, value) => (typeof value === 'number' ? Math.fround(value) : value));

test('a board’s values come back from .npz and from JSON', async () => {
  const { cells, version } = await photographs();
  const bytes = Buffer.from(await page.evaluate(() => globalThis.keep.boardNpz(globalThis.negah, globalThis.board).then(globalThis.base64)), 'base64');
  const entries = unzip(bytes);
  assert.deepEqual(Object.keys(entries), ['rows.npy', 'columns.npy', 'sentences.npy', 'r1c1.npy', 'r1c2.npy', 'r2c1.npy', 'r2c2.npy']);
  assert.deepEqual(['rows', 'columns', 'sentences'].map((name) => readStrings(entries[`${name}.npy`])), [ROWS, COLUMNS, SENTENCES]);
  ['r1c1', 'r1c2', 'r2c1', 'r2c2'].forEach((name, at) => {
    const { kind, shape, content } = readNpy(entries[`${name}.npy`]);
    assert.deepEqual([kind, shape], ['<f4', [1, 1, 7, 7]]);
    assert.deepEqual([...new Float32Array(content)], cells[at].values, name);
  });
  assert.notDeepEqual(cells[0].values, cells[1].values, 'classes are told apart');

  const kept = JSON.parse(await page.evaluate(async () => (await globalThis.keep.boardJson(globalThis.negah, globalThis.board)).text()));
  const schema = JSON.parse(await file('docs/board.schema.json'));
  const schemaOfCell = schema.properties.cells.items;
  const schemaOfMap = JSON.parse(await file(`docs/${schemaOfCell.properties.explanation.$ref}`));
  assertKeys(kept, schema);
  assert.deepEqual([kept.version, kept.rows, kept.columns, kept.sentences, kept.missing], [version, ROWS, COLUMNS, SENTENCES, []]);
  assert.deepEqual(kept.cells.map(({ row, column }) => [row, column]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
  kept.cells.forEach((cell, at) => {
    assertKeys(cell, schemaOfCell);
    assertKeys(cell.explanation, schemaOfMap);
    const { explanation: { image, layer, parameters, targets: [target] }, scale } = single(cell);
    assert.deepEqual([image, layer, parameters, target.class, target.map, scale], [ROWS[at >> 1], 'head', cells[at].parameters, cells[at].target, cells[at].values, cells[at].range]);
    assert.deepEqual(cell.scale, kept.cells[0].scale, 'one scale');
  });
});

test('a board’s report opens offline, runs nothing and holds every cell, every picture and the network once', async () => {
  const { cells, layers, version } = await photographs();
  const html = Buffer.from(await page.evaluate(async () => globalThis.base64(await globalThis.keep.boardReport(globalThis.board))), 'base64').toString();
  assert.doesNotMatch(html, /<script|javascript:|https?:\/\//i, 'nothing is run, nothing is fetched');
  assert.match(html, /http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/);
  const offline = await openPage(browser, { url: null, offline: true });
  await offline.page.setContent(html);
  assert.equal(await offline.page.locator('h1').innerText(), 'Pictures × classes');
  assert.deepEqual(await offline.page.locator('body > p').allInnerTexts(), [...SENTENCES, `Negah ${version}.`]);
  const images = await offline.page.locator('img').evaluateAll((all) => all.filter((image) => image.naturalWidth > 0).map(({ alt, naturalWidth, naturalHeight }) => [alt, naturalWidth, naturalHeight]));
  assert.deepEqual(images.slice(1), [[ROWS[0], 451, 300], [ROWS[1], 768, 576]], 'each picture once, after the sheet');
  const table = (name) => offline.page.locator(`h2:text-is("${name}") + .wide tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  const [head, ...rows] = await table('The maps in numbers');
  assert.deepEqual(head, ['Row', 'Column', 'Class', 'Probability', 'Layer', 'Values', 'Sum', 'Smallest', 'Largest', '50\u00a0% are at most', 'Seconds', 'Device']);
  assert.deepEqual(rows.map((row) => row.slice(0, 2)), [[ROWS[0], COLUMNS[0]], [ROWS[0], COLUMNS[1]], [ROWS[1], COLUMNS[0]], [ROWS[1], COLUMNS[1]]]);
  rows.forEach((row, at) => {
    const { values, target, layer } = cells[at];
    assert.deepEqual([row[2], row[4]], [target.name, layer]);
    const ranked = values.toSorted((one, other) => one - other);
    const expected = [values.reduce((sum, one) => sum + one), ranked[0], ranked.at(-1), ranked[24]];
    row.slice(6, 10).forEach((told, index) => assert.ok(Math.abs(Number(told.replace('\u2212', '-')) - expected[index]) <= 0.006 * Math.abs(expected[index]), `${head[6 + index]} is ${told}, not ${expected[index]}`));
  });
  assert.deepEqual((await table('Settings')).map(([name, set]) => `${name}: ${set}`), ['Network: EfficientNet-Lite0', 'Method: Grad-CAM', 'Layer: head', 'Score: Logit', 'Framing: the central square of the picture', 'Only evidence for the class: on', 'Only positive gradients (tf-explain): off']);
  assert.equal(await offline.page.locator('h2:text-is("Settings that differ")').count(), 0);
  assert.equal((await table('Layers')).length, layers + 1);
  assertQuiet(offline.witness);

  await mixture();
  const other = Buffer.from(await page.evaluate(async () => globalThis.base64(await globalThis.keep.boardReport(globalThis.mixture))), 'base64').toString();
  await offline.page.setContent(other);
  assert.deepEqual((await table('What is missing')).slice(1), [['two', 'four', 'Stopped.']]);
  assert.deepEqual(await table('Settings that differ'), [
    ['Where', 'Method', 'Order', 'Only evidence for the class', 'Only positive gradients (tf-explain)'],
    ['one, three', 'Grad-CAM', '', 'on', 'off'],
    ['four', 'Activations', 'As the network numbers them', '', ''],
    ['two', 'Gradient × input', '', '', ''],
  ]);
  const grid = (await table('The maps in numbers'))[2];
  assert.deepEqual(grid.slice(0, 6), ['one', 'four', '', '', 'head', '1,280\u00a0×\u00a07\u00a0×\u00a07'], 'a grid is of no class');
  assert.equal(await offline.page.locator('h2:text-is("The picture") ~ figure img').count(), 1, 'decoded three times, it is one picture');
});

test('the sheet has each cell in its place, in its own aspect ratio and in the board’s colours', async () => {
  await mixture();
  const sheet = (change = '') => page.evaluate(async ([change, colours]) => {
    const board = structuredClone(globalThis.mixture);
    if (change === 'shared') for (const cell of board.cells) cell.scale = 7;
    if (change === 'large') [board.columns, board.rows] = [Array.from({ length: 40 }, (_, at) => `a_long_name.of_the_column_${at}.jpeg`), Array.from({ length: 30 }, (_, at) => `row ${at}`)];
    const blob = await globalThis.keep.boardPng(board);
    return { found: await globalThis.find(blob, colours), bytes: await globalThis.base64(blob) };
  }, [change, [...COLOURS, EMPTY, SCALE]]);

  const { found: [map, grid, signed, empty, bars], bytes } = await sheet();
  const header = Buffer.from(bytes, 'base64');
  assert.equal(header.subarray(1, 4).toString(), 'PNG');
  const size = [header.readUInt32BE(16), header.readUInt32BE(20)];
  for (const [name, { width, height, count }, ratio] of [['map', map, 300 / 451], ['grid', grid, 1], ['signed', signed, 300 / 451]]) {
    assert.equal(count, width * height, `the ${name} is whole`);
    assert.ok(Math.abs(height - width * ratio) <= 1, `the ${name} is ${width} × ${height}`);
  }
  const middle = ({ left, top, width, height }) => [left + width / 2, top + height / 2];
  const near = (one, other, what) => assert.ok(Math.abs(one - other) <= 1, `${what}: ${one} and ${other}`);
  near(middle(map)[1], middle(grid)[1], 'one row');
  near(middle(map)[0], middle(signed)[0], 'one column');
  near(middle(empty)[0], middle(grid)[0], 'the missing cell is in its column');
  near(middle(empty)[1], middle(signed)[1], 'the missing cell is in its row');
  assert.ok(map.left + map.width < grid.left && map.top + map.height < signed.top);
  assert.deepEqual([grid.width, empty.width], [map.width, map.width], 'the boxes are of one size');
  const written = empty.width * empty.height - empty.count;
  assert.ok(written > 50 && written < 2000, `a word stands in the missing cell: ${written} pixels are not its ground`);
  assert.ok(signed.top > grid.top + grid.height + 20, 'there is room for a scale');
  assert.ok([map, grid, signed].every(({ left, top, width, height }) => left >= 48 && top >= 48 && left + width <= size[0] - 48 && top + height <= size[1] - 48));
  // The scales are all of one colour: three of them, as wide as the boxes, and none below the missing cell.
  near(bars.left, map.left, 'the scales begin at the boxes’ left side');
  near(bars.left + bars.width, grid.left + grid.width, 'the scales end at the boxes’ right side');
  assert.equal(bars.count, 3 * map.width * 8, 'a scale of its own below each cell');
  assert.ok(bars.top >= grid.top + grid.height && bars.top + bars.height > signed.top + signed.height);

  const { found: [, , { top, height }, , shared] } = await sheet('shared');
  assert.equal(shared.count, shared.width * shared.height, 'one scale for all');
  assert.ok(shared.top > top + height && shared.height === 14);

  const large = await sheet('large');
  const limits = Buffer.from(large.bytes, 'base64');
  assert.ok(limits.readUInt32BE(16) <= 4096 && limits.readUInt32BE(20) <= 4096, `${limits.readUInt32BE(16)} × ${limits.readUInt32BE(20)}`);
  assert.ok(large.found.slice(0, 3).every(({ count, width, height }) => count > 1000 && count === width * height), 'cells shrink, and are whole');
  assertQuiet(witness);
});

test('what does not reach the threshold or is not among the strongest is not seen, and the map is blended as asked', async () => {
  const { alpha, told, found } = await page.evaluate(async () => {
    const { visible } = await import('/source/js/pictures.js');
    const { sentences } = await import('/source/js/keep.js');
    const { find, solid, cellOf, keep } = globalThis;
    const picture = (range) => ({ ...solid([255, 0, 0], 8, 1), range });
    const heat = { maps: [Float32Array.of(2, 3, 4, 6)], width: 4, height: 1, shows: 'heat', picture: picture([2, 6]) };
    const signed = { maps: [Float32Array.of(-4, -1, 2, 0)], width: 4, height: 1, shows: 'signed', picture: picture([-4, 4]) };
    const grid = { ...heat, maps: [], shows: 'channels' };
    // Two pixels a cell: the first of each.
    const alpha = (explanation, limits) => [0, 2, 4, 6].map((x) => visible(explanation, limits).rgba[4 * x + 3]);
    const cell = await cellOf(0, 0, 'Chelsea the cat', { target: 285, layer: 'head' });
    const { width, height } = cell.prediction.picture;
    // Every second column of the map is at the top of the scale, the others at its end below.
    const maps = [new Float32Array(49).map((_, at) => (at % 7) % 2)];
    const drawn = {
      ...cell, explanation: { ...cell.explanation, maps }, coloured: solid([255, 100, 0], 224, 224),
      prediction: { ...cell.prediction, picture: solid([128, 128, 128], width, height), crop: { x: 0, y: 0, width, height } },
      context: { ...cell.context, share: 0.6, threshold: 0.3, blend: 'multiply' },
    };
    const board = (one) => ({ title: '', rows: ['r'], columns: ['c'], cells: [one], sentences: [], missing: [], version: '0' });
    return {
      alpha: {
        none: alpha(heat, { threshold: 0 }), half: alpha(heat, { threshold: 0.5 }), top: alpha(heat, { threshold: 1 }), both: alpha(heat, { threshold: 0.25, share: 0.25 }),
        strongest: alpha(heat, { share: 0.5 }), signed: alpha(signed, { threshold: 0.5 }), grid: alpha(grid, { share: 0.1, threshold: 1 }), blank: alpha({ ...heat, picture: picture(null) }, { threshold: 1 }),
      },
      told: [cell.context, drawn.context].map((context) => sentences(cell.explanation, context)[1]),
      found: await find(await keep.boardPng(board(drawn)), [[128, 50, 0], [128, 128, 128]]),
    };
  });
  assert.deepEqual(alpha, {
    none: [255, 255, 255, 255], half: [0, 0, 255, 255], top: [0, 0, 0, 255], both: [0, 0, 0, 255],
    strongest: [0, 0, 255, 255], signed: [255, 0, 255, 0], grid: [255, 255, 255, 255], blank: [255, 255, 255, 255],
  });
  assert.doesNotMatch(told[0], /Shown|Blended/);
  assert.match(told[1], /Shown: the strongest 60\s%, of these what reaches 30\s% of the colour scale\. Blended with the picture: multiply \(darkens\)\.$/);
  const [blended, bare] = found;
  assert.ok(Math.abs(blended.count / (blended.count + bare.count) - 3 / 7) < 0.05, 'three of seven columns are seen');
});
