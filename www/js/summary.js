// The network's layers and the classes that it sees, as tables.

import { element } from './dom.js';
import { row } from './numbers.js';
import { count, extentOf, percent, text, value } from './words.js';

export class SummaryView {
  #shown = null;

  /** @param {{ shown: boolean, model: { id: string, name: string } | null, summary: object[], classes: import('./negah.js').ScoredClass[] }} what */
  show({ shown, model, summary, classes }) {
    element('summary').hidden = !shown || !model;
    if (!shown || !model) return;
    element('summary-classes').replaceChildren(...classes.map(({ name, wnid, logit, probability }) => row([name, wnid, value(logit), percent(probability)])));
    if (this.#shown === summary) return;
    this.#shown = summary;
    const total = summary.reduce((sum, { parameters }) => sum + parameters, 0);
    element('summary-title').textContent = text.summaryOf(model.name, summary.length, count(total));
    element('summary-layers').replaceChildren(...summary.map(({ name, kind, shape, parameters }) => row([name, kind, extentOf(shape), count(parameters)])));
  }
}
