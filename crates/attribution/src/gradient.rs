//! The engine of every gradient method: one forward pass of a batch, and one walk back for each target.

use burn::tensor::{Tensor, TensorData};
use negah_network::{LayerId, Network, Rule};

use crate::{Result, Target};

/// The gradient of each target's score with respect to the value of layer `at`.
///
/// # Shapes
/// `value` is `[batch, channels, height, width]`, as `at` gives it; so is each gradient.
pub(crate) fn gradients(
    network: &Network,
    at: LayerId,
    value: Tensor<4>,
    targets: &[Target],
) -> Result<Vec<Tensor<4>>> {
    let output = network.output();
    let trace = network.record(&[(at, value.into())], &[output], &[at])?;
    let logits = trace.get(output)?.clone().tensor::<2>()?;
    let walk = |target: &Target| {
        let seed = target.seed(logits.clone()).into();
        Ok(network.backward(&trace, output, seed, &[at], Rule::Gradient)?.remove(0).tensor()?)
    };
    targets.iter().map(walk).collect()
}

/// The scores of `targets` for a batch of values of layer `at`: `[targets, batch]`.
pub(crate) fn scores(network: &Network, at: LayerId, value: Tensor<4>, targets: &[Target]) -> Result<Tensor<2>> {
    let output = network.output();
    let trace = network.forward(&[(at, value.into())], &[output])?;
    let logits = trace.get(output)?.clone().tensor::<2>()?;
    Ok(Tensor::stack(targets.iter().map(|target| target.value(logits.clone())).collect(), 0))
}

/// `[values, 1, 1, 1]`: one number for each example of a batch.
pub(crate) fn per_example(values: Vec<f32>, like: &Tensor<4>) -> Tensor<4> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count, 1, 1, 1]), &like.device())
}
