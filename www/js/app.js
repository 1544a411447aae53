// The page: builds the views, starts the session, and shows its state whenever it changes.

import { Negah } from './negah.js';
import { AxesView } from './axes-view.js';
import { watchBadges } from './badges.js';
import { BoardView } from './board-view.js';
import { CameraView } from './camera-view.js';
import { ClassesView } from './classes.js';
import { Controls } from './controls.js';
import { element, made } from './dom.js';
import { DeviceView } from './device.js';
import { Enlarged } from './enlarged.js';
import { Gallery } from './gallery.js';
import { watchIntake } from './intake.js';
import { begin, LanguageView, loadLanguages } from './language.js';
import { LearnView } from './learn.js';
import { LANGUAGES, locale, t } from './locale.js';
import { lookedAt } from './looked.js';
import { Messages } from './messages.js';
import { ModelsView } from './models.js';
import { nameOfClass } from './names.js';
import { ProgressView } from './progress.js';
import { save } from './save.js';
import { Session } from './session.js';
import { numberRows } from './numbers.js';
import { OfflineView } from './offline.js';
import { readSettings, takeStep, writeSettings } from './permalink.js';
import { Readout } from './readout.js';
import { Settings } from './settings.js';
import { SummaryView } from './summary.js';
import { Viewer } from './viewer.js';
import { activity, caption, effort, failureOf, measures, sentencesOf, titleOf } from './words.js';

await begin();

/** What a link asks for that the views have not taken over yet. */
let linked = readSettings();
/** The timer of what is to be written into the address. */
let writing = 0;

const messages = new Messages();
const viewer = new Viewer();
const gallery = new Gallery({ onPick: (source) => pick(source) });
/** The samples are known, whether or not there are any. */
const listed = gallery.load().then((sources) => session.board.offer(sources), report);
// Once the page is ready it fetches nothing more.
const rest = Promise.allSettled([loadLanguages(), listed.then(() => gallery.prefetch())]);
const session = new Session({ createNegah, onChange: show, onProgress: showProgress, onError: report, settings: linked, rest });
const act = (action) => (...values) => {
  messages.clear();
  return action(...values);
};
const pick = act((source, target) => session.pick(source, target));
const classes = new ClassesView({ onChoose: act((index) => session.explain({ target: index })) });
const device = new DeviceView({ onChoose: act((requested) => session.setDevice(requested)) });
const models = new ModelsView({
  onChoose: act((id) => session.chooseModel(id)),
  onBring: act((file) => session.bringModel(file)),
  onForget: act((id) => session.networks.forget(id)),
  onFraming: act((framing) => session.setFraming(framing)),
});
const progress = new ProgressView({ onCancel: () => session.cancel(), onLeave: keepFocus });
const board = new BoardView({ onOpen: act((at) => enlarged.open(session.board, { at, colormaps: session.negah.colormaps(), look: controls.look })) });
const enlarged = new Enlarged({ onSingle: act((cell, channel) => {
  // The board goes away, and with it the place that had the focus.
  element('picture-title').focus();
  return session.open(cell, channel);
}) });
const axes = new AxesView({
  onPreset: act((preset) => session.present(preset)),
  onKind: act((side, kind) => arrange((board) => board.setKind(side, kind))),
  onValues: act((side, values) => arrange((board) => board.set(side, { ...board.axes[side], values }))),
  onScale: act((scale) => session.board.setScale(scale).catch(report)),
  onProblem: act((say) => messages.say(say)),
});
const learn = new LearnView({ session, onLink: act(copyLink), settings: linked });
new LanguageView({
  onSpeak: () => {
    messages.draw();
    session.translate();
  },
  onMissing: (chosen) => messages.say(() => t('intake.words-missing', { language: LANGUAGES[chosen].name })),
});
const summary = new SummaryView();
const offline = new OfflineView();
const controls = new Controls({
  onLayer: act((name) => session.explain({ layer: name })),
  onMethod: act((id) => session.explain({ method: id })),
  onColormap: act((id) => session.setColormap(id)),
  onLook: (look) => {
    viewer.setLook(look);
    board.setLook(look);
    // A slider gives many values a second, and browsers count what is written into the address.
    clearTimeout(writing);
    writing = setTimeout(() => session.state.phase === 'ready' && remember(), 250);
  },
});
const settings = new Settings({
  onChange: act(({ score, ...parameters }) => session.explain({ score, parameters })),
  onReset: act(() => session.resetParameters()),
});

const camera = new CameraView({ session, pick, look: () => controls.look });
const readout = new Readout({ onPick: act((channel) => session.shown.showChannel(channel)) });

let lastProgress = null;
let filled = { negah: null, model: null, locale: null };

async function createNegah(onProgress) {
  // A link may name samples.
  await listed;
  const asked = new URLSearchParams(location.search).get('device');
  return Negah.create({
    device: ['gpu', 'cpu'].includes(asked) ? asked : 'auto',
    locale,
    onProgress,
    onNotice: (notice) => {
      messages.say(() => locale.sentence(notice));
      session.refreshDevice();
    },
  });
}

