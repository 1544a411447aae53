// <negah-explainer> on pages of its own, and the example pages.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { assertQuiet, launch, openApi, openPage, picture, pressKey, URL_ROOT, URL_SUB_PATH } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const BARE = '<!doctype html><html lang="en"><title>Bare</title><body></body></html>';

/** A page with nothing in it but the element's definition. */
async function openBare() {
  const opened = await openPage(browser, { url: null });
  await opened.page.route('**/bare.html', (route) => route.fulfill({ contentType: 'text/html', body: BARE }));
  await opened.page.goto(new URL('bare.html', URL_ROOT).href);
  await define(opened.page);
  return opened;
}

/** A server on an origin of its own. @returns {Promise<{ root: string, asked: string[], close: () => void }>} `asked` are the paths that were asked for */
async function serve(answer) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    answer(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { root: `http://127.0.0.1:${server.address().port}/`, asked, close: () => server.close() };
}

async function define(page, root = URL_ROOT) {
  await page.evaluate(async (url) => {
    await import(url);
    /** An element with these attributes at the end of the page, and what it tells. */
    globalThis.put = (attributes) => {
      const one = document.createElement('negah-explainer');
      for (const [name, value] of Object.entries({ device: 'cpu', ...attributes })) one.setAttribute(name, value);
      one.told = [];
      for (const what of ['progress', 'prediction', 'explanation', 'error']) one.addEventListener(`negah-${what}`, ({ detail, bubbles, composed }) => one.told.push({ what, detail, bubbles, composed }));
      document.body.append(one);
      return one;
    };
    globalThis.part = (one, name) => one.shadowRoot.querySelector(`[part="${name}"]`);
    globalThis.outcome = (promise) => promise.then(() => 'explained', ({ name, code, message }) => ({ name, code, message }));
  }, new URL('js/negah-explainer.js', root).href);
}

