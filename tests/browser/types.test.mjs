// The TypeScript declarations beside the modules: they are what the modules' JSDoc says, and what a page in TypeScript can use.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DECLARED, make, MODULES, TARGET, tsc } from '../types/make.mjs';

const USE = fileURLToPath(new URL('../types/use.ts', import.meta.url));

test('the declarations are those of the modules as they are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'negah-types-'));
  try {
    make(folder);
    const kept = (await readdir(MODULES)).filter((name) => name.endsWith('.d.ts'));
    assert.deepEqual(kept.sort(), DECLARED.map((name) => `${name}.d.ts`).sort());
    for (const name of kept) {
      const [fresh, stored] = await Promise.all([folder, MODULES].map((one) => readFile(join(one, name), 'utf8')));
      assert.equal(stored, fresh, `${name} is older than its module: run \`node tests/types/make.mjs\``);
      for (const [, from] of fresh.matchAll(/(?:from |import\()'\.\/([\w-]+)\.js'/g)) assert.ok(DECLARED.includes(from), `${name} needs ${from}.d.ts`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the compiler takes every right use of them, and no wrong one', () => {
  try {
    tsc(['--strict', '--noEmit', ...TARGET, USE]);
  } catch ({ stdout, message }) {
    assert.fail(stdout || message);
  }
});

test('nothing that is declared can be anything', async () => {
  for (const name of DECLARED) {
    // Comments may speak of any.
    const code = (await readFile(join(MODULES, `${name}.d.ts`), 'utf8')).replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
    assert.doesNotMatch(code, /\bany\b/, name);
  }
});
