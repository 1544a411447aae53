// Several files in one, as a ZIP whose entries are stored as they are (PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16).

/** By the last byte: what eight shifts of the remainder come to. */
const STEPS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** The names are in UTF-8. */
const UTF8 = 1 << 11;
/** The first of January 1980: nothing is told of when, and the same entries give the same bytes. */
const DAY = 0x21;
const VERSION = 20;

/**
 * @param {Array<{ name: string, parts: Uint8Array[] }>} entries together less than 4 GiB, fewer than 65,535
 * @returns {Blob}
 */
export function zip(entries) {
  const files = [];
  const directory = [];
  let at = 0;
  for (const { name, parts } of entries) {
    const bytes = new TextEncoder().encode(name);
    const size = length(parts);
    const about = [VERSION, UTF8, 0, 0, DAY, [crc32(parts)], [size], [size], bytes.length, 0];
    const local = record(0x04034b50, about);
    directory.push(record(0x02014b50, [VERSION, ...about, 0, 0, 0, [0], [at]]), bytes);
    files.push(local, bytes, ...parts);
    at += local.length + bytes.length + size;
  }
  const end = record(0x06054b50, [0, 0, entries.length, entries.length, [length(directory)], [at], 0]);
  if (at + length(directory) >= 2 ** 32 || entries.length >= 2 ** 16 - 1) throw new RangeError(`A ZIP of ${entries.length} entries and ${at} bytes is more than this writer’s 65,534 entries and 4 GiB: keep fewer at once.`);
  return new Blob([...files, ...directory, end], { type: 'application/zip' });
}

/** A signature and fields in little endian: numbers in two bytes, those in brackets in four. */
function record(signature, fields) {
  const bytes = [[signature], ...fields].flatMap((field) => (Array.isArray(field) ? [field[0], field[0] >>> 8, field[0] >>> 16, field[0] >>> 24] : [field, field >>> 8]));
  return Uint8Array.from(bytes);
}

function length(parts) {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function crc32(parts) {
  let rest = 0xffffffff;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 1) rest = STEPS[(rest ^ part[at]) & 255] ^ (rest >>> 8);
  }
  return (rest ^ 0xffffffff) >>> 0;
}
