// The page: builds the views, starts the session, and shows its state whenever it changes.

import { Negah, NegahError } from './negah.js';
import { watchBadges } from './badges.js';
import { ClassesView } from './classes.js';
import { Controls } from './controls.js';
import { DeviceView } from './device.js';
import { Gallery } from './gallery.js';
import { watchIntake } from './intake.js';
import { Messages } from './messages.js';
import { ModelsView } from './models.js';
import { ProgressView } from './progress.js';
import { Session } from './session.js';
import { npy, png, record, report as htmlReport, statistics } from './keep.js';
import { readSettings, writeSettings } from './permalink.js';
import { Readout } from './readout.js';
import { Settings } from './settings.js';
import { Viewer } from './viewer.js';
import { activity, caption, effort, measures, numbers, text } from './words.js';

const element = (id) => document.getElementById(id);

const messages = new Messages();
const viewer = new Viewer();
const session = new Session({ createNegah, onChange: show, onProgress: showProgress, onError: report, settings: readSettings() });
const act = (action) => (...values) => {
  messages.clear();
  return action(...values);
};
const pick = act((source) => session.pick(source));
const gallery = new Gallery({ onPick: pick });
const classes = new ClassesView({ onChoose: act((index) => session.explain({ target: index })) });
const device = new DeviceView({ onChoose: act((requested) => session.setDevice(requested)) });
const models = new ModelsView({
  onChoose: act((id) => session.chooseModel(id)),
  onBring: act((file) => session.bringModel(file)),
  onForget: act((id) => session.forgetModel(id)),
  onFraming: act((framing) => session.setFraming(framing)),
});
const progress = new ProgressView({ onCancel: () => session.cancel(), onLeave: keepFocus });
const controls = new Controls({
  onLayer: act((name) => session.explain({ layer: name })),
  onMethod: act((id) => session.explain({ method: id })),
  onColormap: act((id) => session.setColormap(id)),
  onOpacity: (opacity) => viewer.setOpacity(opacity),
  onShare: (share) => viewer.setShare(share),
  onSideBySide: (split) => viewer.setSideBySide(split),
});
const settings = new Settings({
  onChange: act(({ score, ...parameters }) => session.explain({ score, parameters })),
  onReset: act(() => session.resetParameters()),
});

const readout = new Readout({ onPick: act((channel) => session.showChannel(channel)) });

let lastProgress = null;
let filled = { negah: null, model: null };

function createNegah(onProgress) {
  const asked = new URLSearchParams(location.search).get('device');
  return Negah.create({
    device: ['gpu', 'cpu'].includes(asked) ? asked : 'auto',
    onProgress,
    onNotice: ({ message }) => {
      messages.say(message);
      session.refreshDevice();
    },
  });
}

function report(error) {
  // What has a code has a sentence for people.
  const explained = error instanceof NegahError || error.code !== undefined;
  if (!explained) console.error(error);
  const { failure } = session.state;
  const retry = failure && failure.code !== 'no-webassembly' ? { label: text.tryAgain, run: () => session.load() } : null;
  messages.say(explained ? error.message : text.unexpected(error.message), retry);
}

function pageState({ phase, job, current }) {
  if (phase === 'fatal') return 'error-fatal';
  if (phase === 'loading') return 'loading';
  if (job) return 'working';
  return current ? 'done' : 'ready';
}

function show() {
  const { state, negah } = session;
  const { job, current, phase } = state;
  fillMenus(negah, state);
  gallery.mark((job?.source ?? current?.source)?.sample);
  gallery.disable(phase === 'fatal');
  element('file').disabled = phase === 'fatal';
  viewer.show(current, negah?.colormaps() ?? []);
  classes.show(current?.prediction.classes ?? null, session.target);
  controls.show({ choice: session.choice, colormap: session.colormap, channel: Boolean(current?.channel) });
  const { method, score, parameters } = session.choice;
  settings.show(session.method(method), { score, ...parameters });
  device.show({
    device: state.device, failed: phase === 'fatal', locked: !negah || phase === 'loading', switching: job?.kind === 'device',
  });
  models.show({ ...state, models: negah?.models() ?? [], locked: phase !== 'ready' });
  const shown = current?.partial ?? current?.channel ?? current?.explanation ?? null;
  const [, height, width] = state.model?.input ?? [];
  readout.show(shown, [width, height]);
  showNumbers(current?.partial ? null : shown, current?.channel);
  showWords(current, state.failure);
  if (phase === 'ready') writeSettings(session.settings);
  showUndo();
  showProgress(lastProgress);
  announce(pageState(state));
}

function fillMenus(negah, { phase, model }) {
  if (negah && filled.negah !== negah) {
    filled = { negah, model: null };
    controls.fill({ methods: negah.methods(), colormaps: negah.colormaps() });
  }
  if (phase === 'ready' && filled.model !== model) {
    filled.model = model;
    controls.fillLayers(negah.layers());
  }
}