/** Lays the board out anew; what it has no room for is said, and the menus show again what there is. */
function arrange(change) {
  try {
    return session.arrange(change);
  } catch (error) {
    axes.forget();
    show();
    return report(error);
  }
}

function report(error) {
  const { failure } = session.state;
  const retry = failure && failure.code !== 'no-webassembly' ? { label: () => t('intake.try-again'), run: () => session.start() } : null;
  messages.say(failureOf(error), retry);
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
  if (phase === 'ready' && linked) {
    controls.adopt(linked);
    linked = null;
  }
  gallery.mark((job?.source ?? current?.source)?.sample);
  gallery.disable(phase === 'fatal');
  element('file').disabled = phase === 'fatal';
  viewer.show(current, negah?.colormaps() ?? []);
  classes.show(current?.prediction.classes ?? null, session.target);
  const onBoard = state.view === 'board' ? session.board : null;
  controls.show({ choice: session.choice, colormap: session.colormap, channel: Boolean(current?.channel), board: onBoard });
  element('classes').closest('fieldset').disabled = Boolean(onBoard?.goes('class'));
  const { method, score, parameters } = session.choice;
  settings.show(session.choices.about(method), { score, ...parameters });
  device.show({
    device: state.device, failed: phase === 'fatal', locked: !negah || phase === 'loading', switching: job?.kind === 'device',
  });
  const { kept = [], keeping = null } = session.networks ?? {};
  models.show({ models: negah?.models() ?? [], model: state.model, kept, keeping, framing: session.choices.framing, locked: phase !== 'ready', has: (id) => session.networks.has(id) });
  const shown = current?.partial ?? current?.channel ?? current?.explanation ?? null;
  const [, height, width] = state.model?.input ?? [];
  readout.show(shown, [width, height]);
  showNumbers(current?.partial ? null : shown, current?.channel);
  showWords(current, state.failure);
  showView(state);
  learn.show(state);
  if (phase === 'ready') remember();
  offline.show({ ready: phase === 'ready', working: job !== null, own: Boolean(current && !current.source.sample) });
  showUndo();
  camera.show();
  enlarged.show(session.lookingAtNewPicture);
  showProgress(lastProgress);
  announce(pageState(state));
}

/** The address holds all settings. */
function remember() {
  writeSettings({ ...session.settings, ...controls.settings, ...learn.settings });
}

/** One map, or the board. */
function showView(state) {
  const { view, phase, model, summary: lines, current, job } = state;
  const onBoard = view === 'board';
  for (const button of document.querySelectorAll('[data-view]')) {
    button.disabled = phase !== 'ready';
    button.ariaPressed = String(button.dataset.view === view);
  }
  element('single').hidden = onBoard;
  element('board').hidden = !onBoard;
  const { cells, shows } = session.board;
  const here = element(onBoard ? 'board-status' : 'frame');
  if (element('progress').parentElement !== here) here.append(element('progress'));
  if (!onBoard || phase !== 'ready') return;
  axes.show(session.board);
  const sizes = Object.fromEntries(session.negah.models().map(({ id, input: [, height, width] }) => [id, [width, height]]));
  board.show(session.board, { colormaps: session.negah.colormaps(), sizes, sentences: boardWords().sentences });
  summary.show({ shown: shows === 'summary', model, summary: lines, classes: current?.prediction.classes ?? [] });
  const unfinished = session.board.stale || cells.some((cell) => cell.state === 'stopped' || cell.state === 'failed');
  element('go-on').hidden = Boolean(job) || shows !== 'maps' || !unfinished;
  element('axes').hidden = shows !== 'maps';
  document.querySelector('[data-testid="preset-summary"]').ariaPressed = String(shows === 'summary');
  element('all-channels').hidden = true;
  element('keep').hidden = shows !== 'maps' || !cells.some((cell) => cell.state === 'done');
}

/** What the board is called, and what it says of itself. */
function boardWords() {
  const { board, board: { placed }, choices, negah } = session;
  if (!placed) return { title: '', sentences: [] };
  const nameOf = (model) => negah.models().find(({ id }) => id === model)?.name;
  const names = { model: nameOf(placed.base.model), method: choices.about(placed.base.method), reference: nameOf(placed.mapping?.reference) };
  return { title: titleOf(board, names), sentences: sentencesOf(board, names) };
}

function fillMenus(negah, { phase, model }) {
  if (negah && (filled.negah !== negah || filled.locale !== locale)) {
    filled = { negah, model: null, locale };
    controls.fill({ methods: session.choices.methods, colormaps: negah.colormaps() });
  }
  if (phase === 'ready' && filled.model !== model) {
    filled.model = model;
    controls.fillLayers(negah.layers());
  }
}

