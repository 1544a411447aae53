// The menus of the board: the guide's figures, what its rows and columns go through, and how it is coloured.

import { className, kinds, options } from './axes.js';
import { SIDES } from './board.js';
import { element, made } from './dom.js';
import { fill, locale, t } from './locale.js';
import { PRESETS } from './presets.js';
import { list, numbersIn, writtenOf } from './words.js';

export class AxesView {
  #handlers;
  #board = null;
  #menus = '';

  /**
   * @param {{ onPreset: (preset: import('./presets.js').Preset) => void, onKind: (side: string, kind: string) => void,
   *           onValues: (side: string, values: Array) => void, onScale: (scale: 'shared' | 'own') => void,
   *           onProblem: (say: () => string) => void }} handlers
   */
  constructor(handlers) {
    this.#handlers = handlers;
    element('presets').append(...PRESETS.map((preset) => {
      const button = made('button', { type: 'button', className: 'quiet' });
      Object.assign(button.dataset, { testid: `preset-${preset.id}`, text: `presets.${preset.id}.name`, title: `presets.${preset.id}.summary` });
      button.addEventListener('click', () => handlers.onPreset(preset));
      return button;
    }));
    element('axes').prepend(...SIDES.map(menu));
    for (const part of ['presets', 'axes']) fill(element(part));
    for (const side of SIDES) {
      element(`kind-${side}`).addEventListener('change', (event) => handlers.onKind(side, event.target.value));
      element(`choose-${side}`).addEventListener('toggle', () => this.#board?.axes[side] && this.#offer(side));
      element(`values-${side}`).addEventListener('change', (event) => this.#take(side, event.target));
    }
    element('scale-kind').addEventListener('change', (event) => handlers.onScale(event.target.value));
  }

  /** @param {import('./board.js').Board} board */
  show(board) {
    this.#board = board;
    const { where } = board;
    const menus = JSON.stringify([locale.language, board.axes, board.scale, board.shows, where.choices.method, where.layers.length, [...where.pictures.keys()], where.models.length, where.best.map(({ index }) => index)]);
    if (menus === this.#menus) return;
    this.#menus = menus;
    const known = kinds(where);
    for (const side of SIDES) {
      const axis = board.axes[side];
      const select = element(`kind-${side}`);
      select.replaceChildren(new Option(t('board.nothing'), ''), ...known.map(({ value: kind, name }) => new Option(name, kind)));
      select.value = axis?.kind ?? '';
      const details = element(`choose-${side}`);
      // The keyboard stays where it was, if that is still there.
      if (!axis && details.contains(document.activeElement)) select.focus();
      details.hidden = !axis;
      if (!axis) continue;
      const whose = made('span', { className: 'visually-hidden', textContent: t('units.colon', { name: t(`board.sides.${side}`), value: '' }) });
      details.querySelector('summary').replaceChildren(whose, t('board.chosen', { count: axis.values.length }));
      this.#offer(side);
    }
    element('scale-kind').value = board.scale;
  }

  /** The menus are filled anew the next time: a choice was not taken. */
  forget() {
    this.#menus = '';
  }

  /** What a side can go through: boxes to tick, or numbers to write. There may be hundreds, so they are made when they are looked at. */
  #offer(side) {
    const box = element(`values-${side}`);
    if (!element(`choose-${side}`).open) return box.replaceChildren();
    const { axes, where } = this.#board;
    const { value: focused, type } = box.contains(document.activeElement) ? document.activeElement : {};
    this.#fill(box, axes[side], where);
    [...box.querySelectorAll('input')].find((input) => (type === 'text' ? input.type === type : input.value === focused))?.focus();
    return undefined;
  }

  #fill(box, axis, where) {
    const choosable = options(axis, where);
    if (!choosable) {
      const input = made('input', { type: 'text', inputMode: 'decimal', value: list(axis.values.map(writtenOf)) });
      input.ariaLabel = t('board.numbers');
      box.replaceChildren(input, made('p', { className: 'hint', textContent: t('board.numbers') }));
      return;
    }
    const sorted = [...choosable.filter(({ first }) => first), ...choosable.filter(({ first }) => !first)];
    const boxes = sorted.map(({ value: own, name }) => {
      const label = made('label', { className: 'tick' });
      const tick = made('input', { type: 'checkbox', checked: axis.values.includes(own), value: String(own) });
      label.append(tick, made('span', { textContent: name }));
      return label;
    });
    const more = axis.kind === 'class' ? [this.#classField(where)] : [];
    box.replaceChildren(...more, ...boxes);
  }

  /** A field for any of the classes there are. */
  #classField({ negah }) {
    const names = element('class-names');
    const input = made('input', { type: 'text', placeholder: t('board.any-class') });
    input.addEventListener('focus', () => {
      if (names.lang === locale.language) return;
      names.lang = locale.language;
      names.replaceChildren(...negah.classes().map(({ index }) => made('option', { value: className(negah.classes(), index) })));
    });
    input.setAttribute('list', names.id);
    input.ariaLabel = t('board.any-class');
    return input;
  }

  #take(side, target) {
    const { axes, where } = this.#board;
    const axis = axes[side];
    const choosable = options(axis, where);
    if (!choosable) {
      return this.#handlers.onValues(side, numbersIn(target.value));
    }
    if (target.type === 'text') {
      const { value: written } = target;
      const asked = written.trim().toLowerCase();
      const classes = where.negah.classes();
      const found = classes.find(({ index, name }) => [className(classes, index), name].some((known) => known.toLowerCase() === asked));
      if (!found && asked) this.#handlers.onProblem(() => t('board.unknown-class', { name: written }));
      return found ? this.#handlers.onValues(side, [...axis.values, found.index]) : undefined;
    }
    const { value: own } = choosable.find((option) => String(option.value) === target.value);
    return this.#handlers.onValues(side, target.checked ? [...axis.values, own] : axis.values.filter((one) => one !== own));
  }
}

/** The menus of a side: what it goes through, and which of that. */
function menu(side) {
  const box = made('span', { className: 'axis' });
  const label = made('label', { htmlFor: `kind-${side}` });
  label.dataset.text = `board.sides.${side}`;
  const kind = made('select', { id: `kind-${side}` });
  const details = made('details', { className: 'badge', id: `choose-${side}`, hidden: true });
  const summary = made('summary');
  const values = made('div', { className: 'panel ticks', id: `values-${side}` });
  for (const [part, name] of [[kind, kind.id], [summary, details.id], [values, values.id]]) part.dataset.testid = name;
  details.append(summary, values);
  box.append(label, kind, details);
  return box;
}
