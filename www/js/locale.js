// The words of the page and the way it writes numbers, in the language that is chosen. All sentences are in locales/*.json.

/** What a language's words are in, beside its own file: English has the names of classes and methods from the module. */
export const LANGUAGES = {
  en: { name: 'English', direction: 'ltr', parts: ['learn'] },
  fa: { name: 'فارسی', direction: 'rtl', parts: ['learn', 'module', 'classes'] },
};

/** What is put into a sentence keeps its own direction. */
const [LEFT_TO_RIGHT, RIGHT_TO_LEFT, ISOLATE, END] = ['\u2066', '\u2067', '\u2068', '\u2069'];

/** One language: its words and its numbers. */
export class Locale {
  #words;
  #formatters = new Map();

  /**
   * @param {string} language a key of LANGUAGES
   * @param {object} words sentences by their keys, nested; a sentence has its values in braces, and may be `{ one, other }` by `count`
   */
  constructor(language, words) {
    this.language = language;
    /** @type {'ltr' | 'rtl'} */
    this.direction = LANGUAGES[language].direction;
    this.#words = words;
  }

  /**
   * Fetches a language's words.
   * @param {string} language a key of LANGUAGES
   * @param {string[]} parts those of its parts that are needed
   * @throws {Error} if they cannot be had
   */
  static async load(language, parts = LANGUAGES[language].parts) {
    const files = [language, ...parts.map((part) => `${language}.${part}`)];
    const words = await Promise.all(files.map(async (file) => {
      const response = await fetch(new URL(`../locales/${file}.json`, import.meta.url));
      if (!response.ok) throw new Error(`the server answered ${response.status} for locales/${file}.json`);
      return response.json();
    }));
    return new Locale(language, Object.assign({}, ...words));
  }

  /** What stands under a key: a sentence, a list, or undefined. @param {string} key names with dots between them @returns {unknown} */
  find(key) {
    return key.split('.').reduce((found, name) => (found !== undefined && Object.hasOwn(found, name) ? found[name] : undefined), this.#words);
  }

  /** A sentence with its values. @param {string} key @param {Record<string, string | number | object>} values a failure among them is said, too @returns {string} */
  t(key, values = {}) {
    const found = this.find(key);
    if (found === undefined) return key;
    const sentence = typeof found === 'object' ? found[new Intl.PluralRules(this.language).select(values.count)] ?? found.other : found;
    return sentence.replace(/\{(\w+)\}/g, (_, name) => this.#told(values[name]));
  }

  /** The same for what is a value itself, which is isolated where it is put into a sentence. @param {string} key @param {Record<string, string | number>} values @returns {string} */
  plain(key, values) {
    return this.find(key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  /** A sentence if there is one, else what the module says in English. @param {string} key @param {string} otherwise @param {Record<string, string | number>} [values] @returns {string} */
  or(key, otherwise, values) {
    return this.find(key) === undefined ? otherwise : this.t(key, values);
  }

  /** What went wrong, in words. @param {{ message?: string, key?: string, values?: Record<string, string | number | object>, cause?: unknown }} failure @returns {string} */
  sentence({ message: said, key, values, cause }) {
    const message = cause?.message ?? said;
    const known = [`errors.${key}`, `module.errors.${key}`].find((sentence) => this.find(sentence) !== undefined);
    return known ? this.t(known, { ...values, message }) : message;
  }

  /** A number as the language writes it. @param {number} number @param {Intl.NumberFormatOptions} options @returns {string} */
  number(number, options = { maximumFractionDigits: 0 }) {
    // The first formatter costs a browser some ten milliseconds, so each is made when it is first needed.
    const key = JSON.stringify(options);
    if (!this.#formatters.has(key)) this.#formatters.set(key, new Intl.NumberFormat(this.language, options));
    return this.#formatters.get(key).format(number);
  }

  /** What is read from left to right in any language: sizes, names of layers, code. @param {string} text @returns {string} */
  code(text) {
    return this.direction === 'rtl' ? `${LEFT_TO_RIGHT}${text}${END}` : text;
  }

  #told(value) {
    // A failure may be the reason for another.
    if (value?.message !== undefined) return this.#told(this.sentence(value));
    const text = typeof value === 'number' ? this.number(value, Number.isInteger(value) ? undefined : { maximumSignificantDigits: 6 }) : String(value ?? '');
    if (this.direction === 'ltr' || !text) return text;
    // Without a letter of its own, as in a list of numbers, it would be read from left to right.
    const letters = /\p{L}/u.test(text.replace(/[\u2066-\u2068][^\u2069]*\u2069/g, ''));
    return `${letters ? ISOLATE : RIGHT_TO_LEFT}${text}${END}`;
  }
}

/** The page's own. @internal @type {Locale} */
export let locale = new Locale('en', {});

/** Makes the page speak a language from now on. @internal */
export function use(chosen) {
  locale = chosen;
}

/**
 * Says something in another language than the page's.
 * @internal
 * @template T
 * @param {Locale} other
 * @param {() => T} say at once: what it leaves for later is said in the page's own
 */
export function speaking(other, say) {
  const own = locale;
  locale = other;
  try {
    return say();
  } finally {
    locale = own;
  }
}

/** A sentence in the page's language; see {@link Locale.t}. @internal */
export const t = (key, values) => locale.t(key, values);

/** Where an arrow key leads in the page's language: on, back, or nowhere. @internal @param {string} key @returns {1 | -1 | undefined} */
export function stepOf(key) {
  const right = locale.direction === 'rtl' ? -1 : 1;
  return { ArrowRight: right, ArrowLeft: -right }[key];
}

/** What an element's attributes are filled from. */
const ATTRIBUTES = { label: 'aria-label', title: 'title', placeholder: 'placeholder', content: 'content' };

/** Writes the words that stand still: `data-text` names what an element says, `data-label`, `data-title` and so on its attributes. @internal */
export function fill(root = document) {
  for (const part of root.querySelectorAll('[data-text]')) part.textContent = t(part.dataset.text);
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    for (const part of root.querySelectorAll(`[data-${name}]`)) part.setAttribute(attribute, t(part.dataset[name]));
  }
}
