// What the rows and columns of a board can go through: one entry a kind. `at` is what a cell is asked for by, and `where` what there is to choose from.

import { fits, optionsOf, SCORES } from './choices.js';
import { lookable } from './layers.js';
import { locale, t } from './locale.js';
import { nameOfClass } from './names.js';
import { layerName, writtenOf } from './words.js';

/** The most values along one axis, and the most cells: each holds the values of its map. */
export const MOST_VALUES = 12;
export const MOST_CELLS = 36;

/** What the kind of an axis of values of a parameter begins with. */
export const PARAMETER = 'set.';

/** How many of the network's best classes can be chosen by their rank, and what a rank begins with. */
export const RANKS = 5;
const RANK = 'top';

/**
 * @typedef {{ kind: string, values: Array<string | number | boolean> }} Axis `kind` is a key of AXES, or PARAMETER and an id
 * @typedef {{ negah: import('./negah.js').Negah, choices: import('./choices.js').Choices, methods: object[], method: object, layers: object[], models: object[],
 *             pictures: Map<string, import('./session.js').Source>, best: object[], now: At | null }} Where
 *   `methods` are those that the board asks, `method` the one whose parameters it can go through, `layers` the loaded network's, `models` those whose weights are here, `best` the classes of the
 *   picture that is shown, and `now` is what would be asked without axes
 * @typedef {{ source: import('./session.js').Source, model: string, framing: string, method: string, layer: string, score: string,
 *             target: number | string, parameters: object }} At `target` is a class, or `top1` for the best one
 * @typedef {{ value: string | number | boolean, name: string, first?: boolean }} Option `first` stands before the others
 */

/** The class of a rank, 1 for the best; undefined for what is no rank. */
export function rankOf(target) {
  const rank = typeof target === 'string' && target.startsWith(RANK) ? Number(target.slice(RANK.length)) : 0;
  return Number.isInteger(rank) && rank >= 1 && rank <= RANKS ? rank : undefined;
}

const nameOfRank = (rank) => locale.find('board.ranks')[rank - 1];

/** The names that two classes have, in the language that they were asked for in last. */
let twice = { names: new Set() };

/** A class's name, and which of two of the same name it is. */
export function className(classes, index) {
  if (twice.classes !== classes || twice.locale !== locale) {
    const first = new Map(classes.map((one) => [nameOfClass(one), one]).reverse());
    twice = { classes, locale, names: new Set(classes.map(nameOfClass).filter((name, at) => first.get(name) !== classes[at])) };
  }
  const name = nameOfClass(classes[index]);
  return twice.names.has(name) ? `${name} (${classes[index].wnid})` : name;
}

/**
 * `matters` says whether a method heeds what is set.
 * @type {Record<string, { options: (where: Where) => Option[], name?: (value, where: Where) => string, set: (at: At, value, where: Where) => void, matters?: (method: object) => boolean }>}
 */
export const AXES = {
  __proto__: null,
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
    matters: ({ looksAt }) => looksAt !== 'picture',
    options({ methods, layers }) {
      const { looksAt } = methods.find(({ looksAt: where }) => where !== 'picture') ?? methods[0];
      const picture = looksAt === 'input' ? [{ value: '', name: t('choices.the-picture'), first: true }] : [];
      return [...picture, ...lookable(layers, looksAt).map((layer) => ({ value: layer.name, name: layerName(layer), first: layer.stage }))];
    },
    set(at, value) {
      at.layer = value;
    },
  },
  class: {
    matters: ({ shows }) => shows !== 'channels',
    options: ({ best, negah }) => [
      ...Array.from({ length: RANKS }, (_, at) => ({ value: `${RANK}${at + 1}`, name: nameOfRank(at + 1), first: true })),
      ...best.map(({ index }) => ({ value: index, name: className(negah.classes(), index) })),
    ],
    name: (value, { negah }) => (typeof value === 'number' ? className(negah.classes(), value) : nameOfRank(rankOf(value))),
    set(at, value) {
      at.target = value;
    },
  },
  score: {
    matters: ({ shows }) => shows !== 'channels',
    options: () => SCORES.map((value) => ({ value, name: t(`choices.scores.${value}`) })),
    set(at, value) {
      at.score = value;
    },
  },
};

