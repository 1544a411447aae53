// The sentences that the page puts together, and the way it writes numbers. What stands still is in index.html.

const language = document.documentElement.lang;
const NBSP = '\u00a0';

// The first formatter costs a browser some ten milliseconds, so each is made when it is first needed, not while the page starts.
const formatters = new Map();
function format(options, number) {
  const key = JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl.NumberFormat(language, options));
  return formatters.get(key).format(number);
}

const significant = (number, digits) => format({ maximumSignificantDigits: digits }, number);
const tenths = (number) => format({ minimumFractionDigits: 1, maximumFractionDigits: 1 }, number);
const whole = (number) => format({ maximumFractionDigits: 0 }, number);

/** 0.3853 → "38.5 %". @param {number} probability in 0..1 */
export function percent(probability) {
  if (probability > 0 && probability < 0.0005) return `<${NBSP}${tenths(0.1)}${NBSP}%`;
  return `${tenths(probability * 100)}${NBSP}%`;
}

/** 0.6 → "60 %". */
export function wholePercent(share) {
  return `${whole(share * 100)}${NBSP}%`;
}

/** A raw value of a map, to three digits. */
export function value(number) {
  const tiny = number !== 0 && Math.abs(number) < 1e-3;
  return tiny ? number.toExponential(1).replace('-', '\u2212') : significant(number, 3).replace('-', '\u2212');
}

/** [1280, 7, 7] → "7 × 7". */
function extent([, height, width]) {
  return `${height}${NBSP}×${NBSP}${width}`;
}

/** [1280, 7, 7] → "1,280 × 7 × 7". */
export function extentOf(shape) {
  return shape.map(whole).join(`${NBSP}×${NBSP}`);
}

/** A number of things. */
export const count = (number) => whole(number);

/** "7 · block3_conv1 · 56 × 56": a layer in a menu. */
export function layerName({ name, shape, index }) {
  return [...(index === null ? [] : [index]), name, extent(shape)].join(' · ');
}

const megabytes = (bytes) => tenths(bytes / 1e6);

function bytesOf(what, { done, total }) {
  return total > 0 ? `${what}: ${megabytes(done)} of ${megabytes(total)}${NBSP}MB` : `${what}: ${megabytes(done)}${NBSP}MB`;
}

const DEVICES = { auto: 'the best device', gpu: 'the GPU', cpu: 'the CPU' };

/** What the page is doing. @returns {string} */
export function activity({ state, progress, layer, methodName, deviceAsked, board }) {
  const { phase, job } = state;
  if (job?.entry && state.view === 'board') return activityOf(board, progress);
  if (progress?.stage === 'module') return bytesOf('Loading the program', progress);
  if (progress?.stage === 'model') return bytesOf('Loading the network', progress);
  if (progress?.stage === 'verify') return bytesOf('Checking the network’s file', progress);
  if (progress?.stage === 'load') return bytesOf(job?.model ? `Reading the weights of ${job.model}` : 'Taking the network into memory', progress);
  if (progress?.stage === 'check') return 'Trying the network out on this device';
  if (job?.kind === 'model' && !job.entry) return job.model ? `Preparing ${job.model}` : 'Looking into the file';
  if (phase === 'loading') return progress ? 'Preparing the network' : 'Loading';
  if (job?.kind === 'device' && !job.entry) return `Switching to ${DEVICES[deviceAsked]}`;
  if (!job?.entry) return 'Looking at the picture';
  if (progress?.stage === 'background') return `Loading the pictures to compare with: ${progress.done} of ${progress.total}`;
  const what = layer ? `Computing ${methodName} at ${layer}` : `Computing ${methodName}`;
  if (!(progress?.stage === 'compute' && progress.total > 1)) return what;
  return [`${what}: ${whole(progress.done)} of ${whole(progress.total)}`, ...timeLeft(progress.remaining)].join(', ');
}

