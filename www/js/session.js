// What the page shows and what it is doing, in one place, without the DOM. Views read `state` whenever `onChange` is called.
// One job runs at a time: a new one aborts the one before, and what was shown stays until the new result is there.

/** How many pictures can be undone; each keeps up to 4 MB of pixels. */
const HISTORY = 10;

/**
 * Where a picture comes from, and what the page calls it.
 * @typedef {{ title: string, credit?: string, alt?: string, sample?: string, open: (signal: AbortSignal) => Promise<Blob> }} Source
 *
 * A picture with its results. `explanation` is null until the first map is there (or if it was cancelled).
 * @typedef {{ source: Source, blob: Blob, prediction: import('./negah.js').Prediction,
 *             explanation: import('./negah.js').Explanation | null }} Entry
 *
 * `entry` is the picture worked on; null while a picked one has not been looked at yet.
 * @typedef {{ kind: 'pick' | 'explain' | 'device', controller: AbortController, source: Source | null, entry: Entry | null,
 *             target: number | 'top', method: string, layer: string }} Job
 *
 * @typedef {{ phase: 'loading' | 'ready' | 'fatal', failure: Error | null, device: import('./negah.js').DeviceInfo | null,
 *             current: Entry | null, history: Entry[], job: Job | null, method: string, layer: string, colormap: string }} State
 */

export class Session {
  #createNegah;
  #onChange;
  #onProgress;
  #onError;
  #negah = null;
  #ready = Promise.resolve();

  /** @type {State} */
  state = {
    phase: 'loading', failure: null, device: null, current: null, history: [], job: null,
    method: 'grad-cam', layer: '', colormap: 'viridis',
  };

  /**
   * @param {{ createNegah: (onProgress: Function) => Promise<object>, onChange: () => void,
   *           onProgress: (progress: object | null) => void, onError: (error: Error) => void }} options
   */
  constructor({ createNegah, onChange, onProgress, onError }) {
    this.#createNegah = createNegah;
    this.#onChange = onChange;
    this.#onProgress = onProgress;
    this.#onError = onError;
  }

  /** The menus' contents; null until the module is there. */
  get negah() {
    return this.#negah;
  }

  /** The picture that `undo` would show again. */
  get former() {
    return this.state.history.at(-1) ?? null;
  }

  /** The layer to mark in the menu: asked for, else shown, else chosen for the next picture. */
  get layer() {
    return this.state.job?.layer || this.state.current?.explanation?.layer || this.state.layer;
  }

  /** The class to mark in the list: asked for, else shown; null if neither. */
  get target() {
    const { job, current } = this.state;
    const asked = job?.entry ? job.target : undefined;
    return (asked === 'top' ? current?.prediction.classes[0].index : asked) ?? current?.explanation?.target.index ?? null;
  }

  /** Whether a picked picture has not been named yet: the one before is still shown. */
  get lookingAtNewPicture() {
    return this.state.job?.kind === 'pick' && !this.state.job.entry;
  }

  /** Loads the module and the network; can be called again after it failed. */
  load() {
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
    this.#negah ??= await this.#createNegah(this.#onProgress);
    this.refreshDevice();
    const [model] = this.#negah.models();
    await this.#negah.loadModel(model.id, { onProgress: this.#onProgress });
    this.state.layer ||= model.layer;
    this.state.phase = 'ready';
    this.#onProgress(null);
    this.refreshDevice();
  }

  /** Reads the device again: it may have changed by itself, for instance when a GPU was lost. */
  refreshDevice() {
    this.state.device = this.#negah?.deviceInfo() ?? null;
    this.#onChange();
  }

