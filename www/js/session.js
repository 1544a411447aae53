// What the page shows and what it is doing, in one place, without the DOM. Views read `state` whenever `onChange` is called.
// One job runs at a time: a new one aborts the one before, and what was shown stays until the new result is there.

import { Board } from './board.js';
import { Choices } from './choices.js';
import { pageFailure } from './error.js';
import { t } from './locale.js';
import { Networks } from './networks.js';
import { Shown } from './shown.js';

/**
 * Where a picture comes from, and what the page calls it.
 * @typedef {{ title: string, credit?: string, alt?: string, sample?: string, own?: boolean, open: (signal: AbortSignal) => Promise<Blob> }} Source
 *   `own` is a file of the visitor's, which may be weights as well.
 *
 * A picture with its results. Where the network or the framing has changed since, `prediction` has no classes and has to be made again.
 * `explanation` is null until the first map is there (or if it was cancelled); `partial` is what is known so far of one that is being
 * computed, `channel` one of a grid's channels laid over the picture, and `asked` the class that was asked for last.
 * @typedef {{ source: Source, blob: Blob, prediction: import('./negah.js').Prediction, asked: number | 'top',
 *             explanation: import('./negah.js').Explanation | null, partial: import('./negah.js').Explanation | null,
 *             channel: import('./negah.js').Explanation | null }} Entry
 *
 * `entry` is the picture worked on; null while a picked one has not been looked at yet. `model` is the name of the network that is loaded.
 * @typedef {{ kind: 'pick' | 'explain' | 'device' | 'model', model?: string, controller: AbortController, source: Source | null, entry: Entry | null,
 *             target: number | 'top', choice: import('./choices.js').Choice }} Job
 *
 * `view` is what there is to see: one map, a board of them, or the tour, which computes by itself.
 * @typedef {{ phase: 'loading' | 'ready' | 'fatal', failure: Error | null, device: import('./negah.js').DeviceInfo | null,
 *             model: object | null, layers: object[], summary: object[], view: 'single' | 'board' | 'learn', current: Entry | null, job: Job | null }} State
 */

export class Session {
  #createNegah;
  #onChange;
  #onProgress;
  #onError;
  #negah = null;
  #ready = Promise.resolve();

  /** What else has to be there before pictures are taken. */
  #rest = Promise.resolve();

  /** @type {State} */
  state = { phase: 'loading', failure: null, device: null, model: null, layers: [], summary: [], view: 'single', current: null, job: null };
  choices = new Choices();
  board = new Board(this);
  /** @type {Shown} */
  shown;
  /** @type {Networks | null} */
  networks = null;
  /** What a link asks for, until it has been done. @type {import('./permalink.js').Settings | null} */
  #linked = null;

  /**
   * @param {{ createNegah: (onProgress: Function) => Promise<object>, onChange: () => void,
   *           onProgress: (progress: object | null) => void, onError: (error: Error) => void,
   *           settings: import('./permalink.js').Settings, rest: Promise<unknown> }} options `settings` are those to begin with, and `rest` is what else
   *   has to be there before pictures are taken
   */
  constructor({ createNegah, onChange, onProgress, onError, settings, rest }) {
    this.shown = new Shown(this, onError);
    this.#linked = settings;
    // Its words can be read before the network is there.
    if (settings.view === 'learn') this.state.view = 'learn';
    this.#rest = rest;
    this.#createNegah = createNegah;
    this.#onChange = onChange;
    this.#onProgress = onProgress;
    this.#onError = onError;
  }

  /** The page speaks another language. */
  translate() {
    this.board.translate();
    this.#onChange();
  }

  /** Views are told that something has changed. */
  changed() {
    this.#onChange();
  }

  /** The menus' contents; null until the module is there. */
  get negah() {
    return this.#negah;
  }

  /** What to mark in the menus: asked for, else chosen for the next map. @returns {import('./choices.js').Choice} */
  get choice() {
    return this.state.job?.choice ?? this.choices.of();
  }

