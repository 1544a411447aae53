// The tour: one chapter at a time, its words beside a figure that is computed here. While it is shown, nothing else is.

import { CHAPTERS } from './chapters.js';
import { element, made } from './dom.js';
import { FigureView } from './figure-view.js';
import { locale, stepOf, t } from './locale.js';
import { hashOf, takeStep } from './permalink.js';

/** What makes room for the tour. */
const OTHERS = '.intake, .work, .limits';

export class LearnView {
  #section = element('learn');
  #session;
  #figure;
  #chapter = CHAPTERS[0];
  #shown = '';
  /** The picture in the explainer, to notice another. */
  #source = null;
  #presenting = false;

  /** @param {{ session: import('./session.js').Session, onLink: (address: string) => void, settings: import('./permalink.js').Settings }} options */
  constructor({ session, onLink, settings }) {
    this.#session = session;
    this.#figure = new FigureView({ session });
    // With the page's other files, for nothing is fetched once pictures are taken.
    document.fonts.load('1rem "STIX Two Math"').catch(() => {});
    element('learn-contents').append(...CHAPTERS.map((chapter) => this.#entry(chapter)));
    const turn = (id, by) => element(id).addEventListener('click', () => this.#turn(by));
    turn('learn-former', -1);
    turn('learn-next', 1);
    element('learn-link').addEventListener('click', () => onLink(this.#address));
    element('learn-present').addEventListener('click', () => this.#present(!this.#presenting));
    document.addEventListener('keydown', (event) => this.#hear(event));
    // The browser's own key has left full screen already.
    document.addEventListener('fullscreenchange', () => document.fullscreenElement || this.#present(false));
    this.adopt(settings);
  }

  /** What a link holds of it; nothing while it is not shown. @returns {Partial<import('./permalink.js').Settings>} */
  get settings() {
    return this.#session.state.view === 'learn' ? { chapter: this.#chapter.id, learn: this.#figure.settings } : {};
  }

  /** Opens what a link asks for. @param {import('./permalink.js').Settings} settings */
  adopt({ view, chapter, learn }) {
    this.#open(CHAPTERS.find(({ id }) => id === chapter) ?? this.#chapter, view === 'learn' ? learn : {});
  }

  /** @param {import('./session.js').State} state */
  show({ view, current }) {
    const here = view === 'learn';
    this.#goThere(here);
    // A picture that comes while the tour is shown is meant for its figure.
    const source = current?.source ?? null;
    const other = source !== this.#source;
    this.#source = source;
    if (!here) return undefined;
    const key = source && [...this.#session.board.pictures].find(([, one]) => one === source)?.[0];
    if (other && key && this.#shown !== '') return this.#figure.set('picture', key);
    this.#showWords();
    return this.#figure.show();
  }

  /** Makes room, or gives it back. */
  #goThere(here) {
    if (here === !this.#section.hidden) return;
    const leaving = here ? document.querySelectorAll(OTHERS) : [this.#section];
    const lost = [...leaving].some((part) => part.contains(document.activeElement));
    for (const part of document.querySelectorAll(OTHERS)) part.hidden = here;
    this.#section.hidden = !here;
    if (lost) element(here ? 'learn-title' : 'picture-title').focus();
    if (here) return;
    this.#figure.pause();
    this.#present(false);
    this.#shown = '';
  }

  #open(chapter, asked) {
    this.#chapter = chapter;
    this.#figure.open(chapter.figure, asked);
    this.#shown = '';
  }

  /** To another chapter, by hand. */
  #go(chapter) {
    this.#open(chapter, {});
    takeStep();
    this.#session.changed();
    element('learn-title').focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }

  #turn(by) {
    const chapter = CHAPTERS[CHAPTERS.indexOf(this.#chapter) + by];
    if (chapter) this.#go(chapter);
  }

  #entry(chapter) {
    const link = made('a', { href: hashOf({ view: 'learn', chapter: chapter.id }) });
    link.dataset.text = `learn.chapters.${chapter.id}.title`;
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#go(chapter);
    });
    const entry = made('li');
    entry.append(link);
    return entry;
  }

  /** To this chapter and its figure's settings; of the rest what the map depends on. */
  get #address() {
    const { model, framing } = this.#session.settings;
    return new URL(hashOf({ model, framing, view: 'learn', ...this.settings }), location.href).href;
  }

  #showWords() {
    const shown = `${locale.language} ${this.#chapter.id}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { id, headings, words } = this.#chapter;
    const at = CHAPTERS.indexOf(this.#chapter);
    const title = (chapter) => t(`learn.chapters.${chapter.id}.title`);
    for (const [index, link] of [...element('learn-contents').querySelectorAll('a')].entries()) {
      link.textContent = t(link.dataset.text);
      link.ariaCurrent = index === at ? 'page' : null;
    }
    element('learn-number').textContent = t('learn.number', { number: at + 1, total: CHAPTERS.length });
    element('learn-title').textContent = title(this.#chapter);
    element('learn-lead').textContent = t(`learn.chapters.${id}.lead`);
    this.#namePresent();
    element('learn-try').replaceChildren(rich('span', t(`learn.chapters.${id}.try`)));
    element('learn-words').replaceChildren(...words.flatMap((name) => {
      const heading = locale.find(`learn.sections.${headings}.${name}`);
      return [...(heading ? [made('h3', { textContent: heading })] : []), ...locale.find(`learn.chapters.${id}.${name}`).map((piece) => block(piece, name === 'checks'))];
    }));
    for (const [button, chapter, text] of [['learn-former', CHAPTERS[at - 1], 'learn.former'], ['learn-next', CHAPTERS[at + 1], 'learn.next']]) {
      element(button).hidden = !chapter;
      if (chapter) element(button).textContent = t(text, { title: title(chapter) });
    }
  }

  /** Enlarges the figure to the window, and to the screen where the browser allows it. */
  #present(presenting) {
    if (presenting === this.#presenting) return;
    this.#presenting = presenting;
    this.#section.classList.toggle('presenting', presenting);
    // What lies behind is not for the keyboard.
    for (const part of document.querySelectorAll('.masthead, footer')) part.inert = presenting;
    this.#namePresent();
    if (presenting) {
      element('learn-title').focus();
      // It may have been left again before the browser has enlarged it.
      document.documentElement.requestFullscreen?.().then(() => this.#presenting || document.exitFullscreen()).catch(() => {});
    } else if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }

  /** Touch has no Esc. */
  #namePresent() {
    element('learn-present').textContent = t(this.#presenting ? 'learn.leave' : 'learn.present');
  }

  #hear(event) {
    const { key, code, target, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (this.#section.hidden || ctrlKey || metaKey || altKey || shiftKey) return;
    // Where nothing has the focus, as after a link, a key is for the tour; what has the focus has keys of its own.
    if (target !== document.body && !this.#section.contains(target)) return;
    const takes = (controls) => target.matches?.(controls);
    // P by its place: on a Persian keyboard it is another letter.
    const by = this.#presenting && ({ PageDown: 1, PageUp: -1 }[key] ?? stepOf(key));
    if (key === 'Escape') {
      this.#figure.stop();
      this.#present(false);
    } else if (code === 'KeyP' && !takes('select')) this.#present(!this.#presenting);
    else if (by && !takes('select, input')) this.#turn(by);
    else return;
    event.preventDefault();
  }
}

/** A paragraph, or a list. */
function block(piece, ordered) {
  if (typeof piece === 'string') return rich('p', piece);
  const list = made(ordered ? 'ol' : 'ul');
  list.append(...piece.map((item) => rich('li', item)));
  return list;
}

/** A sentence with what is stressed between stars, symbols of formulas between backquotes, and links to papers, `[words](number in the arXiv or address)`. */
function rich(tag, sentence) {
  const whole = made(tag);
  whole.append(...sentence.split(/(\*[^*]+\*|`[^`]+`|\[[^\]]+\]\([^)]+\))/).map((piece) => {
    const [, textContent, paper] = /^[*`[](.+?)[*`\]](?:\((.+)\))?$/.exec(piece) ?? [];
    const latin = { textContent, lang: 'en', dir: 'ltr' };
    if (paper) return made('a', { ...latin, href: new URL(paper, 'https://arxiv.org/abs/').href, rel: 'noopener noreferrer', target: '_blank' });
    if (piece.startsWith('`')) return made('i', { ...latin, className: 'symbol' });
    return textContent ? made('strong', { textContent }) : piece;
  }));
  return whole;
}
