// What the page shows, saved as a file: one map, or the board.

import { boardPng } from './board-sheet.js';
import { boardJson, boardNpz, boardReport } from './keep-board.js';
import { made } from './dom.js';
import { json, npy, png, report } from './keep.js';
import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';

const SINGLE = {
  png: (_, { explanation, prediction, context }) => png(explanation, prediction, context),
  npy: (negah, { explanation }) => npy(negah, explanation),
  json: (negah, { explanation, context }) => json(negah, explanation, context),
  html: (_, { explanation, prediction, context }) => report(explanation, prediction, context),
};

const BOARD = { png: (_, board) => boardPng(board), npy: boardNpz, json: boardJson, html: (_, board) => boardReport(board) };

/** The raw values of several maps are several arrays. */
const ENDINGS = { png: 'png', npy: 'npz', json: 'json', html: 'html' };

/**
 * @param {import('./session.js').Session} session
 * @param {keyof typeof SINGLE} kind
 * @param {{ look: import('./controls.js').Look, title: string, sentences: string[] }} shown how the maps are laid over their pictures, and what the page says of the board
 */
export async function save(session, kind, { look, title, sentences }) {
  if (session.state.view === 'board') {
    const board = boardOf(session, look, { title, sentences });
    return offer(await BOARD[kind](session.negah, board), board.title, ENDINGS[kind]);
  }
  const entry = entryOf(session, kind, look);
  const { method, target } = entry.explanation;
  return offer(await SINGLE[kind](session.negah, entry), `${entry.context.image.replace(/\.[^.]*$/, '')} ${method} ${nameOfClass(target)}`, kind);
}

/** The map that is shown. What is seen is what is kept as a picture; of a grid's channel, the values of all are. */
function entryOf(session, kind, look) {
  const { state: { current, model, summary }, choices: { framing } } = session;
  const { source, prediction, channel } = current;
  const explanation = (kind === 'png' && channel) || current.explanation;
  return { explanation, prediction, context: contextOf(session, { explanation, model, framing, colormap: explanation.colormap, source, summary, look }) };
}

/** @returns {import('./keep-board.js').KeptBoard} */
function boardOf(session, look, { title, sentences }) {
  const { board: { cells, headings: { rows, columns } }, negah } = session;
  const scales = [...new Set(cells.map(({ scale }) => scale))];
  const done = cells.filter(({ state, coloured }) => state === 'done' && coloured);
  const kept = ({ row, column, explanation, prediction, coloured, scale, at: { source, model, framing }, summary }) => {
    const about = { explanation, model: negah.models().find(({ id }) => id === model), framing, colormap: coloured.colormap, source, summary, look };
    return { row, column, explanation, prediction, coloured, scale: scales.indexOf(scale), context: contextOf(session, about) };
  };
  const missing = cells.filter((cell) => !done.includes(cell)).map(({ row, column, error }) => ({ row, column, why: error ? locale.sentence(error) : t('board.not-computed') }));
  return { title, rows, columns, sentences, cells: done.map(kept), missing, version: negah.version() };
}

/** What a map is kept with, besides what it says itself. @returns {import('./keep.js').Context} */
function contextOf({ negah, choices }, { explanation, model, framing, colormap, source, summary, look }) {
  return {
    image: source.title, model, framing, version: negah.version(), method: choices.about(explanation.method), ...look, opacity: look.opacities[explanation.shows],
    colormap: negah.colormaps().find(({ id }) => id === colormap), layers: summary,
  };
}

function offer(blob, name, ending) {
  const download = `${name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 80)}.${ending}`;
  const link = made('a', { href: URL.createObjectURL(blob), download });
  link.click();
  // The browser has begun to save by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
