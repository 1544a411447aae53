//! Running a network forward, and back.

use std::collections::HashMap;
use std::sync::Arc;

use crate::network::NetworkId;
use crate::plan::{Entry, Plan, Question, Step};
use crate::{Backward, Error, LayerId, Network, Result, Rule, Shape, Value};

/// What a run computed: the values that were fetched and, if it was recorded, what a backward pass
/// needs.
#[derive(Debug)]
pub struct Trace {
    network: NetworkId,
    plan: Arc<Plan>,
    values: HashMap<LayerId, Value>,
    /// What the op of each step looks at in a backward pass.
    kept: Vec<Saved>,
    batch: usize,
}

/// The values that a backward pass needs at one step.
#[derive(Debug, Default)]
struct Saved {
    inputs: Vec<Value>,
    outputs: Vec<Value>,
}

impl Trace {
    /// The value of a fetched layer.
    ///
    /// # Errors
    /// [`Error::NotFetched`], with the layer's number, if the run did not fetch it.
    pub fn get(&self, layer: LayerId) -> Result<&Value> {
        self.values.get(&layer).ok_or_else(|| Error::NotFetched(format!("#{}", layer.index)))
    }

    #[cfg(test)]
    pub(crate) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Whether the run was of `network` (or a copy on another device), and was fed its input for a
    /// single example and nothing else.
    #[must_use]
    pub fn is_of_one_input(&self, network: &Network) -> bool {
        self.network == network.id && self.plan.question.fed == [network.input().index] && self.batch == 1
    }

    /// Whether the run fetched a layer and was recorded down to it.
    #[must_use]
    pub fn reaches(&self, layer: LayerId) -> bool {
        self.values.contains_key(&layer) && self.plan.question.records(layer.index)
    }
}

impl Network {
    /// Computes the layers in `fetches` from those in `feeds`, and nothing else.
    ///
    /// # Shapes
    /// Each fed value is `[batch, …shape of the layer]`, and all of them have one batch of at least
    /// 1.
    ///
    /// # Errors
    /// [`Error::Shape`] for a value that does not fit its layer, [`Error::Unfed`] if a fetched
    /// layer depends on an input that is not among `feeds`, [`Error::FedTwice`],
    /// [`Error::TooLarge`], [`Error::OtherNetwork`], and [`Error::Compute`] if an op fails.
    pub fn forward(&self, feeds: &[(LayerId, Value)], fetches: &[LayerId]) -> Result<Trace> {
        self.record(feeds, fetches, &[])
    }

    /// As [`Network::forward`], and keeps what [`Network::backward`] needs to reach the layers in
    /// `wrt`.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn record(&self, feeds: &[(LayerId, Value)], fetches: &[LayerId], wrt: &[LayerId]) -> Result<Trace> {
        let question = Question::new(self, feeds.iter().map(|(layer, _)| *layer), fetches, wrt)?;
        let batch = feeds.first().map_or(1, |(_, value)| value.batch());
        let mut live: Vec<Option<Value>> = vec![None; self.layers.len()];
        for (layer, value) in feeds {
            self.check_shape(layer.index, value, batch)?;
            live[layer.index] = Some(value.clone());
        }
        let plan = self.plan(question)?;
        self.check_sizes(&plan, batch)?;