test('an element shows what the API computes, and follows its attributes', async () => {
  const { page, witness } = await openApi(browser);
  await define(page);
  const seen = await page.evaluate(async () => {
    const { negah, sample, put, part, outcome } = globalThis;
    const blob = await sample('dog.jpg');
    const same = (one, other) => one.length === other.length && one.every((value, at) => value === other[at]);
    const results = {};
    const one = put({ src: 'samples/dog.jpg' });

    // What is asked for, and what the API makes of the same.
    const steps = {
      'as it is': [{}, {}],
      'method and layer': [{ method: 'grad-cam', layer: 'blocks.3' }, { layer: 'blocks.3' }],
      'a class by index': [{ target: '444' }, { layer: 'blocks.3', target: 444 }],
      'a class by name, a score': [{ layer: null, target: 'malamute', score: 'probability' }, { target: 'malamute', score: 'probability' }],
      'a class by its WordNet id': [{ target: 'n02106662', score: null }, { target: 'n02106662' }],
      parameters: [{ target: null, parameters: '{ "relu": false }', colormap: 'red-blue' }, { parameters: { relu: false }, colormap: 'red-blue' }],
      framing: [{ parameters: null, framing: 'stretch', colormap: null }, { framing: 'stretch' }],
      'another method': [{ framing: null, method: 'gradient-x-input' }, { method: 'gradient-x-input' }],
      'a grid': [{ method: 'activations', layer: 'stem' }, { method: 'activations', layer: 'stem' }],
    };
    for (const [name, [attributes, options]] of Object.entries(steps)) {
      for (const [attribute, value] of Object.entries(attributes)) value === null ? one.removeAttribute(attribute) : one.setAttribute(attribute, value);
      const shown = await one.explain();
      const expected = await negah.explain(blob, options);
      const map = part(one, 'map');
      const copy = new OffscreenCanvas(map.width, map.height).getContext('2d');
      copy.drawImage(map, 0, 0);
      const { data } = copy.getImageData(0, 0, map.width, map.height);
      // Where a canvas is transparent, it keeps colours only roughly.
      const { rgba } = expected.picture;
      const drawn = data.length === rgba.length && rgba.every((value, at) => (at % 4 === 3 || rgba[at - (at % 4) + 3] === 255 ? value === data[at] : true));
      results[name] = [same(shown.values, expected.values), drawn, shown === one.explanation, shown.layer === expected.layer, shown.target.index === expected.target.index];
    }

    // Other colours are not computed anew.
    one.removeAttribute('layer');
    one.setAttribute('method', 'grad-cam');
    const before = await one.explain();
    one.setAttribute('colormap', 'turbo');
    const after = await one.explain();
    const turbo = await negah.render(before, { colormap: 'turbo' });
    results.recoloured = [after.values === before.values, after.colormap === 'turbo', same(after.picture.rgba, turbo.rgba)];

    // Files and pixels.
    one.removeAttribute('colormap');
    const chelsea = await sample('chelsea.png');
    one.picture = chelsea;
    results.file = [same((await one.explain()).values, (await negah.explain(chelsea)).values)];
    const bitmap = await createImageBitmap(chelsea);
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    pen.drawImage(bitmap, 0, 0);
    one.picture = pen.getImageData(0, 0, bitmap.width, bitmap.height);
    results.pixels = [same((await one.explain()).values, (await negah.explain(chelsea)).values)];
    one.picture = null;
    const back = await one.explain();
    results['the address again'] = [same(back.values, before.values)];

    // Attributes that are set together are one question; what was asked before is given up.
    one.told.length = 0;
    one.setAttribute('method', 'occlusion');
    const given = outcome(one.explain());
    await new Promise((resolve) => setTimeout(resolve, 300));
    one.setAttribute('method', 'grad-cam');
    one.setAttribute('target', 'malamute');
    const last = await one.explain();
    const told = one.told.filter(({ what }) => what === 'explanation');
    return { results, given: await given, asked: [last.method, last.target.name, told.length], events: one.told.map(({ what, bubbles, composed }) => [what, bubbles, composed].join()) };
  });
  for (const [name, checks] of Object.entries(seen.results)) assert.deepEqual(checks, checks.map(() => true), name);
  assert.equal(seen.given.name, 'AbortError');
  assert.deepEqual(seen.asked, ['grad-cam', 'malamute', 1]);
  assert.equal(seen.events.at(-1), 'explanation,true,true');
  assert.ok(seen.events.includes('progress,true,true'));
  assertQuiet(witness);
});

test('an element tells what it finds out, in this order', async () => {
  const { page, witness } = await openBare();
  const { told, detail, led } = await page.evaluate(async () => {
    const one = globalThis.put({ src: 'samples/chelsea.png' });
    const explanation = await one.explain();
    const asked = [];
    // What is heard may lead to another question: what the first one finds is not shown any more, and the second is answered.
    const other = globalThis.put({ src: 'samples/chelsea.png' });
    other.addEventListener('negah-prediction', ({ detail: { classes } }) => other.setAttribute('target', classes[2].index), { once: true });
    other.addEventListener('negah-explanation', ({ detail: { target: { name } } }) => {
      asked.push(name);
      if (asked.length === 1) other.setAttribute('target', 'tiger cat');
    });
    const given = await globalThis.outcome(other.explain());
    while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await other.explain();
    const busy = [other.shadowRoot.querySelector('figure').ariaBusy, globalThis.part(other, 'progress').hidden];
    const of = (kind) => one.told.find(({ what }) => what === kind).detail;
    return {
      led: [given.name, asked, busy],
      told: one.told.map(({ what }) => what).filter((what, at, all) => what !== all[at - 1]),
      detail: [of('prediction') === one.prediction, of('explanation') === explanation, of('progress').stage, one.prediction.classes[0].name],
    };
  });
  assert.deepEqual(told, ['progress', 'prediction', 'progress', 'explanation']);
  assert.deepEqual(detail, [true, true, 'module', 'Egyptian cat']);
  assert.deepEqual(led, ['AbortError', ['tabby', 'tiger cat'], ['false', true]]);
  assertQuiet(witness);
});

