// Arrays as NumPy writes them, in parts that follow each other in a file.

/**
 * @param {string} kind the type of its values, as NumPy spells it
 * @param {number[]} shape
 * @param {ArrayBufferView} values
 * @returns {Uint8Array[]}
 */
export function array(kind, shape, values) {
  const dictionary = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  // The values begin at a multiple of 64, after ten bytes and a line.
  const header = dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11) + '\n';
  const start = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return [start, new TextEncoder().encode(header), new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];
}

/**
 * A list of texts: NumPy gives each four bytes a character, and as many characters as the longest has.
 * @param {string[]} texts
 * @returns {Uint8Array[]}
 */
export function strings(texts) {
  const each = texts.map((text) => Uint32Array.from(text, (character) => character.codePointAt(0)));
  const longest = Math.max(1, ...each.map(({ length }) => length));
  const characters = new Uint32Array(texts.length * longest);
  each.forEach((text, index) => characters.set(text, index * longest));
  return array(`<U${longest}`, [texts.length], characters);
}
