// The network's best guesses: a group of radio buttons, so that the arrow keys move the target of the explanation.

import { element, made } from './dom.js';
import { locale } from './locale.js';
import { nameOfClass } from './names.js';
import { percent } from './words.js';

/** How many there is room for; those that are not known stay empty, so that nothing moves. */
const ROWS = 5;

export class ClassesView {
  #list = element('classes');
  #shown = {};

  /** @param {{ onChoose: (index: number) => void }} options */
  constructor({ onChoose }) {
    this.#list.addEventListener('change', (event) => onChoose(Number(event.target.value)));
  }

  /**
   * @param {import('./negah.js').ScoredClass[] | null} classes
   * @param {number | null} target the index of the class that is explained
   */
  show(classes, target) {
    if (classes && (classes !== this.#shown.classes || locale !== this.#shown.locale)) {
      this.#shown = { classes, locale };
      const empty = Array.from({ length: Math.max(0, ROWS - classes.length) }, () => made('li'));
      this.#list.replaceChildren(...classes.map((scored) => classRow(scored)), ...empty);
    }
    for (const radio of this.#list.querySelectorAll('input')) radio.checked = Number(radio.value) === target;
  }
}

/** A class to choose, with its share. @param {import('./negah.js').ScoredClass} scored @param {string} group the name of its radio buttons */
export function classRow(scored, group = 'class') {
  const { index, probability } = scored;
  const item = made('li');
  item.dataset.testid = `${group}-${index}`;
  const label = made('label');
  const radio = made('input', { type: 'radio', name: group, value: String(index) });
  const span = (className, textContent) => made('span', { className, textContent });
  label.append(radio, span('class-name', nameOfClass(scored)), span('class-probability', percent(probability)), span('class-bar', ''));
  label.style.setProperty('--share', probability);
  item.append(label);
  return item;
}
