// What of a board can be kept: one sheet, its values, everything in numbers, a report. Nothing here touches the page.

import { boardPng } from './board-sheet.js';
import { about, joined, settings, shapeOf, statistics } from './keep.js';
import { t } from './locale.js';
import { nameOfClass, noteOf } from './names.js';
import { dataUrl, figure, heading, sheet, standalone, summary, table } from './report.js';
import { canvasOf, encoded, pause } from './sheet.js';
import { extentOf, list, numbers, percent } from './words.js';

/**
 * A cell that is done; `row` and `column` count from 0.
 * @typedef {{ row: number, column: number, explanation: import('./negah.js').Explanation, prediction: import('./negah.js').Prediction,
 *             context: import('./keep.js').Context, coloured: import('./negah.js').Coloured, scale: number }} KeptCell
 *   `explanation` is of one target: one map, or a grid of channels. `coloured` is its picture in the board's colours, and cells of the
 *   same `scale` share what these stand for.
 * @typedef {{ row: number, column: number, why: string }} Missing
 * @typedef {{ title: string, rows: string[], columns: string[], cells: KeptCell[], sentences: string[], missing: Missing[], version: string }} KeptBoard
 *   `sentences` are what the page says of the board; `missing` tells of the cells that there are not.
 */

/**
 * The raw values as NumPy's `.npz`: `r1c2` is what `npy` gives of the first row's second cell, and the arrays of strings `rows`,
 * `columns` and `sentences` say what that is.
 * @param {import('./negah.js').Negah} negah
 * @param {KeptBoard} board
 * @returns {Promise<Blob>}
 */
export async function boardNpz(negah, { rows, columns, sentences, cells }) {
  const texts = Object.entries({ rows, columns, sentences });
  const floats = cells.map(({ row, column, explanation }) => [`r${row + 1}c${column + 1}`, shapeOf(explanation)]);
  const bytes = await negah.npz({ texts, floats }, cells.map(({ explanation }) => explanation.values));
  return new Blob([bytes], { type: 'application/zip' });
}

/**
 * Everything in numbers; see `docs/board.schema.json`.
 * @param {import('./negah.js').Negah} negah
 * @param {KeptBoard} board
 * @returns {Promise<Blob>}
 */
export async function boardJson(negah, { version, title, rows, columns, sentences, cells, missing }) {
  const kept = ({ row, column, coloured, explanation, context }) => ({ row, column, scale: coloured.range, explanation: about(explanation, context) });
  const record = { version, title, rows, columns, sentences, cells: cells.map(kept), missing };
  return new Blob([await negah.boardJson(record, cells.map(({ explanation }) => joined(explanation.maps)))], { type: 'application/json' });
}

/**
 * One page that stands alone: the sheet, every cell's numbers, the pictures, the settings and the networks' layers.
 * @param {KeptBoard} board
 * @returns {Promise<Blob>} HTML
 */
export async function boardReport(board) {
  const { title, rows, columns, sentences, cells, missing, version } = board;
  const models = new Map(cells.map(({ context }) => [context.model.id, context]));
  return standalone({
    title, sentences: [...sentences, t('keep.version', { version })],
    parts: [
      sheet(title, await dataUrl(await boardPng(board))),
      ...(cells.length > 0 ? [await cellsTable(board)] : []),
      ...(missing.length > 0 ? [table(t('keep.missing'), ['row', 'column', 'why'].map(headed), missing.map(({ row, column, why }) => [rows[row], columns[column], why]))] : []),
      ...await pictures(cells),
      ...settingsTables(board),
      ...[...models.values()].map(summary),
    ],
  });
}

const headed = (id) => t(`keep.headings.${id}`);

