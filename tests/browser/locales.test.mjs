// The words of the page: none is missing, unused, or left in another language.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { file, launch, openApi } from './harness.mjs';

const FIRST = 'en';
/** Parts that name what the module has: the first language takes those names from the module. */
const OF_THE_MODULE = ['module', 'classes'];

const words = async (language, parts) => Object.assign({}, ...await Promise.all(['', ...parts.map((part) => `.${part}`)].map(async (part) => JSON.parse(await file(`www/locales/${language}${part}.json`)))));
const { LANGUAGES } = await import('../../www/js/locale.js');
const languages = Object.fromEntries(await Promise.all(Object.entries(LANGUAGES).map(async ([language, { parts }]) => [language, await words(language, parts)])));

/** Sentences by their keys; of lists and plurals, each is one. */
function sentences(node, path = []) {
  if (typeof node === 'string') return [[path.join('.'), node]];
  return Object.entries(node).flatMap(([name, below]) => sentences(below, [...path, name]));
}

/** A plural's forms are one key. */
const keyOf = (path) => path.replace(/\.(zero|one|two|few|many|other)$/, '');
const flat = (language, parts = Object.keys(languages[language])) => sentences(Object.fromEntries(parts.map((part) => [part, languages[language][part]])));
const own = (language) => flat(language, Object.keys(languages[language]).filter((part) => !OF_THE_MODULE.includes(part)));
const placeholders = (sentence) => [...new Set([...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

async function sources() {
  const scripts = (await readdir(new URL('../../www/js/', import.meta.url))).filter((name) => name.endsWith('.js'));
  return Promise.all(['www/index.html', 'www/sw.js', ...scripts.map((name) => `www/js/${name}`)].map((path) => file(path).then(String, () => '')));
}

test('every language has the same keys, and the same values in its sentences', () => {
  const keys = (language) => [...new Set(own(language).map(([key]) => keyOf(key)))].sort();
  for (const language of Object.keys(languages)) {
    assert.deepEqual(keys(language), keys(FIRST), `the keys of ${language} are those of ${FIRST}`);
    const first = new Map(own(FIRST).map(([key, sentence]) => [keyOf(key), sentence]));
    for (const [key, sentence] of own(language)) {
      assert.notEqual(sentence.trim(), '', `${language}: ${key} says something`);
      // One thing need not be counted in words.
      const given = placeholders(sentence).filter((name) => name !== 'count');
      assert.deepEqual(given, placeholders(first.get(keyOf(key))).filter((name) => name !== 'count'), `${language}: ${key} has its values`);
    }
  }
});

test('every key that is asked for is there, and every key there is asked for', async () => {
  const known = own(FIRST).map(([key]) => keyOf(key));
  const all = (await sources()).join('\n');
  // A key stands in quotes; one that is put together begins in backquotes, with its first part.
  const names = [...all.matchAll(/['"]([a-z][\w-]*(?:\.[\w-]+)+)['"]/g)].map(([, key]) => key);
  // Whatever one begins with counts as asked for, so it has to say more than the block; of these blocks all keys are asked for by a value.
  const small = ['presets.', 'samples.', 'looked.', 'offline.', 'device.', 'errors.'];
  const begun = [...all.matchAll(/`([a-z][\w-]*(?:\.[\w-]+)*\.)\$\{/g)].map(([, start]) => start).filter((start) => start.split('.').length > 2 || small.includes(start));
  const blocks = Object.keys(languages[FIRST]);
  const asked = [...all.matchAll(/(?:\bt|\.t|\.or|\.plain|\.find)\('([\w.-]+)'/g), ...all.matchAll(/data-(?:text|label|title|content|placeholder)="([\w.-]+)"/g)].map(([, key]) => key);
  const missing = asked.filter((key) => blocks.includes(key.split('.')[0]) && !known.some((one) => one === key || one.startsWith(`${key}.`)));
  assert.deepEqual(missing, [], 'every sentence that is asked for is there');
  const unused = known.filter((key) => !names.some((name) => key === name || key.startsWith(`${name}.`)) && !begun.some((start) => key.startsWith(start)));
  assert.deepEqual(unused, [], 'every sentence that is there is asked for');
});

test('no sentence is left in another language', () => {
  const persian = /[\u0600-\u06ff]/;
  for (const [key, sentence] of own('en')) assert.ok(!persian.test(sentence.replaceAll('نگاه', '')), `en: ${key} is English: ${sentence}`);
  const english = new Map(own('en'));
  for (const [key, sentence] of flat('fa')) {
    const bare = sentence.replace(/\{\w+\}/g, '');
    // What has no Persian letter is a sign, a name or a piece of code: short, and without a small word of English.
    if (!persian.test(bare)) assert.doesNotMatch(bare, /\b(the|of|a|an|is|to|and|in|for|with|not|it|this)\b|[a-z]+ [a-z]+ [a-z]+/i, `fa: ${key} is Persian: ${sentence}`);
    if ((english.get(key)?.match(/[a-z]{2,}/gi)?.length ?? 0) > 3) assert.notEqual(sentence, english.get(key), `fa: ${key} is translated`);
    assert.doesNotMatch(sentence, /[\u064a\u0643\u0649\u0660-\u0669]/, `fa: ${key} has Persian letters and digits, not Arabic ones: ${sentence}`);
    assert.doesNotMatch(sentence, /[\u0600-\u06ff]\s*[?,;]/, `fa: ${key} has Persian punctuation: ${sentence}`);
  }
});

test('what the module names has a name in every other language', async () => {
  const browser = await launch();
  const { page } = await openApi(browser, { load: false });
  const { methods, colormaps, classes, models } = await page.evaluate(() => {
    const { negah } = globalThis;
    const ids = (all) => all.map(({ id }) => id);
    const methods = negah.methods().map(({ id, parameters }) => ({ id, parameters: parameters.map(({ id: parameter, choices }) => ({ id: parameter, choices: ids(choices ?? []) })) }));
    return { methods, colormaps: ids(negah.colormaps()), classes: negah.classes().map(({ wnid }) => wnid), models: ids(negah.models()) };
  });
  await browser.close();
  for (const [language, all] of Object.entries(languages).filter(([, { module }]) => module)) {
    const { module } = all;
    assert.deepEqual(Object.keys(all.classes).sort(), [...classes].sort(), `${language} names the classes`);
    assert.equal(new Set(Object.values(all.classes)).size, classes.length, `${language} tells the classes apart`);
    assert.deepEqual(Object.keys(module.colormaps).sort(), [...colormaps].sort(), `${language} names the colour maps`);
    assert.deepEqual(Object.keys(module.methods).sort(), methods.map(({ id }) => id).sort(), `${language} names the methods`);
    assert.ok(Object.keys(module.weights).every((id) => models.includes(id)), `${language} says what fits models that there are`);
    for (const { id, parameters } of methods) {
      assert.ok(module.methods[id].name && module.methods[id].summary, `${language}: ${id}`);
      const named = module.parameters[id] ?? {};
      assert.deepEqual(Object.keys(named).sort(), parameters.map((parameter) => parameter.id).sort(), `${language} names the parameters of ${id}`);
      for (const { id: parameter, choices } of parameters) assert.deepEqual(Object.keys(named[parameter].choices ?? {}).sort(), [...choices].sort(), `${language} names the choices of ${id}'s ${parameter}`);
    }
  }
});