  /** Looks at a picture and explains its first class. @param {Source} source */
  pick(source) {
    return this.#run({ kind: 'pick', source, target: 'top', layer: this.layer }, async (job) => {
      const blob = await source.open(job.controller.signal);
      job.controller.signal.throwIfAborted();
      await this.#look(job, blob);
    });
  }

  /**
   * Explains the present picture anew: another class, layer or method. While a new picture is being looked at, another layer or
   * method is meant for that one; with no picture yet, it is kept for the first.
   * @param {{ target?: number, layer?: string, method?: string }} change
   */
  explain(change) {
    const { current, job } = this.state;
    const waiting = this.lookingAtNewPicture && change.target === undefined ? job : null;
    if (waiting || !current) {
      Object.assign(waiting ?? this.state, change);
      return this.#onChange();
    }
    const request = { target: this.target ?? 'top', layer: this.layer, ...change };
    return this.#run({ kind: 'explain', source: current.source, entry: current, ...request }, (running) => this.#explain(running));
  }

  /** Stops what runs. What was shown stays; a device change cannot be stopped. */
  cancel() {
    if (!this.state.job || this.state.job.kind === 'device') return;
    this.state.job.controller.abort();
    this.state.job = null;
    this.#onChange();
  }

  /** Goes back to the picture before, with the results it had; one that is only being looked at is given up. */
  undo() {
    if (this.lookingAtNewPicture) return this.cancel();
    const entry = this.state.history.pop();
    if (!entry) return undefined;
    this.cancel();
    this.state.current = entry;
    if (!entry.explanation) return this.explain({ target: 'top' });
    this.state.layer = entry.explanation.layer;
    this.state.method = entry.explanation.method;
    this.#onChange();
    return this.setColormap(this.state.colormap);
  }

  /** Colours the present map anew, without computing it. */
  async setColormap(colormap) {
    this.state.colormap = colormap;
    this.#onChange();
    try {
      await this.#recolour(this.state.current);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Moves to another device and computes what is shown again there. @param {'auto' | 'gpu' | 'cpu'} requested */
  async setDevice(requested) {
    const { current, phase } = this.state;
    if (phase === 'loading') return undefined;
    const request = { kind: 'device', source: current?.source, target: this.target ?? 'top', layer: this.layer };
    return this.#run(request, async (job) => {
      // A refused device leaves the former one at work, so whatever was asked for meanwhile goes on after it, too.
      const switched = this.#negah.setDevice(requested).then(() => true, (error) => {
        this.#onError(error);
        return false;
      });
      this.#ready = switched;
      const moved = await switched;
      this.refreshDevice();
      if (moved && phase === 'fatal') await this.load();
      job.controller.signal.throwIfAborted();
      if (moved && current) await this.#look(job, current.blob);
    });
  }

  async #run(request, work) {
    /** @type {Job} */
    const job = { source: null, entry: null, method: this.state.method, ...request, controller: new AbortController() };
    this.state.job?.controller.abort();
    this.state.job = job;
    this.#onProgress(null);
    this.#onChange();
    try {
      if (job.kind !== 'device' || this.state.phase !== 'fatal') await this.#ready;
      job.controller.signal.throwIfAborted();
      job.layer ||= this.state.layer;
      await work(job);
    } catch (error) {
      // Whatever an abandoned job still has to say is of no use to anyone.
      if (!job.controller.signal.aborted) this.#onError(error);
    } finally {
      if (this.state.job === job) {
        this.state.job = null;
        this.#onChange();
      }
    }
  }

  async #look(job, blob) {
    const { signal } = job.controller;
    const prediction = await this.#negah.predict(blob, { top: 5, signal, onProgress: this.#onProgress });
    signal.throwIfAborted();
    const { current, history } = this.state;
    const same = current?.blob === blob;
    if (current && !same) this.state.history = [...history, current].slice(-HISTORY);
    job.entry = { source: job.source, blob, prediction, explanation: same ? current.explanation : null };
    this.state.current = job.entry;
    this.#onChange();
    await this.#explain(job);
  }

  async #explain(job) {
    const { entry, method, layer, controller: { signal } } = job;
    const target = job.target === 'top' ? entry.prediction.classes[0].index : job.target;
    const explanation = await this.#negah.explain(entry.blob, {
      method, target, layer, parameters: {}, colormap: this.state.colormap, signal, onProgress: this.#onProgress,
    });
    signal.throwIfAborted();
    entry.explanation = explanation;
    this.state.layer = layer;
    this.state.method = method;
    this.#onChange();
    await this.#recolour(entry);
  }

  /** The colours may have been changed while the map was computed or out of sight. */
  async #recolour(entry) {
    const { colormap } = this.state;
    const { explanation } = entry ?? {};
    if (!explanation || explanation.colormap === colormap) return;
    const picture = await this.#negah.render(explanation, { colormap });
    if (entry.explanation !== explanation || this.state.colormap !== colormap) return;
    entry.explanation = { ...explanation, picture, colormap };
    this.#onChange();
  }
}
