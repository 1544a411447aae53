// The picture as the network got it, the map over it, and the colour bar. The map's canvas lies in a box that is placed over the
// crop by percentages, so the browser scales both together; opacity and side by side are styles and compute nothing.

import { colourBar, paint, visible } from './pictures.js';
import { value } from './words.js';

export class Viewer {
  #plates = document.getElementById('plates');
  #picture = document.getElementById('picture');
  #window = document.getElementById('window');
  #overlay = document.getElementById('overlay');
  #mapPlate = document.getElementById('map-plate');
  #note = document.getElementById('note');
  #scale = document.getElementById('scale');
  #bar = document.getElementById('colorbar');
  #shownPicture = null;
  #shownMap = undefined;
  #shownStops = null;
  #split = false;
  #grid = false;
  #share = 1;
  #redraw = () => {};

  /**
   * @param {import('./session.js').Entry | null} entry
   * @param {Array<{ id: string, stops: Uint8Array }>} colormaps
   */
  show(entry, colormaps) {
    this.#plates.hidden = !entry;
    if (!entry) return;
    this.#showPicture(entry);
    this.#showMap(entry.partial ?? entry.channel ?? entry.explanation, colormaps);
  }

  /** How opaque the map is laid over the picture. */
  get opacity() {
    return Number(this.#plates.style.getPropertyValue('--opacity'));
  }

  setOpacity(opacity) {
    this.#plates.style.setProperty('--opacity', opacity);
  }

  /** How much of the map is shown, 0..1: its strongest places. */
  get share() {
    return this.#share;
  }

  setShare(share) {
    this.#share = share;
    this.#redraw();
  }

  setSideBySide(split) {
    this.#split = split;
    this.#arrange();
  }

  /** A map lies over the picture or beside it; a grid of channels stands alone. */
  #arrange() {
    (this.#split || this.#grid ? this.#mapPlate : this.#window).append(this.#overlay);
    this.#plates.classList.toggle('split', this.#split && !this.#grid);
    this.#plates.classList.toggle('grid', this.#grid);
    this.#mapPlate.hidden = !this.#split && !this.#grid;
  }

  #showPicture({ prediction: { picture, crop }, source }) {
    if (picture === this.#shownPicture) return;
    this.#shownPicture = picture;
    paint(this.#picture, picture);
    this.#picture.setAttribute('aria-label', source.alt ?? source.title);
    const { style } = this.#plates;
    style.setProperty('--width', picture.width);
    style.setProperty('--height', picture.height);
    style.setProperty('--crop-x', crop.x / picture.width);
    style.setProperty('--crop-y', crop.y / picture.height);
    style.setProperty('--crop-width', crop.width / picture.width);
    style.setProperty('--crop-height', crop.height / picture.height);
  }

  #showMap(explanation, colormaps) {
    const note = explanation?.note ?? '';
    const map = note ? null : (explanation ?? null);
    this.#note.textContent = note;
    this.#note.hidden = !note;
    this.#overlay.hidden = !map;
    this.#scale.classList.toggle('empty', !map);
    if (map?.picture === this.#shownMap) return;
    this.#shownMap = map?.picture;
    if (!map) {
      this.#redraw = () => {};
      this.#grid = false;
      this.#plates.classList.remove('faint');
      this.#arrange();
      return;
    }
    const colormap = colormaps.find(({ id }) => id === map.colormap);
    this.#grid = map.shows === 'channels';
    // Where a colour map is transparent, the picture below is grey and faint, so that its colours are not taken for the map's.
    this.#plates.classList.toggle('faint', colormap.alpha.some((alpha) => alpha < 255) && !this.#grid);
    this.#plates.style.setProperty('--map-width', map.picture.width);
    this.#plates.style.setProperty('--map-height', map.picture.height);
    this.#arrange();
    this.#redraw = () => paint(this.#overlay, visible(map, { share: this.#share, threshold: 0 }));
    this.#redraw();
    this.#overlay.dataset.width = map.width;
    this.#overlay.dataset.height = map.height;
    this.#scale.classList.toggle('empty', !map.picture.range);
    if (map.picture.range) this.#showScale(map.picture.range, colormap);
  }

  #showScale([min, max], colormap) {
    const { id, name } = colormap;
    if (id !== this.#shownStops) {
      this.#shownStops = id;
      paint(this.#bar, colourBar(colormap));
    }
    document.getElementById('scale-min').textContent = value(min);
    document.getElementById('scale-max').textContent = value(max);
    this.#bar.setAttribute('aria-label', `Colour scale, ${name}: from ${value(min)} (less) to ${value(max)} (more)`);
  }
}
