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
async function speak(language) {
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

  /**
   * @param {{ onSpeak: () => void, onMissing: (language: string) => void }} handlers `onSpeak` is called when the page speaks another language, and
   *   what does not stand still can be said anew; `onMissing` when the words of one cannot be had
   */
  constructor(handlers) {
    this.#select.append(...Object.entries(LANGUAGES).map(([language, { name }]) => Object.assign(new Option(name, language), { lang: language })));
    this.#select.value = locale.language;
    this.#select.addEventListener('change', () => this.#take(handlers));
  }

  async #take({ onSpeak, onMissing }) {
    const { value: language } = this.#select;
    const words = await load(language).catch(() => null);
    // Another may have been chosen meanwhile.
    if (this.#select.value !== language) return;
    if (!words) {
      // The menu says again what is spoken, so that choosing the same once more is a change.
      this.#select.value = locale.language;
      onMissing(language);
      return;
    }
    keep(language);
    await speak(language);
    onSpeak();
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
