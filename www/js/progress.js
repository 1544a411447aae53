// What is being done, on the picture's frame. It waits a moment before it appears, so that quick work does not flicker.

import { element, fillBar } from './dom.js';

const PATIENCE = 150; // milliseconds

export class ProgressView {
  #box = element('progress');
  #text = element('progress-text');
  #bar = element('progress-bar');
  #cancel = element('cancel');
  #timer = 0;

  #onLeave;

  /** @param {{ onCancel: () => void, onLeave: (box: Element) => void }} options `onLeave` is called before the box goes away */
  constructor({ onCancel, onLeave }) {
    this.#onLeave = onLeave;
    this.#cancel.addEventListener('click', onCancel);
  }

  /** @param {{ busy: boolean, text: string, progress: { done: number, total: number } | null, cancellable: boolean }} what */
  show({ busy, text, progress, cancellable }) {
    if (!busy) {
      clearTimeout(this.#timer);
      this.#timer = 0;
      this.#onLeave(this.#box);
      this.#box.hidden = true;
      return;
    }
    this.#timer ||= setTimeout(() => { this.#box.hidden = false; }, PATIENCE);
    this.#text.textContent = text;
    this.#cancel.hidden = !cancellable;
    fillBar(this.#bar, progress);
  }
}
