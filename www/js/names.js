// What the module names in English, in the page's language: methods and their parameters, colour maps, classes, measures, notes.

import { locale } from './locale.js';

/** A class's name. @param {{ wnid: string, name: string }} scored */
export const nameOfClass = ({ wnid, name }) => locale.or(`classes.${wnid}`, name);

/** A colour map's name. @param {{ id: string, name: string }} colormap */
export const nameOfColormap = ({ id, name }) => locale.or(`module.colormaps.${id}`, name);

/** The name of what a method says of its map in a number. @param {import('./negah.js').Measure} measure */
export const nameOfMeasure = ({ id, name }) => locale.or(`module.measures.${id}.name`, name);

/** Which weights can be brought. @param {{ id: string, weights: { words: string } }} model */
export const weightsFor = ({ id, weights: { words } }) => locale.or(`module.weights.${id}`, words);

/** What a blank map means; null for one that is not blank. @param {import('./negah.js').Explanation} explanation */
export const noteOf = ({ note, noteKeys, noteValues }) => note && locale.or(`module.notes.${noteKeys?.[0]}`, note, noteValues?.[0] ?? {});

/** The methods as the module lists them, with their names and summaries and those of their parameters. */
export function named(methods) {
  return methods.map((method) => {
    const words = (record, key) => ({ ...record, name: locale.or(`${key}.name`, record.name), summary: locale.or(`${key}.summary`, record.summary) });
    const parameters = method.parameters.map((parameter) => {
      const key = `module.parameters.${method.id}.${parameter.id}`;
      const choices = parameter.choices?.map((choice) => ({ ...choice, name: locale.or(`${key}.choices.${choice.id}`, choice.name) }));
      return { ...words(parameter, key), choices, unit: locale.or(`${key}.unit`, parameter.unit) };
    });
    return { ...words(method, `module.methods.${method.id}`), parameters };
  });
}