test('two elements speak two languages at once, and follow those around them', async () => {
  const { page, witness } = await openBare();
  await page.evaluate(async () => {
    document.body.innerHTML = '<div lang="fa-IR"><negah-explainer id="persian" controls device="cpu" src="samples/chelsea.png"></negah-explainer></div>'
      + '<negah-explainer id="english" controls device="cpu" src="samples/chelsea.png"></negah-explainer>';
    await Promise.all(['persian', 'english'].map((id) => document.getElementById(id).explain()));
  });
  const spoken = (id) => page.evaluate((id) => {
    const one = document.getElementById(id);
    const figure = one.shadowRoot.querySelector('figure');
    const text = (name) => globalThis.part(one, name).textContent.replace(/[\u2066-\u2069]/g, '').replaceAll('\u00a0', ' ');
    return { lang: figure.lang, direction: getComputedStyle(figure).direction, caption: text('caption'), controls: text('controls'), alt: globalThis.part(one, 'map').ariaLabel };
  }, id);
  const [fa, en] = [await spoken('persian'), await spoken('english')];
  assert.deepEqual([fa.lang, fa.direction, en.lang, en.direction], ['fa', 'rtl', 'en', 'ltr']);
  assert.equal(en.caption, 'Where the network looked for Egyptian cat (38.4 %), Grad-CAM at head (7 × 7). The network looked mainly in the middle.');
  assert.match(fa.caption, /گربهٔ مصری.*۳۸٫۴٪/);
  assert.match(en.controls, /What the network sees.*tabby.*Opacity50 %/s);
  assert.match(fa.controls, /^آنچه شبکه می‌بیند.*پررنگی\u200f?۵۰٪$/s);
  assert.deepEqual([fa.alt, en.alt], ['نقشهٔ گرمایی', 'The heat map']);
  await picture(page, 'element-two-languages');

  // They share a network, and each says in its own language what that refuses.
  const refused = await page.evaluate(() => Promise.all(['persian', 'english'].map(async (id) => {
    const one = document.getElementById(id);
    one.setAttribute('method', 'guesswork');
    const { code, message } = await globalThis.outcome(one.explain());
    const error = globalThis.part(one, 'error').firstElementChild;
    const shown = [error.textContent === message];
    const { lang } = one.shadowRoot.querySelector('figure');
    one.lang = lang === 'fa' ? 'en' : 'fa';
    while (error.textContent === message) await new Promise((resolve) => setTimeout(resolve, 20));
    shown.push(error.textContent);
    one.removeAttribute('lang');
    one.removeAttribute('method');
    await one.explain();
    return [code, message, shown];
  })));
  const [[, persian], [, english]] = refused;
  assert.deepEqual(refused, [['unknown-method', persian, [true, english]], ['unknown-method', english, [true, persian]]]);
  assert.match(persian, /^روشی با شناسهٔ/);
  assert.match(english, /^There is no method “guesswork”\./);

  // Languages that are changed, of an element and around it; and one without words.
  await page.evaluate(() => {
    document.querySelector('div').lang = 'en';
    document.getElementById('english').lang = 'fa';
  });
  await page.waitForFunction(() => document.getElementById('english').shadowRoot.querySelector('figure').dir === 'rtl' && document.getElementById('persian').shadowRoot.querySelector('figure').dir === 'ltr');
  assert.deepEqual([await spoken('persian'), await spoken('english')], [en, fa]);
  await page.evaluate(() => {
    document.getElementById('english').lang = 'xx';
  });
  await page.waitForFunction(() => document.getElementById('english').shadowRoot.querySelector('figure').dir === 'ltr');
  assertQuiet(witness);
});

