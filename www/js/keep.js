// What of an explanation can be kept: its values, its settings, a picture with a caption, a report. Nothing here touches the page.

import { colourBar, paint, visible } from './pictures.js';
import { caption, effort, measures, value, wholePercent } from './words.js';

/**
 * What an explanation was made from, besides what it says itself.
 * @typedef {{ image: string, model: { id: string, name: string, input: number[] }, version: string, framing: string, methodName: string,
 *             probability?: number, opacity: number, share: number, threshold: number, blend: string,
 *             colormap: { stops: Uint8Array, alpha: number[] }, layers: object[] }} Context
 *   `share` and `threshold` as `visible` in pictures.js has them; `blend` is one of CSS's blend modes, by which the map lies on the picture.
 * @typedef {import('./negah.js').Explanation} Explanation
 * @typedef {import('./negah.js').Prediction} Prediction
 */

/**
 * The raw values as NumPy's `.npy`: single precision, targets × channels × height × width.
 * @param {Explanation} explanation
 * @returns {Blob}
 */
export function npy({ values, targets, channels, height, width, shows }) {
  const shape = [shows === 'channels' ? 1 : targets.length, channels, height, width].join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  // The values begin at a multiple of 64, after ten bytes and a line.
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const start = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return new Blob([start, header, values], { type: 'application/octet-stream' });
}

/**
 * Everything in numbers, as `negah explain --json` has it; see `docs/explanation.schema.json`.
 * @param {Explanation} explanation
 * @param {Context} context
 */
export function record(explanation, { image, model, version, framing }) {
  const { method, layer, score, parameters, device, elapsed, targets, maps, notes, values, channels, height, width, order } = explanation;
  const grid = maps.length === 0;
  const target = (scored, index) => {
    const map = grid ? values : maps[index];
    return { class: scored, ...extremes(map), map: grid ? [] : [...map], note: notes[index], measures: Object.fromEntries(explanation.measures.map((one) => [one.id, one.values[index]])) };
  };
  return {
    version, image, model: model.id, method, layer, score, parameters, framing, device: device.kind, seconds: elapsed / 1000,
    shape: [grid ? 1 : targets.length, channels, height, width], targets: (grid ? targets.slice(0, 1) : targets).map(target), order,
  };
}

/**
 * The numbers behind a map: what it adds up to, and how its values are spread.
 * @param {Explanation} explanation
 * @returns {{ sum: number, min: number | null, max: number | null, percentiles: Array<[number, number]> }}
 */
export function statistics({ maps: [map], values }) {
  const all = Float32Array.from(map ?? values).filter(Number.isFinite).sort();
  const at = (percent) => all[Math.round(((all.length - 1) * percent) / 100)];
  return { sum: all.reduce((sum, one) => sum + one, 0), ...extremes(all), percentiles: all.length > 0 ? [5, 25, 50, 75, 95].map((percent) => [percent, at(percent)]) : [] };
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
  const { model, version, methodName, probability } = context;
  const { before, after } = caption({ explanation, partial: false, probability, methodName });
  const parameters = Object.entries(explanation.parameters).map(([id, set]) => `${id} ${set}`).join(', ');
  return [
    `${before}${explanation.target.name}${after}`,
    [`${model.name}; score: ${explanation.score}.`, parameters && `Parameters: ${parameters}.`, measures(explanation), explanation.shows !== 'channels' && laid(context)].filter(Boolean).join(' '),
    `${effort(explanation)} Negah ${version}.`,
  ];
}

/** How the map lies on the picture, where that is not as usual. */
function laid({ share, threshold, blend }) {
  const limits = [share < 1 && `the strongest ${wholePercent(share)}`, threshold > 0 && `what reaches ${wholePercent(threshold)} of the colour scale`].filter(Boolean);
  return [limits.length > 0 && `Shown: ${limits.join(', of these ')}.`, blend !== 'normal' && `Blended with the picture: ${blend}.`].filter(Boolean).join(' ');
}

/** A sheet's width in pixels, and what lies between its parts. */
const SHEET = { width: 1024, margin: 24, bar: 14, line: 26, font: '17px sans-serif' };

/**
 * The picture with the map over it, the colour bar and a caption.
 * @param {Explanation} explanation
 * @param {Prediction} prediction
 * @param {Context} context
 * @returns {Promise<Blob>} a PNG
 */
export async function png(explanation, prediction, context) {
  const sheet = new OffscreenCanvas(SHEET.width, 1);
  const pen = sheet.getContext('2d');
  pen.font = SHEET.font;
  const inner = SHEET.width - 2 * SHEET.margin;
  const figure = compose(explanation, prediction, context);
  const height = Math.round((inner * figure.height) / figure.width);
  const lines = sentences(explanation, context).flatMap((sentence) => wrapped(pen, sentence, inner));
  const { range } = explanation.picture;
  const bar = range ? SHEET.bar + SHEET.line + SHEET.margin : 0;
  sheet.height = height + bar + lines.length * SHEET.line + 3 * SHEET.margin;
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.imageSmoothingEnabled = explanation.shows !== 'channels';
  pen.drawImage(figure, SHEET.margin, SHEET.margin, inner, height);
  let y = height + 2 * SHEET.margin;
  pen.fillStyle = '#1f1d1a';
  pen.font = SHEET.font;
  pen.textBaseline = 'top';
  if (range) {
    pen.drawImage(canvasOf(colourBar(context.colormap)), SHEET.margin, y, inner, SHEET.bar);
    y += SHEET.bar + 6;
    pen.fillText(value(range[0]), SHEET.margin, y);
    pen.textAlign = 'end';
    pen.fillText(value(range[1]), SHEET.margin + inner, y);
    pen.textAlign = 'start';
    y += SHEET.line + SHEET.margin - 6;
  }
  for (const line of lines) {
    pen.fillText(line, SHEET.margin, y);
    y += SHEET.line;
  }
  return encoded(sheet);
}

