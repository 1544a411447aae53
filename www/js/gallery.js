// The strip of sample photographs. One stop for the Tab key; the arrow keys move along it.

import { element, made } from './dom.js';
import { pageFailure } from './error.js';
import { fill, locale, stepOf, t } from './locale.js';

const FOLDER = new URL('../samples/', import.meta.url);
const NO_BREAK_HYPHEN = '\u2011';

/**
 * @typedef {{ file: string, thumb: string, credit: string, licence: string }} Sample
 */

export class Gallery {
  #strip = element('gallery');
  #onPick;
  /** One blob a sample, so that going back to one does not decode it again. @type {Map<string, Blob>} */
  #blobs = new Map();

  /** @param {{ onPick: (source: import('./session.js').Source) => void }} options */
  constructor({ onPick }) {
    this.#onPick = onPick;
    this.#strip.addEventListener('keydown', (event) => this.#move(event));
  }

  /** Lists the samples. @returns {Promise<import('./session.js').Source[]>} */
  async load() {
    const response = await fetch(new URL('samples.json', FOLDER)).catch(() => null);
    if (!response?.ok) throw pageFailure('samples-missing', () => t('intake.gallery-missing'));
    const samples = await response.json();
    const sources = samples.map((sample) => this.#source(sample));
    this.#strip.replaceChildren(...samples.map((sample, position) => this.#button(sample, sources[position], position)));
    fill(this.#strip);
    return sources;
  }

  /** Fetches all samples, so that picking one needs no network; one that does not come is fetched when it is picked. */
  async prefetch() {
    await Promise.allSettled([...this.#strip.children].map(({ dataset: { file } }) => this.#open(file)));
  }

  /** Marks the picture that is shown or asked for. @param {string | undefined} file */
  mark(file) {
    for (const button of this.#strip.children) button.ariaCurrent = button.dataset.file === file ? 'true' : null;
  }

  disable(disabled) {
    for (const button of this.#strip.children) button.disabled = disabled;
  }

  #button(sample, source, position) {
    const button = made('button', { type: 'button', tabIndex: position === 0 ? 0 : -1 });
    const id = idOf(sample.file);
    Object.assign(button.dataset, { file: sample.file, testid: `sample-${id}`, title: `samples.${id}.title`, label: `samples.${id}.title` });
    button.append(made('img', { alt: '', decoding: 'async', draggable: false, src: new URL(sample.thumb, FOLDER).href }));
    button.addEventListener('click', () => {
      this.#focusable(button);
      this.#onPick(source);
    });
    return button;
  }

  #source(sample) {
    const { file, credit, licence } = sample;
    return {
      sample: file,
      open: (signal) => this.#open(file, signal),
      get title() {
        return t(`samples.${idOf(file)}.title`);
      },
      get alt() {
        return t(`samples.${idOf(file)}.alt`);
      },
      get credit() {
        return t('intake.credit', { credit: locale.or(`samples.${idOf(file)}.credit`, credit), licence: locale.or(`intake.licences.${licence}`, licence.replaceAll('-', NO_BREAK_HYPHEN)) });
      },
    };
  }

  async #open(file, signal) {
    if (!this.#blobs.has(file)) {
      const missing = (reason) => pageFailure('sample-missing', () => t('intake.sample-missing', { title: t(`samples.${idOf(file)}.title`), reason: reason() }));
      // The browser's own words for a failed connection are for developers.
      const response = await fetch(new URL(file, FOLDER), { signal }).catch((error) => {
        throw error.name === 'AbortError' ? error : missing(() => t('intake.no-answer'));
      });
      if (!response.ok) throw missing(() => response.status);
      this.#blobs.set(file, await response.blob());
    }
    return this.#blobs.get(file);
  }

  #move(event) {
    const buttons = [...this.#strip.children];
    const here = buttons.indexOf(document.activeElement);
    const by = stepOf(event.key);
    const there = { Home: 0, End: buttons.length - 1 }[event.key] ?? (by && here + by);
    if (here < 0 || there === undefined) return;
    event.preventDefault();
    const button = buttons[Math.min(Math.max(there, 0), buttons.length - 1)];
    this.#focusable(button);
    button.focus();
  }

  #focusable(chosen) {
    for (const button of this.#strip.children) button.tabIndex = button === chosen ? 0 : -1;
  }
}

/** What a sample's words are under. @param {string} file */
function idOf(file) {
  return file.replace(/\.[^.]*$/, '');
}
