// Makes the TypeScript declarations of the API and the element from the JSDoc of their modules: `node tests/types/make.mjs`.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Where the modules are, and their declarations. */
export const MODULES = path('../../www/js');

/** The modules that are for others, and those that they take types from. */
export const DECLARED = ['negah', 'negah-explainer', 'error', 'locale'];

const HEAD = '// Made from the JSDoc of the module beside it by `node tests/types/make.mjs`; a change here would be lost.\n';

/** Runs the TypeScript compiler. @throws {Error} whose `stdout` says what is wrong */
export const tsc = (options) => execFileSync(process.execPath, [path('../node_modules/typescript/bin/tsc'), ...options], { encoding: 'utf8' });

export const TARGET = ['--target', 'es2022', '--module', 'es2022', '--moduleResolution', 'bundler', '--lib', 'es2022,dom,dom.iterable,dom.asynciterable'];

/** Writes the declarations into a folder. */
export function make(folder) {
  const made = mkdtempSync(join(tmpdir(), 'negah-types-'));
  try {
    // Beside their declarations the modules themselves would not be read.
    for (const name of readdirSync(MODULES).filter((name) => name.endsWith('.js'))) copyFileSync(join(MODULES, name), join(made, name));
    const sources = ['negah.js', 'negah-explainer.js'].map((name) => join(made, name));
    tsc(['--allowJs', '--declaration', '--emitDeclarationOnly', '--stripInternal', ...TARGET, '--outDir', made, ...sources]);
    for (const name of DECLARED) {
      const addition = name === 'negah-explainer' ? `\n${withoutHead(readFileSync(path('element.d.ts'), 'utf8'))}` : '';
      writeFileSync(join(folder, `${name}.d.ts`), HEAD + readFileSync(join(made, `${name}.d.ts`), 'utf8') + addition);
    }
  } finally {
    rmSync(made, { recursive: true });
  }
}

/** What follows the comment at the beginning. */
const withoutHead = (text) => text.replace(/^(\/\/.*\n)+\n/, '');

if (process.argv[1] === fileURLToPath(import.meta.url)) make(MODULES);