/** The picture with the map over what the network saw of it; a grid of channels by itself. */
function compose(explanation, { picture, crop }, { opacity, colormap, share, threshold, blend }) {
  if (explanation.shows === 'channels') return canvasOf(explanation.picture);
  const faint = colormap.alpha.some((alpha) => alpha < 255);
  const figure = canvasOf(faint ? greyed(picture) : picture);
  const pen = figure.getContext('2d');
  pen.globalAlpha = opacity;
  pen.globalCompositeOperation = blend === 'normal' ? 'source-over' : blend;
  pen.drawImage(canvasOf(visible(explanation, { share, threshold })), crop.x, crop.y, crop.width, crop.height);
  return figure;
}

/** What lies under colours that are transparent in the middle: grey as SHAP weighs it, and faint on white. */
function greyed({ rgba, width, height }) {
  const pale = new Uint8ClampedArray(rgba.length).fill(255);
  for (let at = 0; at < rgba.length; at += 4) {
    const grey = 0.2989 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2];
    pale.fill(255 - 0.15 * (255 - grey), at, at + 3);
  }
  return { rgba: pale, width, height };
}

const canvasOf = (picture) => paint(new OffscreenCanvas(1, 1), picture);

/**
 * A canvas as a PNG. A worker makes it: on the page itself Chromium waits for idle moments, seconds of them.
 * @returns {Promise<Blob>}
 */
async function encoded(canvas) {
  const source = `onmessage = async ({ data }) => {
    const canvas = new OffscreenCanvas(data.width, data.height);
    canvas.getContext('bitmaprenderer').transferFromImageBitmap(data);
    postMessage(await canvas.convertToBlob({ type: 'image/png' }));
  };`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'png' });
  const bitmap = canvas.transferToImageBitmap();
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(bitmap, [bitmap]);
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}

function wrapped(pen, text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * One page that stands alone: pictures, numbers, settings and the network's layers; it opens offline and holds no script.
 * @param {Explanation} explanation
 * @param {Prediction} prediction
 * @param {Context} context
 * @returns {Promise<Blob>} HTML
 */
export async function report(explanation, prediction, context) {
  const { image, model, layers } = context;
  const rows = (cells) => cells.map((row) => `<tr>${row.map((cell, at) => (at === 0 ? `<th>${escaped(cell)}</th>` : `<td>${escaped(cell)}</td>`)).join('')}</tr>`).join('\n');
  const [first, ...others] = sentences(explanation, context);
  const { sum, min, max, percentiles } = statistics(explanation);
  const numbers = [['Sum', sum], ['Smallest', min], ['Largest', max], ...percentiles.map(([percent, at]) => [`${percent} % are at most`, at])];
  const settings = [['Picture', image], ['Network', model.name], ['Method', context.methodName], ['Layer', explanation.layer ?? 'the picture'], ['Score', explanation.score], ['Framing', context.framing], ...Object.entries(explanation.parameters)];
  const classes = prediction.classes.map(({ name, wnid, logit, probability }) => [name, wnid, value(logit), value(probability)]);
  const summary = layers.map(({ name, kind, shape, parameters }) => [name, kind, shape.join(' × '), parameters]);
  const figure = await dataUrl(await png(explanation, prediction, context));
  const original = await dataUrl(await encoded(canvasOf(prediction.picture)));
  const table = (title, head, body) => `<h2>${title}</h2>\n<table>${head ? `<thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead>` : ''}<tbody>\n${rows(body)}\n</tbody></table>`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(first)}</title>
<style>
  body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 serif; color: #1f1d1a; background: #fff; }
  img { max-width: 100%; }
  table { border-collapse: collapse; font: .875rem/1.4 sans-serif; }
  th, td { padding: .2rem .8rem .2rem 0; text-align: start; vertical-align: top; border-block-end: 1px solid #d8d4c9; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<h1>${escaped(first)}</h1>
${others.map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n')}
<p><img alt="${escaped(first)}" src="${figure}"></p>
<h2>The picture</h2>
<p><img alt="${escaped(image)}" src="${original}"></p>
${table('What the network sees', ['Class', 'WordNet', 'Logit', 'Probability'], classes)}
${table('The map in numbers', null, numbers.map(([name, number]) => [name, number === null ? '' : value(number)]))}
${table('Settings', null, settings.map(([name, set]) => [name, String(set)]))}
<details>
<summary>The layers of ${escaped(model.name)}</summary>
${table('Layers', ['Layer', 'Kind', 'Output', 'Parameters'], summary)}
</details>
</body>
</html>
`;
  return new Blob([html], { type: 'text/html' });
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]);
}

async function dataUrl(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:${blob.type};base64,${btoa(binary)}`;
}
