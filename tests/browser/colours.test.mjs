// The colour maps that are used unless somebody chooses others can be read without full colour vision.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, openApi } from './harness.mjs';

/** Linear red, green and blue as somebody sees them who lacks a kind of cone: Viénot, Brettel and Mollon, 1999. */
const DEFICIENCIES = {
  protanopia: [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
  deuteranopia: [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
};

const linear = (level) => (level <= 10.31475 ? level / 3294.6 : ((level / 255 + 0.055) / 1.055) ** 2.4);

/** CIELAB of linear sRGB, under D65. */
function lab(rgb) {
  const weigh = (row) => row.reduce((sum, weight, at) => sum + weight * rgb[at], 0);
  const [x, y, z] = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]].map(weigh);
  const f = (t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);
  return [116 * f(y) - 16, 500 * (f(x / 0.9505) - f(y)), 200 * (f(y) - f(z / 1.089))];
}

const distance = (one, other) => Math.hypot(...one.map((value, at) => value - other[at]));

test('heat maps become lighter all the way, and for and against stay apart, whatever cones an eye has', async () => {
  const browser = await launch();
  const { page } = await openApi(browser, { load: false });
  const maps = await page.evaluate(() => globalThis.negah.colormaps().map(({ id, stops, alpha }) => ({ id, stops: [...stops], alpha: [...alpha] })));
  await browser.close();
  const seen = (id, matrix) => {
    const { stops, alpha } = maps.find((map) => map.id === id);
    return alpha.map((opacity, at) => {
      // What is transparent lies on white.
      const rgb = stops.slice(3 * at, 3 * at + 3).map((level) => linear(255 - (opacity / 255) * (255 - level)));
      return lab(matrix ? matrix.map((row) => Math.max(0, row.reduce((sum, weight, channel) => sum + weight * rgb[channel], 0))) : rgb);
    });
  };
  for (const [name, matrix] of [['all cones', null], ...Object.entries(DEFICIENCIES)]) {
    const heat = seen('viridis', matrix).map(([lightness]) => lightness);
    for (let at = 8; at < 256; at += 8) assert.ok(heat[at] > heat[at - 8], `${name}: viridis at ${at}`);
    assert.ok(heat[255] - heat[0] > 60, `${name}: from ${heat[0]} to ${heat[255]}`);
    const signed = seen('red-transparent-blue', matrix);
    // A difference of 10 is plain to see side by side; these have to be told apart across a picture.
    for (const from of [0, 32, 64]) assert.ok(distance(signed[from], signed[255 - from]) > 20, `${name}: ${from} of 255: ${distance(signed[from], signed[255 - from])}`);
  }
});
