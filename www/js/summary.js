// The network's layers and the classes that it sees, as tables.

import { element } from './dom.js';
import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';
import { row } from './numbers.js';
import { count, extentOf, percent, value } from './words.js';

export class SummaryView {
  #shown = {};

  /** @param {{ shown: boolean, model: { id: string, name: string } | null, summary: object[], classes: import('./negah.js').ScoredClass[] }} what */
  show({ shown, model, summary, classes }) {
    element('summary').hidden = !shown || !model;
    if (!shown || !model) return;
    element('summary-classes').replaceChildren(...classes.map((scored) => row([nameOfClass(scored), scored.wnid, value(scored.logit), percent(scored.probability)])));
    if (this.#shown.summary === summary && this.#shown.locale === locale) return;
    this.#shown = { summary, locale };
    const total = summary.reduce((sum, { parameters }) => sum + parameters, 0);
    element('summary-title').textContent = t('board.summary', { name: model.name, layers: count(summary.length), parameters: count(total) });
    element('summary-layers').replaceChildren(...summary.map(({ name, kind, shape, parameters }) => row([name, kind, extentOf(shape), count(parameters)])));
  }
}
