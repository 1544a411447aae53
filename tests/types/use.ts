// Uses all that the declarations declare, as a page in TypeScript would. It is checked, not run: types.test.mjs has the compiler read it.
// What is marked as an error has to be one.

import { Locale, Negah, NegahError } from '../../www/js/negah.js';
import type {
  Class, Colormap, Coloured, DeviceInfo, DeviceRequest, Drawable, ExplainOptions, Explanation, Framing, KeptModel, Layer, Measure, Method, Model,
  Notice, Parameter, PartialExplanation, Picture, Prediction, Progress, ScoredClass, Shows, Style, SummaryLine, Value, Watching,
} from '../../www/js/negah.js';
import { LANGUAGES } from '../../www/js/locale.js';
import type { Failure } from '../../www/js/error.js';
import { NegahExplainer } from '../../www/js/negah-explainer.js';
import type { NegahExplainerEventMap } from '../../www/js/negah-explainer.js';

/** That a type is exactly another; `any` is nothing but itself. */
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends (<T>() => T extends Other ? 1 : 2) ? true : false;
const is = <Holds extends true>(): Holds | void => {};

export async function api(blob: Blob, file: File, signal: AbortSignal): Promise<void> {
  const persian: Locale = await Locale.load('fa', LANGUAGES.fa.parts);
  const onProgress = ({ stage, done, total, remaining = 0 }: Progress): void => console.log(stage === 'compute', done / total, remaining);
  const onNotice = ({ code, message, key, values }: Notice): void => console.log(code, message, persian.sentence({ message, key, values }));
  const negah: Negah = await Negah.create({ device: 'auto', locale: persian, onProgress, onNotice });
  await Negah.create();
  await Negah.create({});

  const { kind, name, reason, because, requested }: DeviceInfo = negah.deviceInfo();
  const device: DeviceRequest = requested;
  const words: string = `${kind} ${name} ${reason} ${persian.t(`device.${because.key}`, because.values)} ${negah.version()}`;
  is<Same<ReturnType<Negah['version']>, string>>();

  const models: Model[] = negah.models();
  const [{ id, input: [channels, height, width], layer, weights, bytes }] = models;
  const size: number = channels * height * width + weights.megabytes + (bytes ?? 0);
  is<Same<typeof bytes, number | null>>();
  is<Same<ReturnType<Negah['models']>, Model[]>>();

  const methods: Method[] = negah.methods();
  for (const { id, name, summary, paper: { title, authors, url }, looksAt, shows, parameters } of methods) {
    console.log(id, name, summary, title, authors, url, looksAt === 'input', shows === 'heat', parameters.map(usual));
  }
  is<Same<ReturnType<Negah['methods']>, Method[]>>();

  const colormaps: Colormap[] = negah.colormaps();
  const opaque: boolean = colormaps.some(({ stops, alpha, signed }) => signed && alpha.every((share) => share === 255) && stops.length === 768);
  is<Same<ReturnType<Negah['colormaps']>, Colormap[]>>();
  const names: string[] = negah.classes().map(({ index, wnid, name }: Class) => `${index} ${wnid} ${name}`);
  is<Same<ReturnType<Negah['classes']>, Class[]>>();

  const known: string | null = await negah.identify(file);
  is<Same<ReturnType<Negah['identify']>, Promise<string | null>>>();
  await negah.loadModel(known ?? id, { weights: file, signal, onProgress });
  await negah.loadModel('efficientnet-lite0');
  const watching: Watching = { signal, onProgress };
  await negah.keepModel(id, file, watching);
  const kept: KeptModel[] = await negah.keptModels();
  await negah.forgetModel(kept.find(({ file, bytes, brought }) => brought && bytes > 0 && file !== '')?.id ?? id);
  is<Same<Negah['model'], string | null>>();

  const layers: Layer[] = negah.layers();
  const fit: Layer[] = layers.filter(({ cut, explainable, explainableInput, group, index }) => cut && explainable && explainableInput && group && (index ?? 0) > 1);
  const lines: SummaryLine[] = [...negah.summary(), ...fit];
  console.log(lines.map(({ name, kind, shape, parameters }) => `${name} ${kind} ${shape.join()} ${parameters}`));
  is<Same<ReturnType<Negah['layers']>, Layer[]>>();

  const framing: Framing = 'keras';
  const { classes, picture, crop, elapsed }: Prediction = await negah.predict(blob, { top: 3, framing, signal, onProgress });
  await negah.predict(blob);
  const best: ScoredClass = classes[0];
  const seen: Picture = picture;
  console.log(best.logit, best.probability, seen.width, new ImageData(seen.rgba as ImageDataArray, seen.width), crop.x + crop.y + crop.width + crop.height, elapsed);

  const style: Style = { colormap: 'turbo', channels: 'magnitude', percentile: 99, tiles: 'apart' };
  const options: ExplainOptions = {
    ...style, method: 'grad-cam', target: best.index, score: 'log-probability', layer, parameters: { relu: false, samples: 20, baseline: 'black' },
    framing: 'stretch', background: 'bundled', batch: 4, signal, onProgress, onPartial: (partial: PartialExplanation) => console.log(partial.target.name),
  };
  const explanation: Explanation = await negah.explain(blob, options);
  await negah.explain(blob);
  await negah.explain(blob, { target: ['top', 3, 'malamute'], layer: 7, background: [blob, file] });
  console.log(told(explanation));

  const bare: Drawable = { values: new Float32Array(49), width: 7, height: 7 };
  const redrawn: Coloured & { pictures: Coloured[] } = await negah.render(bare, style);
  await negah.render({ ...bare, channels: 3, shows: 'signed', order: null });
  const together: Coloured[] = await negah.renderTogether([explanation, await negah.explain(blob)], style);
  const [low, high] = redrawn.range ?? together[0].range ?? [0, 1];
  await negah.setDevice(device);
  console.log(low, high, words, size, opaque, names, await negah.memory());
  is<Same<ReturnType<Negah['memory']>, Promise<number>>>();
  negah.dispose();

  // @ts-expect-error There is no such device.
  await Negah.create({ device: 'tpu' });
  // @ts-expect-error It is made by `create`.
  new Negah();
  // @ts-expect-error A picture is a Blob, not an address.
  await negah.predict('photo.jpg');
  // @ts-expect-error There is no such framing.
  await negah.predict(blob, { framing: 'square' });
  // @ts-expect-error The option is called `method`.
  await negah.explain(blob, { methode: 'grad-cam' });
  // @ts-expect-error A parameter is a single value.
  await negah.explain(blob, { parameters: { samples: [20] } });
  // @ts-expect-error What is known so far has not taken its time yet.
  await negah.explain(blob, { onPartial: ({ elapsed }) => console.log(elapsed) });
  // @ts-expect-error They are asked for with parentheses.
  negah.layers[0];
  // @ts-expect-error The loaded model is changed by `loadModel`.
  negah.model = 'vgg16';
  // @ts-expect-error A blank map has no range.
  redrawn.range[0];
}

