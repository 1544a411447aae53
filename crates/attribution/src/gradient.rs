//! The engine of every gradient method: one forward pass of a batch, and one backward pass for each
//! target.

use burn::tensor::{Tensor, TensorData};
use negah_network::{LayerId, Network, Rule, Trace};

use crate::{Result, Score, Target};

/// What was made of the gradient of each target's score.
pub(crate) struct Gradients<T> {
    pub(crate) of_targets: Vec<T>,
    /// See [`slopes`].
    pub(crate) slopes: Option<Tensor<4>>,
}

/// Takes the gradient of each target's score with respect to the value of layer `at`, and makes
/// something of it, one target after another: a single gradient of a batch is in memory.
///
/// # Shapes
/// `value` is `[batch, channels, height, width]`, as is each gradient.
pub(crate) fn gradients<T>(
    network: &Network,
    at: LayerId,
    value: Tensor<4>,
    targets: &[Target],
    reduce: impl Fn(Tensor<4>) -> T,
) -> Result<Gradients<T>> {
    let trace = network.record(&[(at, value.into())], &[network.output()], &[at])?;
    gradients_of(network, &trace, at, targets, reduce)
}

/// As [`gradients`], from a trace that fetched the output and is recorded down to `at`.
pub(crate) fn gradients_of<T>(
    network: &Network,
    trace: &Trace,
    at: LayerId,
    targets: &[Target],
    reduce: impl Fn(Tensor<4>) -> T,
) -> Result<Gradients<T>> {
    let output = network.output();
    let logits = trace.get(output)?.clone().tensor::<2>()?;
    let gradient = |target: &Target| {
        let seed = target.seed(logits.clone()).into();
        Ok(reduce(network.backward(trace, output, seed, &[at], Rule::Gradient)?.remove(0).tensor::<4>()?))
    };
    Ok(Gradients { of_targets: targets.iter().map(gradient).collect::<Result<_>>()?, slopes: slopes(&logits, targets) })
}

/// The scores of `targets` for a batch of values of layer `at`, `[targets, batch]`, and [`slopes`].
pub(crate) fn scores(
    network: &Network,
    at: LayerId,
    value: Tensor<4>,
    targets: &[Target],
) -> Result<(Tensor<2>, Option<Tensor<4>>)> {
    let output = network.output();
    let trace = network.forward(&[(at, value.into())], &[output])?;
    let logits = trace.get(output)?.clone().tensor::<2>()?;
    Ok((scores_of(&logits, targets), slopes(&logits, targets)))
}

/// The scores of `targets` by the logits of a batch: `[targets, batch]`.
pub(crate) fn scores_of(logits: &Tensor<2>, targets: &[Target]) -> Tensor<2> {
    Tensor::stack(targets.iter().map(|target| target.value(logits.clone())).collect(), 0)
}

/// The largest magnitude of the gradient of each target's score with respect to the logits, summed
/// over the batch: `[targets, 1, 1, 1]`. `None` if all scores are logits, whose gradient is 1.
fn slopes(logits: &Tensor<2>, targets: &[Target]) -> Option<Tensor<4>> {
    if targets.iter().all(|target| target.score == Score::Logit) {
        return None;
    }
    let slope = |target: &Target| target.seed(logits.clone()).abs().max_dim(1).sum();
    Some(Tensor::cat(targets.iter().map(slope).collect(), 0).reshape([targets.len(), 1, 1, 1]))
}

/// `[values, 1, 1, 1]`: one number for each example of a batch.
pub(crate) fn per_example(values: Vec<f32>, like: &Tensor<4>) -> Tensor<4> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count, 1, 1, 1]), &like.device())
}

/// The sum of each target's values: `[targets]`.
pub(crate) fn total(values: &Tensor<4>) -> Tensor<1> {
    let [targets, ..] = values.dims();
    values.clone().reshape([targets as i32, -1]).sum_dim(1).reshape([targets])
}
