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
import { Settings } from './settings.js';
import { Viewer } from './viewer.js';
import { activity, caption, effort, measures, text } from './words.js';

const element = (id) => document.getElementById(id);

const messages = new Messages();
const viewer = new Viewer();
const session = new Session({ createNegah, onChange: show, onProgress: showProgress, onError: report });
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
  onSideBySide: (split) => viewer.setSideBySide(split),
});
const settings = new Settings({
  onChange: act((parameters) => session.explain({ parameters })),
  onReset: act(() => session.resetParameters()),
});

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
  controls.show({ choice: session.choice, colormap: session.colormap });
  settings.show(session.method(session.choice.method), session.choice.parameters);
  device.show({
    device: state.device, failed: phase === 'fatal', locked: !negah || phase === 'loading', switching: job?.kind === 'device',
  });
  models.show({ ...state, models: negah?.models() ?? [], locked: phase !== 'ready' });
  showWords(current, state.failure);
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
  const explanation = partial ?? current?.explanation;
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
