// A figure of the tour: maps that are computed anew whenever one of its dials is set, one run at a time.

import { dialsOf } from './dials.js';
import { element, made } from './dom.js';
import { backgroundOf, BESIDE, channelOf, factsOf, layersOf, offered, requestsOf, settled, targetsOf } from './figures.js';
import { drawn, FORMULAS } from './formulas.js';
import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';
import { Pane } from './pane.js';
import { extentOf, effort, percent } from './words.js';

/** A slider gives many values a second. */
const PATIENCE = 150; // milliseconds

/** How many maps are kept, so that going back to one, or putting another beside it, computes it only once. */
const KEPT = 12;

/** How many classes go with a map to the explainer. */
const CLASSES = 5;

export class FigureView {
  #box = element('learn-figure');
  #session;
  /** @type {import('./chapters.js').Figure} */
  #figure = null;
  /** What was set: by hand, or by a link. */
  #asked = {};
  #dials = [];
  #panes = [];
  /** What the network says of the picture. */
  #seen = null;
  /** The maps there are, by what was asked for. @type {Map<string, import('./negah.js').Explanation>} */
  #maps = new Map();
  /** What is computed, or was. */
  #key = '';
  #timer = 0;
  #controller = new AbortController();
  /** The map that can be taken to the explainer. */
  #done = null;
  #channels = 0;

