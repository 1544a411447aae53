// A board drawn as one sheet: headings above and where reading begins, a box for each cell, the scales, and what there is to say.

import { locale, t } from './locale.js';
import { noteOf } from './names.js';
import { compose, drawScale, encoded, FAMILY, INK, linesOfScale, PAPER, pause, wrapped } from './sheet.js';

/** In pixels: a sheet is about `usual` wide, and cells shrink where a side would be more than `most`; those of the rows have `head`. */
const SHEET = { margin: 48, least: 560, usual: 1600, most: 4096, head: 180, text: 1040 };
/** How wide a cell is: on a large board as little as `small`, or `least` where the sheet would be too large. */
const CELL = { large: 440, small: 240, least: 32 };
const TITLE = { font: `600 21px ${FAMILY}`, line: 28 };
const HEADING = { font: `600 15px ${FAMILY}`, line: 20 };
const TEXT = { font: `15px ${FAMILY}`, line: 22 };
const SMALL = { font: `13px ${FAMILY}`, line: 17 };
const BAR = { shared: 14, own: 8, width: 640, above: 32 };
const SOFT = '#5f5a52';
const EMPTY = '#f1efe8';

/**
 * @param {import('./keep-board.js').KeptBoard} board
 * @returns {Promise<Blob>} a PNG
 */
export async function boardPng(board) {
  const sheet = new OffscreenCanvas(1, 1);
  const pen = sheet.getContext('2d');
  const plan = fitting(pen, board);
  [sheet.width, sheet.height] = plan.size;
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, ...plan.size);
  pen.textBaseline = 'top';
  pen.imageSmoothingQuality = 'high';
  for (const text of plan.texts) write(pen, text);
  for (const { cell, why, ...box } of plan.boxes) {
    if (!cell || why) {
      drawWord(pen, why ?? '', box);
    } else {
      drawFigure(pen, cell, box);
      await pause();
    }
  }
  pen.fillStyle = INK;
  pen.imageSmoothingEnabled = true;
  for (const { style, ...scale } of plan.scales) {
    pen.font = style.font;
    drawScale(pen, { ...scale, line: style.line });
  }
  return encoded(sheet);
}

/** The plan of a sheet that is not larger than it may be. */
function fitting(pen, board) {
  const columns = Math.max(1, board.columns.length);
  let width = Math.round(Math.min(CELL.large, Math.max(CELL.small, (SHEET.usual - SHEET.head) / columns - space(CELL.small))));
  let plan = planned(pen, board, width);
  while (Math.max(...plan.size) > SHEET.most && width > CELL.least) {
    width = Math.max(CELL.least, Math.floor(width * 0.95));
    plan = planned(pen, board, width);
  }
  return plan;
}

/** What lies between two cells. */
const space = (width) => 4 + Math.round(width / 20);

/** Where everything goes when cells are `width` wide: texts, boxes and scales. */
function planned(pen, { title, rows, columns, cells, missing, sentences, version }, width) {
  const height = Math.round(width * shapeOf(cells));
  const gap = space(width);
  const lined = (style, text, most) => {
    pen.font = style.font;
    const lines = wrapped(pen, text, most);
    return { style, lines, width: Math.ceil(Math.max(...lines.map((line) => pen.measureText(line).width))), height: lines.length * style.line };
  };
  const atLeft = rows.map((text) => lined(HEADING, text, SHEET.head));
  const above = columns.map((text) => lined(HEADING, text, width));
  const left = SHEET.margin + Math.max(0, ...atLeft.map((text) => text.width)) + gap + 8;
  const right = left + columns.length * (width + gap) - gap;
  const inner = Math.max(SHEET.least, right - SHEET.margin);

  const texts = [];
  let y = SHEET.margin;
  const put = (text, x, top, align = 'left') => texts.push({ ...text, x, y: top, align });
  const paragraph = (style, words) => {
    const text = lined(style, words, Math.min(inner, SHEET.text));
    put(text, SHEET.margin, y);
    y += text.height;
  };
  paragraph(TITLE, title);
  const highest = Math.max(0, ...above.map((text) => text.height));
  y += 24 + highest;
  above.forEach((text, column) => put(text, left + column * (width + gap) + width / 2, y - text.height, 'center'));
  y += 10;

  const shown = cells.filter(hasScale);
  const shared = new Set(shown.map(({ scale }) => scale)).size === 1 ? shown[0] : null;
  pen.font = SMALL.font;
  const lines = Math.max(...shown.map(({ coloured }) => linesOfScale(pen, coloured.range, width)));
  const own = shown.length > 0 && !shared ? 8 + BAR.own + 6 + lines * SMALL.line : 0;
  const done = byPlace(cells);
  const absent = byPlace(missing);
  const boxes = [];
  const scales = [];
  atLeft.forEach((text, row) => {
    put(text, SHEET.margin, y + Math.max(0, Math.round((height - text.height) / 2)));
    columns.forEach((_, column) => {
      const cell = done.get(`${row} ${column}`);
      const box = { x: left + column * (width + gap), y, width, height };
      boxes.push({ ...box, cell, why: cell ? noteOf(cell.explanation) : absent.get(`${row} ${column}`)?.why });
      if (own > 0 && hasScale(cell)) scales.push({ ...scaleOf(cell), x: box.x, y: y + height + 8, width, height: BAR.own, style: SMALL });
    });
    y += Math.max(height + own, text.height) + gap;
  });
  y -= gap;
  if (shared) {
    scales.push({ ...scaleOf(shared), x: left, y: y + BAR.above, width: Math.min(right - left, BAR.width), height: BAR.shared, style: TEXT });
    y += BAR.above + BAR.shared + 6 + TEXT.line;
  }
  y += 28;
  for (const sentence of [...sentences, t('keep.version', { version })]) {
    paragraph(TEXT, sentence);
    y += 4;
  }
  const plan = { size: [2 * SHEET.margin + inner, Math.ceil(y - 4 + SHEET.margin)], texts, boxes, scales };
  return locale.direction === 'rtl' ? mirrored(plan) : plan;
}

