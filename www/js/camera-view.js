// The camera, live, in a dialog: each frame that was computed with its map, what the network saw in it, and how fast that goes.

import { BEST, cameras, Live, METHOD, SECONDS } from './camera.js';
import { element, made } from './dom.js';
import { locale, t } from './locale.js';
import { lookedAt } from './looked.js';
import { nameOfClass, noteOf } from './names.js';
import { placeCrop } from './pictures.js';
import { Plate } from './plate.js';
import { caption, failureOf, percent } from './words.js';

/** How long nothing else is said aloud, in milliseconds: the best class may change with every frame. */
const PAUSE = 3000;

export class CameraView {
  #dialog = element('camera');
  #which = element('camera-which');
  #plate = new Plate();
  #session;
  #pick;
  #look;
  #live;
  /** The frame that is seen, with its map. @type {import('./camera.js').Shown | null} */
  #shown = null;
  /** Stays where it is while its words change, so that it can be clicked and keeps the focus. */
  #best = new Row(() => this.#pin(null));
  #rows = Array.from({ length: BEST + 1 }, () => new Row(({ index }) => this.#pin(index === this.#live.pinned ? null : index)));
  /** The class that was said aloud last, and when. */
  #said = { index: null, at: -Infinity };

  /**
   * @param {{ session: import('./session.js').Session, pick: (source: import('./session.js').Source, target: number | 'top') => Promise<void>,
   *           look: () => import('./controls.js').Look }} what `look` is how maps are laid over pictures now
   */
  constructor({ session, pick, look }) {
    this.#session = session;
    this.#pick = pick;
    this.#look = look;
    this.#live = new Live({
      session,
      video: element('camera-video'),
      onOpen: (id) => this.#listCameras(id),
      onMap: (shown) => this.#take(shown),
      onMute: (muted) => (muted ? this.#tell({ reason: 'muted' }) : this.#calm()),
      onProblem: (error) => this.#tell(error),
    });
    element('camera-plate').append(this.#plate.element);
    element('camera-classes').append(...[this.#best, ...this.#rows].map((row) => row.item));
    element('camera-open').addEventListener('click', () => this.#open());
    element('camera-close').addEventListener('click', () => this.#close());
    element('camera-again').addEventListener('click', () => this.#start());
    element('camera-single').addEventListener('click', () => this.#freeze('single'));
    element('camera-board').addEventListener('click', () => this.#freeze('board'));
    this.#which.addEventListener('change', () => this.#start());
    this.#dialog.addEventListener('close', () => this.#live.stop());
    // The camera is off while nobody can see the page.
    document.addEventListener('visibilitychange', () => {
      if (!this.#dialog.open) return;
      if (document.hidden) this.#live.stop();
      else this.#start();
    });
  }

  /** The session has changed. */
  show() {
    const { phase, job } = this.#session.state;
    element('camera-open').disabled = phase !== 'ready' || job?.kind === 'device';
    // A picture was dropped or pasted: it is what there is to see now.
    if (job && this.#dialog.open) this.#close();
  }

  #open() {
    // One thing is computed at a time.
    this.#session.cancel();
    this.#live.pinned = null;
    this.#shown = null;
    this.#said = { index: null, at: -Infinity };
    this.#draw();
    this.#dialog.showModal();
    this.#start();
  }

  #close() {
    this.#live.stop();
    this.#dialog.close();
  }

  #start() {
    this.#calm();
    element('camera-wait').hidden = false;
    this.#live.start(this.#which.value || undefined);
  }

  async #listCameras(id) {
    const all = await cameras();
    this.#which.replaceChildren(...all.map(({ id: value, name }, at) => new Option(name || t('camera.nth', { number: at + 1 }), value)));
    this.#which.value = id;
    element('camera-choice').hidden = all.length < 2;
  }

  /** There is no problem any more. */
  #calm() {
    const problem = element('camera-problem');
    // The keyboard is not lost with the button.
    if (problem.contains(document.activeElement)) this.#best.focus();
    problem.hidden = true;
  }

  #tell(error) {
    const { message, reason } = error;
    element('camera-wait').hidden = true;
    element('camera-rate').textContent = '';
    element('camera-again').hidden = ['insecure', 'unsupported', 'muted'].includes(reason);
    // What is announced has to be there when its words change.
    element('camera-problem').hidden = false;
    element('camera-sentence').textContent = reason ? t(`camera.problem.${reason}`, { message }) : failureOf(error)();
  }

  #take(shown) {
    this.#shown = shown;
    element('camera-wait').hidden = true;
    this.#draw();
    this.#say(shown.prediction.classes[0], shown.explanation);
  }

  #pin(index) {
    this.#live.pinned = index;
    this.#draw();
  }

  #draw() {
    const shown = this.#shown;
    for (const id of ['camera-single', 'camera-board']) element(id).disabled = !shown;
    for (const id of ['camera-plate', 'camera-seen']) element(id).hidden = !shown;
    this.#drawClasses(shown);
    this.#drawWords(shown);
    if (!shown) return;
    const { prediction, explanation } = shown;
    const colormap = this.#session.negah.colormaps().find(({ id }) => id === explanation.colormap);
    this.#plate.show({ prediction, explanation, coloured: explanation.picture, colormap, look: this.#look() });
    placeCrop(element('camera-seen'), prediction);
  }

