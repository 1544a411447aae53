// The formulas of the methods, and how they are drawn: MathML, which browsers lay out by themselves.

const MATHML = 'http://www.w3.org/1998/Math/MathML';

/**
 * A part of a formula: a name, number or sign; what a slider beside it sets; a MathML element with its parts; or parts in a row.
 * @typedef {string | { set: string } | [string, ...Part[]] | Part[]} Part
 */

const sub = (base, below) => ['msub', base, below];
const sup = (base, above) => ['msup', base, above];
const sum = (below, above) => (above ? ['munderover', '∑', below, above] : ['munder', '∑', below]);
const over = (top, bottom) => ['mfrac', top, bottom];
const set = (name) => ({ set: name });
const score = (...of) => [sub('f', 'c'), '(', ...of, ')'];
const gradient = (...of) => ['∇', ...score(...of)];
/** A picture of the background. */
const other = ['msubsup', 'x', 's', '′'];
const mean = [over('1', set('n')), sum(['s', '=', '1'], set('n'))];

/** A method's formula, line by line. @type {Record<string, Part[][]>} */
export const FORMULAS = {
  'expected-gradients': [
    ['φ', '=', ...mean, ...gradient(sub('z', 's')), '⊙', '(', 'x', '−', other, ')'],
    [sub('z', 's'), '=', sub('t', 's'), 'x', '+', '(', '1', '−', sub('t', 's'), ')', other, ',', sub('t', 's'), '∼', 'U', '(', '0', ',', '1', ')'],
  ],
  activations: [
    [['msubsup', 'A', ['k', 'i', 'j'], set('l')], '=', 'a', '(', sub('b', 'k'), '+', sum(['c', ',', 'u', ',', 'v']),
      sub('w', ['k', 'c', 'u', 'v']), ['msubsup', 'A', ['c', ',', 'i', '+', 'u', ',', 'j', '+', 'v'], [set('l'), '−', '1']], ')'],
  ],
  occlusion: [
    [sub('S', 'p'), '=', over('1', ['|', '{', 'R', '∋', 'p', '}', '|']), sum(['R', '∋', 'p']), '(', ...score('x'), '−', ...score(sub('x', ['R', '←', set('b')])), ')'],
    ['|', 'R', '|', '=', set('w'), '×', set('w')],
  ],
  'grad-cam': [
    [sub('L', 'c'), '=', 'ReLU', '(', sum('k'), ['msubsup', 'α', 'k', 'c'], sup('A', 'k'), ')'],
    [['msubsup', 'α', 'k', 'c'], '=', over('1', 'Z'), sum(['i', ',', 'j']), over(['∂', sub('f', 'c')], ['∂', ['msubsup', 'A', ['i', 'j'], 'k']])],
  ],
  'smooth-grad': [
    [sub('M', 'c'), '=', ...mean, ...gradient('x', '+', sub('ε', 's')), ',', sub('ε', 's'), '∼', 'N', '(', '0', ',', sup(set('σ'), '2'), ')'],
  ],
};

/** A line of a formula, ready for the page. @param {Part[]} line */
export function drawn(line) {
  const math = built(['math', ...line]);
  math.setAttribute('display', 'block');
  // Formulas run from left to right in any language.
  math.setAttribute('dir', 'ltr');
  return math;
}

function built(part) {
  if (typeof part === 'string') return element(kindOf(part), part);
  if (!Array.isArray(part)) {
    const symbol = element('mi', part.set);
    symbol.classList.add('set');
    return symbol;
  }
  const [first, ...rest] = part;
  return /^m(sub|sup|frac|under|ath)/.test(first) ? element(first, ...rest.map(built)) : element('mrow', ...part.map(built));
}

function kindOf(text) {
  if (/^\d/.test(text)) return 'mn';
  return /^[\p{L}]/u.test(text) && !['∑', '∇', '∂'].includes(text) ? 'mi' : 'mo';
}

function element(name, ...children) {
  const made = document.createElementNS(MATHML, name);
  made.append(...children);
  return made;
}
