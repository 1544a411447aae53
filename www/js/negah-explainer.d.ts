// Made from the JSDoc of the module beside it by `node tests/types/make.mjs`; a change here would be lost.
export type Explanation = import('./negah.js').Explanation;
export type Prediction = import('./negah.js').Prediction;
/** Shows where a network looked in a picture. */
export declare class NegahExplainer extends HTMLElement {
    #private;
    /** The picture to explain in place of `src`: a Blob or File, or pixels. @returns {Blob | ImageData | null} */
    get picture(): Blob | ImageData | null;
    set picture(picture: Blob | ImageData | null);
    /** What the network sees in the picture; null until that is known. @returns {Prediction | null} */
    get prediction(): Prediction | null;
    /** The map that is shown; null until there is one. @returns {Explanation | null} */
    get explanation(): Explanation | null;
    /**
     * The explanation as it is asked for at present. It is begun at once, even where the element is out of sight, and again where it failed.
     *
     * @returns {Promise<Explanation>}
     * @throws {NegahError} as {@link Negah#loadModel} and {@link Negah#explain}, and `no-picture`, `foreign-picture`, `picture-missing`
     * @throws {DOMException} `AbortError`, where something else was asked for meanwhile, or the element is not in the document
     */
    explain(): Promise<Explanation>;
}

/** The events of a `<negah-explainer>`; they bubble, out of shadow trees too. */
export interface NegahExplainerEventMap {
    'negah-progress': CustomEvent<import('./negah.js').Progress>;
    'negah-prediction': CustomEvent<Prediction>;
    'negah-explanation': CustomEvent<Explanation>;
    /** A `NegahError`, or what the browser says where the words cannot be fetched. */
    'negah-error': CustomEvent<import('./error.js').NegahError | Error>;
}

export interface NegahExplainer {
    addEventListener<Name extends keyof NegahExplainerEventMap>(type: Name, listener: (this: NegahExplainer, event: NegahExplainerEventMap[Name]) => void, options?: boolean | AddEventListenerOptions): void;
    addEventListener<Name extends keyof HTMLElementEventMap>(type: Name, listener: (this: NegahExplainer, event: HTMLElementEventMap[Name]) => void, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<Name extends keyof NegahExplainerEventMap>(type: Name, listener: (this: NegahExplainer, event: NegahExplainerEventMap[Name]) => void, options?: boolean | EventListenerOptions): void;
    removeEventListener<Name extends keyof HTMLElementEventMap>(type: Name, listener: (this: NegahExplainer, event: HTMLElementEventMap[Name]) => void, options?: boolean | EventListenerOptions): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

declare global {
    interface HTMLElementTagNameMap {
        'negah-explainer': NegahExplainer;
    }
}
