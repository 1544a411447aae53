// One calm place for errors and notices. It stays until it is dismissed or the visitor does the next thing, and it covers
// no layout: the page does not move when it comes or goes.

import { element, made } from './dom.js';

export class Messages {
  #box = element('message');
  #text = element('message-text');
  #action = element('message-action');
  /** What is said, each in the language that the page has when it is drawn. @type {Array<() => string>} */
  #sentences = [];
  /** What can be done about it. @type {{ label: () => string, run: () => void } | null} */
  #offered = null;
  #cameFrom = null;

  constructor() {
    // A dialog that is closed takes what is in it out of sight.
    document.addEventListener('close', () => this.draw(), true);
    element('message-dismiss').addEventListener('click', () => this.clear());
    this.#box.addEventListener('focusin', (event) => {
      if (!this.#box.contains(event.relatedTarget)) this.#cameFrom = event.relatedTarget;
    });
    this.#action.addEventListener('click', () => {
      const { run } = this.#offered;
      this.clear();
      run();
    });
  }

  get shown() {
    return this.#sentences.length > 0;
  }

  /**
   * Adds a sentence; what belongs to the same act of the visitor stands together.
   * @param {() => string} sentence says it in the page's language
   * @param {{ label: () => string, run: () => void } | null} action
   */
  say(sentence, action = null) {
    if (!this.#sentences.some((other) => other() === sentence())) this.#sentences.push(sentence);
    if (action) this.#offered = action;
    this.draw();
  }

  clear() {
    this.#sentences = [];
    this.#offered = null;
    this.draw();
  }

  /** Says it in the language that the page has by now, where it can be seen: behind a dialog it could not be dismissed either. */
  draw() {
    // The keyboard goes back to where it came from.
    if (!this.shown && this.#box.contains(document.activeElement)) this.#cameFrom?.focus();
    const place = document.querySelector('dialog[open]') ?? document.body;
    if (this.#box.parentElement !== place) place.append(this.#box);
    // What is announced has to be there when its words change.
    this.#box.hidden = !this.shown;
    this.#text.replaceChildren(...this.#sentences.map((sentence) => made('p', { textContent: sentence() })));
    this.#action.hidden = !this.#offered;
    this.#action.textContent = this.#offered?.label() ?? '';
  }
}
