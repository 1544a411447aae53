// All settings in the page's address, behind the #: a link to them, and what a reload finds again. Never the picture.

import { PARAMETER } from './axes.js';

/**
 * @typedef {{ model?: string, method?: string, layer?: string, score?: string, class?: number, framing?: string, colormap?: string,
 *             view?: string, shows?: string, scale?: string, rows?: Array, columns?: Array, within?: Array,
 *             figure?: string, blend?: string, share?: number, threshold?: number, split?: boolean,
 *             chapter?: string, learn: Record<string, boolean | number | string>, parameters: Record<string, boolean | number | string> }} Settings
 *   what is left out is as usual; what other methods would use has their names before or after it, `layer.input`, `smooth-grad.samples`; `rows`, `columns` and `within` hold a kind of axis and its values; `learn` is what was set of the tour's figure
 */

const WORDS = ['model', 'method', 'layer', 'layer.output', 'layer.input', 'score', 'framing', 'colormap', 'colormap.heat', 'colormap.signed', 'colormap.channels', 'view', 'chapter', 'shows', 'scale', 'figure', 'blend'];
const VALUES = ['class', 'opacity.heat', 'opacity.signed', 'opacity.channels', 'share', 'threshold', 'split'];
const LISTS = ['rows', 'columns', 'within'];

/** What parameters were called in earlier versions, whose links still work. */
const RENAMED = { guided: 'positive-gradients', 'grad-cam.guided': 'grad-cam.positive-gradients' };

/** Before the settings of the tour's figure. */
const LEARN = 'learn.';

/** @returns {Settings} what the address says; whatever cannot be read is left out */
export function readSettings(hash = location.hash) {
  const settings = { parameters: {}, learn: {} };
  for (const [key, text] of new URLSearchParams(hash.slice(1))) {
    if (key.startsWith(PARAMETER)) settings.parameters[present(key.slice(PARAMETER.length))] = valueOf(text);
    else if (key.startsWith(LEARN)) settings.learn[key.slice(LEARN.length)] = valueOf(text);
    else if (WORDS.includes(key)) settings[key] = text;
    else if (VALUES.includes(key)) settings[key] = valueOf(text);
    else if (LISTS.includes(key)) settings[key] = listOf(text);
  }
  return settings;
}

/** A parameter's name as it is now. */
function present(id) {
  return Object.hasOwn(RENAMED, id) ? RENAMED[id] : id;
}

/** Whether what is written next is a step, from which the browser's own button leads back. */
let step = false;

/** To another view or chapter. */
export function takeStep() {
  step = true;
}

/** Writes them into the address, in place of what was there unless a step was taken. @param {Settings} settings */
export function writeSettings(settings) {
  const hash = hashOf(settings);
  if (hash === location.hash) return;
  history[step ? 'pushState' : 'replaceState'](null, '', `${location.pathname}${location.search}${hash}`);
  step = false;
}

/** What stands behind the address. @param {Partial<Settings>} settings */
export function hashOf({ parameters = {}, learn = {}, ...settings }) {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(settings)) {
    if (value === undefined || value === '') continue;
    given.set(key, LISTS.includes(key) ? value.map(encodeURIComponent).join() : value);
  }
  for (const [key, value] of Object.entries(parameters)) given.set(PARAMETER + key, value);
  for (const [key, value] of Object.entries(learn)) if (value !== undefined) given.set(LEARN + key, value);
  return given.size > 0 ? `#${given}` : '';
}

/** A kind of axis, and its values. */
function listOf(text) {
  const [kind, ...values] = text.split(',').map(unescaped);
  const known = kind.startsWith(PARAMETER) ? PARAMETER + present(kind.slice(PARAMETER.length)) : kind;
  return [known, ...values.map(valueOf)];
}

function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function valueOf(text) {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
