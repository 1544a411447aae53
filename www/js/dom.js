// Short words for what every view does with the document.

export const element = (id) => document.getElementById(id);

/** Shows how far something is; without a progress, that nobody knows. @param {HTMLProgressElement} bar @param {{ done: number, total: number } | null} progress */
export function fillBar(bar, progress) {
  if (progress?.total > 0) Object.assign(bar, { max: progress.total, value: progress.done });
  else bar.removeAttribute('value');
}

/** A new element. @param {string} tag @param {object} properties */
export const made = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
