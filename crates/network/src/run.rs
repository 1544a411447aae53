//! Running a network: which layers a question needs, which of them may be taken together, and the walk
//! forward and back over them.

use std::collections::{HashMap, HashSet};

use crate::{Activation, Backward, Error, LayerId, Network, Op, Result, Rule, Shape};

/// What a run computed: the values that were fetched and, if it was recorded, what a backward walk needs.
#[derive(Debug)]
pub struct Trace {
    steps: Vec<Step>,
    values: HashMap<LayerId, Activation>,
    /// The outputs that ops look at on the way back, and the inputs.
    kept: HashMap<LayerId, Activation>,
    kept_inputs: HashMap<LayerId, Vec<Activation>>,
    recorded: HashSet<LayerId>,
    batch: usize,
}

impl Trace {
    /// The value of a fetched layer.
    ///
    /// # Errors
    /// [`Error::NotFetched`], with the layer's number, if the run did not fetch it.
    pub fn get(&self, layer: LayerId) -> Result<&Activation> {
        self.values.get(&layer).ok_or_else(|| Error::NotFetched(format!("#{}", layer.0)))
    }

    /// Whether the run fetched a layer and was recorded down to it.
    #[must_use]
    pub fn reaches(&self, layer: LayerId) -> bool {
        self.values.contains_key(&layer) && self.recorded.contains(&layer)
    }
}

/// One layer of a run, or two of them taken together.
#[derive(Debug)]
struct Step {
    /// The layer whose output this computes.
    layer: LayerId,
    inputs: Vec<LayerId>,
    /// Whether it does the work of the layer before it as well.
    folded: bool,
}

impl Network {
    /// Computes the layers in `fetches` from those in `feeds`, and nothing else.
    ///
    /// # Shapes
    /// Each fed value is `[batch, …shape of the layer]`, and all of them have one batch.
    ///
    /// # Errors
    /// [`Error::Shape`] for a value that does not fit its layer, [`Error::Unfed`] if a fetched layer
    /// depends on an input that is not among `feeds`.
    pub fn forward(&self, feeds: &[(LayerId, Activation)], fetches: &[LayerId]) -> Result<Trace> {
        self.record(feeds, fetches, &[])
    }

    /// As [`Network::forward`], and keeps what [`Network::backward`] needs to reach the layers in `wrt`.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn record(&self, feeds: &[(LayerId, Activation)], fetches: &[LayerId], wrt: &[LayerId]) -> Result<Trace> {
        let batch = self.check_feeds(feeds)?;
        let fed: HashSet<LayerId> = feeds.iter().map(|(layer, _)| *layer).collect();
        let fetched: HashSet<LayerId> = fetches.iter().copied().collect();
        let recorded: HashSet<LayerId> = wrt.iter().copied().collect();
        let steps = self.plan(&fed, &fetched, &recorded)?;
        let above = above(&steps, &recorded);

