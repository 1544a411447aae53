// The words of an element, which may be in another language than those around it.

import { LANGUAGES, Locale } from './locale.js';
import { once } from './once.js';

export const [FIRST] = Object.keys(LANGUAGES);

/** The part of a language that an element has no use for. */
const UNUSED = 'learn';

/** @type {Map<string, Promise<Locale>>} */
const loaded = new Map();

/** The words of a language, fetched once. @param {string} language a key of LANGUAGES @throws {Error} if they cannot be had */
export const wordsIn = (language) => once(loaded, language, () => Locale.load(language, LANGUAGES[language].parts.filter((part) => part !== UNUSED)));

/** The language of an element: its own, or that of the nearest around it; the first where there are no words in it. @param {Element} element */
export function languageOf(element) {
  for (let inside = element; inside; inside = inside.getRootNode().host) {
    const language = inside.closest('[lang]')?.getAttribute('lang').toLowerCase().split('-')[0];
    if (language !== undefined) return Object.hasOwn(LANGUAGES, language) ? language : FIRST;
  }
  return FIRST;
}
