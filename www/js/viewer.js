// The picture as the network got it, the map over it, and the colour bar. The map's canvas lies in a box that is placed over the
// crop by percentages, so the browser scales both together; opacity and side by side are styles and compute nothing.

import { element } from './dom.js';
import { t } from './locale.js';
import { lookedAt } from './looked.js';
import { nameOfColormap, noteOf } from './names.js';
import { colourBar, isFaint, paint, placeCrop, visible } from './pictures.js';
import { value } from './words.js';

export class Viewer {
  #plates = element('plates');
  #picture = element('picture');
  #window = element('window');
  #overlay = element('overlay');
  #mapPlate = element('map-plate');
  #note = element('note');
  #scale = element('scale');
  #bar = element('colorbar');
  #shownPicture = null;
  #shownMap = undefined;
  #shownStops = null;
  #grid = false;
  /** @type {import('./controls.js').Look} */
  #look = { opacity: 1, blend: 'normal', share: 1, threshold: 0, split: false };
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

  /** @param {import('./controls.js').Look} look */
  setLook(look) {
    const { share, threshold, split } = this.#look;
    this.#look = look;
    this.#plates.style.setProperty('--opacity', look.opacity);
    this.#overlay.style.mixBlendMode = look.blend;
    if (look.share !== share || look.threshold !== threshold) this.#redraw();
    if (look.split !== split) this.#arrange();
  }

  /** A map lies over the picture or beside it; a grid of channels stands alone. */
  #arrange() {
    (this.#look.split || this.#grid ? this.#mapPlate : this.#window).append(this.#overlay);
    this.#plates.classList.toggle('split', this.#look.split && !this.#grid);
    this.#plates.classList.toggle('grid', this.#grid);
    this.#mapPlate.hidden = !this.#look.split && !this.#grid;
  }

  #showPicture({ prediction, source }) {
    const { picture } = prediction;
    this.#picture.ariaLabel = source.alt ?? source.title;
    if (picture === this.#shownPicture) return;
    this.#shownPicture = picture;
    paint(this.#picture, picture);
    const { style } = this.#plates;
    style.setProperty('--width', picture.width);
    style.setProperty('--height', picture.height);
    placeCrop(this.#plates, prediction);
  }

  #showMap(explanation, colormaps) {
    const note = explanation ? noteOf(explanation) ?? '' : '';
    const map = note ? null : (explanation ?? null);
    this.#note.textContent = note;
    this.#note.hidden = !note;
    this.#overlay.hidden = !map;
    // An application to those who listen: of a picture, their software keeps the arrow keys for itself.
    this.#overlay.ariaRoleDescription = t('page.heat-map-role');
    if (map) this.#overlay.ariaLabel = [t('page.heat-map'), lookedAt(map)].filter(Boolean).join(': ');
    this.#scale.classList.toggle('empty', !map);
    const colormap = map && colormaps.find(({ id }) => id === map.colormap);
    if (map?.picture.range) this.#showScale(map.picture.range, colormap);
    if (map?.picture === this.#shownMap) return;
    this.#shownMap = map?.picture;
    if (!map) {
      this.#redraw = () => {};
      this.#grid = false;
      this.#plates.classList.remove('faint');
      this.#arrange();
      return;
    }
    this.#grid = map.shows === 'channels';
    // Where a colour map is transparent, the picture below is grey and faint, so that its colours are not taken for the map's.
    this.#plates.classList.toggle('faint', isFaint(colormap) && !this.#grid);
    this.#plates.style.setProperty('--map-width', map.picture.width);
    this.#plates.style.setProperty('--map-height', map.picture.height);
    this.#arrange();
    this.#redraw = () => paint(this.#overlay, visible(map, this.#look));
    this.#redraw();
    this.#overlay.dataset.width = map.width;
    this.#overlay.dataset.height = map.height;
    this.#scale.classList.toggle('empty', !map.picture.range);
  }

  #showScale([min, max], colormap) {
    const { id } = colormap;
    if (id !== this.#shownStops) {
      this.#shownStops = id;
      paint(this.#bar, colourBar(colormap));
    }
    element('scale-min').textContent = value(min);
    element('scale-max').textContent = value(max);
    this.#bar.ariaLabel = t('map.scale-range', { name: nameOfColormap(colormap), low: value(min), high: value(max) });
  }
}