  /** The best classes, and the pinned one below them where it is not among them. */
  #drawClasses(shown) {
    const { pinned } = this.#live;
    const { classes = [] } = shown?.prediction ?? {};
    const target = shown?.explanation.target;
    const other = target?.index === pinned && !classes.some(({ index }) => index === pinned) ? target : null;
    this.#best.show({ name: t('camera.best'), pressed: pinned === null });
    const keyed = this.#rows.some((row) => row.keyed);
    this.#rows.forEach((row, at) => {
      const known = [...classes, target].find((one) => one?.index === row.scored?.index);
      const held = row.scored && (known ?? { ...row.scored, probability: null });
      const scored = keyed ? held : at < BEST ? classes[at] : other;
      row.show(scored ? { scored, name: nameOfClass(scored), pressed: scored.index === pinned } : null);
    });
  }

  #drawWords(shown) {
    const { rate, dropped } = this.#live;
    const speed = rate === null ? '' : t('camera.rate', { rate: locale.number(rate, { maximumSignificantDigits: 2 }), seconds: SECONDS });
    element('camera-rate').textContent = shown ? [speed, t('camera.dropped', { count: dropped })].filter(Boolean).join(' ') : '';
    if (!shown) return element('camera-words').replaceChildren();
    const { explanation } = shown;
    const { before, after } = caption({ explanation, partial: false, methodName: this.#session.choices.about(METHOD).name });
    return element('camera-words').replaceChildren(before, made('strong', { textContent: nameOfClass(explanation.target) }), after, ' ', noteOf(explanation) ?? '');
  }

  #say(best, explanation) {
    const now = performance.now();
    if (best.index === this.#said.index || now - this.#said.at < PAUSE) return;
    this.#said = { index: best.index, at: now };
    element('camera-said').textContent = [t('camera.said', { name: nameOfClass(best), share: percent(best.probability) }), lookedAt(explanation)].filter(Boolean).join(' ');
  }

  /** The frame that is seen becomes a picture of the page, to be looked at with the class that was pinned. @param {'single' | 'board'} view */
  #freeze(view) {
    const { blob } = this.#shown;
    const { pinned } = this.#live;
    const taken = new Date();
    const source = {
      open: async () => blob,
      get title() {
        return t('camera.picture', { time: taken.toLocaleTimeString(locale.language) });
      },
      get credit() {
        return t('camera.credit');
      },
    };
    this.#close();
    element('picture-title').focus();
    if (view === 'single') this.#session.choices.change({ method: METHOD });
    const picked = this.#pick(source, pinned ?? 'top');
    // There is something new to look at, so nothing else is computed first.
    this.#session.setView(view);
    return picked;
  }
}

/** A class that can be pinned, or all that is asked of the best. */
class Row {
  item = made('li');
  #button = made('button', { type: 'button' });
  #name = made('span', { className: 'class-name' });
  #share = made('span', { className: 'class-probability' });
  #bar = made('span', { className: 'class-bar' });
  /** The class that it has; null while it is empty. @type {import('./negah.js').ScoredClass | null} */
  scored = null;

  /** @param {(scored: import('./negah.js').ScoredClass | null) => void} onPress */
  constructor(onPress) {
    // What is meant is what was there when the pointer came down.
    let aimed = null;
    this.#button.addEventListener('pointerdown', () => { aimed = this.scored; });
    this.#button.addEventListener('click', ({ detail: clicks }) => onPress((clicks > 0 && aimed) || this.scored));
    this.#button.append(this.#name, this.#share, this.#bar);
    this.item.append(this.#button);
  }

  /** Whether the keyboard is at it: then no row changes its class, for a key means what was read before it was pressed. */
  get keyed() {
    return this.#button.matches(':focus-visible');
  }

  focus() {
    this.#button.focus();
  }

  /** @param {{ scored?: import('./negah.js').ScoredClass, name: string, pressed: boolean } | null} what null for nothing, which takes the same room */
  show(what) {
    this.item.classList.toggle('empty', !what);
    this.#button.disabled = !what;
    const { scored = null, name, pressed } = what ?? {};
    this.scored = scored;
    if (!what) return;
    this.#name.textContent = name;
    this.#share.textContent = (scored?.probability ?? null) === null ? '' : percent(scored.probability);
    this.#bar.hidden = !scored;
    this.#bar.style.setProperty('--share', scored?.probability ?? 0);
    this.#button.ariaPressed = String(pressed);
  }
}
