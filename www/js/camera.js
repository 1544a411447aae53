// The camera, and the loop over its frames: one at a time is computed, the newest there is. Those that come meanwhile are
// dropped; none waits. Without the document: camera-view.js shows it.

/** What every frame is explained by. */
export const METHOD = 'grad-cam';

/** How many classes are told of each frame. */
export const BEST = 3;

/** Over how many seconds the rate is taken. */
export const SECONDS = 5;

/** Larger than what most networks see, and small enough that making a picture of it takes a few milliseconds. */
const SIZE = { width: 640, height: 480 };

const PICTURE = { type: 'image/jpeg', quality: 0.92 };

/** Why a camera cannot be had, by what browsers call it; each has a sentence under `camera.problem`. */
const REASONS = { NotFoundError: 'absent', NotAllowedError: 'denied', SecurityError: 'denied', NotReadableError: 'busy', AbortError: 'busy' };

/** A frame with what was found out about it. @typedef {{ blob: Blob, prediction: import('./negah.js').Prediction, explanation: import('./negah.js').Explanation }} Shown */

export class Live {
  /** The class that is explained; null for the best one of each frame. @type {number | null} */
  pinned = null;
  /** How many frames were not computed since it started. */
  dropped = 0;
  #session;
  #video;
  #handlers;
  #canvas = new OffscreenCanvas(1, 1);
  #controller = new AbortController();
  /** When the last maps were done. */
  #done = [];

  /**
   * @param {{ session: import('./session.js').Session, video: HTMLVideoElement, onOpen: (id: string) => void,
   *           onMap: (shown: Shown) => void, onMute: (muted: boolean) => void, onProblem: (error: Error) => void }} what
   *   `onOpen` hears which camera was opened; `onMute` that it gives no picture for a while, or does again; `onProblem` why it stopped: an
   *   error of the computation, or one with a `reason`
   */
  constructor({ session, video, ...handlers }) {
    this.#session = session;
    this.#video = video;
    this.#handlers = handlers;
  }

  /** Maps a second; null until two are done. */
  get rate() {
    const { length } = this.#done;
    return length < 2 ? null : ((length - 1) / (this.#done.at(-1) - this.#done[0])) * 1000;
  }

  /** Opens a camera and goes on until it is stopped, or cannot. @param {string} [id] of the camera; else one that looks away from the screen, if there is */
  async start(id) {
    this.stop();
    this.#controller = new AbortController();
    this.#done = [];
    this.dropped = 0;
    const { signal } = this.#controller;
    const fail = (error) => {
      if (signal.aborted) return;
      this.stop();
      this.#handlers.onProblem(error);
    };
    try {
      await this.#session.networks.comeHome(signal);
      if (!this.#video.requestVideoFrameCallback) throw unavailable('unsupported');
      const stream = await openCamera(id);
      const end = () => stream.getTracks().forEach((track) => track.stop());
      if (signal.aborted) return end();
      signal.addEventListener('abort', end);
      const [track] = stream.getVideoTracks();
      track.addEventListener('ended', () => fail(unavailable('ended')));
      // A call or a switch of the computer's takes the camera away, and gives it back.
      for (const type of ['mute', 'unmute']) track.addEventListener(type, () => this.#handlers.onMute(type === 'mute'), { signal });
      this.#video.srcObject = stream;
      await this.#video.play();
      this.#follow(signal, fail);
      this.#handlers.onOpen(track.getSettings().deviceId);
    } catch (error) {
      fail(error);
    }
  }

  /** Ends the camera, and gives up the frame that is being computed. */
  stop() {
    this.#controller.abort();
    this.#video.srcObject = null;
  }

  /** Computes frame after frame. */
  #follow(signal, fail) {
    let [newest, taken, working] = [0, 0, false];
    const work = async () => {
      working = true;
      while (newest > taken) {
        if (taken > 0) this.dropped += newest - taken - 1;
        taken = newest;
        const shown = await this.#explain(signal);
        signal.throwIfAborted();
        this.#count();
        this.#handlers.onMap(shown);
      }
      working = false;
    };
    const hear = (_, { presentedFrames }) => {
      if (signal.aborted) return;
      newest = presentedFrames;
      this.#video.requestVideoFrameCallback(hear);
      if (!working) work().catch(fail);
    };
    this.#video.requestVideoFrameCallback(hear);
  }

  /** Takes the frame that the video shows, and explains it. @returns {Promise<Shown>} */
  async #explain(signal) {
    const { negah, choices } = this.#session;
    const blob = await this.#take();
    const { framing } = choices;
    const prediction = await negah.predict(blob, { top: BEST, framing, signal });
    const target = this.pinned ?? prediction.classes[0].index;
    const { layer, score, parameters } = choices.of(METHOD);
    const colormap = choices.colormapOf(METHOD);
    const explanation = await negah.explain(blob, { method: METHOD, target, layer, score, parameters, framing, colormap, signal });
    return { blob, prediction, explanation };
  }

  #take() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    Object.assign(this.#canvas, { width, height });
    this.#canvas.getContext('2d').drawImage(this.#video, 0, 0);
    return this.#canvas.convertToBlob(PICTURE);
  }

  #count() {
    const now = performance.now();
    this.#done.push(now);
    while (this.#done.length > 2 && this.#done[0] < now - 1000 * SECONDS) this.#done.shift();
  }
}

/** The cameras there are; browsers tell their names once one was allowed. @returns {Promise<Array<{ id: string, name: string }>>} */
export async function cameras() {
  // Without a list there is nothing to choose from, which is no reason to stop.
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter(({ kind }) => kind === 'videoinput').map(({ deviceId: id, label: name }) => ({ id, name }));
}

/** Opens a camera; where the one that is asked for has gone, another. */
async function openCamera(id) {
  // Browsers have it only on pages that came over a secure connection.
  if (!navigator.mediaDevices) throw unavailable('insecure');
  const which = id ? { deviceId: { exact: id } } : { facingMode: 'environment' };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...SIZE, ...which }, audio: false });
  } catch ({ name, message }) {
    if (id && name === 'OverconstrainedError') return openCamera();
    throw unavailable(REASONS[name] ?? 'unknown', message);
  }
}

function unavailable(reason, message = reason) {
  return Object.assign(new Error(message), { reason });
}
