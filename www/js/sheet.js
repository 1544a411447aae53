// What is drawn on the sheets that are kept: figures, scales and lines of text, and how a sheet becomes a PNG.

import { colourBar, isFaint, paint, visible } from './pictures.js';
import { value } from './words.js';

export const PAPER = '#ffffff';
/** The page's own font for Persian, which has nothing else. */
export const FAMILY = 'Vazirmatn, sans-serif';
export const INK = '#1f1d1a';

/**
 * The picture with the map over what the network saw of it; a grid of channels by itself.
 * @param {import('./negah.js').Explanation} explanation
 * @param {import('./negah.js').Prediction} prediction
 * @param {import('./keep.js').Context} context
 * @returns {OffscreenCanvas}
 */
export function compose(explanation, { picture, crop }, { opacity, colormap, share, threshold, blend }) {
  if (explanation.shows === 'channels') return canvasOf(explanation.picture);
  const faint = isFaint(colormap);
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

/** @param {import('./negah.js').Picture} picture */
export const canvasOf = (picture) => paint(new OffscreenCanvas(1, 1), picture);

/**
 * A canvas as a PNG. A worker makes it: on the page itself Chromium waits for idle moments, seconds of them.
 * @param {OffscreenCanvas} canvas
 * @returns {Promise<Blob>}
 */
export async function encoded(canvas) {
  const source = `onmessage = async ({ data }) => {
    const canvas = new OffscreenCanvas(data.width, data.height);
    canvas.getContext('bitmaprenderer').transferFromImageBitmap(data);
    canvas.convertToBlob({ type: 'image/png' }).then((blob) => postMessage({ blob }), (error) => postMessage({ problem: error.message }));
  };`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'png' });
  const bitmap = canvas.transferToImageBitmap();
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { blob, problem } }) => (blob ? resolve(blob) : reject(new Error(problem)));
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(bitmap, [bitmap]);
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}

/** Lets the page go on: what is kept of many maps takes seconds, and the page is not to stand still for them. */
export const pause = () => new Promise((resolve) => setTimeout(resolve));

/**
 * A colour bar, and below it the values at its ends, one under the other where they would touch.
 * @param {OffscreenCanvasRenderingContext2D} pen with the font of the numbers
 * @param {{ colormap: { stops: Uint8Array, alpha: number[] }, range: [number, number], x: number, y: number, width: number, height: number, line: number }} scale
 *   `line` is a line's height
 */
export function drawScale(pen, { colormap, range, x, y, width, height, line }) {
  pen.drawImage(canvasOf(colourBar(colormap)), x, y, width, height);
  const below = y + height + 6;
  const [low, high] = range.map(value);
  // Whatever the language, the lowest value is at the left.
  pen.textAlign = 'left';
  pen.fillText(low, x, below);
  pen.textAlign = 'right';
  pen.fillText(high, x + width, below + (linesOfScale(pen, range, width) - 1) * line);
  pen.textAlign = 'start';
}

/** How many lines the numbers below a colour bar take. */
export function linesOfScale(pen, range, width) {
  const [low, high] = range.map((end) => pen.measureText(value(end)).width);
  return low + high + 8 > width ? 2 : 1;
}

/** Where a line can end, from best to worst: after words, inside the names of layers and files, anywhere. */
const BREAKS = [/(?<= )/, /(?<=[._/-])/, /(?:)/u];

/** A text as lines that are no wider than `width`. @returns {string[]} */
export function wrapped(pen, text, width) {
  return broken(pen, text, width, BREAKS).map((line) => line.trim());
}

function broken(pen, text, width, [breaks, ...finer]) {
  const fits = (line) => pen.measureText(line.trim()).width <= width;
  const lines = [''];
  for (const piece of text.split(breaks)) {
    if (fits(lines.at(-1) + piece)) lines.push(lines.pop() + piece);
    else if (fits(piece) || finer.length === 0) lines.push(piece);
    else lines.push(...broken(pen, piece, width, finer));
  }
  // Before a first piece that is wider than a line there is nothing.
  return lines[0] === '' && lines.length > 1 ? lines.slice(1) : lines;
}
