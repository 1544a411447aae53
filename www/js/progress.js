// What is being done, on the picture's frame. It waits a moment before it appears, so that quick work does not flicker.

const PATIENCE = 150; // milliseconds

export class ProgressView {
  #box = document.getElementById('progress');
  #text = document.getElementById('progress-text');
  #bar = document.getElementById('progress-bar');
  #cancel = document.getElementById('cancel');
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
    if (progress?.total > 0) {
      this.#bar.max = progress.total;
      this.#bar.value = progress.done;
    } else {
      this.#bar.removeAttribute('value');
    }
  }
}