/** A line of numbers for each cell, in the columns that any of them has. */
async function cellsTable({ rows, columns, cells }) {
  const lines = [];
  for (const { row, column, explanation } of cells) {
    lines.push(new Map([[headed('row'), rows[row]], [headed('column'), columns[column]], ...told(explanation)]));
    await pause();
  }
  const head = union(lines.map((line) => [...line.keys()]));
  return table(t('keep.maps'), head, lines.map((line) => head.map((name) => line.get(name) ?? '')));
}

/** A map in numbers, by name; a grid of channels is there whatever the class. */
function told(explanation) {
  const { target, layer, note, shows, channels, height, width } = explanation;
  const grid = shows === 'channels';
  return [
    ...(grid ? [] : [[t('page.class'), nameOfClass(target)], [t('page.probability'), percent(target.probability)]]),
    [headed('layer'), layer ?? t('keep.the-picture')],
    ...numbers(median(explanation), explanation),
    ...(grid ? [[t('map.numbers.values'), extentOf([channels, height, width])]] : []),
    ...(note ? [[headed('note'), noteOf(explanation)]] : []),
  ];
}

function median(explanation) {
  const all = statistics(explanation);
  return { ...all, percentiles: all.percentiles.filter(([percentile]) => percentile === 50) };
}

/** Lists as one, in which each follows whatever it follows in any of them. */
function union(lists) {
  const all = [];
  for (const list of lists) {
    list.forEach((name, at) => {
      if (!all.includes(name)) all.splice(all.indexOf(list[at - 1]) + 1, 0, name);
    });
  }
  return all;
}

/** The pictures, once each: two networks are shown the same one, but each decodes it for itself. */
async function pictures(cells) {
  const titles = new Map(cells.map(({ prediction, context }) => [prediction.picture, context.image]));
  const distinct = [];
  for (const [picture, image] of titles) {
    if (!distinct.some((one) => same(one.picture, picture))) distinct.push({ picture, image });
    await pause();
  }
  const figures = distinct.map(async ({ picture, image }) => figure(image, await dataUrl(await encoded(canvasOf(picture))), image));
  return distinct.length > 0 ? [heading(t(distinct.length > 1 ? 'keep.pictures-title' : 'keep.picture-title')), ...await Promise.all(figures)] : [];
}

function same(one, other) {
  return one.width === other.width && one.height === other.height && one.rgba.every((value, at) => value === other.rgba[at]);
}

/** What all cells have in common; then what differs between them, once for all that agree. */
function settingsTables({ rows, columns, cells }) {
  const each = cells.map((cell) => ({ ...cell, set: new Map(settings(cell.explanation, cell.context)) }));
  const names = union(each.map(({ set }) => [...set.keys()]));
  const common = names.filter((name) => each.every(({ set }) => set.get(name) === each[0].set.get(name)));
  // Which picture and which layer are in the headings and in the table of numbers.
  const differing = names.filter((name) => !common.includes(name) && ![headed('picture'), headed('layer')].includes(name));
  const groups = new Map();
  for (const cell of each) {
    const values = differing.map((name) => cell.set.get(name) ?? '');
    const key = JSON.stringify(values);
    groups.set(key, { values, some: [...groups.get(key)?.some ?? [], cell] });
  }
  const lines = [...groups.values()].map(({ values, some }) => [where(some, cells, rows, columns), ...values]);
  return [
    ...(common.length > 0 ? [table(t('keep.settings'), null, common.map((name) => [name, each[0].set.get(name)]))] : []),
    ...(differing.length > 0 ? [table(t('keep.settings-differ'), [headed('where'), ...differing], lines)] : []),
  ];
}

/** Some of the cells in words: whole rows or columns by their headings. */
function where(some, all, rows, columns) {
  for (const [axis, headings] of [['row', rows], ['column', columns]]) {
    const lines = new Set(some.map((cell) => cell[axis]));
    if (all.filter((cell) => lines.has(cell[axis])).length === some.length) return list([...lines].map((line) => headings[line]));
  }
  return some.map(({ row, column }) => list([rows[row], columns[column]])).join(t('units.semicolon'));
}