test('a language that is asked for while words come is spoken, and one whose words do not come takes nothing away', async () => {
  const { page, witness } = await openBare();
  // The first words come when another language is asked for already.
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await page.route('**/locales/en.json', (route) => released.then(() => route.continue()));
  const asked = page.waitForRequest('**/locales/en.json');
  await page.evaluate(() => {
    Object.assign(globalThis.put({ src: 'samples/chelsea.png' }), { id: 'one' }).explain();
  });
  await asked;
  await page.evaluate(() => {
    document.getElementById('one').lang = 'fa';
  });
  release();
  const [first, caption] = await page.evaluate(async () => {
    const one = document.getElementById('one');
    await one.explain();
    const figure = one.shadowRoot.querySelector('figure');
    return [[figure.lang, figure.dir], globalThis.part(one, 'caption').textContent];
  });
  assert.deepEqual(first, ['fa', 'rtl']);
  assert.match(caption, /گربهٔ مصری/);
  await page.close();

  const { page: other, witness: alone } = await openBare();
  const kept = await other.evaluate(async () => {
    const one = globalThis.put({ src: 'samples/chelsea.png' });
    const explanation = await one.explain();
    const { fetch } = globalThis;
    const refused = new Promise((resolve) => {
      globalThis.fetch = () => {
        setTimeout(resolve);
        return Promise.reject(new TypeError('a test is offline'));
      };
    });
    const figure = one.shadowRoot.querySelector('figure');
    const shown = () => [figure.lang, globalThis.part(one, 'error').hidden, one.explanation === explanation, globalThis.part(one, 'map').hidden];
    one.lang = 'fa';
    await refused;
    const kept = [shown()];
    // What is asked for next is answered in those words.
    one.setAttribute('target', 'tabby');
    kept.push([(await one.explain()).target.name, figure.lang]);
    globalThis.fetch = fetch;
    one.lang = 'en';
    one.lang = 'fa';
    while (figure.lang !== 'fa') await new Promise((resolve) => setTimeout(resolve, 20));
    return kept;
  });
  assert.deepEqual(kept, [['en', true, true, false], ['tabby', 'en']]);
  assertQuiet(witness);
  assertQuiet(alone);
});

test('a picture of another origin is refused, and nobody is asked for it', async () => {
  const foreign = await serve((request, response) => response.writeHead(200, { 'access-control-allow-origin': '*' }).end());
  const address = `${foreign.root}photo.jpg`;
  const { page, witness } = await openBare();
  const refused = (where, sources) => where.evaluate(async (sources) => {
    const answers = [];
    for (const src of sources) {
      const one = globalThis.put({ src });
      const { code, message } = await globalThis.outcome(one.explain());
      const error = globalThis.part(one, 'error');
      answers.push({ code, message, shown: [error.hidden ? '' : error.firstElementChild.textContent, globalThis.part(one, 'plate').hidden, one.told.at(-1).what] });
    }
    return answers;
  }, sources);
  const answers = await refused(page, [address, '//elsewhere.example/photo.jpg', 'data:image/png;base64,AAAA', 'http://', '']);
  assert.deepEqual(answers.map(({ code }) => code), ['foreign-picture', 'foreign-picture', 'foreign-picture', 'foreign-picture', 'no-picture']);
  for (const { message, shown } of answers) assert.deepEqual(shown, [message, true, 'error']);
  assert.equal(answers[0].message, `The picture ${address} is not on this site. Negah fetches from ${new URL(URL_ROOT).origin} alone: put the picture there.`);
  assertQuiet(witness);

  // An address of the page's origin that leads to another one, where an ordinary fetch follows.
  const own = await serve(async ({ url }, response) => {
    if (url === '/bare.html') return response.end(BARE);
    if (url === '/led-astray.jpg') return response.writeHead(302, { location: address }).end();
    const answer = await fetch(new URL(url.slice(1), URL_ROOT));
    return response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') }).end(Buffer.from(await answer.arrayBuffer()));
  });
  const { page: astray } = await openPage(browser, { url: `${own.root}bare.html` });
  await define(astray, own.root);
  const [{ code }] = await refused(astray, ['led-astray.jpg']);
  assert.deepEqual([code, own.asked.includes('/led-astray.jpg'), foreign.asked], ['picture-missing', true, []]);
  await astray.evaluate(() => fetch('led-astray.jpg'));
  assert.deepEqual(foreign.asked, ['/photo.jpg']);
  await astray.close();
  for (const server of [foreign, own]) server.close();
});