  /** @param {{ session: import('./session.js').Session }} options */
  constructor({ session }) {
    this.#session = session;
    element('learn-stop').addEventListener('click', () => this.stop());
    element('learn-take').addEventListener('click', () => this.#take());
    element('learn-dials').addEventListener('submit', (event) => event.preventDefault());
  }

  /** What was set, as a link holds it: what is as usual is left out, and a picture that only this visitor has. */
  get settings() {
    const { picture, ...asked } = this.#asked;
    return { ...(this.#session.board.pictures.get(picture)?.sample && { picture }), ...asked };
  }

  /** Another chapter's. @param {import('./chapters.js').Figure} figure */
  open(figure, asked = {}) {
    this.pause();
    this.#figure = figure;
    this.#asked = asked;
    this.#dials = dialsOf(figure, (id, value) => this.set(id, value));
    element('learn-dials').replaceChildren(...this.#dials.flatMap(({ field }) => field));
    element('learn-formula').replaceChildren(...(FORMULAS[figure.method] && !figure.list && !figure.several && !figure.classless ? FORMULAS[figure.method].map(drawn) : []));
    this.#box.classList.toggle('listed', Boolean(figure.list));
    this.#arrange();
  }

  /** Sets a dial. */
  set(id, value) {
    // The classes of one picture are not those of another.
    const { class: former, rival, ...rest } = this.#asked;
    this.#asked = { ...(id === 'picture' ? rest : this.#asked), [id]: value };
    this.#session.changed();
  }

  /** Shows itself anew, and computes what is not computed yet. */
  show() {
    const { state, negah } = this.#session;
    this.#showDials();
    this.#showPanes();
    if (state.phase === 'loading') return this.#tell('loading', t('learn.wait'));
    // Another network, device or picture comes first.
    if (state.phase !== 'ready' || state.job || !this.#source) return this.pause();
    const key = JSON.stringify([this.#place, this.#asked, negah.deviceInfo().kind]);
    if (key === this.#key) return undefined;
    this.pause();
    const first = this.#done === null;
    this.#key = key;
    this.#box.setAttribute('aria-busy', 'true');
    this.#box.dataset.state = 'working';
    this.#timer = setTimeout(() => this.#run(), first ? 0 : PATIENCE);
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
    return { pictures, layers, choices };
  }

  get #values() {
    const values = settled(this.#figure, this.#asked, this.#here);
    return this.#classes ? { ...values, ...targetsOf(this.#asked, this.#classes) } : values;
  }

  get #source() {
    return this.#session.board.pictures.get(settled(this.#figure, this.#asked, this.#here).picture);
  }

  /** What a prediction holds for. */
  get #place() {
    const { state: { model }, choices: { framing } } = this.#session;
    return [settled(this.#figure, this.#asked, this.#here).picture, model.id, framing].join();
  }

  /** The classes to choose from, once the network has looked at the picture. */
  get #classes() {
    const { phase } = this.#session.state;
    if (phase !== 'ready' || this.#seen?.place !== this.#place) return null;
    return offered(this.#figure, this.#asked, settled(this.#figure, this.#asked, this.#here), this.#seen.prediction);
  }

  #showDials() {
    const { phase } = this.#session.state;
    element('learn-dials').hidden = phase !== 'ready' || !this.#source;
    if (element('learn-dials').hidden) return;
    const { pictures, layers, choices } = this.#here;
    const now = {
      values: this.#values, pictures, classes: this.#classes ?? [], channels: this.#channels, layers: layersOf(this.#figure, { layers, choices }),
      parameters: choices.about(this.#figure.method).parameters,
    };
    for (const dial of this.#dials) dial.show(now);
  }

  /** As many panes as there are maps, or the only one. */
  #arrange() {
    const { several, beside, grid } = this.#figure;
    const count = several ? several.length + 1 : beside || grid ? 2 : 1;
    this.#panes = Array.from({ length: count }, () => new Pane());
    if (grid) this.#panes[0].element.addEventListener('click', (event) => this.#pick(event));
    this.#shows = [];
    this.#done = null;
    const box = element('learn-panes');
    box.style.setProperty('--across', Math.min(count, several ? 3 : 2));
    box.classList.toggle('pickable', Boolean(grid));
    box.replaceChildren(...this.#panes.map((pane) => pane.element));
  }

  /** What is in the panes: what is known, and how it is told in the page's language. */
  #shows = [];

  #showPanes() {
    this.#panes.forEach((pane, at) => {
      const shown = this.#shows[at];
      if (shown) pane.show({ ...shown, caption: shown.told() });
    });
  }

  /** A channel of the grid, by a click. */
  #pick({ target, offsetX, offsetY }) {
    if (!this.#channels || target.tagName !== 'CANVAS') return;
    const across = Math.ceil(Math.sqrt(this.#channels));
    const [column, row] = [offsetX / target.clientWidth, offsetY / target.clientHeight].map((share) => Math.floor(share * across));
    if (row * across + column < this.#channels) this.set('channel', row * across + column);
  }

  #tell(state, words, busy = false) {
    this.#box.dataset.state = state;
    this.#box.setAttribute('aria-busy', String(busy));
    element('learn-facts').textContent = words;
    for (const button of ['learn-take', 'learn-link']) element(button).disabled = state === 'loading' || (button === 'learn-take' && !this.#done);
  }

  #progress(words, { done = 0, total = 0 } = {}) {
    element('learn-activity').textContent = words;
    const bar = element('learn-bar');
    if (total > 1) Object.assign(bar, { max: total, value: done });
    else bar.removeAttribute('value');
  }

  async #run() {
    const controller = new AbortController();
    this.#controller = controller;
    const { signal } = controller;
    const { negah, state, choices } = this.#session;
    try {
      this.#progress(t('learn.looking'));
      // A board may have left another network loaded.
      if (negah.model !== state.model.id) await this.#session.load(state.model.id, { signal });
      await this.#look(signal);
      const values = this.#values;
      const requests = requestsOf(this.#figure, values, choices);
      const maps = [];
      for (const request of requests) {
        maps.push(await this.#explain(request, values, maps.length, signal));
        signal.throwIfAborted();
        this.#done ??= { explanation: maps[0] };
      }
      this.#done = { ...this.#seen, explanation: maps[0], values, request: requests[0] };
      await this.#derive(maps[0], values);
      signal.throwIfAborted();
      this.#tell('done', [...factsOf(maps, values), effort({ ...maps[0], elapsed: maps.reduce((sum, { elapsed }) => sum + elapsed, 0) })].join(' '));
    } catch (error) {
      if (!signal.aborted) this.#tell('failed', locale.sentence(error));
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
    }
    this.#showDials();
    const { prediction } = this.#seen;
    const blank = { prediction, explanation: null, coloured: null, told: () => '' };
    this.#shows = this.#panes.map((_, at) => (this.#shows[at]?.prediction === prediction ? this.#shows[at] : blank));
    if (this.#figure.several) this.#shows[this.#panes.length - 1] = { ...blank, told: () => t('learn.pane.photograph') };
    this.#showPanes();
  }

  async #explain(request, values, at, signal) {
    const { negah, choices } = this.#session;
    const key = JSON.stringify([request, negah.deviceInfo().kind]);
    const what = choices.about(request.method).name;
    const show = (explanation) => this.#put(at, { explanation, coloured: explanation.picture, told: () => this.#toldOf(explanation, at, values) });
    if (!this.#maps.has(key)) {
      this.#progress(t('learn.computing', { what }));
      const background = await backgroundOf(request, values, { pictures: this.#here.pictures, signal });
      const explanation = await negah.explain(this.#seen.blob, {
        ...request, background, signal,
        onProgress: (progress) => {
          if (!signal.aborted && progress.total > 1) this.#progress(t('learn.steps', { what, done: progress.done, total: progress.total }), progress);
        },
        onPartial: (partial) => {
          if (!signal.aborted) show(partial);
        },
      });
      signal.throwIfAborted();
      this.#maps.set(key, explanation);
      if (this.#maps.size > KEPT) this.#maps.delete(this.#maps.keys().next().value);
    }
    show(this.#maps.get(key));
    return this.#maps.get(key);
  }

  /** What stands beside a map without being computed. */
  async #derive(explanation, values) {
    const { negah, choices } = this.#session;
    if (this.#figure.grid) {
      this.#channels = explanation.channels;
      this.#showDials();
      const { channel, ...shown } = await channelOf(explanation, values.channel, { negah, choices });
      return this.#put(1, { ...shown, told: () => t('learn.pane.channel', { number: channel + 1 }) });
    }
    const { draw } = BESIDE[values.beside] ?? {};
    if (!draw) return undefined;
    const shown = await draw(explanation, { negah, choices, colormap: this.#colormap(explanation) });
    return this.#put(1, { ...shown, told: () => t(`learn.beside.${values.beside}`) });
  }

  #put(at, shown) {
    this.#shows[at] = { prediction: this.#seen.prediction, colormap: this.#colormap(shown.explanation), ...shown };
    this.#showPanes();
  }

  #colormap({ colormap }) {
    return this.#session.negah.colormaps().find(({ id }) => id === colormap);
  }

  #toldOf({ method, shows, layer, channels, width, height, target, parameters }, at, { beside }) {
    if (this.#figure.several) return this.#session.choices.about(method).name;
    if (shows === 'channels') return t('learn.pane.channels', { layer, count: channels, size: extentOf([height, width]) });
    const name = t('learn.pane.class', { name: nameOfClass(target), share: percent(target.probability) });
    if (at === 0 || beside === 'class') return name;
    return beside === 'fill' ? t('learn.pane.fill', { fill: t(`choices.baselines.${parameters.fill}`).toLowerCase() }) : t(`learn.beside.${beside}`);
  }

  /** Opens the map as one map: with what it was computed from, and by the explainer's own comparison where it compares. */
  async #take() {
    const { source, blob, prediction, explanation, values, request } = this.#done;
    const { state: { model } } = this.#session;
    this.pause();
    await this.#session.open({ at: { source, model: model.id }, prediction: { ...prediction, classes: prediction.classes.slice(0, CLASSES) }, explanation, blob }, this.#figure.classless ? values.channel : undefined);
    if (request.background) await this.#session.explain({ target: explanation.target.index });
  }
}
