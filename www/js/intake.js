// The visitor's own pictures: chosen, dropped anywhere on the page, or pasted. Whatever comes as a file is handed on as it is
// (telling pictures from other files is the decoder's work); what is no file is answered here.

import { element } from './dom.js';
import { t } from './locale.js';

/**
 * @param {{ onPick: (source: import('./session.js').Source) => void, onProblem: (say: () => string) => void,
 *           onNotice: (say: () => string) => void }} handlers `onNotice` is called after `onPick`
 */
export function watchIntake({ onPick, onProblem, onNotice }) {
  const pick = (files, title) => {
    const [file] = files;
    onPick(sourceOf(file, title));
    if (files.length > 1) onNotice(() => t('intake.several', { count: files.length, name: file.name }));
  };

  const input = element('file');
  input.addEventListener('change', () => {
    const files = [...input.files];
    input.value = ''; // so that choosing the same file again is a change, too
    if (files.length > 0) pick(files);
  });

  watchDrops({ pick, onProblem });

  document.addEventListener('paste', (event) => {
    const files = [...event.clipboardData.files];
    if (files.length > 0) pick(files, () => t('intake.pasted'));
    // Text that is pasted into a field is meant for the field.
    else if (!event.target.matches?.('input[type=text]')) {
      const any = event.clipboardData.types.length > 0;
      onProblem(() => (any ? t('intake.pasted-text') : t('intake.pasted-nothing')));
    }
  });
}

function watchDrops({ pick, onProblem }) {
  const veil = element('drop-veil');
  const isFile = (event) => event.dataTransfer.types.includes('Files');

  // Text is let in as well: refusing it here would refuse it without a word, and a dropped link would leave the page.
  window.addEventListener('dragover', (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    veil.hidden = !isFile(event);
  });
  window.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) veil.hidden = true;
  });
  window.addEventListener('drop', (event) => {
    event.preventDefault();
    veil.hidden = true;
    const { files, items, types } = event.dataTransfer;
    const entry = items[0]?.webkitGetAsEntry?.();
    if (entry?.isDirectory) onProblem(() => t('intake.dropped-folder', { name: entry.name }));
    else if (files.length > 0) pick([...files]);
    else {
      const link = types.includes('text/uri-list');
      onProblem(() => (link ? t('intake.dropped-link') : t('intake.dropped-text')));
    }
  });
}

function sourceOf(file, title = () => file.name) {
  return {
    own: true,
    open: async () => file,
    get title() {
      return title();
    },
    get credit() {
      return t('intake.own');
    },
  };
}