test('what fails is said in words, and tried again', async () => {
  const { page, witness } = await openBare();
  const answers = await page.evaluate(async () => {
    const { put, outcome, part } = globalThis;
    const one = put({ src: 'missing/samples/dog.jpg' });
    const answers = { missing: await outcome(one.explain()) };
    one.setAttribute('src', 'samples/chelsea.png');
    await one.explain();
    answers.healed = [part(one, 'error').hidden, part(one, 'map').hidden, one.explanation.target.name];
    one.setAttribute('parameters', '{ samples: 20 }');
    const { prediction } = one;
    answers.json = await outcome(one.explain());
    answers.kept = [one.prediction === prediction, part(one, 'plate').hidden, part(one, 'map').hidden];
    one.removeAttribute('parameters');
    one.setAttribute('method', 'guesswork');
    answers.method = await outcome(one.explain());
    answers.cleared = [one.explanation, part(one, 'error').hidden, part(one, 'map').hidden, part(one, 'caption').textContent];
    one.setAttribute('method', 'activations');
    await one.explain();
    one.setAttribute('model', 'vgg16');
    await outcome(one.explain());
    const { width, height } = part(one, 'plate').getBoundingClientRect();
    answers.network = [one.prediction, part(one, 'plate').hidden, part(one, 'window').hidden, getComputedStyle(part(one, 'picture')).display, (width / height).toFixed(1)];
    one.removeAttribute('model');
    one.setAttribute('method', 'saliency');
    one.setAttribute('src', 'samples/CREDITS.md');
    answers.text = await outcome(one.explain());
    answers.forgotten = [one.prediction, part(one, 'plate').hidden];
    one.setAttribute('model', 'vgg16');
    one.setAttribute('src', 'samples/chelsea.png');
    answers.weights = await outcome(one.explain());
    answers.wrong = await outcome((async () => { one.picture = 'samples/chelsea.png'; })());
    answers.detached = await outcome(document.createElement('negah-explainer').explain());
    return answers;
  });
  const url = new URL('missing/samples/dog.jpg', URL_ROOT).href;
  assert.deepEqual([answers.missing.name, answers.missing.code, answers.missing.message], ['NegahError', 'picture-missing', `The picture ${url} could not be fetched (HTTP 404). Check its address and the connection, then try again.`]);
  assert.deepEqual(answers.healed, [true, false, 'Egyptian cat']);
  assert.equal(answers.json.message, 'The attribute “parameters” takes settings as JSON, like { "samples": 20 }, not { samples: 20 }.');
  assert.deepEqual(answers.kept, [true, false, true], 'the picture stays, without the map of other settings');
  assert.equal(answers.method.code, 'unknown-method');
  assert.deepEqual(answers.cleared, [null, false, true, '']);
  assert.deepEqual(answers.network, [null, false, true, 'block', '1.5'], 'of a network that cannot be had there is the picture alone');
  assert.equal(answers.text.code, 'not-an-image');
  assert.deepEqual(answers.forgotten, [null, true]);
  assert.equal(answers.weights.code, 'weights-needed');
  assert.deepEqual([answers.wrong.name, answers.detached.name], ['TypeError', 'AbortError']);

  // A network that cannot be had, and then can; in the language of the element, which changes meanwhile.
  await page.route('**/models.json', (route) => route.abort());
  const failed = await page.evaluate(async () => {
    const one = globalThis.put({ src: 'samples/chelsea.png', device: 'auto', id: 'again' });
    return (await globalThis.outcome(one.explain())).code;
  });
  assert.equal(failed, 'model-missing');
  await page.unroute('**/models.json');
  const retry = page.locator('#again').getByRole('button', { name: 'Try again' });
  await pressKey(retry, 'Enter');
  await page.waitForFunction(() => document.getElementById('again').explanation);
  assert.equal(await retry.isVisible(), false);
  assert.equal(await page.evaluate(() => document.getElementById('again').shadowRoot.activeElement?.tagName), 'FIGURE', 'the keyboard stays in the element');
  // Where it is narrow, a long sentence makes room for itself.
  const [box, frame, button] = await page.evaluate(async () => {
    const one = globalThis.put({ src: `${'missing/'.repeat(40)}samples/dog.jpg` });
    one.style.width = '160px';
    await globalThis.outcome(one.explain());
    const error = globalThis.part(one, 'error');
    return [error, error.parentElement, globalThis.part(one, 'retry')].map((part) => part.getBoundingClientRect().toJSON());
  });
  assert.ok(box.height > 200, `${box.height}`);
  assert.ok(box.top >= frame.top && box.bottom <= frame.bottom && box.right <= frame.right, 'the box is in its frame');
  assert.ok(button.height >= 24, 'a finger finds it');
  const persian = await page.evaluate(async () => {
    const one = globalThis.put({ src: 'missing/samples/dog.jpg', lang: 'fa' });
    const { message } = await globalThis.outcome(one.explain());
    const said = globalThis.part(one, 'error').textContent.replace(/[\u2066-\u2069]/g, '');
    one.lang = 'en';
    return [message, said];
  });
  assert.match(persian[0], /به دست نیامد/);
  assert.match(persian[1], /به دست نیامد .*تلاش دوباره$/);
  await page.getByText(/^The picture .*\/missing\/samples\/dog.jpg could not be fetched/).last().waitFor();
  assertQuiet(witness, /404|ERR_FAILED/);
});

