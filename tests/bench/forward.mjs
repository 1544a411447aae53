// How long one pass through the network takes, which the API does not tell by itself.

/**
 * Median times in milliseconds on a page with the API: `pass`, of one forward pass, and `around`, of what a request costs besides.
 * @param {import('playwright-core').Page} page
 * @param {{ rounds: number, side?: number }} what the side of the network's input, in pixels: at most 300
 */
export function timeForward(page, { rounds, side = 224 }) {
  return page.evaluate(async ([rounds, side]) => {
    const { negah, sample } = globalThis;
    const { picture } = await negah.predict(await sample('chelsea.png'));
    // A picture that needs next to no decoding and no resizing: what is left is the forward pass.
    const bitmap = bmp(picture, side);
    const time = async (blob) => {
      const times = [];
      for (let round = 0; round < rounds; round += 1) times.push((await negah.predict(blob())).elapsed);
      return times.sort((a, b) => a - b)[rounds >> 1];
    };
    const known = new Blob([bitmap]);
    await negah.predict(known);
    const around = await time(() => known);
    return { around, pass: (await time(() => new Blob([bitmap]))) - around };

    /** The top left square of a picture as an uncompressed bitmap. */
    function bmp({ rgba, width }, side) {
      const row = Math.ceil((3 * side) / 4) * 4;
      const bytes = new Uint8Array(54 + side * row);
      const view = new DataView(bytes.buffer);
      bytes.set([0x42, 0x4d]);
      for (const [at, value] of [[2, bytes.length], [10, 54], [14, 40], [18, side], [22, side], [34, side * row]]) view.setUint32(at, value, true);
      view.setUint16(26, 1, true);
      view.setUint16(28, 24, true);
      for (let y = 0; y < side; y += 1) {
        for (let x = 0; x < side; x += 1) {
          const from = 4 * (y * width + x);
          bytes.set([rgba[from + 2], rgba[from + 1], rgba[from]], 54 + (side - 1 - y) * row + 3 * x);
        }
      }
      return bytes;
    }
  }, [rounds, side]);
}
