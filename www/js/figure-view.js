// A figure of the tour: maps that are computed anew whenever one of its dials is set, one run at a time.

import { dialView } from './dials.js';
import { element, fillBar } from './dom.js';
import { backgroundOf, dialsOf, DRAWINGS, factsOf, requestsOf, valuesOf, worst } from './figures.js';
import { drawn, FORMULAS } from './formulas.js';
import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';
import { Pane } from './pane.js';
import { effort, extentOf, failureOf, percent } from './words.js';

/** A slider gives many values a second. */
const PATIENCE = 150; // milliseconds

/** How many maps are kept, so that going back to one, or putting another beside it, computes nothing again. */
const KEPT = 12;

/** How many classes go to the explainer with a map. */
const CLASSES = 5;

export class FigureView {
  #box = element('learn-figure');
  /** Stops what runs, or tries again what failed. */
  #button = element('learn-stop');
  #session;
  /** @type {import('./chapters.js').Figure} */
  #figure;
  /** What was set, by hand or by a link. */
  #asked = {};
  #dials = [];
  #views = [];
  #panes = [];
  /** What is in the panes. */
  #shown = [];
  #channels = 0;
  /** The picture that the network has looked at, and what it saw. */
  #seen = null;
  /** The maps there are, by what was asked for. @type {Map<string, import('./negah.js').Explanation>} */
  #maps = new Map();
  /** What is computed, or was, and the language that it is told in. */
  #key = '';
  #locale = locale;
  #timer = 0;
  #controller = new AbortController();
  /** The map that can be taken to the explainer. */
  #done = null;

  /** @param {{ session: import('./session.js').Session }} options */
  constructor({ session }) {
    this.#session = session;
    this.#button.addEventListener('click', () => {
      this.#keepFocus();
      if (this.#box.dataset.state === 'working') return this.stop();
      this.pause();
      return this.show();
    });
    element('learn-take').addEventListener('click', () => this.#take());
    element('learn-dials').addEventListener('submit', (event) => event.preventDefault());
  }

  /** What was set, as a link holds it; not a picture that only this visitor has. */
  get settings() {
    const { picture, ...asked } = this.#asked;
    return this.#session.board.pictures.get(picture)?.sample ? this.#asked : asked;
  }

