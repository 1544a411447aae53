// The badge that says which network looks, and the panel where another is chosen, brought or let go of.

import { element, made } from './dom.js';
import { locale, t } from './locale.js';
import { needsOf, weightsOf } from './words.js';

export class ModelsView {
  #badge = element('models');
  #name = element('model-name');
  #here = element('models-here');
  #missing = element('models-missing');
  #missingTitle = element('models-missing-title');
  #file = element('weights');
  #framing = element('framing');
  #handlers;
  #shown = '';

  /**
   * @param {{ onChoose: (id: string) => void, onBring: (file: File) => void, onForget: (id: string) => void,
   *           onFraming: (framing: string) => void }} handlers
   */
  constructor(handlers) {
    this.#handlers = handlers;
    this.#file.addEventListener('change', () => {
      const [file] = this.#file.files;
      this.#file.value = ''; // so that choosing the same file again is a change, too
      if (!file) return;
      this.#close();
      handlers.onBring(file);
    });
    this.#framing.addEventListener('change', () => handlers.onFraming(this.#framing.value));
  }

  /**
   * @param {{ models: object[], model: object | null, kept: import('./networks.js').Kept[], keeping: { id: string } | null,
   *           framing: string, locked: boolean, has: (id: string) => boolean }} what `has` says whether a network's weights are here
   */
  show({ models, model, kept, keeping, framing, locked, has }) {
    if (model) this.#name.textContent = model.name;
    this.#framing.value = framing;
    for (const control of [this.#file, this.#framing]) control.disabled = locked;
    const shown = JSON.stringify([locale.language, models.length, model?.id, kept, keeping, locked]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const focused = this.#here.contains(document.activeElement) && document.activeElement.dataset.testid;
    const copyOf = ({ id }) => kept.find((one) => one.id === id);
    const isHere = ({ id }) => has(id);
    this.#here.replaceChildren(...models.filter(isHere).map((one) => {
      const words = weightsOf(one, copyOf(one), keeping?.id === one.id ? keeping : null);
      return this.#row(one, { words, current: one.id === model?.id, removable: copyOf(one) !== undefined, locked });
    }));
    const missing = models.filter((one) => !isHere(one));
    this.#missingTitle.hidden = missing.length === 0;
    this.#missing.replaceChildren(...missing.map((one) => {
      const item = made('li');
      item.dataset.testid = `missing-${one.id}`;
      item.append(made('strong', { textContent: one.name }), t('units.colon', { name: '', value: needsOf(one) }));
      return item;
    }));
    // The keyboard stays where it was, if that is still there, or goes to the network whose copy was there, or to the badge.
    const find = (id) => this.#here.querySelector(`[data-testid="${id}"]`);
    if (focused) (find(focused) ?? find(focused.replace('remove', 'model')) ?? this.#badge.querySelector('summary')).focus();
  }

  /** With the keyboard on what is left of it. */
  #close() {
    this.#badge.open = false;
    this.#badge.querySelector('summary').focus();
  }

  #row({ id, name }, { words, current, removable, locked }) {
    const item = made('li');
    const choose = made('button', { type: 'button', className: 'choice', disabled: locked });
    choose.dataset.testid = `model-${id}`;
    if (current) choose.ariaCurrent = 'true';
    choose.append(made('span', { className: 'choice-name', textContent: name }), made('span', { className: 'choice-words', textContent: words }));
    choose.addEventListener('click', () => {
      this.#close();
      this.#handlers.onChoose(id);
    });
    item.append(choose);
    if (removable) {
      const remove = made('button', { type: 'button', className: 'quiet', textContent: t('models.remove'), title: t('models.remove-kept', { name }) });
      remove.ariaLabel = remove.title;
      remove.dataset.testid = `remove-${id}`;
      remove.addEventListener('click', () => this.#handlers.onForget(id));
      item.append(remove);
    }
    return item;
  }
}
