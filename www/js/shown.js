// The picture that is shown with what was found out about it, those before it, and the colours of their maps.

/** @typedef {import('./session.js').Entry} Entry */

/** How many pictures can be undone; each keeps up to 4 MB of pixels. */
const HISTORY = 10;

export class Shown {
  #session;
  #onError;
  /** @type {Entry[]} */
  #before = [];

  /** @param {import('./session.js').Session} session @param {(error: Error) => void} onError */
  constructor(session, onError) {
    this.#session = session;
    this.#onError = onError;
  }

  /** The picture that can be gone back to. @returns {Entry | null} */
  get former() {
    return this.#before.at(-1) ?? null;
  }

  /** Shows a picture; where it is another one, that before it can be gone back to. @param {Entry} entry */
  enter(entry) {
    const { state } = this.#session;
    if (state.current && state.current.blob !== entry.blob) this.#before = [...this.#before, state.current].slice(-HISTORY);
    state.current = entry;
  }

  /** Goes back to the picture before. @returns {Entry | undefined} undefined if there is none */
  back() {
    const entry = this.#before.pop();
    if (entry) this.#session.state.current = entry;
    return entry;
  }

  /** What was found out under other circumstances is not shown as if it held now. */
  forgetResults() {
    const { state } = this.#session;
    const bare = (entry) => ({ ...entry, prediction: { ...entry.prediction, classes: [] }, explanation: null, partial: null, channel: null });
    this.#before = this.#before.map(bare);
    if (state.current) state.current = bare(state.current);
  }

  /** Whether the map is the one that the settings ask for. @param {number | 'top'} target */
  isAsChosen(target) {
    const { choices, state: { current: { explanation } } } = this.#session;
    if (!explanation) return false;
    const { method, layer, score, parameters } = choices.of();
    const asSet = choices.about().parameters.every(({ id, default: usual }) => (parameters[id] ?? usual) === explanation.parameters[id]);
    return asSet && target === explanation.target.index && method === explanation.method && layer === (explanation.layer ?? '') && score === explanation.score;
  }

  /** Lays one channel of the grid that is shown over the picture. @param {number} channel */
  async showChannel(channel) {
    const { choices, negah, state: { current: entry } } = this.#session;
    const { explanation } = entry;
    const { width, height } = explanation;
    const values = explanation.values.slice(channel * width * height, (channel + 1) * width * height);
    try {
      const { pictures, ...picture } = await negah.render({ values, width, height, shows: 'heat' }, { colormap: choices.colormapOf(explanation.method) });
      if (entry.explanation !== explanation) return;
      entry.channel = { ...explanation, values, maps: [values], channels: 1, shows: 'heat', order: null, channel, picture, pictures };
    } catch (error) {
      this.#onError(error);
    }
    this.#session.changed();
  }

  /** Back to all channels. */
  showAllChannels() {
    this.#session.state.current.channel = null;
    this.#session.changed();
  }

  /** The colours may have been changed while the map was computed or out of sight. @param {Entry | null} entry */
  async recolour(entry) {
    const { explanation } = entry ?? {};
    if (explanation && explanation.colormap !== this.#session.choices.colormapOf(explanation.method)) await this.colour(entry);
  }

  /** Colours a map, without computing it. @param {Entry} entry */
  async colour(entry) {
    const { choices, negah } = this.#session;
    const { explanation } = entry;
    const { channel } = entry.channel ?? {};
    const colormap = choices.colormapOf(explanation.method);
    const { pictures, ...picture } = await negah.render(explanation, { colormap });
    if (entry.explanation !== explanation || choices.colormapOf(explanation.method) !== colormap) return;
    entry.explanation = { ...explanation, picture, pictures, colormap };
    if (channel !== undefined) return this.showChannel(channel);
    return this.#session.changed();
  }
}
