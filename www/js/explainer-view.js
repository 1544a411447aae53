// What an element shows: the picture, the map over it, the caption; where it is asked for, the classes and how opaque the map is.

import { classRow } from './classes.js';
import { fillBar, made } from './dom.js';
import { STYLE } from './explainer-style.js';
import { fill, locale, speaking, t } from './locale.js';
import { lookedAt } from './looked.js';
import { named, nameOfClass, noteOf } from './names.js';
import { OPACITY, paint, placeCrop } from './pictures.js';
import { caption, loadingOf, wholePercent } from './words.js';

/** The longer side of a picture that nobody has looked at yet, in pixels. */
const SIDE = 1024;

/** The words that are in it are for when no others can be had. */
const HTML = `<figure tabindex="-1">
<div class="frame"><div class="plate" part="plate" hidden><canvas part="picture" role="img"></canvas><div class="window" part="window"><canvas part="map" role="img"></canvas></div></div>
<div class="box" part="note" hidden><span></span></div>
<div class="box progress" part="progress" hidden><span id="doing"></span><progress part="bar" aria-labelledby="doing"></progress></div>
<div class="box error" part="error" role="alert" hidden><span></span><button part="retry" type="button" data-text="intake.try-again">Try again</button></div></div>
<figcaption part="caption"></figcaption>
<div class="controls" part="controls" hidden><fieldset><legend data-text="page.sees"></legend><ol part="classes"></ol></fieldset>
<label class="opacity"><span data-text="page.opacity"></span><input part="opacity" type="range" min="0" max="1" step="0.05"><output></output></label></div></figure>`;

/**
 * `doing` says what is under way, if anything. `explanation` may be what is known so far of one, which is `partial`; `method` is what the
 * registry says of its method, and `faint`, that its colours are transparent in the middle.
 * @typedef {{ locale: import('./locale.js').Locale | null, doing: ((progress: import('./negah.js').Progress | null) => string) | null,
 *             progress: import('./negah.js').Progress | null, prediction: import('./negah.js').Prediction | null,
 *             explanation: import('./negah.js').Explanation | null, partial: boolean, method: object, faint: boolean, failure: Error | null }} Shown
 */

export class ExplainerView {
  #host;
  #root;
  #figure;
  /** What has a name, by its name. @type {Record<string, HTMLElement>} */
  #parts;
  #seen = {};

  /** @param {import('./negah-explainer.js').NegahExplainer} host The controls set its attributes. */
  constructor(host) {
    this.#host = host;
    this.#root = host.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [STYLE];
    this.#root.innerHTML = HTML;
    this.#figure = this.#root.firstElementChild;
    this.#parts = Object.fromEntries([...this.#root.querySelectorAll('[part]')].map((one) => [one.getAttribute('part'), one]));
    const { caption: words, classes, opacity, retry } = this.#parts;
    retry.addEventListener('click', () => host.explain());
    opacity.addEventListener('input', () => host.setAttribute('opacity', opacity.value));
    classes.addEventListener('change', ({ target }) => {
      // Whoever chooses awaits an answer; a page may have many elements that nobody asked.
      words.ariaLive = 'polite';
      host.setAttribute('target', target.value);
    });
  }

  /** Shows a picture that nobody has looked at yet, in place of the one before. @param {ImageBitmap | null} bitmap */
  begin(bitmap) {
    const { plate, picture } = this.#parts;
    this.#seen.picture = null;
    plate.hidden = !bitmap;
    if (!bitmap) return;
    const { width, height } = bitmap;
    const scale = Math.min(1, SIDE / Math.max(width, height));
    Object.assign(picture, { width: width * scale, height: height * scale }).getContext('2d').drawImage(bitmap, 0, 0, width * scale, height * scale);
  }