/** What the board is doing. @param {import('./board.js').Board} board */
function activityOf({ cells, filling }, progress) {
  const done = cells.filter(({ state }) => state === 'done' || state === 'failed').length;
  const loading = { model: 'loading another network', verify: 'checking a network', load: 'loading another network', background: 'loading the pictures to compare with' }[progress?.stage];
  const { name = '', layer } = filling?.working ?? {};
  const steps = progress?.stage === 'compute' && progress.total > 1 ? `, ${whole(progress.done)} of ${whole(progress.total)}` : '';
  const what = loading ?? `${name}${layer ? ` at ${layer}` : ''}${steps}`;
  return [`${whole(done)} of ${whole(cells.length)} maps`, what, ...timeLeft(filling?.left(progress?.remaining))].filter(Boolean).join('; ');
}

/** What there is of a model's weights. */
export function weightsOf({ bytes }, kept, keeping) {
  if (keeping) return `keeping a copy: ${megabytes(keeping.done)} of ${megabytes(keeping.total)}${NBSP}MB`;
  if (kept?.brought) return `${megabytes(kept.bytes)}${NBSP}MB, kept in this browser: ${kept.file}`;
  if (bytes === null) return 'not kept in this browser';
  return `${megabytes(bytes)}${NBSP}MB, comes with this page${kept ? '; kept in this browser' : ''}`;
}

/** What a model lacks. */
export function needsOf({ weights: { words, megabytes: about } }) {
  return `bring ${words}; about ${whole(about)}${NBSP}MB`;
}

/** "about 12 s left". */
function timeLeft(milliseconds) {
  if (!(milliseconds >= 1000)) return [];
  const seconds = milliseconds / 1000;
  return [seconds < 90 ? `about ${whole(Math.ceil(seconds))}${NBSP}s left` : `about ${whole(seconds / 60)}${NBSP}min left`];
}

/** The badge. @param {{ kind: string, name: string }} device */
export function badge({ kind, name }) {
  if (kind !== 'gpu') return 'CPU';
  return name ? `WebGPU · ${name}` : 'WebGPU';
}

/** "Computed in 0.14 s on the CPU." @param {import('./negah.js').Explanation} explanation */
export function effort({ elapsed, device }) {
  const where = device.kind === 'gpu' ? 'WebGPU' : 'the CPU';
  return `Computed in ${significant(elapsed / 1000, 2)}${NBSP}s on ${where}.`;
}

/** "Convergence delta 0.012." What else the method says of its map. */
export function measures({ measures: all }) {
  return all.map(({ name, values: [first] }) => `${name} ${value(first)}.`).join(' ');
}

/** What is under the cursor. */
export function reading({ value: number, row, column, width, height, pixel, channel }, lays = true) {
  const where = `row ${whole(row + 1)}, column ${whole(column + 1)} of ${extent([0, height, width])}`;
  if (channel !== undefined) return `Channel ${whole(channel)}: ${value(number)} at ${where}.${lays ? ' A click lays it over the picture.' : ''}`;
  const [x, y] = pixel;
  const there = width === 1 && height === 1 ? '' : `, around the pixel ${whole(x)}, ${whole(y)} of what the network sees`;
  return `${value(number)} at ${where}${there}.`;
}

/** The rows of the table of numbers. @param {ReturnType<typeof import('./keep.js').statistics>} statistics */
export function numbers({ sum, min, max, percentiles }, { elapsed, device, parameters, measures: all, width, height }) {
  const told = (number) => (number === null ? '–' : value(number));
  return [
    ['Values', `${extent([0, height, width])}`],
    ['Sum', told(sum)],
    ['Smallest', told(min)],
    ['Largest', told(max)],
    ...percentiles.map(([percent, at]) => [`${percent}${NBSP}% are at most`, told(at)]),
    ...all.map(({ name, values: [first] }) => [name, told(first)]),
    ...(parameters.samples === undefined ? [] : [['Samples', whole(parameters.samples)]]),
    ['Seconds', significant(elapsed / 1000, 2)],
    ['Device', device.kind === 'gpu' ? `WebGPU, ${device.name}` : 'CPU'],
  ];
}

