// The numbers behind a map, as rows of a table.

import { made } from './dom.js';
import { statistics } from './keep.js';
import { numbers } from './words.js';

/** @param {import('./negah.js').Explanation} explanation @returns {HTMLTableRowElement[]} */
export function numberRows(explanation) {
  return numbers(statistics(explanation), explanation).map(row);
}

/** A row of a table, the first of its cells a heading. @param {Array<string | number>} cells */
export function row(cells) {
  const line = made('tr');
  line.append(...cells.map((cell, at) => made(at === 0 ? 'th' : 'td', { textContent: cell })));
  return line;
}