/** Whether a method heeds what an axis goes through; a parameter is the chosen method's, and another's of its name may mean something else. */
function matters(kind, method, where) {
  return AXES[kind] ? AXES[kind].matters?.(method) ?? true : method.id === where.method?.id;
}

/** The kinds there are for the methods of the board. @param {Where} where @returns {Option[]} */
export function kinds(where) {
  const { method, methods } = where;
  const heeded = Object.keys(AXES).filter((kind) => methods.some((one) => matters(kind, one, where)));
  const parameters = method?.parameters ?? [];
  return [...heeded.map((value) => ({ value, name: t(`board.axes.${value}`) })), ...parameters.map(({ id, name }) => ({ value: PARAMETER + id, name: t('board.setting', { name }) }))];
}

/** What of an axis can be chosen from; null where a number is asked for. @param {Where} where @returns {Option[] | null} */
export function options({ kind, values = [] }, where) {
  const parameter = parameterOf(kind, where);
  if (parameter) return optionsOf(parameter);
  // A method that was chosen since does not have it.
  if (!AXES[kind]) return [];
  const known = AXES[kind].options(where);
  // A class may have been chosen by its name.
  const others = values.filter((value) => !known.some((option) => option.value === value));
  return [...known, ...others.map((value) => ({ value, name: heading({ kind }, value, where) }))];
}

/** The parameter that an axis goes through; undefined for other axes. */
export function parameterOf(kind, { method }) {
  return kind.startsWith(PARAMETER) ? method?.parameters.find(({ id }) => id === kind.slice(PARAMETER.length)) : undefined;
}

/** The heading of one of an axis's values. @param {Where} where */
export function heading({ kind }, value, where) {
  const among = (all) => all?.find((option) => option.value === value)?.name ?? writtenOf(value);
  const parameter = parameterOf(kind, where);
  if (parameter) return t('units.colon', { name: parameter.name, value: among(optionsOf(parameter)) });
  return AXES[kind].name?.(value, where) ?? among(AXES[kind].options(where));
}

/** Whether an axis can have a value. @param {Where} where */
export function possible({ kind }, value, where) {
  if (!AXES[kind]) return Boolean(parameterOf(kind, where)) && fits(parameterOf(kind, where), value);
  if (!where.methods.some((method) => matters(kind, method, where))) return false;
  if (kind === 'class') return typeof value === 'number' ? where.negah.classes()[value] !== undefined : rankOf(value) !== undefined;
  return AXES[kind].options(where).some((option) => option.value === value);
}

/**
 * What a cell is asked for by: the settings, and in their place the values of its row and column, as far as its method heeds them.
 * @param {At} base
 * @param {Array<[Axis, any]>} values
 * @param {Where} where
 * @returns {{ at: At, ignored: string[] }} `ignored` are the kinds that it does not heed
 */
export function settingsAt(base, values, where) {
  const { choices } = where;
  const at = { ...base };
  const ignored = [];
  // A method brings a layer and settings of its own, so it comes before them.
  const order = Object.keys(AXES);
  const turn = ([{ kind }]) => (AXES[kind] ? order.indexOf(kind) : order.length);
  for (const [{ kind }, value] of [...values].sort((one, other) => turn(one) - turn(other))) {
    if (!matters(kind, choices.about(at.method), where)) ignored.push(kind);
    else if (AXES[kind]) AXES[kind].set(at, value, where);
    else at.parameters = { ...at.parameters, [kind.slice(PARAMETER.length)]: value };
  }
  // What was not set is the default, so that the same cell is known as the same.
  at.parameters = Object.fromEntries(choices.about(at.method).parameters.map(({ id, default: usual }) => [id, at.parameters[id] ?? usual]));
  return { at, ignored };
}