/** What stands below a place of the board, and on it. @param {import('./board.js').Cell} cell @param {boolean} alone whether the colours are not those of the whole board */
export function cellText({ state, at, ignored, explanation, partial, coloured, error }, alone) {
  const map = partial ?? explanation;
  const shown = map && (map.shows === 'channels' ? `${whole(map.order?.length ?? map.channels)} channels` : `${map.target.name} ${percent(map.target.probability)}`);
  // Another network answers with a layer of its own.
  const layer = map?.layer && map.layer !== at.layer ? `at ${map.layer}` : '';
  const whatever = map ? ignored.map((kind) => `whatever the ${(text.axes[kind] ?? kind.replace(/^set\./, '')).toLowerCase()}`) : [];
  const range = alone && state === 'done' && coloured?.range ? `${value(coloured.range[0])} to ${value(coloured.range[1])}` : '';
  const note = { failed: error?.message, stopped: text.stopped, waiting: partial ? text.soFar : '', working: partial ? text.soFar : text.working, done: explanation?.note }[state] ?? '';
  return { name: [shown, layer, ...whatever, range].filter(Boolean).join(' · '), note };
}

/** How far the board has come. @param {import('./board.js').Board} board */
export function stateOf({ cells, shows }) {
  if (shows !== 'maps') return '';
  if (cells.length === 0) return text.emptyBoard;
  const done = cells.filter(({ state }) => state === 'done');
  const failed = cells.filter(({ state }) => state === 'failed');
  const reasons = new Set(failed.map(({ error }) => error.message));
  // Classes of one picture are computed together.
  const elapsed = [...new Map(done.map(({ group, explanation }) => [group, explanation.elapsed])).values()].reduce((sum, one) => sum + one, 0);
  const time = done.length > 0 ? `, computed in ${significant(elapsed / 1000, 2)}${NBSP}s on ${done[0].explanation.device.kind === 'gpu' ? 'WebGPU' : 'the CPU'}` : '';
  return `${whole(done.length)} of ${whole(cells.length)} maps${time}${failed.length > 0 ? `; ${whole(failed.length)} failed: ${[...reasons].join(' ')}` : '.'}`;
}

/**
 * What the board says of itself: what is the same in all of it, how the guide's layers were answered, what its colours mean.
 * @param {import('./board.js').Board} board
 * @param {{ model: string, method: object, reference: string | undefined }} names of what was asked
 */
export function sentencesOf({ placed, cells, headings, scale }, { model, method, reference }) {
  const { axes, mapping, base: { source, layer, score, parameters } } = placed;
  const goes = (kind) => Object.values(axes).some((axis) => axis?.kind === kind);
  const what = layer && !goes('layer') && !goes('model') ? `${method.name} at ${layer}` : method.name;
  const all = { picture: source.title, model, method: what, score: `score: ${text.scores[score].toLowerCase()}` };
  const fixed = Object.keys(all).filter((kind) => !goes(kind)).map((kind) => all[kind]);
  const set = goes('method') ? [] : method.parameters.filter(({ id }) => !goes(`set.${id}`)).map(({ id, default: usual }) => `${id} ${parameters[id] ?? usual}`);
  const answers = mapping?.answers.map(({ name, depth, found, at }) => `${name} (${wholePercent(depth)}) by ${found.name} (${wholePercent(at)})`);
  const guide = answers ? `The guide’s layers of ${reference} are answered by those as deep here: ${answers.join(', ')}.` : '';
  return [`${[...fixed, ...set].join('; ')}.`, guide, scaleSentence(cells, headings, scale)].filter(Boolean);
}

