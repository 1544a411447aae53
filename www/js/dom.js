// Short words for what every view does with the document.

export const element = (id) => document.getElementById(id);

/** A new element. @param {string} tag @param {object} properties */
export const made = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
