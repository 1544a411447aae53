//! Whether a GPU computes what the CPU computes.
//!
//! A GPU can be wrong without saying so, so the first use of a model on one is compared with the CPU: the
//! logits, and the gradient down to the input, which between them run every kernel that the methods use.
//! It is done three times, because what stale memory holds changes; and it compiles every shader, so that
//! nothing has to be compiled later while someone waits.

use burn::tensor::{Device, Tensor, TensorData};
use negah_attribution::{Score, Target};
use negah_network::{Network, Rule};

use crate::compute::Compute;
use crate::failure::{Failure, Result};

/// Largest difference allowed, relative to the largest value.
const TOLERANCE: f32 = 1e-3;
const ROUNDS: usize = 3;

/// One forward pass and one gradient down to the input: all that methods will need is made ready.
///
/// Returns the logits and the gradient.
pub(crate) async fn exercise(network: &Network, compute: &Compute) -> Result<[Vec<f32>; 2]> {
    let mark = compute.mark();
    let (input, output) = (network.input(), network.output());
    let trace = network.record(&[(input, pattern(network, &compute.device).into())], &[output], &[input])?;
    let logits = trace.get(output)?.clone().into_rank2();
    let seed = Target { class: 0, score: Score::Logit }.seed(logits.clone());
    let gradient = network.backward(&trace, output, seed.into(), &[input], Rule::Gradient)?.remove(0);
    Ok([compute.read(logits, mark).await?, compute.read(gradient.into_rank4(), mark).await?])
}

/// Compares the network's device with the CPU, on which `reference` is the same network.
pub(crate) async fn compare(
    network: &Network,
    compute: &Compute,
    reference: &Network,
    mut progress: impl AsyncFnMut(usize, usize) -> Result<()>,
) -> Result<()> {
    progress(0, ROUNDS + 1).await?;
    let expected = exercise(reference, &Compute::cpu()).await?;
    for round in 1..=ROUNDS {
        progress(round, ROUNDS + 1).await?;
        let computed = exercise(network, compute).await?;
        for (what, (computed, expected)) in ["scores", "gradient"].into_iter().zip(computed.iter().zip(&expected)) {
            let difference = relative_difference(computed, expected);
            if difference.is_nan() || difference > TOLERANCE {
                return Err(Failure::new(
                    "gpu-wrong",
                    format!(
                        "The GPU does not compute what the CPU computes: its {what} differ by {difference:.1e}, where \
                         {TOLERANCE:.0e} is allowed. It is not used."
                    ),
                ));
            }
        }
    }
    progress(ROUNDS + 1, ROUNDS + 1).await
}

/// The largest difference, relative to the largest value expected; infinite where the lengths differ.
fn relative_difference(computed: &[f32], expected: &[f32]) -> f32 {
    if computed.len() != expected.len() {
        return f32::INFINITY;
    }
    let scale = expected.iter().fold(f32::MIN_POSITIVE, |max, value| max.max(value.abs()));
    let difference = |(a, b): (&f32, &f32)| (a - b).abs();
    let worst =
        computed.iter().zip(expected).map(difference).fold(0f32, |max, d| if d > max || d.is_nan() { d } else { max });
    worst / scale
}

/// A picture of waves in −1..1: no two channels, rows or columns alike, and the same everywhere.
fn pattern(network: &Network, device: &Device) -> Tensor<4> {
    let shape = network.shape(network.input());
    let [channels, height, width] = [shape[0], shape[1], shape[2]];
    let values: Vec<f32> = (0..channels * height * width)
        .map(|index| {
            let (channel, y, x) = (index / (height * width), index / width % height, index % width);
            ((x * (channel + 1)) as f32 * 0.11).sin() * (y as f32 * 0.07 + channel as f32).cos()
        })
        .collect();
    Tensor::from_data(TensorData::new(values, [1, channels, height, width]), device)
}