        let mut kept = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let computed = self.step(step, &mut live, batch).map_err(|source| self.at(step, source))?;
            kept.push(computed);
        }
        let fetched = plan.question.fetched.iter();
        let values = fetched.filter_map(|layer| Some((self.layer_id(*layer), live[*layer].take()?))).collect();
        Ok(Trace { network: self.id, plan, values, kept, batch })
    }

    /// Takes one step forward, and gives what a backward pass needs there.
    fn step(&self, step: &Step, live: &mut [Option<Value>], batch: usize) -> Result<Saved> {
        let take = |input: &Entry| {
            let slot = &mut live[input.layer];
            let value = if input.last { slot.take() } else { slot.clone() };
            value.expect("steps come in topological order, and a value is there until its last use")
        };
        let inputs: Vec<Value> = step.inputs.iter().map(take).collect();
        let mut kept = Saved::default();
        if step.keeps_inputs {
            kept.inputs = inputs.clone();
        }
        let constant = inputs.is_empty();
        let shapes = &self.nodes[step.node].output_shapes;
        let mut outputs = step.op(self).forward(inputs)?;
        if outputs.len() != shapes.len() {
            return Err(Error::Value(format!("it gave {} outputs, not {}", outputs.len(), shapes.len())));
        }
        for (output, shape) in outputs.iter_mut().zip(shapes) {
            let dims = with_batch(batch, shape);
            if constant {
                *output = output.clone().expand(&dims)?;
            } else if output.dims() != dims {
                return Err(Error::Value(format!("its output is {:?}, not {dims:?}", output.dims())));
            }
        }
        if step.keeps_outputs {
            kept.outputs = outputs.clone();
        }
        for (layer, output) in step.outputs.iter().zip(outputs) {
            if let Some(layer) = layer {
                live[*layer] = Some(output);
            }
        }
        Ok(kept)
    }

    /// Propagates `seed`, given at the output of layer `of`, back to each layer in `wrt`: under
    /// [`Rule::Gradient`] the gradient of Σ seed·output with respect to that layer's output.
    ///
    /// # Shapes
    /// `seed` has the shape of `of`'s output, batch included; so has each result that of its layer.
    ///
    /// # Errors
    /// [`Error::NotFetched`] for a layer `of` that the run neither fetched nor recorded,
    /// [`Error::NotRecorded`] for a layer in `wrt` the run was not recorded down to,
    /// [`Error::Shape`] for a seed that does not fit, [`Error::NoPath`] where `of` does not depend
    /// on the layer, [`Error::OtherNetwork`], and [`Error::Compute`] if an op fails.
    pub fn backward(&self, trace: &Trace, of: LayerId, seed: Value, wrt: &[LayerId], rule: Rule) -> Result<Vec<Value>> {
        if trace.network != self.id {
            return Err(Error::OtherNetwork);
        }
        let plan = &trace.plan;
        let start = self.index(of)?;
        let ends: Vec<usize> = wrt.iter().map(|layer| self.index(*layer)).collect::<Result<_>>()?;
        if let Some(layer) = ends.iter().find(|layer| !plan.question.records(**layer)) {
            return Err(Error::NotRecorded(self.layers[*layer].name.clone()));
        }
        if !plan.question.sees(start) {
            return Err(Error::NotFetched(self.layers[start].name.clone()));
        }
        self.check_shape(start, &seed, trace.batch)?;

        let depends = plan.depends(self, ends.iter().copied());
        let mut is_end = vec![false; self.layers.len()];
        ends.iter().for_each(|layer| is_end[*layer] = true);
        let mut gradients: Vec<Option<Value>> = vec![None; self.layers.len()];
        gradients[start] = Some(seed);
        for (step, kept) in plan.steps.iter().zip(&trace.kept).rev() {
            let wanted = step.inputs_in(&depends);
            if !wanted.contains(&true) {
                continue;
            }
            // The gradient of a layer that is asked for stays.
            let mut take = |layer: usize| {
                if is_end[layer] { gradients[layer].clone() } else { gradients[layer].take() }
            };
            let arrived: Vec<Option<Value>> = step.outputs.iter().map(|layer| layer.and_then(&mut take)).collect();
            if arrived.iter().all(Option::is_none) {
                continue;
            }
            let context = Backward {
                inputs: step.input_shapes(self),
                outputs: &self.nodes[step.node].output_shapes,
                wanted: &wanted,
                input_values: &kept.inputs,
                output_values: &kept.outputs,
                rule,
            };
            self.step_back(step, arrived, &context, &mut gradients).map_err(|source| self.at(step, source))?;
        }
        let no_path =
            |layer: usize| Error::NoPath { of: self.layers[start].name.clone(), wrt: self.layers[layer].name.clone() };
        ends.into_iter().map(|layer| gradients[layer].clone().ok_or_else(|| no_path(layer))).collect()
    }

    /// Takes one step back: adds what arrives at the inputs whose gradients are wanted to these.
    fn step_back(
        &self,
        step: &Step,
        arrived: Vec<Option<Value>>,
        context: &Backward<'_>,
        gradients: &mut [Option<Value>],
    ) -> Result<()> {
        let batch = arrived.iter().flatten().next().map_or(0, Value::batch);
        let back = step.op(self).backward(arrived, context)?;
        if back.len() != step.inputs.len() {
            return Err(Error::Value(format!("it gave {} gradients for {} inputs", back.len(), step.inputs.len())));
        }
        for (index, gradient) in back.into_iter().enumerate().filter(|(index, _)| context.wanted[*index]) {
            let Some(gradient) = gradient else { continue };
            let dims = with_batch(batch, &context.inputs[index]);
            if gradient.dims() != dims {
                return Err(Error::Value(format!("its gradient is {:?}, not {dims:?}", gradient.dims())));
            }
            let slot = &mut gradients[step.inputs[index].layer];
            *slot = Some(match slot.take() {
                Some(sum) => sum.plus(gradient)?,
                None => gradient,
            });
        }
        Ok(())
    }

    /// What failed, with the layer where it did.
    fn at(&self, step: &Step, source: Error) -> Error {
        let layer = self.layers[self.nodes[step.node].first].name.clone();
        Error::Compute { layer, source: Box::new(source) }
    }

    fn check_shape(&self, layer: usize, value: &Value, batch: usize) -> Result<()> {
        let (dims, layer) = (value.dims(), &self.layers[layer]);
        if batch > 0 && dims == with_batch(batch, &layer.shape) {
            return Ok(());
        }
        Err(Error::Shape { layer: layer.name.clone(), expected: layer.shape.clone(), got: dims })
    }

    /// Refuses a batch for which a layer's values would be more than an allocation can hold.
    fn check_sizes(&self, plan: &Plan, batch: usize) -> Result<()> {
        const MOST: usize = isize::MAX as usize / size_of::<f32>();
        let layers = plan.steps.iter().flat_map(|step| self.nodes[step.node].layers());
        let too_large = |layer: &usize| {
            let count = self.layers[*layer].shape.iter().product::<usize>().checked_mul(batch);
            count.is_none_or(|count| count > MOST)
        };
        match layers.into_iter().find(too_large) {
            None => Ok(()),
            Some(layer) => {
                let layer = &self.layers[layer];
                Err(Error::TooLarge { layer: layer.name.clone(), shape: layer.shape.clone(), batch })
            }
        }
    }
}

fn with_batch(batch: usize, shape: &Shape) -> Vec<usize> {
    [&[batch], shape.as_slice()].concat()
}