test('the controls are for keys as well, and say what they are', async () => {
  const { page, witness } = await openBare();
  await page.evaluate(async () => {
    document.body.innerHTML = '<style>#styled { --negah-accent: rgb(1, 2, 3); } #styled::part(caption) { color: rgb(4, 5, 6); } #styled::part(map) { outline: 7px solid; }</style>'
      + '<main><h1>Bare</h1><negah-explainer id="styled" device="cpu" src="samples/dog.jpg" alt="A dog" controls></negah-explainer></main>';
    await document.getElementById('styled').explain();
  });
  const one = page.locator('#styled');
  await one.getByRole('group', { name: 'What the network sees' }).waitFor();
  await one.getByRole('img', { name: 'A dog' }).waitFor();
  await one.getByRole('img', { name: 'The heat map' }).waitFor();
  const radios = one.getByRole('radio');
  assert.equal(await radios.count(), 5);
  assert.equal(await radios.first().isChecked(), true);
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  const [first, second] = await page.evaluate(() => document.getElementById('styled').prediction.classes.map(({ index }) => index));
  await page.waitForFunction((index) => document.getElementById('styled').explanation?.target.index === index, second);
  assert.notEqual(first, second);
  assert.equal(await one.getAttribute('target'), String(second));
  assert.equal(await radios.nth(1).isChecked(), true);
  const caption = await page.evaluate(() => {
    const { ariaLive, textContent } = globalThis.part(document.getElementById('styled'), 'caption');
    return [ariaLive, textContent];
  });
  assert.equal(caption[0], 'polite');
  assert.match(caption[1], /The network looked mainly/);
  // What is said is not said again because something else changes.
  await page.evaluate(() => {
    globalThis.written = 0;
    new MutationObserver((records) => { globalThis.written += records.length; }).observe(globalThis.part(document.getElementById('styled'), 'caption'), { childList: true, subtree: true, characterData: true });
  });
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  assert.equal(await one.getAttribute('opacity'), '0.55');
  assert.equal(await page.evaluate(() => globalThis.written), 0);
  assert.match(await one.getByRole('slider', { name: 'Opacity' }).evaluate((slider) => slider.nextElementSibling.textContent), /^55/);
  const style = await page.evaluate(() => {
    const part = (name) => getComputedStyle(globalThis.part(document.getElementById('styled'), name));
    return [part('map').opacity, part('map').outlineWidth, part('caption').color, part('opacity').accentColor];
  });
  assert.deepEqual(style, ['0.55', '7px', 'rgb(4, 5, 6)', 'rgb(1, 2, 3)']);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
  assertQuiet(witness);
});

