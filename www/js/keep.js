// What of an explanation can be kept: its values, its settings, a picture with a caption, a report. Nothing here touches the page.

import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';
import { dataUrl, figure, heading, sheet, standalone, summary, table } from './report.js';
import { canvasOf, compose, drawScale, encoded, FAMILY, INK, PAPER, wrapped } from './sheet.js';
import { caption, effort, list, measures, numbers, percent, setTo, settingOf, value, wholePercent } from './words.js';

/**
 * What an explanation was made from, besides what it says itself.
 * @typedef {{ image: string, model: { id: string, name: string, input: number[] }, version: string, framing: string,
 *             method: { name: string, parameters: object[] }, opacity: number, share: number, threshold: number, blend: string,
 *             colormap: { stops: Uint8Array, alpha: number[] }, layers: object[] }} Context
 *   `share` and `threshold` as `visible` in pictures.js has them; `blend` is one of CSS's blend modes, by which the map lies on the picture.
 * @typedef {import('./negah.js').Explanation} Explanation
 * @typedef {import('./negah.js').Prediction} Prediction
 */

/** The shape of an explanation's raw values: targets × channels × height × width. @param {Explanation} explanation */
export function shapeOf({ targets, channels, height, width, shows }) {
  return [shows === 'channels' ? 1 : targets.length, channels, height, width];
}

/**
 * The raw values as NumPy's `.npy`.
 * @param {import('./negah.js').Negah} negah
 * @param {Explanation} explanation
 * @returns {Promise<Blob>}
 */
export async function npy(negah, explanation) {
  return new Blob([await negah.npy(explanation.values, shapeOf(explanation))], { type: 'application/octet-stream' });
}

/**
 * An explanation's record without its maps; see `docs/explanation.schema.json`.
 * @param {Explanation} explanation
 * @param {Context} context
 */
export function about(explanation, { image, model, version, framing }) {
  const { method, layer, score, parameters, device, elapsed, targets, notes, measures: all, order, min, max, batch, join } = explanation;
  const grid = explanation.maps.length === 0;
  const target = (scored, index) => {
    const numbers = all.map((one) => [one.id, Number.isFinite(one.values[index]) ? one.values[index] : null]);
    return { class: scored, min: grid ? min : null, max: grid ? max : null, note: notes[index], measures: Object.fromEntries(numbers) };
  };
  return {
    version, image, model: model.id, framing, device: device.kind, seconds: elapsed / 1000, method, layer, score, parameters, batch, channels: join,
    shape: shapeOf(explanation), targets: (grid ? targets.slice(0, 1) : targets).map(target), order,
  };
}

/**
 * Everything in numbers, as `negah explain --json` has it.
 * @param {import('./negah.js').Negah} negah
 * @param {Explanation} explanation
 * @param {Context} context
 * @returns {Promise<Blob>}
 */
export async function json(negah, explanation, context) {
  return new Blob([await negah.json(about(explanation, context), joined(explanation.maps))], { type: 'application/json' });
}

/** Arrays as one. @param {Float32Array[]} arrays */
export function joined(arrays) {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  arrays.reduce((at, array) => {
    all.set(array, at);
    return at + array.length;
  }, 0);
  return all;
}

/**
 * The numbers behind a map: what it adds up to, and how its values are spread; of a grid, between which two they lie.
 * @param {Explanation} explanation
 * @returns {{ sum: number, min: number | null, max: number | null, percentiles: Array<[number, number]> }}
 */
export function statistics({ maps: [map], values }) {
  const finite = (map ?? values).filter(Number.isFinite);
  // Those of a grid are millions, and sorting them would hold the page up.
  const sorted = map ? finite.sort() : [];
  const at = (percent) => sorted[Math.round(((sorted.length - 1) * percent) / 100)];
  return { sum: finite.reduce((sum, one) => sum + one, 0), ...extremes(finite), percentiles: sorted.length > 0 ? [5, 25, 50, 75, 95].map((percent) => [percent, at(percent)]) : [] };
}

function extremes(values) {
  let [min, max] = [Infinity, -Infinity];
  for (const one of values) {
    if (!Number.isFinite(one)) continue;
    min = Math.min(min, one);
    max = Math.max(max, one);
  }
  return min <= max ? { min, max } : { min: null, max: null };
}