  /** @param {Shown} shown */
  show(shown) {
    if (shown.locale) speaking(shown.locale, () => this.#show(shown));
    else this.#say('error', shown.failure?.message);
  }

  #show(shown) {
    const { explanation, failure } = shown;
    if (locale !== this.#seen.locale) {
      fill(this.#root);
      Object.assign(this.#figure, { lang: locale.language, dir: locale.direction });
    }
    this.#parts.picture.ariaLabel = this.#host.getAttribute('alt') ?? t('page.photograph');
    this.#parts.map.ariaLabel = t('page.heat-map');
    this.#say('note', explanation && noteOf(explanation));
    this.#say('error', failure && locale.sentence(failure));
    this.#showMap(shown);
    this.#showCaption(shown);
    this.#showProgress(shown);
    this.#showControls(shown);
    this.#seen.locale = locale;
  }

  #showMap({ prediction, explanation, faint }) {
    const { plate, picture: canvas, window, map } = this.#parts;
    const drawn = explanation && !explanation.note ? explanation.picture : null;
    const grid = drawn && explanation.shows === 'channels';
    plate.classList.toggle('grid', Boolean(grid));
    plate.classList.toggle('faint', Boolean(drawn && faint && !grid));
    window.hidden = !prediction;
    if (prediction) {
      plate.hidden = false;
      if (prediction.picture !== this.#seen.picture) paint(canvas, prediction.picture);
      this.#seen.picture = prediction.picture;
      placeCrop(plate, grid ? { picture: drawn, crop: { x: 0, y: 0, ...drawn } } : prediction);
    }
    // A grid of channels stands alone.
    const { width, height } = grid ? drawn : canvas;
    plate.style.setProperty('--ratio', width / height);
    map.hidden = !drawn;
    if (drawn && drawn !== this.#seen.map) paint(map, drawn);
    this.#seen.map = drawn;
    map.style.opacity = this.#opacity(explanation);
  }

  #showCaption({ explanation, partial, method }) {
    const figcaption = made('figcaption');
    if (explanation) {
      const { before, after } = caption({ explanation, partial, methodName: named([method])[0].name });
      figcaption.append(before, made('strong', { textContent: nameOfClass(explanation.target) }), after, ' ', partial ? '' : lookedAt(explanation));
    }
    // Whoever listens hears what is written, even if it says what it said before.
    if (figcaption.textContent !== this.#parts.caption.textContent) this.#parts.caption.replaceChildren(...figcaption.childNodes);
  }

  #showProgress({ doing, progress }) {
    this.#figure.ariaBusy = String(Boolean(doing));
    this.#say('progress', doing && (loadingOf(progress) ?? doing(progress)));
    fillBar(this.#parts.bar, progress);
  }

  #showControls({ prediction, explanation, doing }) {
    const { controls, classes, opacity } = this.#parts;
    controls.hidden = !prediction || !this.#host.hasAttribute('controls');
    if (controls.hidden) return;
    if (prediction !== this.#seen.prediction || locale !== this.#seen.locale) classes.replaceChildren(...prediction.classes.map((scored) => classRow(scored)));
    this.#seen.prediction = prediction;
    // While another one is computed, what was chosen stays chosen.
    if (!doing) for (const radio of classes.querySelectorAll('input')) radio.checked = Number(radio.value) === explanation?.target.index;
    opacity.value = this.#opacity(explanation);
    opacity.nextElementSibling.textContent = wholePercent(opacity.value);
  }

  #opacity(explanation) {
    const set = parseFloat(this.#host.getAttribute('opacity'));
    return set >= 0 && set <= 1 ? set : OPACITY[explanation?.shows ?? 'heat'];
  }

  /** A box with a sentence, where there is one. */
  #say(part, sentence) {
    const box = this.#parts[part];
    // The keyboard is not lost where a button goes away.
    if (!sentence && box.contains(this.#root.activeElement)) this.#figure.focus();
    box.hidden = !sentence;
    box.firstElementChild.textContent = sentence;
  }
}
