// Made from the JSDoc of the module beside it by `node tests/types/make.mjs`; a change here would be lost.
export type Failure = {
    code: string;
    key?: string;
    values?: Record<string, string | number | object>;
    message?: string;
};
/**
 * What went wrong, before it is said in a language: `key` and `values` name a sentence of www/locales, `message` is one that is
 * there already, the module's in English.
 * @typedef {{ code: string, key?: string, values?: Record<string, string | number | object>, message?: string }} Failure
 */
/** A failure with a `code` for programs and a `message` that can be shown to people as it is; `key` and `values` say it in other languages. */
export declare class NegahError extends Error {
    code: string;
    key: string | undefined;
    values: Record<string, string | number | object>;
    /**
     * @param {Failure} failure
     * @param {import('./locale.js').Locale} locale in whose language it is said
     */
    constructor(failure: Failure, locale: import('./locale.js').Locale);
}