function showWords(current, failure) {
  const [title, words] = failure ? (failure.code === 'no-webassembly' ? text.noWebAssembly : text.fatal) : text.invitation;
  element('invitation').hidden = Boolean(current);
  element('invitation-title').textContent = title;
  element('invitation-text').textContent = words;
  if (current) element('picture-title').textContent = current.source.title;
  const partial = current?.partial;
  const explanation = partial ?? current?.channel ?? current?.explanation;
  element('credit').textContent = [explanation && !partial && effort(explanation), explanation && measures(explanation), current?.source.credit].filter(Boolean).join(' ');
  if (!explanation) {
    const missing = current?.prediction.classes.length === 0 ? text.notLooked : text.noMap;
    element('caption').textContent = current && !session.state.job ? missing : '';
    return;
  }
  const name = Object.assign(document.createElement('strong'), { textContent: explanation.target.name });
  const { probability } = current.prediction.classes.find(({ index }) => index === explanation.target.index) ?? {};
  const { before, after } = caption({ explanation, partial: Boolean(partial), probability, methodName: controls.methodName(explanation.method) });
  element('caption').replaceChildren(before, name, after);
}

/** What belongs to a map that is done: its numbers, and the ways to keep it. */
function showNumbers(explanation, channel) {
  const kept = explanation && !explanation.note;
  element('keep').hidden = !kept;
  element('numbers').hidden = !kept;
  element('all-channels').hidden = !channel;
  if (!kept || explanation.values === filled.numbers) return;
  filled.numbers = explanation.values;
  element('numbers-rows').replaceChildren(...numbers(statistics(explanation), explanation).map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells.map((cell, at) => Object.assign(document.createElement(at === 0 ? 'th' : 'td'), { textContent: cell })));
    return row;
  }));
}

/** What a map is kept with, besides what it says itself. */
function context({ source, prediction, explanation }) {
  const { negah, state: { model, framing } } = session;
  return {
    image: source.title, model, framing, version: negah.version(), methodName: controls.methodName(explanation.method), opacity: viewer.opacity, share: viewer.share, threshold: 0, blend: 'normal',
    probability: prediction.classes.find(({ index }) => index === explanation.target.index)?.probability,
    colormap: negah.colormaps().find(({ id }) => id === explanation.colormap), layers: negah.layers(),
  };
}

const KEEP = {
  png: ({ explanation, prediction }, about) => png(explanation, prediction, about),
  npy: ({ explanation }) => npy(explanation),
  json: ({ explanation }, about) => new Blob([JSON.stringify(record(explanation, about))], { type: 'application/json' }),
  html: ({ explanation, prediction }, about) => htmlReport(explanation, prediction, about),
};

async function keep(kind) {
  const { current } = session.state;
  // What is seen is what is kept; of a grid's channel, the values of all.
  const entry = { ...current, explanation: (kind === 'png' && current.channel) || current.explanation };
  const blob = await KEEP[kind](entry, context(entry));
  const name = `${entry.source.title.replace(/\.[^.]*$/, '')} ${entry.explanation.method} ${entry.explanation.target.name}`.replace(/[^\p{L}\p{N}]+/gu, '-');
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: `${name}.${kind}` });
  link.click();
  // The browser has begun to save by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    messages.say(text.copied);
  } catch {
    messages.say(text.notCopied(location.href));
  }
}

function showUndo() {
  const undo = element('undo');
  const { former } = session;
  undo.hidden = !former;
  undo.disabled = session.lookingAtNewPicture;
  if (former) undo.textContent = text.undo(former.source.title);
}

/** Before the element that has the focus goes away: the picture's title takes it, so that the keyboard is not lost. */
function keepFocus(leaving) {
  if (leaving.contains(document.activeElement)) element('picture-title').focus();
}

function showProgress(latest) {
  lastProgress = latest;
  const { state } = session;
  const busy = state.phase === 'loading' || state.job !== null;
  const { method, layer } = session.choice;
  const methodName = controls.methodName(method);
  progress.show({
    busy,
    progress: latest,
    text: activity({ state, progress: latest, layer, methodName, deviceAsked: device.asked }),
    cancellable: state.job !== null && state.job.kind !== 'device',
  });
  element('frame').setAttribute('aria-busy', String(busy));
}

/** Says aloud what has changed: not every step of the progress, only where it ends. */
function announce(page) {
  document.body.dataset.state = page;
  const shown = `${element('caption').textContent} ${element('note').textContent}`.trim();
  const sentence = { loading: text.loading, ready: text.ready, done: shown }[page] ?? '';
  if (element('status').textContent !== sentence) element('status').textContent = sentence;
}

for (const button of element('keep').querySelectorAll('[data-keep]')) button.addEventListener('click', act(() => keep(button.dataset.keep)));
element('copy-link').addEventListener('click', act(copyLink));
element('all-channels').addEventListener('click', act(() => session.showAllChannels()));
window.addEventListener('hashchange', act(() => session.follow(readSettings())));
element('undo').addEventListener('click', act(() => {
  keepFocus(element('undo'));
  session.undo();
}));
document.addEventListener('keydown', (event) => {
  const typing = event.target.matches?.('textarea, [contenteditable], select, input:not([type=range], [type=radio], [type=checkbox], [type=file])');
  if (event.key === 'Escape') {
    if (session.state.job) session.cancel();
    else messages.clear();
  } else if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && !typing) {
    event.preventDefault();
    messages.clear();
    session.undo();
  }
});

watchBadges();
watchIntake({
  onPick: pick,
  onProblem: act((sentence) => messages.say(sentence)),
  onNotice: (sentence) => messages.say(sentence),
});
// Whatever escapes the session's own handling is a fault of the page; the visitor is told, and the console keeps the trace.
window.addEventListener('error', (event) => messages.say(text.unexpected(event.message)));
window.addEventListener('unhandledrejection', (event) => messages.say(text.unexpected(String(event.reason?.message ?? event.reason))));

session.load();
gallery.load().then(show, report);