function showWords(current, failure) {
  element('invitation').hidden = Boolean(current);
  const [title, words] = failure ? (failure.code === 'no-webassembly' ? ['intake.no-webassembly', 'intake.no-webassembly-text'] : ['intake.fatal', 'intake.fatal-text']) : ['intake.invitation', 'intake.invitation-text'];
  element('invitation-title').textContent = t(title);
  element('invitation-text').textContent = t(words);
  if (current) element('picture-title').textContent = current.source.title;
  const partial = current?.partial;
  const explanation = partial ?? current?.channel ?? current?.explanation;
  element('credit').textContent = [explanation && !partial && effort(explanation), explanation && measures(explanation), current?.source.credit].filter(Boolean).join(' ');
  if (!explanation) {
    const missing = current?.prediction.classes.length === 0 ? t('map.not-looked') : t('map.none');
    element('caption').textContent = current && !session.state.job ? missing : '';
    return;
  }
  const name = made('strong', { textContent: nameOfClass(explanation.target) });
  const { before, after } = caption({ explanation, partial: Boolean(partial), methodName: controls.methodName(explanation.method) });
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
  element('numbers-rows').replaceChildren(...numberRows(explanation));
}

async function copyLink(link) {
  try {
    await navigator.clipboard.writeText(link);
    messages.say(() => t('keep.copied'));
  } catch {
    messages.say(() => t('keep.not-copied', { link }));
  }
}

function showUndo() {
  const undo = element('undo');
  const { former } = session.shown;
  undo.hidden = !former;
  undo.disabled = session.lookingAtNewPicture;
  if (former) undo.textContent = t('intake.undo', { title: former.source.title });
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
    text: activity({ state, progress: latest, layer, methodName, deviceAsked: device.asked, board: session.board }),
    cancellable: state.job !== null && state.job.kind !== 'device',
  });
  element('frame').ariaBusy = String(busy);
}

/** Says aloud what has changed: not every step of the progress, only where it ends. */
function announce(page) {
  document.body.dataset.state = page;
  const boards = session.board.shows === 'summary' ? ['summary-title'] : ['board-state', 'board-words'];
  const { current, view } = session.state;
  // The tour tells of its own figures.
  const said = { single: ['caption', 'note'], board: boards, learn: [] }[view];
  const map = current?.channel ?? current?.explanation;
  const where = map && view === 'single' ? lookedAt(map) : '';
  const shown = [...said.map((id) => element(id).textContent), where].join(' ').trim();
  const sentence = { loading: t('activity.loading-network'), ready: t('activity.ready'), done: shown }[page] ?? '';
  if (element('status').textContent !== sentence) element('status').textContent = sentence;
}

for (const button of element('keep').querySelectorAll('[data-keep]')) {
  button.addEventListener('click', act(async () => {
    // One that is disabled would lose the focus.
    if (button.ariaDisabled) return;
    button.ariaDisabled = 'true';
    await save(session, button.dataset.keep, { look: controls.look, ...boardWords() }).catch(report);
    button.ariaDisabled = null;
  }));
}
for (const button of document.querySelectorAll('[data-view]')) {
  button.addEventListener('click', act(() => {
    if (button.dataset.view !== session.state.view) takeStep();
    return session.setView(button.dataset.view);
  }));
}
element('go-on').addEventListener('click', act(() => {
  keepFocus(element('go-on'));
  return session.explain({ target: session.state.current.asked });
}));
element('camera-open').addEventListener('click', () => messages.clear());
element('copy-link').addEventListener('click', act(() => copyLink(location.href)));
element('all-channels').addEventListener('click', act(() => {
  keepFocus(element('all-channels'));
  session.shown.showAllChannels();
}));
window.addEventListener('hashchange', act(() => {
  linked = readSettings();
  learn.adopt(linked);
  session.follow(linked);
}));
element('undo').addEventListener('click', act(() => {
  keepFocus(element('undo'));
  session.undo();
}));
document.addEventListener('keydown', (event) => {
  // A dialog has keys of its own.
  if (document.querySelector('dialog[open]')) return;
  const typing = event.target.matches?.('textarea, [contenteditable], select, input:not([type=range], [type=radio], [type=checkbox], [type=file])');
  if (event.key === 'Escape') {
    if (session.state.job) session.cancel();
    else messages.clear();
  } else if (event.code === 'KeyZ' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && !typing) {
    event.preventDefault();
    messages.clear();
    session.undo();
  }
});

watchBadges();
watchIntake({
  onPick: pick,
  onProblem: act((say) => messages.say(say)),
  onNotice: (say) => messages.say(say),
});
// Whatever escapes the session's own handling is a fault of the page; the visitor is told, and the console keeps the trace.
function unexpected(message) {
  return () => t('intake.unexpected', { message });
}

window.addEventListener('error', (event) => messages.say(unexpected(event.message)));
window.addEventListener('unhandledrejection', (event) => messages.say(unexpected(String(event.reason?.message ?? event.reason))));

session.start();
