// Which language the page speaks, and the menu to choose another.

import { element } from './dom.js';
import { fill, LANGUAGES, Locale, locale, use } from './locale.js';
import { once } from './once.js';

/** @type {Map<string, Promise<Locale>>} */
const loaded = new Map();

const load = (language) => once(loaded, language, () => Locale.load(language));

/** Fetches the words of all languages, so that choosing one needs no network. */
export async function loadLanguages() {
  await Promise.all(Object.keys(LANGUAGES).map(load));
}

/** Writes all words that stand still in a language. @param {string} language a key of LANGUAGES @throws {Error} if its words cannot be had */
export async function speak(language) {
  use(await load(language));
  Object.assign(document.documentElement, { lang: language, dir: locale.direction });
  document.documentElement.classList.remove('wordless');
  fill();
}

/** Begins in the language that was found for the visitor, or else in the first. */
export async function begin() {
  const { lang } = document.documentElement;
  try {
    await speak(lang).catch(() => speak(Object.keys(LANGUAGES)[0]));
  } catch (error) {
    document.documentElement.classList.remove('wordless');
    element('words-missing').hidden = false;
    throw error;
  }
}

export class LanguageView {
  #select = element('language');

  /** @param {{ onChoose: (language: string) => void }} handlers */
  constructor({ onChoose }) {
    this.#select.append(...Object.entries(LANGUAGES).map(([language, { name }]) => Object.assign(new Option(name, language), { lang: language })));
    this.#select.addEventListener('change', () => {
      keep(this.#select.value);
      onChoose(this.#select.value);
    });
    this.show();
  }

  show() {
    this.#select.value = locale.language;
  }
}

/** For the next visit, which first.js looks for; an address that asks for a language has had its turn. */
function keep(language) {
  const address = new URL(location.href);
  address.searchParams.delete('lang');
  history.replaceState(null, '', address);
  try {
    localStorage.setItem('language', language);
  } catch {
    // A browser that keeps nothing for this page asks its own settings again.
  }
}
