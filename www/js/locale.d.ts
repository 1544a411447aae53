// Made from the JSDoc of the module beside it by `node tests/types/make.mjs`; a change here would be lost.
/** What a language's words are in, beside its own file: English has the names of classes and methods from the module. */
export declare const LANGUAGES: {
    en: {
        name: string;
        direction: string;
        parts: string[];
    };
    fa: {
        name: string;
        direction: string;
        parts: string[];
    };
};
/** One language: its words and its numbers. */
export declare class Locale {
    #private;
    language: string;
    /** @type {'ltr' | 'rtl'} */
    direction: 'ltr' | 'rtl';
    /**
     * @param {string} language a key of LANGUAGES
     * @param {object} words sentences by their keys, nested; a sentence has its values in braces, and may be `{ one, other }` by `count`
     */
    constructor(language: string, words: object);
    /**
     * Fetches a language's words.
     * @param {string} language a key of LANGUAGES
     * @param {string[]} parts those of its parts that are needed
     * @throws {Error} if they cannot be had
     */
    static load(language: string, parts?: string[]): Promise<Locale>;
    /** What stands under a key: a sentence, a list, or undefined. @param {string} key names with dots between them @returns {unknown} */
    find(key: string): unknown;
    /** A sentence with its values. @param {string} key @param {Record<string, string | number | object>} values a failure among them is said, too @returns {string} */
    t(key: string, values?: Record<string, string | number | object>): string;
    /** The same for what is a value itself, which is isolated where it is put into a sentence. @param {string} key @param {Record<string, string | number>} values @returns {string} */
    plain(key: string, values: Record<string, string | number>): string;
    /** A sentence if there is one, else what the module says in English. @param {string} key @param {string} otherwise @param {Record<string, string | number>} [values] @returns {string} */
    or(key: string, otherwise: string, values?: Record<string, string | number>): string;
    /** What went wrong, in words. @param {{ message?: string, key?: string, values?: Record<string, string | number | object>, cause?: unknown }} failure @returns {string} */
    sentence({ message: said, key, values, cause }: {
        message?: string;
        key?: string;
        values?: Record<string, string | number | object>;
        cause?: unknown;
    }): string;
    /** A number as the language writes it. @param {number} number @param {Intl.NumberFormatOptions} options @returns {string} */
    number(number: number, options?: Intl.NumberFormatOptions): string;
    /** What is read from left to right in any language: sizes, names of layers, code. @param {string} text @returns {string} */
    code(text: string): string;
}