/** What a parameter is unless it is set: its kind tells what it can be. */
function usual(parameter: Parameter): Value {
  const { id, name, summary, unit } = parameter;
  console.log(id, name, summary, unit);
  if (parameter.kind === 'choice') return parameter.choices.find((choice) => choice.id === parameter.default)?.name ?? '';
  if (parameter.kind === 'whole' || parameter.kind === 'number') return Math.min(Math.max(parameter.default, parameter.min), parameter.max);
  if (parameter.kind === 'baseline') return parameter.default.length;
  // @ts-expect-error Yes or no has no smallest value.
  parameter.min;
  is<Same<typeof parameter.kind, 'bool'>>();
  return parameter.default;
}

/** Every field of an explanation, so that none can be left out or become anything. */
function told(explanation: Explanation): unknown[] {
  const {
    values, width, height, channels, maps, min, max, picture, pictures, target, targets, note, notes, noteKeys, noteValues, layer, method, shows,
    colormap, join, score, parameters, batch, variance, measures, order, device, elapsed, ...rest
  } = explanation;
  is<Same<keyof typeof rest, never>>();
  const shown: Shows = shows;
  const numbers: number[] = [width, height, channels, min ?? 0, max ?? 0, target.index, ...order ?? [], values[0], maps[0][0], variance?.[0] ?? 0, elapsed, batch];
  const texts: (string | null)[] = [note, ...notes, ...noteKeys, layer, method, shown, colormap, join, score, device.name];
  const given: (Value | undefined)[] = [noteValues[0]?.layer, parameters.samples];
  const measured: Measure[] = measures;
  return [numbers, texts, given, measured.map(({ id, name, summary, values }) => [id, name, summary, values[0]]), targets, picture === pictures[0]];
}