test('elements share a worker, begin near what is in sight, and leave nothing behind', async () => {
  const { page, witness } = await openBare();
  const requests = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.evaluate(() => {
    document.body.innerHTML = '<style>body { margin: 0 } div { height: 5000px }</style><div></div>';
    for (const src of ['samples/dog.jpg', 'samples/chelsea.png', 'samples/dog.jpg']) globalThis.put({ src });
  });
  await page.waitForTimeout(1500);
  assert.deepEqual([requests, page.workers().length], [[], 0], 'what is out of sight costs nothing');
  await page.clock.install();
  await page.evaluate(() => scrollTo(0, 5000));
  await page.waitForFunction(() => [...document.querySelectorAll('negah-explainer')].every(({ explanation }) => explanation));
  assert.equal(page.workers().length, 1);
  assert.equal(requests.filter((path) => path.endsWith('.wasm')).length, 1);

  // One that is on its way to another place computes nothing again, and one that goes in the middle of its work stops it.
  const [same, stopped] = await page.evaluate(async () => {
    const [first, , last] = document.querySelectorAll('negah-explainer');
    const { explanation } = first;
    document.body.prepend(first);
    const same = (await first.explain()) === explanation;
    last.setAttribute('method', 'occlusion');
    const running = globalThis.outcome(last.explain());
    await new Promise((resolve) => last.addEventListener('negah-progress', resolve, { once: true }));
    for (const one of document.querySelectorAll('negah-explainer')) one.remove();
    return [same, (await running).name];
  });
  assert.deepEqual([same, stopped], [true, 'AbortError']);
  await page.clock.runFor(29_000);
  assert.equal(page.workers().length, 1);
  const ended = page.workers()[0].waitForEvent('close');
  await page.clock.runFor(2_000);
  await ended;
  assert.equal(page.workers().length, 0);
  assert.equal(await page.evaluate(async () => (await globalThis.put({ src: 'samples/chelsea.png' }).explain()).target.name), 'Egyptian cat');
  assertQuiet(witness);
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [360, 1280]) {
    test(`the example pages, ${colorScheme}, ${width} pixels wide`, async () => {
      const root = width === 360 ? URL_SUB_PATH : URL_ROOT;
      const options = { colorScheme, viewport: { width, height: 900 } };
      const api = await openPage(browser, { url: new URL('examples/api.html', root).href, ...options });
      await api.page.getByRole('status').filter({ hasText: 'Computed in' }).waitFor();
      assert.match(await api.page.locator('#caption').textContent(), /“espresso”, at head \(7 × 7\)/);
      assert.equal(await api.page.getByRole('row').count(), 6);

      const element = await openPage(browser, { url: new URL('examples/element.html', root).href, ...options });
      for (const [id, name] of [['first', 'Egyptian cat'], ['second', 'lesser panda'], ['third', 'macaw']]) {
        await element.page.locator(`#${id}`).scrollIntoViewIfNeeded();
        await element.page.waitForFunction(([id, name]) => document.getElementById(id).explanation?.target.name === name, [id, name]);
      }
      await element.page.getByLabel('Method').selectOption('saliency');
      await element.page.getByText(/^saliency: 224 × 224 values/).waitFor();

      for (const [name, { page, context, witness }] of Object.entries({ api, element })) {
        const [scroll, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(scroll <= inner, `${name} is ${scroll} pixels wide`);
        await page.evaluate(() => scrollTo(0, 0));
        await picture(page, `example-${name}-${colorScheme}-${width}`);
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], name);
        assertQuiet(witness);
        await context.close();
      }
    });
  }
}