function scaleSentence(cells, { rows, columns }, scale) {
  const of = (some) => new Set(some.map((cell) => cell.scale)).size;
  const lines = (key, count) => Array.from({ length: count }, (_, at) => cells.filter((cell) => cell[key] === at));
  const each = (key, count) => of(cells) === count && lines(key, count).every((line) => of(line) === 1);
  if (cells.length < 2) return '';
  if (of(cells) === 1) return 'All maps share one scale.';
  if (of(cells) === cells.length) return scale === 'own' ? 'Each map has a scale of its own: compare the numbers, not the colours.' : 'These maps cannot be compared by colour: each has a scale of its own.';
  if (each('row', rows.length)) return 'The maps of a row share a scale; those of different rows cannot be compared by colour.';
  if (each('column', columns.length)) return 'The maps of a column share a scale; those of different columns cannot be compared by colour.';
  return 'Maps share a scale where they can be compared: below each stand the values at the ends of its colours.';
}

const MAPS = { heat: 'Where the network looked for ', signed: 'What speaks for (red) and against (blue) ' };

/** The parts of the caption; `name` is the class. */
export function caption({ explanation, partial, methodName }) {
  const { note, layer, width, height, shows, channels, channel, target } = explanation;
  const size = extent([0, height, width]);
  const at = layer ? ` at ${layer} (${size})` : '';
  const soFar = partial ? ', so far' : '';
  if (channel !== undefined) return { before: `Channel ${whole(channel)} of ${layer} (${size}), whatever the class; chosen: `, after: '.' };
  if (shows === 'channels') return { before: `The ${whole(channels)} channels of ${layer} (${size}), whatever the class; chosen: `, after: '.' };
  return { before: note ? 'No map for ' : MAPS[shows], after: ` (${percent(target.probability)}), ${methodName}${at}${soFar}.` };
}

