// The explanation of a picture as an element of any page of the same origin.
//
//   <script type="module" src="js/negah-explainer.js"></script>
//   <negah-explainer src="photo.jpg" method="grad-cam" lang="fa" controls></negah-explainer>
//
// docs/element.md lists its attributes, events, parts and custom properties.

import { NegahError } from './error.js';
import { addressOf, blobOf } from './explainer-picture.js';
import { ExplainerView } from './explainer-view.js';
import { languageOf, wordsIn } from './explainer-words.js';
import { t } from './locale.js';
import { named } from './names.js';
import { isFaint } from './pictures.js';
import { Shared } from './sharing.js';
import { computingOf } from './words.js';

/** @typedef {import('./negah.js').Explanation} Explanation */
/** @typedef {import('./negah.js').Prediction} Prediction */

/** What is asked for where nothing else is: the network that comes with Negah, and the API's own choice of a method. */
const MODEL = 'efficientnet-lite0';
const METHOD = 'grad-cam';

/** The attributes that a map is computed by, and those that only say how it is shown. */
const ASKED = ['src', 'model', 'device', 'framing', 'method', 'layer', 'target', 'score', 'parameters', 'colormap'];
const SHOWN = ['alt', 'controls', 'opacity'];

/** The elements that have not been near what is in sight yet. */
const waiting = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) target.explain();
}, { rootMargin: '50%' });

/** Those in the document, which follow its languages. @type {Set<NegahExplainer>} */
const present = new Set();
new MutationObserver(() => present.forEach((one) => one.translate())).observe(document, { subtree: true, attributeFilter: ['lang'] });

/** Shows where a network looked in a picture. */
export class NegahExplainer extends HTMLElement {
  /** @internal */
  static observedAttributes = [...ASKED, ...SHOWN, 'lang'];

  #view = new ExplainerView(this);
  /** @type {import('./explainer-view.js').Shown} */
  #shown = { locale: null, doing: null, progress: null, prediction: null, explanation: null, partial: false, method: null, faint: false, failure: null };
  /** What that is of. */
  #known = {};
  /** @type {Blob | ImageData | null} */
  #picture = null;
  /** @type {Explanation | null} */
  #explanation = null;
  /** What is computed with. @type {Shared | null} */
  #shared = null;
  #near = false;
  #controller = new AbortController();
  /** The explanation as it is asked for at present, on its way or there. @type {Promise<Explanation> | null} */
  #run = null;

  #hear = (progress) => {
    if (!this.#shown.doing) return;
    this.#show({ progress });
    this.#tell('progress', progress);
  };

  /** The picture to explain in place of `src`: a Blob or File, or pixels. @returns {Blob | ImageData | null} */
  get picture() {
    return this.#picture;
  }

  set picture(picture) {
    if (picture !== null && !(picture instanceof Blob || picture instanceof ImageData)) throw new TypeError('“picture” takes a Blob, a File, ImageData or null.');
    this.#picture = picture;
    this.#change();
  }

  /** What the network sees in the picture; null until that is known. @returns {Prediction | null} */
  get prediction() {
    return this.#shown.prediction;
  }

  /** The map that is shown; null until there is one. @returns {Explanation | null} */
  get explanation() {
    return this.#explanation;
  }

  /**
   * The explanation as it is asked for at present. It is begun at once, even where the element is out of sight, and again where it failed.
   *
   * @returns {Promise<Explanation>}
   * @throws {NegahError} as {@link Negah#loadModel} and {@link Negah#explain}, and `no-picture`, `foreign-picture`, `picture-missing`
   * @throws {DOMException} `AbortError`, where something else was asked for meanwhile, or the element is not in the document
   */
  explain() {
    waiting.unobserve(this);
    this.#near = true;
    return this.#run ?? this.#start();
  }

