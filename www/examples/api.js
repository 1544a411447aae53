// What a page does with the API: it loads a network once, then asks it about pictures.

import { Negah } from '../js/negah.js';

const element = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

const negah = await Negah.create({ onProgress: ({ done, total }) => showProgress('Loading', done, total) });
await negah.loadModel('efficientnet-lite0');

/** What is being computed; another picture puts an end to it. */
let running = new AbortController();

element('file').disabled = false;
element('file').addEventListener('change', ({ target: { files: [file] } }) => file && explain(file));
await explain(await (await fetch('../samples/coffee.png')).blob());

async function explain(blob) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const onProgress = ({ done, total }) => showProgress('Computing', done, total);
  try {
    const prediction = await negah.predict(blob, { signal, onProgress });
    const explanation = await negah.explain(blob, { method: 'grad-cam', target: prediction.classes[0].index, signal, onProgress });
    const { target, layer, width, height, elapsed } = explanation;
    draw(prediction, explanation.picture);
    showClasses(prediction.classes);
    element('caption').textContent = `Where the network looked for “${target.name}”, at ${layer} (${width} × ${height}).`;
    showProgress(`Computed in ${Math.round(elapsed)} ms.`);
  } catch (error) {
    // But for the end of the signal, every failure is a NegahError, whose message is meant to be read.
    if (!signal.aborted) showProgress(error.message);
  }
}

/** What the network saw of a picture, with a map over it. */
function draw({ picture, crop }, map) {
  const canvas = Object.assign(element('picture'), { width: crop.width, height: crop.height });
  const pen = canvas.getContext('2d');
  pen.putImageData(new ImageData(picture.rgba, picture.width, picture.height), -crop.x, -crop.y);
  const colours = new OffscreenCanvas(map.width, map.height);
  colours.getContext('2d').putImageData(new ImageData(map.rgba, map.width, map.height), 0, 0);
  pen.globalAlpha = 0.5;
  pen.drawImage(colours, 0, 0, crop.width, crop.height);
}

function showClasses(classes) {
  element('classes').hidden = false;
  element('classes').tBodies[0].replaceChildren();
  for (const { name, probability } of classes) {
    const row = element('classes').tBodies[0].insertRow();
    for (const text of [name, percent(probability)]) row.insertCell().textContent = text;
  }
}

function showProgress(text, done, total) {
  element('status').textContent = text;
  element('progress').hidden = done === undefined;
  if (total > 0) Object.assign(element('progress'), { max: total, value: done });
  else element('progress').removeAttribute('value');
}
