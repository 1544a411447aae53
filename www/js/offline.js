// The page's half of its service worker: has everything kept for use offline, says when it is, and offers a new version.
// Nothing here loads the page again unless the visitor says so. No browser is asked to keep the files for good: some would
// ask the visitor in turn, and what they let go of is fetched by the next visit.

import { element } from './dom.js';
import { t } from './locale.js';

export class OfflineView {
  /** Only secure addresses have it. */
  #workers = navigator.serviceWorker;
  /** @type {ServiceWorkerRegistration | null} */
  #registration = null;
  #begun = false;
  #ready = false;
  /** How much is kept; 0 while it is not all there. */
  #bytes = 0;
  /** What has become of a new version: it waits, or another page, or the worker itself, has put it to use. @type {'waiting' | 'taken' | null} */
  #update = null;
  #wanted = false;
  #loses = { working: false, own: false };

  constructor() {
    element('update-use').addEventListener('click', () => this.#use());
    for (const change of ['online', 'offline']) window.addEventListener(change, () => this.#draw());
  }

  /** @param {{ ready: boolean, working: boolean, own: boolean }} state what there would be to lose: a computation, the visitor's own picture */
  show({ ready, working, own }) {
    // A first visit is for the page itself; what is for later visits comes after it.
    if (this.#workers && (ready || this.#workers.controller) && !this.#begun) this.#begin();
    if (ready && !this.#ready) {
      this.#ready = true;
      this.#ask();
    }
    this.#loses = { working, own };
    this.#draw();
  }

  async #begin() {
    this.#begun = true;
    let former = this.#workers.controller;
    this.#workers.addEventListener('controllerchange', () => {
      if (this.#wanted) return location.reload();
      if (former) this.#update = 'taken';
      former = this.#workers.controller;
      return this.#ask();
    });
    this.#registration = await this.#workers.register(new URL('../sw.js', import.meta.url)).catch(() => null);
    // Where there is no room for it, or it is not allowed, the page is as it was.
    if (!this.#registration) return;
    const follow = () => this.#registration.installing?.addEventListener('statechange', () => this.#look());
    this.#registration.addEventListener('updatefound', follow);
    follow();
    this.#look();
  }

  /** Asks the service worker whether all is kept, which it answers once it is. It reads all of it, so the page goes first. */
  #ask() {
    const worker = this.#workers?.controller;
    if (!worker || !this.#ready) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      this.#bytes = data;
      port1.close();
      this.#draw();
    };
    worker.postMessage('size', [port2]);
    this.#draw();
  }

  /** Looks whether a new version waits for the one in use. */
  #look() {
    const { active, waiting } = this.#registration;
    if (!active || !waiting) return;
    this.#update = 'waiting';
    this.#draw();
  }

  #use() {
    const { waiting } = this.#registration ?? {};
    // One that waits no more has been put to use elsewhere.
    if (this.#update === 'taken' || !waiting) return location.reload();
    this.#wanted = true;
    return waiting.postMessage('use');
  }

  #draw() {
    const { working, own } = this.#loses;
    element('offline').hidden = this.#bytes === 0;
    element('offline').textContent = t(navigator.onLine ? 'offline.kept' : 'offline.cut', { megabytes: Math.round(this.#bytes / 1e6) });
    element('update').hidden = !this.#update;
    if (!this.#update) return;
    const sentence = t(`offline.${this.#update}`);
    const loss = (working && t('offline.losesWork')) || (own && t('offline.losesPicture'));
    element('update-words').textContent = [sentence, loss].filter(Boolean).join(' ');
    if (element('update-said').textContent !== sentence) element('update-said').textContent = sentence;
  }
}