export async function failing(work: () => Promise<void>, persian: Locale): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof NegahError) return `${error.code} ${error.key ?? ''} ${Object.keys(error.values).join()} ${error.message} ${persian.sentence(error)}`;
  }
  const failure: Failure = { code: 'my-own', message: 'Something of the page’s own.' };
  // @ts-expect-error A failure has a code.
  new NegahError({ message: 'Nothing.' }, persian);
  return new NegahError(failure, persian).message;
}

export function words(persian: Locale): string {
  const direction: 'ltr' | 'rtl' = persian.direction;
  const found: unknown = new Locale('en', {}).find('page.sees');
  const sentences = [persian.t('page.sees'), persian.plain('page.sees', { count: 2 }), persian.or('nowhere', 'Otherwise'), persian.code('block5_conv3')];
  return `${persian.language} ${direction} ${String(found)} ${sentences.join()} ${persian.number(0.5, { style: 'percent' })}`;
}

export async function element(file: File): Promise<void> {
  const explainer: NegahExplainer = document.createElement('negah-explainer');
  const found: NegahExplainer | null = document.querySelector('negah-explainer');
  const attributes = {
    src: 'photo.jpg', model: 'vgg16', device: 'cpu', framing: 'stretch', method: 'grad-cam', layer: 'block5_conv3', target: 'top', score: 'logit',
    parameters: '{ "relu": false }', colormap: 'turbo', alt: 'A cat', controls: '', opacity: '0.5', lang: 'fa',
  };
  for (const [name, value] of Object.entries(attributes)) explainer.setAttribute(name, value);
  explainer.lang = 'fa';
  explainer.picture = file;
  explainer.picture = new ImageData(8, 8);
  explainer.picture = null;
  is<Same<NegahExplainer['picture'], Blob | ImageData | null>>();
  is<Same<NegahExplainer['prediction'], Prediction | null>>();
  is<Same<NegahExplainer['explanation'], Explanation | null>>();
  const explanation: Explanation = await explainer.explain();
  console.log(explainer === found, explainer instanceof HTMLElement, explainer.explanation === explanation, explainer.prediction?.classes);

  const hear = ({ detail }: NegahExplainerEventMap['negah-explanation']): void => console.log(detail.method);
  explainer.addEventListener('negah-explanation', hear, { once: true });
  explainer.removeEventListener('negah-explanation', hear);
  explainer.addEventListener('negah-progress', ({ detail: { stage, done, total } }) => console.log(stage, done / total));
  explainer.addEventListener('negah-prediction', ({ detail: { classes: [best] } }) => console.log(best.name));
  explainer.addEventListener('negah-error', function failed({ detail }) {
    console.log(detail.message, detail instanceof NegahError && detail.code, this.explanation);
  });
  explainer.addEventListener('click', ({ clientX }) => console.log(clientX));
  explainer.addEventListener('of-the-page', (event: Event) => console.log(event.type));

  // @ts-expect-error An address goes into the attribute `src`.
  explainer.picture = 'photo.jpg';
  // @ts-expect-error What is shown is computed.
  explainer.explanation = explanation;
  // @ts-expect-error A map is no prediction.
  explainer.addEventListener('negah-explanation', ({ detail }) => detail.classes);
  // @ts-expect-error What it does for itself is not for others.
  explainer.translate();
}
