// The formulas of the methods, and how they are drawn: MathML, which browsers lay out by themselves.

const MATHML = 'http://www.w3.org/1998/Math/MathML';

/**
 * A method's formula, line by line. Blanks part what stands in a row; `_` begins what stands below, and `^` what stands above, sign by sign;
 * `/` makes a fraction, in whose halves `~` stands for blanks.
 * @type {Record<string, string[]>}
 */
export const FORMULAS = {
  'expected-gradients': ['φ = 1/n ∑_s=1^n ∇ f_c ( z_s ) ⊙ ( x − x_s^′ )', 'z_s = t_s x + ( 1 − t_s ) x_s^′', 't_s ∼ U ( 0 , 1 )'],
  activations: ['A_kij^l = a ( b_k + ∑_c,u,v w_kcuv A_c,i+u,j+v^l−1 )'],
  occlusion: ['S_p = 1/|{R∋p}| ∑_R∋p ( f_c ( x ) − f_c ( x_R←b ) )', '|R| = w × w'],
  'grad-cam': ['L_c = ReLU ( ∑_k α_k^c A^k )', 'α_k^c = 1/Z ∑_i,j ∂~f_c/∂~A_ij^k'],
  'smooth-grad': ['M_c = 1/n ∑_s=1^n ∇ f_c ( x + ε_s )', 'ε_s ∼ N ( 0 , σ^2 )'],
};

/** A line of a formula, ready for the page. @param {string} line @param {string[]} dials the symbols that can be set */
export function drawn(line, dials) {
  const element = (name, ...children) => {
    const made = document.createElementNS(MATHML, name);
    made.append(...children);
    return made;
  };
  const sign = (text) => {
    const made = element(/^\d/.test(text) ? 'mn' : /^\p{L}/u.test(text) ? 'mi' : 'mo', text);
    if (dials.includes(text)) made.classList.add('set');
    return made;
  };
  const row = (parts) => element('mrow', ...parts);
  const part = (text) => {
    const halves = text.split('/');
    if (halves.length > 1) return element('mfrac', ...halves.map((half) => row(half.split('~').map(part))));
    const [, base, ...scripts] = /^([^_^]+)(?:_([^^]+))?(?:\^(.+))?$/.exec(text);
    const around = scripts.map((script) => script && row([...script].map(sign)));
    const whole = /^\p{L}+$/u.test(base) ? sign(base) : row([...base].map(sign));
    const [below, above] = base === '∑' ? ['under', 'over'] : ['sub', 'sup'];
    const name = [around[0] && below, around[1] && above].filter(Boolean).join('');
    return name ? element(`m${name}`, whole, ...around.filter(Boolean)) : whole;
  };
  // Brackets are as high as what is between them, not as all that stands in the line.
  const open = [[]];
  for (const text of line.split(' ')) {
    if (text === '(') open.push([]);
    open.at(-1).push(part(text));
    if (text === ')') open.at(-2).push(row(open.pop()));
  }
  const math = element('math', ...open[0]);
  math.setAttribute('display', 'block');
  // Formulas run from left to right in any language.
  math.setAttribute('dir', 'ltr');
  return math;
}