  /** The colour map in use for what is shown. */
  get colormap() {
    return this.choices.colormapOf(this.choice.method);
  }

  /** The class to mark in the list: asked for, else shown; null if neither. */
  get target() {
    const { job, current, view } = this.state;
    const shown = view === 'board' ? current?.asked : current?.explanation?.target.index;
    const target = job?.entry ? job.target : shown;
    return (target === 'top' ? current?.prediction.classes[0]?.index : target) ?? null;
  }

  /** Whether a picked picture has not been named yet: the one before is still shown. */
  get lookingAtNewPicture() {
    return this.state.job?.kind === 'pick' && !this.state.job.entry;
  }

  /** Loads the module and the network; can be called again after it failed. */
  start() {
    Object.assign(this.state, { phase: 'loading', failure: null });
    const loaded = this.#load();
    this.#ready = loaded;
    this.#onChange();
    return loaded.catch((error) => {
      Object.assign(this.state, { phase: 'fatal', failure: error });
      this.#onError(error);
      this.#onChange();
    });
  }

  async #load() {
    if (!this.#negah) {
      this.#negah = await this.#createNegah(this.#onProgress);
      this.choices.know(this.#negah);
      this.networks = new Networks({ negah: this.#negah, onChange: this.#onChange, onProgress: this.#onProgress, onError: this.#onError });
    }
    this.refreshDevice();
    // A second try goes on with what was chosen meanwhile.
    const settings = this.#linked ?? this.settings;
    this.#takeModel(await this.networks.loadFirst(settings.model));
    // A board may go through the networks that are kept.
    await this.networks.refresh();
    await this.#rest;
    this.#adopt(settings);
    this.state.phase = 'ready';
    this.#onProgress(null);
    this.refreshDevice();
    // A link that was followed meanwhile comes on top.
    if (this.#linked && this.#linked !== settings) this.follow(this.#linked);
  }

  /** Reads the device again: it may have changed by itself, for instance when a GPU was lost. */
  refreshDevice() {
    this.state.device = this.#negah?.deviceInfo() ?? null;
    this.#onChange();
  }

  /** All that was chosen, as a link holds it: what is as usual is left out. @returns {import('./permalink.js').Settings} */
  get settings() {
    const { model, current, view } = this.state;
    const or = (value, usual) => (value === usual ? undefined : value);
    return {
      model: or(model?.id, this.#negah?.models()[0].id), class: or(this.target ?? undefined, current?.prediction.classes[0]?.index),
      ...this.choices.settings, view: or(view, 'single'), ...(view === 'board' && this.board.settings),
    };
  }

  /** Takes over what a link asks for, as far as there is such a thing here; the network is not its concern. */
  #adopt(settings) {
    this.choices.adopt(settings);
    this.state.view = ['board', 'learn'].includes(settings.view) ? settings.view : 'single';
    if (this.state.view === 'board') this.board.adopt(settings);
  }

  /** Goes on as a link says that was followed while the page was open. @param {import('./permalink.js').Settings} settings */
  follow(settings) {
    this.#linked = settings;
    const { model, phase, current } = this.state;
    if (phase !== 'ready') return undefined;
    const models = this.#negah.models();
    const asked = models.find(({ id }) => id === settings.model) ?? models[0];
    const adopt = () => {
      const { framing } = this.choices;
      this.#adopt(settings);
      if (this.choices.framing !== framing) this.#forgetResults();
    };
    if (asked.id === model.id) {
      adopt();
      return current ? this.explain({ target: this.#linkedTarget() }) : this.#onChange();
    }
    return this.#run({ kind: 'model', source: this.wanted, target: 'top' }, (job) => this.#switch(job, asked.id, undefined, () => {
      adopt();
      job.target = this.#linkedTarget();
    }));
  }

  #linkedTarget() {
    const index = this.#linked?.class;
    this.#linked = null;
    return this.#negah.classes().some((one) => one.index === index) ? index : 'top';
  }

  /**
   * Looks at a picture and explains its first class, or another that is asked for; a file of weights is taken for a network to load.
   * @param {Source} source
   * @param {number | 'top'} [target] else what a link asks for, if it does
   */
  pick(source, target) {
    return this.#run({ kind: 'pick', source, target: 'top' }, async (job) => {
      const { signal } = job.controller;
      const blob = await source.open(signal);
      signal.throwIfAborted();
      const id = source.own ? await this.#negah.identify(blob) : null;
      signal.throwIfAborted();
      if (!id) {
        const linked = this.#linkedTarget();
        job.target = target ?? linked;
        return this.#look(job, blob);
      }
      job.source = this.state.current?.source ?? null;
      return this.#switch(job, id, blob);
    });
  }

  /** Goes on with another network, whose weights are here. */
  chooseModel(id) {
    return this.#run({ kind: 'model', source: this.wanted, target: 'top' }, (job) => this.#switch(job, id));
  }

  /** Goes on with the network whose weights are in a file. @param {File} file */
  bringModel(file) {
    return this.#run({ kind: 'model', source: this.wanted, target: 'top' }, async (job) => {
      const id = await this.#negah.identify(file);
      job.controller.signal.throwIfAborted();
      if (!id) throw pageFailure('unknown-weights', () => t('models.no-weights', { name: file.name }));
      await this.#switch(job, id, file);
    });
  }

  /** The picture that is being looked at, or else shown. */
  get wanted() {
    return (this.lookingAtNewPicture ? this.state.job : this.state.current)?.source ?? null;
  }

  async #switch(job, id, weights, adapt = () => {}) {
    const { signal } = job.controller;
    const { current } = this.state;
    await this.#change(job, id, weights);
    adapt();
    job.choice = this.choices.of();
    this.#onChange();
    try {
      signal.throwIfAborted();
      if (job.source) await this.#look(job, job.source === current?.source ? current.blob : await job.source.open(signal));
    } finally {
      // After the first map: writing half a gigabyte slows down whatever else is done.
      if (weights) this.networks.keep(id, weights);
      else this.networks.refresh();
    }
  }

  /** Puts another network in the place of the present one. */
  async #change(job, id, weights) {
    const { signal } = job.controller;
    Object.assign(job, { kind: 'model', model: this.#negah.models().find((model) => model.id === id).name });
    this.#onChange();
    if (weights || this.#negah.model !== id) await this.networks.load(id, { weights, signal });
    this.#takeModel(id);
    this.refreshDevice();
  }

  #takeModel(id) {
    const former = this.state.model?.id;
    if (former === id) return;
    this.networks.chosen = id;
    this.state.model = this.#negah.models().find((model) => model.id === id);
    const { layers } = this.state;
    this.state.layers = this.#negah.layers();
    this.state.summary = this.#negah.summary();
    this.choices.enter(this.state.model, this.state.layers);
    this.board.enter(layers);
    if (former) this.#forgetResults();
  }

  /** What of a picture the network is shown. @param {import('./negah.js').Framing} framing */
  setFraming(framing) {
    this.choices.framing = framing;
    this.#forgetResults();
    return this.lookingAtNewPicture ? this.pick(this.state.job.source) : this.explain({ target: 'top' });
  }

  #forgetResults() {
    this.shown.forgetResults();
    this.board.clear();
  }

  /**
   * Explains the present picture anew: another class, layer, method or setting. While a new picture is being looked at, all but a class is
   * meant for that one; with no picture yet, it is kept for the first.
   * @param {{ target?: number | 'top', layer?: string, method?: string, score?: string, parameters?: object }} change
   */
  explain({ target, ...change }) {
    if (change.method !== undefined || change.layer !== undefined) this.board.mapping = null;
    this.choices.change(change);
    const choice = this.choices.of();
    const { current, job } = this.state;
    if (this.lookingAtNewPicture && target === undefined) job.choice = choice;
    else if (current) {
      const request = { kind: 'explain', source: current.source, entry: current, target: target ?? this.target ?? 'top', choice };
      const known = current.prediction.classes.length > 0;
      return this.#run(request, (running) => (known ? this.#show(running) : this.#look(running, current.blob)));
    }
    return this.#onChange();
  }

  /** Takes back what was set of the present method. */
  resetParameters() {
    this.choices.reset();
    return this.explain({});
  }

  /** From one map to the board or the tour, or back. @param {State['view']} view */
  setView(view) {
    const { current } = this.state;
    if (this.lookingAtNewPicture || view === this.state.view) {
      this.state.view = view;
      return this.#onChange();
    }
    const target = this.target ?? 'top';
    this.#abort();
    this.state.view = view;
    if (view === 'board') this.board.begin();
    if (!current || view === 'learn' || (view === 'single' && this.shown.isAsChosen(target))) return this.#onChange();
    return this.explain({ target });
  }

  /** Lays the board out anew. @param {() => void} change of the board */
  arrange(change) {
    change(this.board);
    return this.state.current && !this.lookingAtNewPicture ? this.explain({ target: this.target ?? 'top' }) : this.#onChange();
  }

  /** Shows one of the guide's figures. @param {import('./presets.js').Preset} preset */
  present(preset) {
    this.state.view = 'board';
    const { wanted } = this;
    const source = this.board.lay(preset);
    if (!source || (this.lookingAtNewPicture && source === wanted)) return this.#onChange();
    const { current } = this.state;
    return source === current?.source ? this.explain({ target: preset.method ? 'top' : current.asked }) : this.pick(source);
  }

  /** Shows a map of the board by itself, with its settings; or a channel of its grid. @param {import('./board.js').Cell} cell @param {number} [channel] */
  open(cell, channel) {
    const { at, explanation } = cell;
    this.#abort();
    this.state.view = 'single';
    if (at.model === this.state.model.id) return this.#showCell(cell, channel);
    return this.#run({ kind: 'model', source: at.source, target: explanation.target.index }, async (job) => {
      await this.#change(job, at.model);
      job.controller.signal.throwIfAborted();
      await this.#showCell(cell, channel);
    });
  }

  async #showCell({ at: { source }, prediction, explanation, blob }, channel) {
    this.shown.enter({ source, blob, prediction, asked: explanation.target.index, explanation, partial: null, channel: null });
    this.choices.remember(explanation);
    this.#onChange();
    // On a scale of its own from here on.
    await this.shown.colour(this.state.current).catch(this.#onError);
    if (channel !== undefined) await this.shown.showChannel(channel);
  }

  /** Stops what runs. What was shown stays, or comes back where a new picture has no map yet; a device change cannot be stopped. */
  cancel() {
    const { job } = this.state;
    if (!job || job.kind === 'device') return;
    this.#abort();
    // The menus say again what made the map that is shown.
    if (this.state.view === 'single' && job.kind === 'explain' && job.entry?.explanation) this.choices.remember(job.entry.explanation);
    const unexplained = this.state.view === 'single' && job.kind === 'pick' && job.entry && !job.entry.explanation;
    const former = unexplained && this.shown.back();
    if (former?.explanation) this.choices.remember(former.explanation);
    this.#onChange();
  }

  #abort() {
    this.state.job?.controller.abort();
    if (this.state.job) this.#end(this.state.job);
  }

  #end(job) {
    if (job.entry) job.entry.partial = null;
    if (this.state.job === job) this.state.job = null;
  }

  /** Goes back to the picture before, with the results it had; one that is only being looked at is given up. */
  undo() {
    if (this.lookingAtNewPicture) return this.cancel();
    const entry = this.shown.back();
    if (!entry) return undefined;
    if (this.state.job?.kind !== 'device') this.#abort();
    if (this.state.view === 'board' || !entry.explanation) return this.explain({ target: entry.asked });
    this.choices.remember(entry.explanation);
    this.#onChange();
    return this.shown.recolour(entry).catch(this.#onError);
  }

  /** Colours the present map anew, without computing it. */
  async setColormap(colormap) {
    this.choices.colormaps[this.choices.about(this.choice.method).shows] = colormap;
    this.#onChange();
    try {
      await (this.state.view === 'board' ? this.board.colour() : this.shown.recolour(this.state.current));
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Moves to another device and computes what is shown again there. @param {'auto' | 'gpu' | 'cpu'} requested */
  async setDevice(requested) {
    const { current, phase } = this.state;
    if (phase === 'loading') return undefined;
    const request = { kind: 'device', source: current?.source, target: this.target ?? 'top' };
    return this.#run(request, async (job) => {
      // A refused device leaves the former one at work, so whatever was asked for meanwhile goes on after it, too.
      const switched = this.#negah.setDevice(requested).then(() => true, (error) => {
        this.#onError(error);
        return false;
      });
      this.#ready = switched;
      const moved = await switched;
      this.refreshDevice();
      if (moved && phase === 'fatal') await this.start();
      job.controller.signal.throwIfAborted();
      if (!moved || !current) return;
      // From here on it can be stopped like any other.
      job.kind = 'explain';
      await this.#look(job, current.blob);
    });
  }

  async #run(request, work) {
    /** @type {Job} */
    const job = { source: null, entry: null, choice: this.choices.of(), ...request, controller: new AbortController() };
    this.#abort();
    this.state.job = job;
    this.#onProgress(null);
    this.#onChange();
    try {
      const early = this.state.phase === 'loading';
      if (job.kind !== 'device' || this.state.phase !== 'fatal') await this.#ready;
      job.controller.signal.throwIfAborted();
      // What a link asks for has been taken over meanwhile.
      if (early) job.choice = this.choices.of();
      job.choice.layer ||= this.choices.of(job.choice.method).layer;
      await work(job);
    } catch (error) {
      // Whatever an abandoned job still has to say is of no use to anyone.
      if (!job.controller.signal.aborted) this.#onError(error);
    } finally {
      const running = this.state.job === job;
      this.#end(job);
      if (running) this.#onChange();
    }
  }

  async #look(job, blob) {
    const { signal } = job.controller;
    const { framing } = this.choices;
    await this.networks.comeHome(signal);
    const prediction = await this.#negah.predict(blob, { top: 5, framing, signal, onProgress: this.#onProgress });
    signal.throwIfAborted();
    const { current } = this.state;
    const same = current?.blob === blob;
    if (job.source) this.board.meet(job.source);
    job.entry = { source: job.source, blob, prediction, asked: job.target, explanation: same ? current.explanation : null, partial: null, channel: null };
    this.shown.enter(job.entry);
    this.#onChange();
    await this.#show(job);
  }

  /** What there is to see of the picture: its map, or the board; in the tour nothing of it. */
  async #show(job) {
    job.entry.asked = job.target;
    if (this.state.view === 'learn') return;
    await this.networks.comeHome(job.controller.signal);
    await (this.state.view === 'board' ? this.board.fill(job, this.#onProgress) : this.#explain(job));
  }

  async #explain(job) {
    const { entry, choice: { method, layer, score, parameters }, controller: { signal } } = job;
    const { framing } = this.choices;
    const target = job.target === 'top' ? entry.prediction.classes[0].index : job.target;
    const explanation = await this.#negah.explain(entry.blob, {
      method, target, layer: layer || undefined, score, parameters, framing, colormap: this.choices.colormapOf(method), signal, onProgress: this.#onProgress,
      onPartial: (partial) => {
        if (signal.aborted) return;
        entry.partial = partial;
        this.#onChange();
      },
    });
    signal.throwIfAborted();
    entry.partial = null;
    entry.channel = null;
    entry.explanation = explanation;
    this.choices.remember(explanation);
    this.#onChange();
    await this.shown.recolour(entry);
  }
}
