// Where a map lies, in words, on maps made by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Locale, use } from '../../www/js/locale.js';
import { lookedAt } from '../../www/js/looked.js';
import { file } from './harness.mjs';

const map = (width, height, shows, values) => ({ maps: [Float32Array.from({ length: width * height }, (_, at) => values(at % width, Math.floor(at / width)))], width, height, shows, note: null });

test('the ninth of the picture that holds most of a map is named, in both languages', async () => {
  const words = Object.fromEntries(await Promise.all(['en', 'fa'].map(async (language) => [language, JSON.parse(await file(`www/locales/${language}.json`))])));
  for (const [language, all] of Object.entries(words)) {
    use(new Locale(language, all));
    const says = (explanation, place) => assert.ok(lookedAt(explanation).includes(all.looked.places[place]), `${language}: ${lookedAt(explanation)}`);
    // A wide map: column 8 of 12 is in the last third, row 1 of 4 in the first.
    says(map(12, 4, 'heat', (x, y) => (x === 8 && y === 0 ? 1 : 0)), 'top-right');
    says(map(4, 12, 'heat', (x, y) => (x === 0 && y === 11 ? 1 : 0)), 'bottom-left');
    says(map(7, 7, 'heat', (x, y) => (x === 3 && y === 3 ? 9 : 1)), 'middle');
    // What speaks against a class is not where it was looked for.
    says(map(6, 6, 'signed', (x, y) => (x < 2 && y < 2 ? -5 : x > 3 && y === 2 ? 1 : 0)), 'right');
    assert.equal(lookedAt(map(9, 9, 'heat', (x) => x % 3)), new Locale(language, all).t('looked.spread'));
    assert.equal(lookedAt(map(9, 9, 'heat', () => 2)), '', 'nothing is said of a map without a difference');
    assert.equal(lookedAt({ ...map(9, 9, 'heat', (x) => x), note: 'blank' }), '');
    assert.equal(lookedAt({ maps: [], width: 9, height: 9, shows: 'channels', note: null }), '');
  }
});