  /** @internal */
  connectedCallback() {
    // A picture that was given before the element was defined.
    if (Object.hasOwn(this, 'picture')) {
      const { picture } = this;
      delete this.picture;
      this.picture = picture;
    }
    present.add(this);
    if (this.#near) this.#start();
    else waiting.observe(this);
  }

  /** @internal */
  disconnectedCallback() {
    present.delete(this);
    waiting.unobserve(this);
    this.#controller.abort();
    this.#shared?.leave(this.#hear);
    this.#shared = null;
  }

  /** @internal */
  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === 'lang') this.translate();
    else if (SHOWN.includes(name)) this.#show({});
    else this.#change();
  }

  /** Speaks another language if it is to. @internal */
  translate() {
    if (this.#shown.locale) this.#speak().then(() => this.#show({}));
  }

  #change() {
    if (this.#near && this.isConnected) this.#start();
  }

  #start() {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    if (!this.isConnected) this.#controller.abort();
    // Attributes that are set together are taken together.
    const run = Promise.resolve().then(() => this.#work(signal)).catch((thrown) => {
      // What the network or the element itself has to say is said in the element's language, and can be said in another one later.
      const known = thrown instanceof NegahError || !(thrown instanceof Error);
      throw known ? new NegahError(thrown, this.#shown.locale) : thrown;
    });
    this.#run = run;
    run.catch((error) => {
      if (this.#run === run) this.#run = null;
      if (!signal.aborted) this.#fail(error);
    });
    return run;
  }

  async #work(signal) {
    signal.throwIfAborted();
    this.#known.open = false;
    this.#show({ doing: () => t('activity.loading'), progress: null, failure: null });
    await this.#speak();
    signal.throwIfAborted();
    const source = this.#picture ?? addressOf(this.getAttribute('src'));
    this.#known.open = source === this.#known.source;
    const known = this.#known.open ? { ...this.#known } : {};
    const { model = MODEL, device = 'auto', framing, colormap, ...options } = settingsOf(this);
    const looked = JSON.stringify([model, device, framing]);
    // What is seen from now on is not what another network saw, even if this one fails.
    if (known.open && looked !== known.looked) this.#known.looked = undefined;
    options.parameters = parsed(options.parameters);
    const asked = JSON.stringify([looked, options]);
    if (asked === known.asked && colormap === known.colormap) {
      this.#show({ doing: null });
      return this.#explanation;
    }
    const loading = this.#enter(Shared.of(model, device));
    if (!known.open) await this.#begin(source, signal);
    const negah = await loading;
    signal.throwIfAborted();
    if (looked !== known.looked) await this.#look(negah, looked, { framing, signal });
    const explanation = colormap && asked === known.asked
      ? await recoloured(negah, this.#explanation, colormap)
      : await this.#compute(negah, { ...options, framing, colormap, signal });
    signal.throwIfAborted();
    Object.assign(this.#known, { asked, colormap });
    this.#explanation = explanation;
    this.#show({ doing: null, partial: false, ...drawn(negah, explanation) });
    this.#tell('explanation', explanation);
    return explanation;
  }

  /** Shares a network from now on. @param {Shared} shared */
  #enter(shared) {
    if (shared !== this.#shared) this.#shared?.leave(this.#hear);
    this.#shared = shared;
    const loading = shared.enter(this.#hear);
    loading.catch(() => {}); // That the picture cannot be had may come first.
    return loading;
  }

  /** Another picture: what was known is of the one before. */
  async #begin(source, signal) {
    const blob = await blobOf(source, signal);
    const bitmap = await createImageBitmap(blob).catch(() => null); // The worker says what is wrong with it.
    if (!signal.aborted) {
      this.#known = { source, blob, open: true };
      this.#explanation = null;
      this.#view.begin(bitmap);
      this.#show({ prediction: null, explanation: null });
    }
    bitmap?.close();
    signal.throwIfAborted();
  }

  async #look(negah, looked, { framing, signal }) {
    this.#show({ doing: () => t('activity.look'), progress: null });
    const prediction = await negah.predict(this.#known.blob, { framing, signal, onProgress: this.#hear });
    signal.throwIfAborted();
    this.#known.looked = looked;
    this.#show({ prediction });
    this.#tell('prediction', prediction);
    // Whoever hears of it may ask for something else.
    signal.throwIfAborted();
  }

  #compute(negah, options) {
    const { method = METHOD, layer, signal } = options;
    const about = methodOf(negah, method) ?? { id: method, name: method, parameters: [] };
    this.#show({ doing: (progress) => computingOf(progress, { layer, methodName: named([about])[0].name }), progress: null });
    const onPartial = (partial) => {
      if (!signal.aborted) this.#show({ partial: true, ...drawn(negah, partial) });
    };
    return negah.explain(this.#known.blob, { ...options, onProgress: this.#hear, onPartial });
  }

  #fail(failure) {
    const { open, looked } = this.#known;
    // Until the picture is open, what is to be seen is of another one.
    if (!open) this.#view.begin(null);
    this.#known = open && looked ? { ...this.#known, asked: undefined } : {};
    this.#explanation = null;
    this.#show({ doing: null, failure, partial: false, explanation: null, prediction: this.#known.looked ? this.#shown.prediction : null });
    this.#tell('error', failure);
  }

  async #speak() {
    const language = languageOf(this);
    try {
      this.#shown.locale = await wordsIn(language);
    } catch (error) {
      // It goes on in the words that it has.
      if (!this.#shown.locale) throw error;
    }
    // It may be to speak another one by now.
    if (language !== languageOf(this)) await this.#speak();
  }

  #show(change) {
    Object.assign(this.#shown, change);
    this.#view.show(this.#shown);
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`negah-${what}`, { bubbles: true, composed: true, detail }));
  }
}

/** The attributes that are set, as the API takes them. @param {NegahExplainer} element */
function settingsOf(element) {
  const set = Object.fromEntries(ASKED.slice(1).map((name) => [name, element.getAttribute(name) || undefined]));
  if (/^\d+$/.test(set.target)) set.target = Number(set.target);
  return set;
}

/** A method's settings, if there are any. @param {string} [parameters] @throws {import('./error.js').Failure} */
function parsed(parameters) {
  try {
    return parameters && JSON.parse(parameters);
  } catch {
    throw { code: 'bad-parameter', key: 'not-json', values: { given: parameters, example: '{ "samples": 20 }' } };
  }
}

const methodOf = (negah, method) => negah.methods().find(({ id }) => id === method);

/** How a map is to be shown. */
function drawn(negah, explanation) {
  const colormap = negah.colormaps().find(({ id }) => id === explanation.colormap);
  return { explanation, method: methodOf(negah, explanation.method), faint: isFaint(colormap) };
}

/** The same map in other colours. */
async function recoloured(negah, explanation, colormap) {
  const { pictures, ...picture } = await negah.render(explanation, { colormap });
  return { ...explanation, colormap, picture, pictures };
}

customElements.define('negah-explainer', NegahExplainer);
