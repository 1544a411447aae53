// What the network saw of a picture with a map over it, small: a place of the board, or one of two maps that are compared.

import { made } from './dom.js';
import { isFaint, paint, visible } from './pictures.js';

/** The longer side of the picture under a map, in pixels. */
const SIDE = 480;

/** The part of each picture that the network saw, drawn once. @type {WeakMap<object, HTMLCanvasElement>} */
const cropped = new WeakMap();

export class Plate {
  element = made('div', { className: 'tile' });
  overlay = made('canvas', { className: 'map' });
  #photo = made('canvas', { className: 'photo' });
  #shown = {};

  constructor() {
    for (const canvas of [this.#photo, this.overlay]) canvas.role = 'presentation';
    this.element.append(this.#photo, this.overlay);
  }

  /**
   * @param {{ prediction: import('./negah.js').Prediction | null, explanation: import('./negah.js').Explanation | null,
   *           coloured: import('./negah.js').Coloured | null, colormap?: { alpha: number[] }, look: import('./controls.js').Look }} what
   *   `coloured` is the map as it is drawn; without a prediction there is nothing to see
   */
  show({ prediction, explanation, coloured, colormap, look }) {
    const map = explanation?.note ? null : coloured;
    const grid = Boolean(map) && explanation.shows === 'channels';
    this.#photo.hidden = !prediction || grid;
    this.overlay.hidden = !map;
    const { crop } = prediction ?? {};
    const [width, height] = grid ? [map.width, map.height] : [crop?.width ?? 1, crop?.height ?? 1];
    this.element.style.setProperty('--ratio', width / height);
    this.element.classList.toggle('channels', grid);
    this.element.classList.toggle('faint', Boolean(map) && !grid && isFaint(colormap));
    const { picture } = this.#shown;
    if (prediction && prediction.picture !== picture) copy(cropOf(prediction), this.#photo);
    const { share, threshold } = look;
    const same = this.#shown.map === map && this.#shown.share === share && this.#shown.threshold === threshold;
    if (map && !same) paint(this.overlay, visible({ ...explanation, picture: map }, { share, threshold }));
    this.overlay.style.opacity = grid ? 1 : look.opacities[explanation?.shows ?? 'heat'];
    this.overlay.style.mixBlendMode = grid ? 'normal' : look.blend;
    this.#shown = { picture: prediction?.picture ?? picture, map, share, threshold };
  }
}

function cropOf({ picture, crop }) {
  if (!cropped.has(picture)) {
    const scale = Math.min(1, SIDE / Math.max(crop.width, crop.height));
    const canvas = made('canvas', { width: Math.round(crop.width * scale), height: Math.round(crop.height * scale) });
    const whole = paint(made('canvas'), picture);
    canvas.getContext('2d').drawImage(whole, crop.x, crop.y, crop.width, crop.height, 0, 0, canvas.width, canvas.height);
    cropped.set(picture, canvas);
  }
  return cropped.get(picture);
}

function copy(from, to) {
  Object.assign(to, { width: from.width, height: from.height });
  to.getContext('2d').drawImage(from, 0, 0);
}
