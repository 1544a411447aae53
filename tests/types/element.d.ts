// What JSDoc cannot say of the element: its events, and its name among the elements of HTML. make.mjs puts it at the end of the
// declarations made from www/js/negah-explainer.js, where it is read; here it says nothing.

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
