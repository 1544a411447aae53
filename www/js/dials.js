// What can be set of a figure: menus, sliders and the list of classes, made once for a chapter and shown anew whenever a value changes.

import { row } from './classes.js';
import { made } from './dom.js';
import { BACKGROUNDS, classTold, optionsFor, TILES } from './figures.js';
import { locale, t } from './locale.js';
import { extentOf } from './words.js';

/**
 * What the dials show. `classes`, `channels` and `values.class` are not known before the network has looked.
 * @typedef {{ values: import('./figures.js').Values, pictures: Map<string, object>, classes: object[], layers: object[], channels: number, parameters: object[] }} Now
 * @typedef {{ field: HTMLElement[], show: (now: Now) => void }} Dial
 */

/** @param {import('./chapters.js').Figure} figure @param {(id: string, value: any) => void} onSet @returns {Dial[]} */
export function dialsOf(figure, onSet) {
  const { dials = [], list, layer, compares, grid, tiles, classless, beside } = figure;
  const word = (id) => () => t(`learn.dials.${id}`);
  const own = (id, options, more) => menu({ id, named: word(id), options, at: ({ values }) => values[id], onSet, ...more });
  const named = (parameter) => ({ parameters }) => parameters.find(({ id }) => id === parameter).name;
  const ofClasses = ({ classes }) => classes.map((scored) => ({ value: scored.index, name: classTold(scored) }));
  return [
    own('picture', ({ pictures }) => [...pictures].map(([value, { title }]) => ({ value, name: title }))),
    !classless && (list ? classList(word('class'), onSet) : own('class', ofClasses)),
    layer !== undefined && slider({
      id: 'layer', named: word('layer'), sign: tiles ? 'l' : '', range: ({ layers }) => [0, layers.length - 1, 1], at: ({ layers, values }) => layers.findIndex(({ name }) => name === values.layer),
      value: (at, { layers }) => layers[at].name, told: (at, { layers }) => layerTold(layers[at]), onSet,
    }),
    ...dials.map(({ parameter, sign, among, from, to, step }) => {
      const dial = { id: parameter, named: named(parameter), sign, at: ({ values }) => values.parameters[parameter], onSet };
      if (among) return menu({ ...dial, options: (now) => optionsFor({ parameter, among }, now) });
      return slider({ ...dial, range: () => [from, to, step], value: (at) => at, told: (at) => locale.number(at, { maximumFractionDigits: 2 }) });
    }),
    compares && own('background', () => BACKGROUNDS.map((value) => ({ value, name: t(`learn.backgrounds.${value}`) }))),
    tiles && own('tiles', () => TILES.map((value) => ({ value, name: t(`learn.tiles.${value}`) }))),
    grid && slider({
      id: 'channel', named: word('channel'), range: ({ channels }) => [0, Math.max(0, channels - 1), 1], at: ({ values }) => values.channel,
      value: (at) => at, told: (at, { channels }) => (channels ? t('learn.channel-of', { number: at + 1, total: channels }) : ''), onSet,
    }),
    beside && own('beside', () => beside.map((value) => ({ value, name: t(`learn.beside.${value}`) }))),
    beside && own('rival', ofClasses, { when: ({ values }) => values.beside === 'class' }),
  ].filter(Boolean);
}

/** "blocks.5, 14 × 14". */
function layerTold(layer) {
  if (!layer) return '';
  return layer.name ? locale.code([layer.name, extentOf(layer.shape.slice(1))].join(' · ')) : t('learn.the-picture');
}

function labelled(control, { id, named, sign = '' }) {
  Object.assign(control, { id: `learn-${id}` });
  control.dataset.testid = `learn-${id}`;
  const label = made('label', { htmlFor: control.id });
  return { label, name: (now) => label.replaceChildren(...(named(now) === sign ? [] : [named(now), ' ']), made('i', { className: 'set', textContent: sign, lang: 'en' })) };
}

function menu({ options, at, onSet, when = () => true, ...dial }) {
  const control = made('select');
  const { label, name } = labelled(control, dial);
  let offered = [];
  let shown = '';
  control.addEventListener('change', () => onSet(dial.id, offered[control.selectedIndex].value));
  return {
    field: [label, control],
    show(now) {
      name(now);
      for (const part of [label, control]) part.hidden = !when(now);
      offered = options(now);
      const words = JSON.stringify(offered);
      if (words !== shown) control.replaceChildren(...offered.map((option) => new Option(option.name)));
      shown = words;
      control.selectedIndex = offered.findIndex(({ value }) => value === at(now));
    },
  };
}

function slider({ range, at, value, told, onSet, ...dial }) {
  const control = made('input', { type: 'range' });
  const { label, name } = labelled(control, dial);
  const output = made('output');
  output.htmlFor.add(control.id);
  const field = made('span', { className: 'slider' });
  field.append(control, output);
  let now = null;
  control.addEventListener('input', () => onSet(dial.id, value(control.valueAsNumber, now)));
  return {
    field: [label, field],
    show(latest) {
      now = latest;
      name(now);
      const [min, max, step] = range(now);
      Object.assign(control, { min, max, step });
      control.value = at(now);
      const words = told(control.valueAsNumber, now);
      output.textContent = words;
      control.setAttribute('aria-valuetext', words);
    },
  };
}

/** The classes with their shares, to choose one. */
function classList(named, onSet) {
  const group = made('fieldset');
  const legend = made('legend');
  const list = made('ol', { className: 'guesses' });
  group.append(legend, list);
  let shown = '';
  list.addEventListener('change', (event) => onSet('class', Number(event.target.value)));
  return {
    field: [group],
    show({ classes, values }) {
      legend.textContent = named();
      const words = JSON.stringify([locale.language, classes]);
      if (words !== shown) list.replaceChildren(...classes.map((scored) => row(scored, 'learn-class')));
      shown = words;
      for (const radio of list.querySelectorAll('input')) radio.checked = Number(radio.value) === values.class;
    },
  };
}
