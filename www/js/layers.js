// A network's layers: those that a method can look at, and how deep they lie, so that another network can answer with one of its own.

/** The layers that a method can look at. @param {'output' | 'input' | 'picture'} looksAt */
export function lookable(layers, looksAt) {
  return layers.filter((layer) => layer.kind !== 'Input' && (looksAt === 'input' ? layer.explainableInput : layer.explainable));
}

/** From 0, the input, to 1, the last layer; by the reference implementation's own numbers where the network has them. */
export function depthOf(layer, layers) {
  const last = layers.findLast(({ index }) => index !== null);
  return last && layer.index !== null ? layer.index / last.index : layers.indexOf(layer) / (layers.length - 1);
}

/** The layer that lies nearest to a depth, among those that a method can look at; where a network has layers that readers pick, one of them. */
export function layerAt(depth, layers, looksAt) {
  const can = lookable(layers, looksAt);
  const picked = can.filter(({ stage }) => stage);
  const far = (layer) => Math.abs(depthOf(layer, layers) - depth);
  return (picked.length > 0 ? picked : can).reduce((nearest, layer) => (far(layer) < far(nearest) ? layer : nearest));
}
