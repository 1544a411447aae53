// Visitors do anything at any time: random sequences of what the page offers leave no error and nothing that runs for ever, and request nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, launch, openPage, untilState } from './harness.mjs';

const SEED = 20261124;
const SEQUENCES = 200;
const ACTIONS = 6;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Numbers in 0..1, always the same for a seed (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Gives the page `act(share, other)`: something that a visitor could do now, chosen by a number; says what it was. */
function prepare() {
  const can = (control) => !control.closest(':disabled') && control.checkVisibility() && !(document.querySelector('dialog[open]') && !control.closest('dialog'));
  const told = (control) => control.dataset.testid ?? (control.id || control.name || control.textContent.trim() || control.value);
  const fire = (control, ...types) => types.forEach((type) => control.dispatchEvent(new Event(type, { bubbles: true })));
  globalThis.act = (share, other) => {
    // Downloads, links and file choosers leave the page.
    const controls = [...document.querySelectorAll('button:not([data-keep]), select, input:not([type=file]), summary, canvas')].filter(can);
    const keys = ['Escape', 'z', 'ArrowLeft', 'ArrowDown', 'Enter'];
    const at = Math.floor(share * (controls.length + keys.length));
    if (at >= controls.length) {
      const key = keys[at - controls.length];
      (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: key === 'z', bubbles: true, cancelable: true }));
      return `key ${key}`;
    }
    const control = controls[at];
    if (control.tagName === 'SELECT') {
      control.selectedIndex = Math.floor(other * control.options.length);
      fire(control, 'input', 'change');
      return `${told(control)} = ${control.value}`;
    }
    if (control.type === 'range') {
      control.value = Number(control.min) + other * (control.max - control.min);
      fire(control, 'input', 'change');
      return `${told(control)} = ${control.value}`;
    }
    if (control.type === 'text' && control.closest('.field')) {
      control.value = Math.floor(other * 20) - 2;
      fire(control, 'input', 'change');
      return `${told(control)} = ${control.value}`;
    }
    if (control.type === 'text') {
      control.value = ['', 'tabby', '3, 5, 8', 'nonsense', '-1 1e99 0.2'][Math.floor(other * 5)];
      fire(control, 'input', 'change');
      return `text = ${control.value}`;
    }
    if (control.tagName === 'CANVAS') {
      const { left, top, width, height } = control.getBoundingClientRect();
      const place = { clientX: left + other * width, clientY: top + share * height, bubbles: true };
      control.dispatchEvent(new PointerEvent('pointermove', place));
      control.dispatchEvent(new MouseEvent('click', place));
      return `canvas ${told(control)}`;
    }
    control.click();
    return `click ${told(control)}`;
  };
}

test(`${SEQUENCES} random sequences of ${ACTIONS} actions leave no error and nothing that runs for ever`, async () => {
  const random = generator(SEED);
  const { page, witness } = await openPage(browser);
  await page.evaluate(prepare);
  await untilState(page, 'ready');
  witness.asked = [];
  const kinds = new Set();
  for (let sequence = 0; sequence < SEQUENCES; sequence += 1) {
    const done = [];
    // Now and then the page is loaded anew, from the address that it has come to.
    if (sequence % 40 === 39) {
      await page.reload();
      await untilState(page, 'ready');
      witness.asked = [];
      await page.evaluate(prepare);
      done.push('reload');
    }
    // Most of what there is needs a picture.
    if (sequence % 4 === 0) done.push(await page.evaluate(([at]) => {
      const samples = document.querySelectorAll('#gallery button');
      samples[Math.floor(at * samples.length)].click();
      return 'sample';
    }, [random()]));
    for (let action = 0; action < ACTIONS; action += 1) {
      done.push(await page.evaluate(([share, other]) => globalThis.act(share, other), [random(), random()]));
      await page.waitForTimeout(random() * 120);
    }
    done.forEach((what) => kinds.add(what.split(' ')[0]));
    await page.evaluate(() => {
      document.querySelector('dialog[open]')?.close();
    });
    const idle = await page.waitForFunction(() => {
      // A device is changed to the end; what is computed on it then can be stopped.
      const cancel = document.getElementById('cancel');
      if (!cancel.hidden) cancel.click();
      return ['ready', 'done'].includes(document.body.dataset.state);
    }, undefined, { timeout: 30_000 }).then(() => true, () => false);
    const left = await page.evaluate(() => ({
      state: document.body.dataset.state, progress: document.getElementById('progress').checkVisibility(), busy: document.getElementById('frame').getAttribute('aria-busy'),
      working: document.querySelectorAll('.cell[data-state="working"], .cell[data-state="waiting"]').length,
    }));
    const story = `sequence ${sequence}: ${done.join('; ')}`;
    assert.ok(idle, `${story}: it still runs (${JSON.stringify(left)})`);
    assert.deepEqual({ progress: left.progress, busy: left.busy, working: left.working }, { progress: false, busy: 'false', working: 0 }, story);
    assert.deepEqual(witness.errors, [], story);
    assert.deepEqual(witness.asked, [], `${story}: nothing is requested`);
  }
  console.log(`what was done: ${[...kinds].join(', ')}`);
  assertQuiet(witness);
});
