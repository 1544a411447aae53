// The frame of a page that stands alone: it opens offline, fetches nothing and holds no script.

import { locale, t } from './locale.js';
import { count, extentOf } from './words.js';

/**
 * @param {{ title: string, sentences: string[], parts: string[] }} content `parts` are HTML, of the functions below
 * @returns {Blob}
 */
export function standalone({ title, sentences, parts }) {
  const html = `<!doctype html>
<html lang="${locale.language}" dir="${locale.direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
  body { max-width: 64rem; margin: 2.5rem auto; padding: 0 1.5rem; font: 1rem/1.5 serif; color: #1f1d1a; background: #fff; }
  h1, h2, summary { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
  h1 { margin: 0 0 1rem; font-size: 1.6rem; }
  h2, summary { margin: 2.5rem 0 .75rem; font-size: 1.2rem; font-weight: bold; }
  p { margin: 0 0 .75rem; overflow-wrap: anywhere; }
  figure { margin: 1.5rem 0; }
  img { display: block; max-width: 100%; max-height: 24rem; }
  .sheet { display: flex; justify-content: center; }
  .sheet img { max-width: calc(100vw - 3rem); max-height: none; }
  figcaption, table { font: .875rem/1.4 sans-serif; }
  figcaption { margin-top: .4rem; color: #5f5a52; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; }
  th, td { padding: .3rem 0; padding-inline-end: 1.2rem; text-align: start; vertical-align: top; border-block-end: 1px solid #d8d4c9; font-variant-numeric: tabular-nums; }
  thead th { vertical-align: bottom; border-block-end-color: #8c867a; }
  tbody th { font-weight: normal; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${sentences.map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n')}
${parts.join('\n')}
</body>
</html>
`;
  return new Blob([html], { type: 'text/html' });
}

/** @param {string} title */
export function heading(title) {
  return `<h2>${escaped(title)}</h2>`;
}

/**
 * @param {string} title
 * @param {string[] | null} head the columns' names
 * @param {Array<Array<string | number>>} rows the first cell of each names the row
 */
export function table(title, head, rows) {
  const cell = (text, at) => (at === 0 ? `<th scope="row">${escaped(text)}</th>` : `<td>${escaped(text)}</td>`);
  const columns = head ? `<thead><tr>${head.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')}</tr></thead>` : '';
  return `${heading(title)}\n<div class="wide"><table>${columns}<tbody>\n${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}\n</tbody></table></div>`;
}

/**
 * @param {string} alt
 * @param {string} url
 * @param {string} [caption]
 */
export function figure(alt, url, caption) {
  return `<figure><img alt="${escaped(alt)}" src="${url}">${caption ? `<figcaption>${escaped(caption)}</figcaption>` : ''}</figure>`;
}

/** What was drawn as a whole: it may be wider than the text. @param {string} alt @param {string} url */
export function sheet(alt, url) {
  return `<figure class="sheet"><img alt="${escaped(alt)}" src="${url}"></figure>`;
}

/** A network's summary, folded away. @param {import('./keep.js').Context} context */
export function summary({ model, layers }) {
  const rows = layers.map(({ name, kind, shape, parameters }) => [name, kind, extentOf(shape), count(parameters)]);
  return `<details>\n<summary>${escaped(t('keep.layers-of', { model: model.name }))}</summary>\n${table(t('keep.layers'), ['page.layer', 'page.kind', 'page.output', 'page.parameters'].map((key) => t(key)), rows)}\n</details>`;
}

/** @param {Blob} blob @returns {Promise<string>} */
export function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]);
}
