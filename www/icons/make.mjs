// Makes the icons of an installed Negah from favicon.svg, with an installed Chromium and the packages of the browser tests:
//   node www/icons/make.mjs [CHROMIUM]

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../tests/package.json', import.meta.url))('playwright-core');

/** The paper of style.css: what a system cuts into a form of its own needs a ground. */
const GROUND = '#fbfaf6';

/** `share` is that of the eye's box. Whatever the form, the middle four fifths of a maskable icon are seen. */
const ICONS = [
  { name: 'negah-192.png', side: 192, share: 1, ground: 'transparent' },
  { name: 'negah-512.png', side: 512, share: 1, ground: 'transparent' },
  { name: 'negah-maskable-512.png', side: 512, share: 0.72, ground: GROUND },
];

const eye = `data:image/svg+xml;base64,${await readFile(new URL('../favicon.svg', import.meta.url), 'base64')}`;
const browser = await chromium.launch({ executablePath: process.argv[2] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const { name, side, share, ground } of ICONS) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(`<!doctype html><body style="margin: 0; display: grid; place-items: center; height: 100vh; background: ${ground}"><img width="${side * share}" src="${eye}">`);
  await page.locator('img').evaluate((image) => image.decode());
  await page.screenshot({ path: new URL(name, import.meta.url).pathname, omitBackground: true });
  await page.close();
}
await browser.close();