/** The caption's sentences, for those who see the picture without the page. */
export function sentences(explanation, context) {
  const { model, version, method } = context;
  const { before, after } = caption({ explanation, partial: false, methodName: method.name });
  const parameters = list(method.parameters.map((parameter) => setTo(parameter, explanation.parameters[parameter.id])));
  const made = t('keep.made', { model: model.name, score: t(`choices.scores.${explanation.score}`).toLowerCase() });
  return [
    `${before}${nameOfClass(explanation.target)}${after}`,
    [made, parameters && t('keep.parameters', { list: parameters }), measures(explanation), explanation.shows !== 'channels' && laid(context)].filter(Boolean).join(' '),
    `${effort(explanation)} ${t('keep.version', { version })}`,
  ];
}

/** How the map lies on the picture, where that is not as usual. */
function laid({ share, threshold, blend }) {
  const limits = [share < 1 && t('keep.strongest', { share: wholePercent(share) }), threshold > 0 && t('keep.reaches', { share: wholePercent(threshold) })].filter(Boolean);
  return [limits.length > 0 && t('keep.shown', { limits: limits.join(t('keep.of-these')) }), blend !== 'normal' && t('keep.blended', { blend: t(`choices.blends.${blend}`) })].filter(Boolean).join(' ');
}

/** What it was made with, by name. @returns {Array<[string, string]>} */
export function settings(explanation, { image, model, method, framing }) {
  const named = { picture: image, network: model.name, method: method.name, layer: explanation.layer ?? t('keep.the-picture'), score: t(`choices.scores.${explanation.score}`), framing: t(`choices.framings.${framing}`) };
  const parameters = method.parameters.map((parameter) => settingOf(parameter, explanation.parameters[parameter.id]));
  return [...Object.entries(named).map(([id, set]) => [t(`keep.headings.${id}`), set]), ...parameters];
}

/** A sheet's width in pixels, and what lies between its parts. */
const SHEET = { width: 1024, margin: 24, bar: 14, line: 26, font: `17px ${FAMILY}` };

/**
 * The picture with the map over it, the colour bar and a caption.
 * @param {Explanation} explanation
 * @param {Prediction} prediction
 * @param {Context} context
 * @returns {Promise<Blob>} a PNG
 */
export async function png(explanation, prediction, context) {
  const canvas = new OffscreenCanvas(SHEET.width, 1);
  const pen = canvas.getContext('2d');
  pen.font = SHEET.font;
  const inner = SHEET.width - 2 * SHEET.margin;
  const drawn = compose(explanation, prediction, context);
  const height = Math.round((inner * drawn.height) / drawn.width);
  const lines = sentences(explanation, context).flatMap((sentence) => wrapped(pen, sentence, inner));
  const { range } = explanation.picture;
  const bar = range ? SHEET.bar + SHEET.line + SHEET.margin : 0;
  canvas.height = height + bar + lines.length * SHEET.line + 3 * SHEET.margin;
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = explanation.shows !== 'channels';
  pen.drawImage(drawn, SHEET.margin, SHEET.margin, inner, height);
  let y = height + 2 * SHEET.margin;
  pen.fillStyle = INK;
  pen.font = SHEET.font;
  pen.textBaseline = 'top';
  if (range) {
    drawScale(pen, { colormap: context.colormap, range, x: SHEET.margin, y, width: inner, height: SHEET.bar, line: SHEET.line });
    y += SHEET.bar + SHEET.line + SHEET.margin;
  }
  pen.direction = locale.direction;
  const start = locale.direction === 'rtl' ? SHEET.width - SHEET.margin : SHEET.margin;
  for (const line of lines) {
    pen.fillText(line, start, y);
    y += SHEET.line;
  }
  return encoded(canvas);
}

/**
 * One page that stands alone: pictures, numbers, settings and the network's layers; it opens offline and holds no script.
 * @param {Explanation} explanation
 * @param {Prediction} prediction
 * @param {Context} context
 * @returns {Promise<Blob>} HTML
 */
export async function report(explanation, prediction, context) {
  const [first, ...others] = sentences(explanation, context);
  const classes = prediction.classes.map((scored) => [nameOfClass(scored), scored.wnid, value(scored.logit), percent(scored.probability)]);
  const head = ['page.class', 'page.wordnet', 'page.logit', 'page.probability'].map((key) => t(key));
  return standalone({
    title: first, sentences: others,
    parts: [
      sheet(first, await dataUrl(await png(explanation, prediction, context))),
      heading(t('keep.picture-title')),
      figure(context.image, await dataUrl(await encoded(canvasOf(prediction.picture)))),
      table(t('page.sees'), head, classes),
      table(t('page.numbers'), null, numbers(statistics(explanation), explanation)),
      table(t('keep.settings'), null, settings(explanation, context)),
      summary(context),
    ],
  });
}
