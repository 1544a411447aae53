// Which device is chosen, and what the visitor is told. No browser is needed for that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseDevice } from '../../www/js/adapter.js';

const real = { name: 'amd rdna-3', software: false };
const swiftshader = { name: 'google swiftshader', software: true };

test('a real GPU is used, one in software is not, unless it is asked for', () => {
  assert.equal(chooseDevice('auto', real).kind, 'gpu');
  assert.equal(chooseDevice('auto', swiftshader).kind, 'cpu');
  assert.match(chooseDevice('auto', swiftshader).reason, /google swiftshader.*imitated in software/);
  assert.equal(chooseDevice('auto', null).kind, 'cpu');
  assert.equal(chooseDevice('gpu', swiftshader).kind, 'gpu');
  assert.equal(chooseDevice('cpu', real).kind, 'cpu');
});

test('to insist on a GPU where there is none is answered in words', () => {
  assert.throws(() => chooseDevice('gpu', null), { code: 'no-gpu', message: /Choose the CPU/ });
});