        let mut uses: HashMap<LayerId, usize> = HashMap::new();
        for input in steps.iter().flat_map(|step| &step.inputs).chain(&fetched) {
            *uses.entry(*input).or_default() += 1;
        }
        let mut live: HashMap<LayerId, Activation> = feeds.iter().cloned().collect();
        let (mut kept, mut kept_inputs) = (HashMap::new(), HashMap::new());
        for step in &steps {
            let inputs: Vec<_> = step.inputs.iter().map(|input| take(&mut live, &mut uses, *input)).collect();
            let op = self.op(step);
            let passed = step.inputs.iter().any(|input| above.contains(input));
            if passed && op.saves_inputs() {
                kept_inputs.insert(step.layer, inputs.clone());
            }
            let output = op.forward(inputs);
            if passed && op.saves_output() {
                kept.insert(step.layer, output.clone());
            }
            live.insert(step.layer, output);
        }
        let values = fetched.iter().map(|layer| (*layer, take(&mut live, &mut uses, *layer))).collect();
        Ok(Trace { steps, values, kept, kept_inputs, recorded, batch })
    }

    /// Propagates `seed`, given at the output of layer `of`, back to each layer in `wrt`: under
    /// [`Rule::Gradient`] the gradient of Σ seed·output with respect to that layer's output.
    ///
    /// # Shapes
    /// `seed` has the shape of `of`'s output, batch included; so has each result that of its layer.
    ///
    /// # Errors
    /// [`Error::NotRecorded`] for a layer the run was not recorded down to, [`Error::Shape`] for a seed
    /// that does not fit, [`Error::NoPath`] where `of` does not depend on the layer.
    pub fn backward(
        &self,
        trace: &Trace,
        of: LayerId,
        seed: Activation,
        wrt: &[LayerId],
        rule: Rule,
    ) -> Result<Vec<Activation>> {
        if let Some(layer) = wrt.iter().find(|layer| !trace.recorded.contains(layer)) {
            return Err(Error::NotRecorded(self.name(*layer).to_owned()));
        }
        self.check_shape(of, &seed, Some(trace.batch))?;
        let above = above(&trace.steps, &wrt.iter().copied().collect());
        let mut gradients = HashMap::from([(of, seed)]);
        let mut found: HashMap<LayerId, Activation> = HashMap::new();
        for step in trace.steps.iter().rev() {
            let Some(gradient) = gradients.remove(&step.layer) else { continue };
            if wrt.contains(&step.layer) {
                found.insert(step.layer, gradient.clone());
            }
            if !step.inputs.iter().any(|input| above.contains(input)) {
                continue;
            }
            let shapes: Vec<Shape> = step.inputs.iter().map(|input| self.shape(*input).clone()).collect();
            let (output, values) = (trace.kept.get(&step.layer), trace.kept_inputs.get(&step.layer));
            let values = values.map_or(&[][..], Vec::as_slice);
            let context = Backward { inputs: &shapes, output, values, rule };
            let back = self.op(step).backward(gradient, &context);
            for (input, gradient) in step.inputs.iter().zip(back).filter(|(input, _)| above.contains(input)) {
                let sum = match gradients.remove(input) {
                    Some(other) => other.add(gradient),
                    None => gradient,
                };
                gradients.insert(*input, sum);
            }
        }
        // What is left arrived at fed layers, which no step computes.
        found.extend(gradients);
        let no_path =
            |layer: &LayerId| Error::NoPath { of: self.name(of).to_owned(), wrt: self.name(*layer).to_owned() };
        wrt.iter().map(|layer| found.get(layer).cloned().ok_or_else(|| no_path(layer))).collect()
    }

    fn op(&self, step: &Step) -> &dyn Op {
        match self.folded[step.layer.0].get() {
            Some(Some(folded)) if step.folded => folded.as_ref(),
            _ => self.layers[step.layer.0].op.as_ref(),
        }
    }

    fn check_feeds(&self, feeds: &[(LayerId, Activation)]) -> Result<usize> {
        let batch = feeds.first().map_or(0, |(_, value)| value.batch());
        for (layer, value) in feeds {
            self.check_shape(*layer, value, Some(batch))?;
        }
        Ok(batch)
    }

    fn check_shape(&self, layer: LayerId, value: &Activation, batch: Option<usize>) -> Result<()> {
        let dims = value.dims();
        let fits = dims[1..] == *self.shape(layer).as_slice() && batch.is_none_or(|batch| batch == dims[0]);
        if fits {
            return Ok(());
        }
        Err(Error::Shape { layer: self.name(layer).to_owned(), expected: self.shape(layer).clone(), got: dims })
    }

    /// The steps from what is fed to what is fetched, in order.
    fn plan(
        &self,
        fed: &HashSet<LayerId>,
        fetched: &HashSet<LayerId>,
        recorded: &HashSet<LayerId>,
    ) -> Result<Vec<Step>> {
        let mut needed = vec![false; self.layers.len()];
        fetched.iter().for_each(|layer| needed[layer.0] = true);
        for index in (0..self.layers.len()).rev() {
            let (id, layer) = (LayerId(index), &self.layers[index]);
            if !needed[index] || fed.contains(&id) {
                continue;
            }
            if layer.inputs.is_empty() {
                return Err(Error::Unfed(layer.name.clone()));
            }
            layer.inputs.iter().for_each(|input| needed[input.0] = true);
        }

        let seen = |layer: &LayerId| fed.contains(layer) || fetched.contains(layer) || recorded.contains(layer);
        let mut steps: Vec<Step> = Vec::new();
        for index in (0..self.layers.len()).filter(|index| needed[*index]) {
            let (id, layer) = (LayerId(index), &self.layers[index]);
            if fed.contains(&id) {
                continue;
            }
            let step = match layer.inputs.as_slice() {
                [before] if !seen(before) && self.fold(*before, id) => {
                    let before = steps.iter().position(|step| step.layer == *before);
                    let before = steps.remove(before.expect("a layer nobody feeds is computed by a step"));
                    Step { layer: id, inputs: before.inputs, folded: true }
                }
                _ => Step { layer: id, inputs: layer.inputs.clone(), folded: false },
            };
            steps.push(step);
        }
        Ok(steps)
    }

    /// Whether `layer` can do the work of `before` as well; makes the op that does, the first time.
    fn fold(&self, before: LayerId, layer: LayerId) -> bool {
        let consumers = self.layers.iter().flat_map(|layer| &layer.inputs).filter(|input| **input == before).count();
        if consumers != 1 || before == self.output() {
            return false;
        }
        let make = || {
            let affine = self.layers[layer.0].op.as_affine()?;
            self.layers[before.0].op.followed_by(&affine)
        };
        self.folded[layer.0].get_or_init(make).is_some()
    }
}

/// The layers of these steps that depend on one of `on`, and those themselves.
fn above(steps: &[Step], on: &HashSet<LayerId>) -> HashSet<LayerId> {
    let mut above = on.clone();
    for step in steps {
        if step.inputs.iter().any(|input| above.contains(input)) {
            above.insert(step.layer);
        }
    }
    above
}

/// A live value: the value itself where this is its last use, so that the op may work in place.
fn take(live: &mut HashMap<LayerId, Activation>, uses: &mut HashMap<LayerId, usize>, layer: LayerId) -> Activation {
    let left = uses.get_mut(&layer).expect("every input was counted when the run was planned");
    *left -= 1;
    let value = if *left == 0 { live.remove(&layer) } else { live.get(&layer).cloned() };
    value.expect("steps come in topological order")
}
