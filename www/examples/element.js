// What a page does with an element: it sets attributes, and listens.

const explainer = document.getElementById('third');
const told = document.getElementById('told');

document.getElementById('method').addEventListener('change', ({ target }) => explainer.setAttribute('method', target.value));

explainer.addEventListener('negah-explanation', ({ detail: { method, layer, width, height, elapsed } }) => {
  told.textContent = `${method}${layer ? ` at ${layer}` : ''}: ${width} × ${height} values in ${Math.round(elapsed)} ms.`;
});
explainer.addEventListener('negah-error', ({ detail: { code } }) => {
  told.textContent = `It failed: ${code}.`;
});
