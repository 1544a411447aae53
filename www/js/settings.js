// What can be set about a method: a form made from what the registry says of each parameter, so that a new method needs nothing here.

import { fits, optionsOf, SCORES } from './choices.js';
import { element, made } from './dom.js';
import { t } from './locale.js';
import { expected, numbersIn, writtenOf } from './words.js';

/** What every method but one that looks at no class has besides its own parameters. */
const score = () => ({
  id: 'score', kind: 'choice', default: SCORES[0], name: t('choices.score'), summary: t('choices.score-summary'), choices: SCORES.map((id) => ({ id, name: t(`choices.scores.${id}`) })),
});

export class Settings {
  #details = element('settings');
  #form = element('settings-form');
  #reset = element('settings-reset');
  #onChange;
  #shown = null;

  /** @param {{ onChange: (parameters: object) => void, onReset: () => void }} handlers */
  constructor({ onChange, onReset }) {
    this.#onChange = onChange;
    this.#reset.addEventListener('click', onReset);
    this.#form.addEventListener('submit', (event) => event.preventDefault());
  }

  /**
   * @param {{ id: string, shows: string, parameters: object[] } | null} method
   * @param {Record<string, boolean | number | string>} set
   */
  show(method, set) {
    this.#details.hidden = !method;
    if (!method) return;
    const all = method.shows === 'channels' ? method.parameters : [score(), ...method.parameters];
    // The methods are others in another language.
    if (method !== this.#shown) {
      this.#shown = method;
      this.#form.replaceChildren(...all.map((parameter) => this.#field(parameter)));
    }
    let changed = false;
    for (const { id, kind, default: usual } of all) {
      const control = this.#form.elements[`set-${id}`];
      const value = set[id] ?? usual;
      changed ||= value !== usual;
      if (kind === 'bool') control.checked = value;
      else if (document.activeElement !== control) control.value = writtenOf(value);
    }
    // The keyboard is not lost with the button.
    if (!changed && document.activeElement === this.#reset) this.#details.querySelector('summary').focus();
    this.#reset.hidden = !changed;
  }

  #field(parameter) {
    const { id, name, summary, unit } = parameter;
    const control = controlFor(parameter);
    Object.assign(control, { id: `set-${id}`, name: `set-${id}` });
    control.dataset.testid = `set-${id}`;
    control.addEventListener('change', () => this.#take(parameter, control));
    const label = made('label', { htmlFor: control.id, textContent: unit ? `${name} (${unit})` : name });
    const hint = made('p', { id: `hint-${id}`, textContent: summary });
    control.setAttribute('aria-describedby', hint.id);
    const field = made('div', { className: `field field-${parameter.kind}` });
    field.append(label, control, hint);
    return field;
  }

  #take(parameter, control) {
    const { id, kind } = parameter;
    const value = { bool: () => control.checked, whole: () => numberIn(control), number: () => numberIn(control) }[kind]?.() ?? control.value;
    control.setCustomValidity(fits(parameter, value) ? '' : expected(parameter));
    if (control.reportValidity()) this.#onChange({ [id]: value });
  }
}

/** The number in a field; none where there are several. */
function numberIn({ value }) {
  const numbers = numbersIn(value);
  return numbers.length === 1 ? numbers[0] : NaN;
}

function controlFor(parameter) {
  const { kind, default: usual } = parameter;
  if (kind === 'bool') return made('input', { type: 'checkbox' });
  // A field for numbers takes the digits of the browser's language alone.
  if (kind === 'whole' || kind === 'number') return made('input', { type: 'text', inputMode: 'decimal', autocomplete: 'off' });
  const select = made('select');
  select.append(...optionsOf(parameter).map(({ value, name }) => new Option(name, value)));
  select.value = usual;
  return select;
}
