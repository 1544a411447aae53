// What the rows and columns of a board can go through: one entry a kind. `at` is what a cell is asked for by, and `where` what there is to choose from.

import { fits, SCORES } from './choices.js';
import { lookable } from './layers.js';
import { layerName, text } from './words.js';

/** The most values along one axis, and the most cells: each holds the values of its map. */
export const MOST_VALUES = 12;
export const MOST_CELLS = 36;

/** What the kind of an axis of values of a parameter begins with. */
const PARAMETER = 'set.';

/** How many of the network's best classes can be chosen by their rank. */
export const RANKS = 5;

/**
 * @typedef {{ kind: string, values: Array<string | number | boolean> }} Axis `kind` is a key of AXES, or PARAMETER and an id
 * @typedef {{ negah: import('./negah.js').Negah, choices: import('./choices.js').Choices, layers: object[], models: object[],
 *             pictures: Map<string, import('./session.js').Source>, best: object[] }} Where
 *   `layers` are the loaded network's, `models` those whose weights are here, `best` the classes of the picture that is shown
 * @typedef {{ source: import('./session.js').Source, model: string, framing: string, method: string, layer: string, score: string,
 *             target: number | string, parameters: object }} At `target` is a class, or `top1` for the best one
 * @typedef {{ value: string | number | boolean, name: string, first?: boolean }} Option `first` stands before the others
 */

const nameOf = (options, value) => options.find((option) => option.value === value)?.name ?? String(value);

/** @type {Record<string, { options: (where: Where) => Option[], name?: (value, where: Where) => string, set: (at: At, value, where: Where) => void }>} */
export const AXES = {
  picture: {
    options: ({ pictures }) => [...pictures].map(([value, { title }]) => ({ value, name: title })),
    set(at, value, { pictures }) {
      at.source = pictures.get(value);
    },
  },
  model: {
    options: ({ models }) => models.map(({ id, name }) => ({ value: id, name })),
    set(at, value) {
      at.model = value;
    },
  },
  method: {
    options: ({ choices }) => choices.methods.map(({ id, name }) => ({ value: id, name })),
    set(at, value, { choices }) {
      Object.assign(at, choices.of(value));
    },
  },
  layer: {
    options({ choices, layers }) {
      const { looksAt } = choices.about();
      const picture = looksAt === 'input' ? [{ value: '', name: text.thePicture, first: true }] : [];
      return [...picture, ...lookable(layers, looksAt).map((layer) => ({ value: layer.name, name: layerName(layer), first: layer.group }))];
    },
    set(at, value, { choices }) {
      if (choices.about(at.method).looksAt !== 'picture') at.layer = value;
    },
  },
  class: {
    options: ({ best }) => [
      ...Array.from({ length: RANKS }, (_, rank) => ({ value: `top${rank + 1}`, name: text.rank(rank + 1), first: true })),
      ...best.map(({ index, name }) => ({ value: index, name })),
    ],
    name: (value, { negah }) => (typeof value === 'number' ? negah.classes()[value].name : text.rank(Number(value.slice(3)))),
    set(at, value) {
      at.target = value;
    },
  },
  score: {
    options: () => SCORES.map((value) => ({ value, name: text.scores[value] })),
    set(at, value) {
      at.score = value;
    },
  },
};

/** The kinds there are for the chosen method. @param {Where} where @returns {Option[]} */
export function kinds({ choices }) {
  const parameters = choices.about()?.parameters ?? [];
  return [...Object.keys(AXES).map((value) => ({ value, name: text.axes[value] })), ...parameters.map(({ id, name }) => ({ value: PARAMETER + id, name: text.setting(name) }))];
}

/** What of an axis can be chosen from; null where a number is asked for. @param {Where} where @returns {Option[] | null} */
export function options({ kind, values = [] }, where) {
  if (AXES[kind]) {
    const known = AXES[kind].options(where);
    // A class may have been chosen by its name.
    const others = values.filter((value) => !known.some((option) => option.value === value));
    return [...known, ...others.map((value) => ({ value, name: heading({ kind }, value, where) }))];
  }
  const parameter = parameterOf(kind, where);
  if (!parameter || ['whole', 'number'].includes(parameter.kind)) return null;
  if (parameter.kind === 'bool') return [false, true].map((value) => ({ value, name: text.switch[value] }));
  return parameter.choices?.map(({ id, name }) => ({ value: id, name })) ?? text.baselines.map(([value, name]) => ({ value, name }));
}

/** The heading of one of an axis's values. @param {Where} where */
export function heading({ kind }, value, where) {
  const parameter = parameterOf(kind, where);
  if (parameter) return `${parameter.name}: ${nameOf(options({ kind }, where) ?? [], value)}`;
  return AXES[kind].name?.(value, where) ?? nameOf(AXES[kind].options(where), value);
}

/** Whether an axis can have a value. @param {Where} where */
export function possible({ kind }, value, where) {
  if (kind === 'class') return typeof value === 'number' ? where.negah.classes()[value] !== undefined : /^top[1-5]$/.test(value);
  const parameter = parameterOf(kind, where);
  if (parameter) return fits(parameter, value);
  return AXES[kind]?.options(where).some((option) => option.value === value) ?? false;
}

/** What a cell is asked for by: the settings, and in their place the values of its row and column. @param {Where} where @returns {At} */
export function settingsAt(base, values, where) {
  const at = { ...base };
  // A method brings a layer and settings of its own, so it comes before them.
  const kinds = Object.keys(AXES);
  const turn = ([{ kind }]) => (AXES[kind] ? kinds.indexOf(kind) : kinds.length);
  for (const [{ kind }, value] of [...values].sort((one, other) => turn(one) - turn(other))) {
    if (AXES[kind]) AXES[kind].set(at, value, where);
    // A parameter is the chosen method's; another's of the same name may mean something else.
    else if (at.method === where.choices.method) at.parameters = { ...at.parameters, [kind.slice(PARAMETER.length)]: value };
  }
  // What was not set is the default, so that the same cell is known as the same.
  at.parameters = Object.fromEntries(where.choices.about(at.method).parameters.map(({ id, default: usual }) => [id, at.parameters[id] ?? usual]));
  return at;
}

function parameterOf(kind, { choices }) {
  return kind.startsWith(PARAMETER) ? choices.about()?.parameters.find(({ id }) => id === kind.slice(PARAMETER.length)) : undefined;
}
