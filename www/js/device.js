// The badge that says what computes, why, and lets the visitor choose otherwise.

import { element } from './dom.js';
import { locale } from './locale.js';
import { badge } from './words.js';

export class DeviceView {
  #details = element('device');
  #name = element('device-name');
  #reason = element('device-reason');
  #select = element('device-select');

  /** @param {{ onChoose: (requested: 'auto' | 'gpu' | 'cpu') => void }} options */
  constructor({ onChoose }) {
    this.#select.addEventListener('change', () => onChoose(this.#select.value));
  }

  /** What was asked for, which may not be there yet. */
  get asked() {
    return this.#select.value;
  }

  /** @param {{ device: import('./negah.js').DeviceInfo | null, failed: boolean, locked: boolean, switching: boolean }} what */
  show({ device, failed, locked, switching }) {
    this.#select.disabled = locked;
    this.#details.hidden = failed && !device;
    if (!device) return;
    this.#name.textContent = badge(device);
    this.#reason.textContent = device.because ? locale.t(`device.${device.because.key}`, device.because.values) : device.reason;
    if (!switching) this.#select.value = device.requested;
  }
}
