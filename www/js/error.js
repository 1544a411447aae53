// What every failure is, as those who call hear of it.

/**
 * What went wrong, before it is said in a language: `key` and `values` name a sentence of www/locales, `message` is one that is
 * there already, the module's in English.
 * @typedef {{ code: string, key?: string, values?: Record<string, string | number | object>, message?: string }} Failure
 */

/** A failure with a `code` for programs and a `message` that can be shown to people as it is; `key` and `values` say it in other languages. */
export class NegahError extends Error {
  /**
   * @param {Failure} failure
   * @param {import('./locale.js').Locale} locale in whose language it is said
   */
  constructor(failure, locale) {
    // The cause has the module's own words, for a language that takes those.
    super(locale.sentence(failure), { cause: failure });
    this.name = 'NegahError';
    this.code = failure.code;
    this.key = failure.key;
    this.values = failure.values ?? {};
  }
}

/**
 * A failure of the page's own: it is said in the language that the page has whenever somebody looks.
 * @internal
 * @param {string} code
 * @param {() => string} say
 */
export const pageFailure = (code, say) => Object.defineProperties(new Error(), { code: { value: code }, message: { get: say } });

/** A failure in words; what else was thrown, such as the end of an `AbortSignal`, stays what it is. @internal */
export function worded(thrown, locale) {
  return thrown instanceof Error || thrown?.code === undefined ? thrown : new NegahError(thrown, locale);
}

/** Makes failures in a language. @internal @param {import('./locale.js').Locale} locale */
export const failing = (locale) => (code, key, values) => new NegahError({ code, key, values }, locale);

/** What a failure says, in whatever language it is asked for in. @internal */
export const saidLater = ({ message, key, values, cause }) => ({ message: cause?.message ?? message, key, values });
