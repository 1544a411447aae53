// The dials of a figure, as menus, sliders or a list: made once for a chapter, and shown anew whenever something changes.

import { classRow } from './classes.js';
import { made } from './dom.js';

/**
 * @param {import('./figures.js').Dial} dial
 * @param {(value: any) => void} onSet
 * @returns {{ parts: HTMLElement[], show: (here: import('./figures.js').Here, values: object) => void }}
 */
export function dialView({ id, as, sign, name, options, when = () => true }, onSet) {
  const control = made({ menu: 'select', slider: 'input', radios: 'ol' }[as], { slider: { type: 'range' }, radios: { className: 'guesses' } }[as]);
  control.id = `learn-${id}`;
  control.dataset.testid = control.id;
  const label = made(as === 'radios' ? 'p' : 'label', { id: `${control.id}-label`, htmlFor: control.id });
  const output = made('output', { htmlFor: control.id });
  const box = made('div', { className: as });
  box.append(control, ...(as === 'slider' ? [output] : []));
  if (as === 'radios') box.role = 'radiogroup';
  (as === 'radios' ? box : control).setAttribute('aria-labelledby', label.id);
  let all = [];
  let shown = '';
  control.addEventListener('input', ({ target }) => onSet(all[{ menu: target.selectedIndex, slider: target.value, radios: all.findIndex(({ value }) => String(value) === target.value) }[as]].value));
  return {
    parts: [label, box],
    show(here, values) {
      label.hidden = !when(values);
      box.hidden = label.hidden;
      label.replaceChildren(...[name(here)].filter((words) => words !== sign), ' ', made('i', { className: 'set', textContent: sign ?? '', lang: 'en' }));
      all = options(here, values);
      const at = all.findIndex(({ value }) => value === values[id]);
      const words = JSON.stringify(all);
      if (words !== shown && as === 'menu') control.replaceChildren(...all.map((option) => new Option(option.name)));
      if (words !== shown && as === 'radios') control.replaceChildren(...all.map(({ scored }) => classRow(scored, control.id)));
      shown = words;
      // Before the network has looked there is nothing to choose from.
      control.disabled = all.length === 0;
      if (as === 'menu') control.selectedIndex = at;
      else if (as === 'radios') for (const radio of control.querySelectorAll('input')) radio.checked = Number(radio.value) === values[id];
      else {
        Object.assign(control, { max: all.length - 1, value: at });
        output.textContent = all[at]?.name ?? '';
        control.ariaValueText = output.textContent;
      }
    },
  };
}