export const text = {
  invitation: ['Pick a photograph', 'Take a sample from the strip above, or give one of your own.'],
  fatal: ['Negah could not start', 'To try once more, reload the page.'],
  noWebAssembly: ['This browser does not offer WebAssembly', 'Negah computes with it. Open this page in a current Firefox, Chrome, Edge or Safari; '
    + 'where a lockdown or an administrator’s policy has turned WebAssembly off, allow it for this page.'],
  noMap: 'No map yet: choose a class to see where the network looked for it.',
  notLooked: 'Stopped before the network had looked at this picture: pick it again to go on.',
  tryAgain: 'Try again',
  score: { name: 'Score', summary: 'Which number of the class is explained. A class can win in probability because others lose.' },
  scores: { logit: 'Logit', probability: 'Probability', 'log-probability': 'Log of the probability' },
  read: 'Point at the map, or move over it with the arrow keys, to read its values.',
  copied: 'The link is on the clipboard: it holds all settings, not the picture.',
  notCopied: (link) => `The clipboard cannot be written to. The link: ${link}`,
  remove: 'Remove',
  removeKept: (name) => `Remove the copy of ${name}’s weights that is kept in this browser`,
  noWeights: (name) => `Negah expected a network’s weights, but “${name}” holds none that can be read. Choose a safetensors, .pth, .pt, .h5 or .keras file.`,
  layer: 'Layer',
  beforeLayer: 'What enters',
  thePicture: 'the network: the picture',
  allLayers: 'All layers',
  baselines: [
    ['black', 'Black'],
    ['white', 'White'],
    ['grey', 'Grey'],
    ['mean', 'Its mean colour'],
    ['blur', 'The picture, blurred'],
    ['noise', 'Noise'],
  ],
  axes: { picture: 'Picture', model: 'Network', method: 'Method', layer: 'Layer', class: 'Class', score: 'Score' },
  nothing: 'nothing',
  setting: (name) => `Setting: ${name}`,
  switch: { true: 'on', false: 'off' },
  rank: (rank) => ['best class', 'second class', 'third class', 'fourth class', 'fifth class'][rank - 1],
  chosen: (side, count) => [`${text.side[side]}: `, `${count} chosen`],
  emptyBoard: 'Pick a photograph, or one of the figures above.',
  numbers: 'Numbers, with commas between them',
  anyClass: 'Any class, by name',
  stopped: 'Stopped',
  notComputed: 'Not computed',
  side: { rows: 'Rows', columns: 'Columns', within: 'in each' },
  tooManyValues: (most) => `Along one side there is room for ${most}: take something out first.`,
  notPossible: (values, parameter) => (parameter ? `${parameter.name} takes ${parameter.kind === 'whole' ? 'whole numbers' : 'numbers'} from ${significant(parameter.min, 3)} to ${significant(parameter.max, 6)}, with commas between them, not “${values}”.` : `“${values}” cannot be chosen here.`),
  unknownClass: (name) => `The network knows no class “${name}”. Take one of those that are offered while you type.`,
  working: 'Computing …',
  soFar: 'so far',
  scaleOf: (name, low, high) => `Colour scale, ${name}${low === '' ? '' : `: from ${low} to ${high}`}`,
  swiped: (front, back) => `Left of the divider: ${front}; right of it: ${back}.`,
  summaryOf: (name, layers, parameters) => `${name}: ${layers} layers, ${parameters} parameters`,
  readBoard: 'Point at a map, or move over it with the arrow keys, to read all of them at that place. A click enlarges it.',
  presets: {
    shap: { name: 'SHAP', summary: 'Four pictures, their two best classes, at a shallow and a deep layer (VGG-16’s 7 and 14), in one scale' },
    activations: { name: 'Activations', summary: 'All channels of a shallow layer (Xception’s block2_sepconv2_act)' },
    occlusion: { name: 'Occlusion', summary: 'Patches of 7 pixels hide the picture bit by bit; for the best class' },
    'grad-cam': { name: 'Grad-CAM', summary: 'Three depths (Xception’s block1_conv2, block6_sepconv1, block14_sepconv1), tabby and Egyptian cat' },
    'smooth-grad': { name: 'SmoothGrad', summary: '80 samples, σ 0.2, tabby and Egyptian cat' },
    summary: { name: 'Summary', summary: 'The network’s layers, and its five best classes' },
  },
  boardOf: (what) => `Board: ${what.replace(/; score: .*/s, '')}`,
  tooManyCells: (count, most) => `A board has room for ${most} maps, and this would be ${count}. Take something out of the other side first.`,
  undo: (title) => `Undo: back to ${title}`,
  loading: 'Loading the network.',
  ready: 'The network is ready. Pick a photograph.',
  photograph: 'Photograph',
  ownPicture: 'Your own picture; it stays on this computer.',
  pasted: 'the pasted picture',
  several: (count, name) => `${count} files came together; Negah takes the first, “${name}”.`,
  droppedFolder: (name) => `Negah expected a picture file, but the folder “${name}” was dropped. Open the folder and drop one picture from it.`,
  droppedLink: 'Negah expected a picture file, but a link was dropped. Negah fetches nothing from other places: save the picture to this computer, then drop the file here.',
  droppedText: 'Negah expected a picture file, but text was dropped. Drop a JPEG, PNG, WebP, GIF or BMP file.',
  pastedText: 'Negah expected a picture on the clipboard, but found text. Copy the picture itself (not its address), then paste again.',
  pastedNothing: 'Negah expected a picture on the clipboard, but found none. Copy a picture, then paste again.',
  galleryMissing: 'The sample photographs could not be listed. You can still choose, drop or paste a photograph of your own.',
  sampleMissing: (title, reason) => `The sample “${title}” could not be fetched (${reason}). Check the connection, then pick it again.`,
  unexpected: (message) => `Something went wrong that Negah did not expect (${message}). What was shown before is kept; reload the page if it happens again.`,
};
