// The sentences that the page puts together, and the way it writes numbers. The words themselves are in locales/*.json.

import { optionsOf } from './choices.js';
import { locale, t } from './locale.js';
import { nameOfClass, nameOfMeasure, noteOf, weightsFor } from './names.js';

const NBSP = '\u00a0';

const significant = (number, digits) => locale.number(number, { maximumSignificantDigits: digits });
const tenths = (number) => locale.number(number, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = (number) => locale.number(number);

/** 0.3853 → "38.5 %". @param {number} probability in 0..1 */
export function percent(probability) {
  if (probability > 0 && probability < 0.0005) return locale.plain('units.below', { number: locale.plain('units.percent', { number: tenths(0.1) }) });
  return locale.plain('units.percent', { number: tenths(probability * 100) });
}

/** 0.6 → "60 %". */
export function wholePercent(share) {
  return locale.plain('units.percent', { number: whole(share * 100) });
}

/**
 * What went wrong, said in the language that the page has by then. What has a code of ours has a sentence for people (a browser's own errors
 * have numbers); all else is a fault of the page, and the console keeps its trace.
 * @param {Error} error @returns {() => string}
 */
export function failureOf(error) {
  if (typeof error.code === 'string') return () => locale.sentence(error);
  console.error(error);
  return () => t('intake.unexpected', { message: error.message });
}

/** A raw value of a map, to three digits. */
export function value(number) {
  const tiny = number !== 0 && Math.abs(number) < 1e-3;
  const [mantissa, exponent] = number.toExponential(1).split('e').map(Number);
  return locale.code((tiny ? `${tenths(mantissa)}e${whole(exponent)}` : significant(number, 3)).replaceAll('\u200e', '').replaceAll('-', '\u2212'));
}

/** [1280, 7, 7] → "7 × 7", [1280] → "1,280". */
function extent(shape) {
  return extentOf(shape.length > 1 ? shape.slice(1) : shape);
}

/** [1280, 7, 7] → "1,280 × 7 × 7". */
export function extentOf(shape) {
  return locale.code(shape.map(whole).join(`${NBSP}×${NBSP}`));
}

/** A number of things. */
export const count = (number) => whole(number);

/** A value as somebody would write it into a field: a number in the language's digits, and all of them. @param {number | string | boolean} set */
export const writtenOf = (set) => (typeof set === 'number' ? locale.number(set, { maximumSignificantDigits: 15, useGrouping: false }) : String(set));

/** The numbers that somebody wrote, in Latin, Persian or Arabic digits. @param {string} text */
export function numbersIn(text) {
  const latin = text.replace(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => digit.codePointAt(0) & 15).replaceAll('\u066b', '.').replaceAll('\u2212', '-').replaceAll('\u200e', '');
  return latin.split(/[;,\u060c\u061b\s]+/).filter(Boolean).map(Number);
}

/** One after another, as far as there is something. */
export const list = (parts) => parts.filter(Boolean).join(t('units.comma'));
const clauses = (parts) => parts.filter(Boolean).join(t('units.semicolon'));

/** "7 · block3_conv1 · 56 × 56": a layer in a menu. */
export function layerName({ name, shape, index }) {
  const parts = [...(index === null ? [] : [whole(index)]), name, extent(shape)];
  return locale.code(parts.join(' · '));
}

const megabytes = (bytes) => tenths(bytes / 1e6);
const size = (bytes) => locale.plain('units.megabytes', { number: megabytes(bytes) });
const seconds = (milliseconds) => locale.plain('units.seconds', { number: significant(milliseconds / 1000, 2) });

function bytesOf(what, { done, total }) {
  return total > 0 ? t('activity.bytes-of', { what, done: megabytes(done), total: megabytes(total) }) : t('activity.bytes', { what, done: size(done) });
}

/** What the page is doing. @returns {string} */
export function activity({ state, progress, layer, methodName, deviceAsked, board }) {
  const { phase, job } = state;
  if (job?.entry && state.view === 'board') return activityOf(board, progress);
  const loading = loadingOf(progress, job?.model);
  if (loading) return loading;
  if (job?.kind === 'model' && !job.entry) return job.model ? t('activity.prepare-named', { model: job.model }) : t('activity.identify');
  if (phase === 'loading') return progress ? t('activity.prepare') : t('activity.loading');
  if (job?.kind === 'device' && !job.entry) return t(`activity.switch.${deviceAsked}`);
  if (!job?.entry) return t('activity.look');
  return computingOf(progress, { layer, methodName });
}

/** What is being loaded, of the network called `model`; null where nothing is. */
export function loadingOf(progress, model) {
  if (['module', 'model', 'verify'].includes(progress?.stage)) return bytesOf(t(`activity.loads.${progress.stage}`), progress);
  if (progress?.stage === 'load') return bytesOf(model ? t('activity.load-named', { model }) : t('activity.load'), progress);
  return progress?.stage === 'check' ? t('activity.check') : null;
}

/** What is being computed, and how far it is. */
export function computingOf(progress, { layer, methodName }) {
  const what = layer ? t('activity.compute-at', { method: methodName, layer }) : t('activity.compute', { method: methodName });
  if (!(progress?.stage === 'compute' && progress.total > 1)) return what;
  return list([t('activity.steps', { what, done: whole(progress.done), total: whole(progress.total) }), timeLeft(progress.remaining)]);
}

/** What the board is doing. @param {import('./board.js').Board} board */
function activityOf({ cells, filling }, progress) {
  const done = cells.filter(({ state }) => state === 'done' || state === 'failed').length;
  const loading = ['model', 'verify', 'load'].includes(progress?.stage) ? t(`activity.board.${progress.stage}`) : null;
  const { name = '', layer } = filling?.working ?? {};
  const at = layer ? t('activity.board.at', { method: name, layer }) : name;
  const steps = progress?.stage === 'compute' && progress.total > 1;
  const what = loading ?? (steps ? t('activity.board.steps', { what: at, done: whole(progress.done), total: whole(progress.total) }) : at);
  return clauses([t('activity.board.maps', { done: whole(done), total: whole(cells.length) }), what, timeLeft(filling?.left(progress?.remaining))]);
}

/** What there is of a model's weights. */
export function weightsOf({ bytes }, kept, keeping) {
  if (keeping) return t('models.keeping', { done: megabytes(keeping.done), total: megabytes(keeping.total) });
  if (kept?.brought) return t('models.kept', { size: size(kept.bytes), file: kept.file });
  if (bytes === null) return t('models.not-kept');
  return t(kept ? 'models.served-kept' : 'models.served', { size: size(bytes) });
}

/** What a model lacks. */
export function needsOf(model) {
  return t('models.needs', { words: weightsFor(model), size: locale.plain('units.megabytes', { number: whole(model.weights.megabytes) }) });
}

/** "about 12 s left"; nothing where that is soon. */
function timeLeft(milliseconds) {
  if (!(milliseconds >= 1000)) return '';
  const left = milliseconds / 1000;
  return left < 90 ? t('activity.seconds-left', { number: whole(Math.ceil(left)) }) : t('activity.minutes-left', { number: whole(left / 60) });
}

/** The badge. @param {{ kind: string, name: string }} device */
export function badge({ kind, name }) {
  if (kind !== 'gpu') return 'CPU';
  return name ? `WebGPU · ${name}` : 'WebGPU';
}

/** "Computed in 0.14 s on the CPU." @param {import('./negah.js').Explanation} explanation */
export function effort({ elapsed, device }) {
  return t(`map.effort.${device.kind}`, { seconds: seconds(elapsed) });
}

/** "Convergence delta 0.012." What else the method says of its map. */
export function measures({ measures: all }) {
  return all.map((measure) => t('map.measure', { name: nameOfMeasure(measure), value: value(measure.values[0]) })).join(' ');
}

/** What is under the cursor. */
export function reading({ value: number, row, column, width, height, pixel, channel }, lays = true) {
  const place = t('map.place', { row: whole(row + 1), column: whole(column + 1), size: extentOf([height, width]) });
  const told = { value: value(number), place };
  if (channel !== undefined) return [t('map.read-channel', { ...told, channel: whole(channel) }), lays && t('map.pick-channel')].filter(Boolean).join(' ');
  const [x, y] = pixel;
  return width === 1 && height === 1 ? t('map.read', told) : t('map.read-pixel', { ...told, x: whole(x), y: whole(y) });
}

/** The rows of the table of numbers. @param {ReturnType<typeof import('./keep.js').statistics>} statistics */
export function numbers({ sum, min, max, percentiles }, { elapsed, device, parameters, measures: all, width, height }) {
  const told = (number) => (number === null ? '–' : value(number));
  return [
    [t('map.numbers.values'), extentOf([height, width])],
    [t('map.numbers.sum'), told(sum)],
    [t('map.numbers.min'), told(min)],
    [t('map.numbers.max'), told(max)],
    ...percentiles.map(([share, at]) => [t('map.numbers.percentile', { percent: wholePercent(share / 100) }), told(at)]),
    ...all.map((measure) => [nameOfMeasure(measure), told(measure.values[0])]),
    ...(parameters.samples === undefined ? [] : [[t('map.numbers.samples'), whole(parameters.samples)]]),
    [t('map.numbers.seconds'), significant(elapsed / 1000, 2)],
    [t('map.numbers.device'), device.kind === 'gpu' ? list(['WebGPU', device.name]) : 'CPU'],
  ];
}

/** What stands below a place of the board, and on it. @param {import('./board.js').Cell} cell @param {boolean} alone whether the colours are not those of the whole board */
export function cellText({ state, at, ignored, explanation, partial, coloured, error }, alone) {
  const map = partial ?? explanation;
  const shown = map && (map.shows === 'channels' ? t('board.channels', { count: map.order?.length ?? map.channels }) : t('board.class', { class: nameOfClass(map.target), share: percent(map.target.probability) }));
  // Another network answers with a layer of its own.
  const layer = map?.layer && map.layer !== at.layer ? t('board.at', { layer: map.layer }) : '';
  const whatever = map ? ignored.map((kind) => t('board.whatever', { kind: kindName(kind).toLowerCase() })) : [];
  const range = alone && state === 'done' && coloured?.range ? t('units.range', { low: value(coloured.range[0]), high: value(coloured.range[1]) }) : '';
  const note = {
    failed: error && locale.sentence(error), stopped: t('board.stopped'), waiting: partial ? t('board.so-far') : '', working: t(partial ? 'board.so-far' : 'board.working'), done: explanation && noteOf(explanation),
  }[state];
  return { name: [shown, layer, ...whatever, range].filter(Boolean).join(' · '), note: note ?? '' };
}

/** What an axis goes through; a parameter by its id. */
function kindName(kind) {
  return locale.or(`board.axes.${kind}`, kind.replace(/^set\./, ''));
}

/** How far the board has come. @param {import('./board.js').Board} board */
export function stateOf({ cells, shows }) {
  if (shows !== 'maps') return '';
  if (cells.length === 0) return t('board.empty');
  const done = cells.filter(({ state }) => state === 'done');
  const failed = cells.filter(({ state }) => state === 'failed');
  const reasons = new Set(failed.map(({ error }) => locale.sentence(error)));
  // Classes of one picture are computed together.
  const elapsed = [...new Map(done.map(({ group, explanation }) => [group, explanation.elapsed])).values()].reduce((sum, one) => sum + one, 0);
  const maps = { done: whole(done.length), total: whole(cells.length) };
  const state = done.length > 0 ? t('board.state-time', { ...maps, seconds: seconds(elapsed), device: t(`board.devices.${done[0].explanation.device.kind}`) }) : t('board.state', maps);
  return failed.length > 0 ? t('board.failed', { state, count: failed.length, reasons: [...reasons].join(' ') }) : t('board.state-end', { state });
}

/**
 * What is the same in all of a board, its score aside.
 * @param {import('./board.js').Board} board
 * @param {{ model: string, method: object }} names of what was asked
 */
function sameIn({ placed: { axes, base: { source, layer, parameters } } }, { model, method }) {
  const goes = (kind) => Object.values(axes).some((axis) => axis?.kind === kind);
  const what = layer && !goes('layer') && !goes('model') ? t('board.method-at', { method: method.name, layer }) : method.name;
  const all = { picture: source.title, model, method: what };
  const set = goes('method') ? [] : method.parameters.filter(({ id }) => !goes(`set.${id}`)).map((parameter) => setTo(parameter, parameters[parameter.id] ?? parameter.default));
  return { fixed: Object.keys(all).filter((kind) => !goes(kind)).map((kind) => all[kind]), scored: !goes('score'), set };
}

/** What a parameter is called, and what it is set to. @returns {[string, string]} */
export function settingOf(parameter, set) {
  const named = optionsOf(parameter)?.find((option) => option.value === set)?.name;
  return [parameter.name, named ?? (typeof set === 'number' ? significant(set, 6) : set)];
}

/** The same in one. */
export function setTo(parameter, set) {
  const [name, value] = settingOf(parameter, set);
  return t('units.colon', { name, value });
}

/** What a board is called where it is kept. */
export function titleOf(board, names) {
  return t('board.title', { what: clauses(sameIn(board, names).fixed) });
}

/**
 * What the board says of itself: what is the same in all of it, how the guide's layers were answered, what its colours mean.
 * @param {import('./board.js').Board} board
 * @param {{ model: string, method: object, reference: string | undefined }} names of what was asked
 */
export function sentencesOf(board, names) {
  const { placed: { mapping, base: { score } }, cells, headings, scale } = board;
  const { fixed, scored, set } = sameIn(board, names);
  const all = [...fixed, scored && t('board.score', { score: t(`choices.scores.${score}`).toLowerCase() }), ...set];
  const answers = mapping?.answers.map(({ name, depth, found, at }) => t('board.answer', { name, depth: wholePercent(depth), found: found.name, at: wholePercent(at) }));
  const guide = answers ? t('board.answers', { reference: names.reference, answers: list(answers) }) : '';
  return [`${clauses(all)}.`, guide, scaleSentence(cells, headings, scale)].filter(Boolean);
}

function scaleSentence(cells, { rows, columns }, scale) {
  const of = (some) => new Set(some.map((cell) => cell.scale)).size;
  const lines = (key, length) => Array.from({ length }, (_, at) => cells.filter((cell) => cell[key] === at));
  const each = (key, length) => of(cells) === length && lines(key, length).every((line) => of(line) === 1);
  if (cells.length < 2) return '';
  if (of(cells) === 1) return t('board.scale.all');
  if (of(cells) === cells.length) return t(scale === 'own' ? 'board.scale.own' : 'board.scale.none');
  if (each('row', rows.length)) return t('board.scale.rows');
  if (each('column', columns.length)) return t('board.scale.columns');
  return t('board.scale.some');
}

/** The parts of the caption, around the class's name. */
export function caption({ explanation, partial, methodName }) {
  const { note, layer, width, height, shows, channels, channel, target } = explanation;
  const values = { layer, size: extentOf([height, width]), channels: whole(channels), channel: channel === undefined ? '' : whole(channel), share: percent(target.probability), method: methodName };
  const kind = channel !== undefined ? 'channel' : shows === 'channels' ? 'channels' : note ? 'blank' : shows;
  if (kind.startsWith('channel')) return { before: t(`map.captions.${kind}.before`, values), after: t(`map.captions.${kind}.after`, values) };
  return { before: t(`map.captions.${kind}.before`, values), after: t(`map.captions.${partial ? 'partial' : kind}.${layer ? 'after-at' : 'after'}`, values) };
}

/** Why a side of the board cannot have some values. */
export function notPossible(values, parameter) {
  if (!parameter) return t('board.not-possible', { values });
  const { name, kind, min, max } = parameter;
  return t(kind === 'whole' ? 'board.not-whole' : 'board.not-number', { name, values, min: significant(min, 3), max: significant(max, 6) });
}

/** What a parameter can be set to. */
export function expected({ kind, min, max }) {
  return t(kind === 'whole' ? 'choices.not-whole' : 'choices.not-number', { min: significant(min, 3), max: significant(max, 6) });
}

/** A colour scale's name, with its ends where all maps share them. */
export function scaleOf(name, low, high) {
  return low === '' ? t('map.scale', { name }) : t('board.scale-range', { name, low, high });
}