  /** Another chapter's. @param {import('./chapters.js').Figure} figure */
  open(figure, asked) {
    this.pause();
    const { method, dials = [], beside, grid, list, several, tiles } = figure;
    this.#figure = figure;
    this.#asked = asked;
    this.#dials = dialsOf(figure);
    this.#views = this.#dials.map((dial) => dialView(dial, (value) => this.set(dial.id, value)));
    element('learn-dials').replaceChildren(...this.#views.flatMap(({ parts }) => parts));
    const explained = dials.length > 0;
    element('learn-formula').replaceChildren(...(explained ? FORMULAS[method].map((line) => drawn(line, [tiles ? 'l' : '', ...dials.map(({ sign }) => sign)])) : []));
    this.#box.classList.toggle('listed', Boolean(list));
    const panes = element('learn-panes');
    this.#panes = Array.from({ length: several ? several.length + 1 : beside || grid ? 2 : 1 }, () => new Pane());
    panes.replaceChildren(...this.#panes.map((pane) => pane.element));
    const across = Math.min(this.#panes.length, several ? 3 : 2);
    panes.style.setProperty('--across', across);
    panes.style.setProperty('--down', this.#panes.length / across);
    this.#shown = [];
    this.#done = null;
  }

  /** Sets a dial. The classes of one picture are not those of another. */
  set(id, value) {
    this.#asked = { ...this.#asked, ...(id === 'picture' && { class: undefined, rival: undefined }), [id]: value };
    this.show();
  }

  /** Shows itself anew, and computes what is not computed yet. */
  show() {
    const { state, negah } = this.#session;
    element('learn-dials').hidden = state.phase !== 'ready';
    if (state.phase !== 'ready') return this.#tell(state.phase, state.phase === 'loading' ? t('learn.wait') : '');
    this.#showDials();
    this.#showPanes();
    // Another network or device comes first.
    if (!this.#source) return this.#tell('failed', t('intake.gallery-missing'));
    if (state.job) return this.pause();
    const key = JSON.stringify([this.#place, this.#asked, negah.deviceInfo().kind]);
    const same = key === this.#key;
    if (same && locale === this.#locale) return undefined;
    this.#locale = locale;
    // Another language is no reason to go on with what was stopped.
    if (same && this.#box.dataset.state === 'stopped') return this.#tell('stopped', t('learn.stopped'));
    this.pause();
    this.#key = key;
    Object.assign(this.#button, { textContent: t('learn.stop'), hidden: false });
    this.#box.dataset.state = 'working';
    this.#box.ariaBusy = 'true';
    this.#timer = setTimeout(() => this.#run(), this.#done ? PATIENCE : 0);
    return undefined;
  }

  /** Ends what runs; it begins again when the figure is shown. */
  pause() {
    clearTimeout(this.#timer);
    this.#controller.abort();
    this.#key = '';
  }

  /** Ends what runs, until something is set. */
  stop() {
    if (this.#box.dataset.state !== 'working') return;
    const key = this.#key;
    this.pause();
    this.#key = key;
    this.#tell('stopped', t('learn.stopped'));
  }

  get #here() {
    const { board: { pictures }, state: { layers }, choices } = this.#session;
    return { pictures, layers, choices, channels: this.#channels, classes: this.#seen?.place === this.#place ? this.#seen.prediction.classes : null };
  }

  get #values() {
    return valuesOf(this.#dials, this.#asked, this.#here);
  }

  get #picture() {
    const { pictures } = this.#session.board;
    return [this.#asked.picture, this.#figure.picture, ...pictures.keys()].find((key) => pictures.has(key));
  }

  get #source() {
    return this.#session.board.pictures.get(this.#picture);
  }

  /** What a prediction holds for. */
  get #place() {
    return [this.#picture, this.#session.state.model.id, this.#session.choices.framing].join();
  }

  #showDials() {
    const [here, values] = [this.#here, this.#values];
    for (const view of this.#views) view.show(here, values);
    element('learn-take').disabled = !this.#done;
  }

  #showPanes() {
    this.#shown.forEach((shown, at) => this.#panes[at].show({ prediction: this.#seen.prediction, ...shown, caption: shown.told() }));
  }

  #put(at, shown) {
    const { colormap } = shown.explanation ?? {};
    this.#shown[at] = { ...shown, colormap: this.#session.negah.colormaps().find(({ id }) => id === colormap) };
    this.#showPanes();
  }

  #tell(state, words) {
    this.#box.dataset.state = state;
    if (state === 'failed') Object.assign(this.#button, { textContent: t('intake.try-again'), hidden: !this.#source });
    else this.#keepFocus();
    this.#box.ariaBusy = 'false';
    element('learn-facts').textContent = words;
    element('learn-take').disabled = !this.#done;
  }

  /** Before the button goes away, so that the keyboard is not lost. */
  #keepFocus() {
    if (document.activeElement === this.#button) element('learn-title').focus({ preventScroll: true });
  }

  #progress(words, progress = null) {
    element('learn-activity').textContent = words;
    fillBar(element('learn-bar'), progress);
  }

  async #run() {
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    // Others show what was set: the address, for one, which browsers do not like to be written often.
    this.#session.changed();
    try {
      this.#progress(t('learn.looking'));
      await this.#session.networks.comeHome(signal);
      await this.#look(signal);
      const maps = [];
      for (const request of requestsOf(this.#figure, this.#values, this.#session.choices)) maps.push(await this.#explain(request, maps.length, signal));
      const [explanation] = maps;
      this.#channels = explanation.channels;
      const values = this.#values;
      this.#done = { ...this.#seen, explanation, values };
      await this.#draw(explanation, values, signal);
      this.#showDials();
      this.#tell('done', [...factsOf(maps, values), effort({ ...explanation, elapsed: maps.reduce((sum, { elapsed }) => sum + elapsed, 0) })].join(' '));
    } catch (error) {
      if (!signal.aborted) this.#tell('failed', failureOf(error)());
    }
  }

  /** Asks the network what it sees, once for each picture. */
  async #look(signal) {
    const { negah, choices: { framing } } = this.#session;
    const [place, source] = [this.#place, this.#source];
    if (this.#seen?.place !== place) {
      const blob = await source.open(signal);
      const prediction = await negah.predict(blob, { top: negah.classes().length, framing, signal });
      signal.throwIfAborted();
      this.#seen = { place, source, blob, prediction };
      this.#maps.clear();
      this.#shown = [];
    }
    // Until there is a map, the photograph.
    this.#panes.forEach((_, at) => this.#shown[at] ?? this.#put(at, { told: () => (this.#figure.several?.length === at ? t('learn.photograph') : '') }));
    this.#showDials();
  }

  async #explain(request, at, signal) {
    const { negah, choices, board: { pictures } } = this.#session;
    const key = JSON.stringify([request, negah.deviceInfo().kind]);
    const what = choices.about(request.method).name;
    const { beside } = this.#values;
    const put = (explanation) => this.#put(at, { explanation, coloured: explanation.picture, told: () => this.#toldOf(explanation, at, beside) });
    if (!this.#maps.has(key)) {
      this.#progress(t('learn.computing', { what }));
      const explanation = await negah.explain(this.#seen.blob, {
        ...request, background: await backgroundOf(request.background, this.#picture, pictures, signal), signal,
        onProgress: (progress) => signal.aborted || progress.total < 2 || this.#progress(t('learn.steps', { what, ...progress }), progress),
        onPartial: (partial) => signal.aborted || put(partial),
      });
      signal.throwIfAborted();
      this.#maps.set(key, explanation);
      if (this.#maps.size > KEPT) this.#maps.delete(this.#maps.keys().next().value);
    }
    put(this.#maps.get(key));
    return this.#maps.get(key);
  }

  /** What stands beside a map of the same computation. */
  async #draw(explanation, values, signal) {
    const { negah, choices: { colormaps: { heat: colormap } } } = this.#session;
    const { beside = this.#figure.grid && 'channel' } = values;
    if (beside === 'covered') return this.#put(1, { patch: { ...worst(explanation), ...explanation.parameters }, told: () => t('learn.options.beside.covered') });
    const map = DRAWINGS[beside]?.(explanation, values);
    if (!map) return undefined;
    const coloured = await negah.render(map, { colormap });
    signal.throwIfAborted();
    return this.#put(1, { explanation: { ...explanation, shows: 'heat', colormap }, coloured, told: () => (map.channel === undefined ? t(`learn.options.beside.${beside}`) : t('learn.channel', { number: map.channel + 1 })) });
  }

  #toldOf({ method, shows, layer, channels, width, height, target, parameters: { fill } }, at, beside) {
    if (this.#figure.several) return this.#session.choices.about(method).name;
    if (shows === 'channels') return t('learn.channels', { layer, count: channels, size: extentOf([height, width]) });
    if (at === 0 || beside === 'class') return t('learn.one-class', { name: nameOfClass(target), share: percent(target.probability) });
    return beside === 'fill' ? t('learn.filled', { fill: t(`choices.baselines.${fill}`) }) : t(`learn.options.beside.${beside}`);
  }

  /** Opens the map as one map; where it compares, by the explainer's own comparison. */
  async #take() {
    const { source, blob, prediction, explanation, values } = this.#done;
    this.pause();
    const cell = { at: { source, model: this.#session.state.model.id }, prediction: { ...prediction, classes: prediction.classes.slice(0, CLASSES) }, explanation, blob };
    await this.#session.open(cell, this.#figure.classless && DRAWINGS.channel(explanation, values).channel);
    if (values.background) await this.#session.explain({ target: explanation.target.index });
  }
}
