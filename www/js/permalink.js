// All settings in the page's address, behind the #: a link to them, and what a reload finds again. Never the picture.

const PARAMETER = 'set.';

/**
 * @typedef {{ model?: string, method?: string, layer?: string, score?: string, class?: number, framing?: string, colormap?: string,
 *             parameters: Record<string, boolean | number | string> }} Settings what is left out is as usual
 */

/** @returns {Settings} what the address says; whatever cannot be read is left out */
export function readSettings(hash = location.hash) {
  const given = new URLSearchParams(hash.slice(1));
  const settings = { parameters: {} };
  for (const [key, text] of given) {
    if (key.startsWith(PARAMETER)) settings.parameters[key.slice(PARAMETER.length)] = valueOf(text);
    else if (key === 'class') settings.class = Number.isInteger(Number(text)) ? Number(text) : undefined;
    else if (['model', 'method', 'layer', 'score', 'framing', 'colormap'].includes(key)) settings[key] = text;
  }
  return settings;
}

/** Writes them into the address, in place of what was there. @param {Settings} settings */
export function writeSettings({ parameters, ...settings }) {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(settings)) {
    if (value !== undefined && value !== '') given.set(key, value);
  }
  for (const [key, value] of Object.entries(parameters)) given.set(PARAMETER + key, value);
  const hash = given.size > 0 ? `#${given}` : '';
  if (hash !== location.hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
}

function valueOf(text) {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