/** The same plan for those who read from right to left; what is in the boxes stays as it is, and so do scales, from low to high. */
function mirrored({ size, texts, boxes, scales }) {
  const [width] = size;
  const other = { left: 'right', center: 'center' };
  const across = (part) => ({ ...part, x: width - part.x - part.width });
  return { size, texts: texts.map((text) => ({ ...text, x: width - text.x, align: other[text.align] })), boxes: boxes.map(across), scales: scales.map(across) };
}

/** How high a box is by its width: as the figures are, and square where some are upright and some are not. */
function shapeOf(cells) {
  const shapes = cells.map(({ explanation, prediction, coloured }) => (explanation.shows === 'channels' ? coloured : prediction.picture)).map(({ width, height }) => height / width);
  return shapes.length > 0 ? Math.min(Math.max(...shapes), Math.max(Math.min(...shapes), 1)) : 1;
}

const byPlace = (all) => new Map(all.map((one) => [`${one.row} ${one.column}`, one]));

const hasScale = (cell) => Boolean(cell?.coloured.range) && !cell.explanation.note;

const scaleOf = ({ context, coloured }) => ({ colormap: context.colormap, range: coloured.range });

function write(pen, { style, lines, x, y, align }) {
  pen.font = style.font;
  pen.fillStyle = INK;
  pen.textAlign = align;
  pen.direction = locale.direction;
  lines.forEach((line, at) => pen.fillText(line, x, y + at * style.line));
  Object.assign(pen, { textAlign: 'start', direction: 'ltr' });
}

/** The figure in the middle of its box. */
function drawFigure(pen, { explanation, prediction, context, coloured }, { x, y, width, height }) {
  const figure = compose({ ...explanation, picture: coloured }, prediction, context);
  const scale = Math.min(width / figure.width, height / figure.height);
  const [wide, high] = [Math.round(figure.width * scale), Math.round(figure.height * scale)];
  // The cells of a grid have edges; but where it shrinks, some of them would be lost.
  pen.imageSmoothingEnabled = explanation.shows !== 'channels' || scale < 1;
  pen.drawImage(figure, x + Math.round((width - wide) / 2), y + Math.round((height - high) / 2), wide, high);
}

/** What is said in place of a figure. */
function drawWord(pen, word, { x, y, width, height }) {
  pen.fillStyle = EMPTY;
  pen.fillRect(x, y, width, height);
  pen.font = SMALL.font;
  pen.fillStyle = SOFT;
  pen.textAlign = 'center';
  pen.direction = locale.direction;
  const most = Math.max(1, Math.floor((height - 8) / SMALL.line));
  const all = wrapped(pen, word, width - 16);
  const lines = all.length > most ? [...all.slice(0, most - 1), `${all[most - 1].slice(0, -1)}…`] : all;
  lines.forEach((line, at) => pen.fillText(line, x + width / 2, y + (height - lines.length * SMALL.line) / 2 + at * SMALL.line));
  Object.assign(pen, { textAlign: 'start', direction: 'ltr' });
}
