//! Whether a device computes what another does.
//!
//! A GPU can be wrong without saying so. One forward pass and one gradient down to the input run,
//! between them, every kernel that a network needs; a device whose numbers differ from the CPU's is
//! not to be used.

use burn::tensor::{Device, Tensor};

use crate::op::only;
use crate::{Network, Result, Rule, Value};

/// The largest difference of a score that is allowed, relative to the largest of them.
pub const SCORES_MAY_DIFFER: f32 = 1e-3;

/// The length of the gradients' difference that is allowed, relative to the CPU's gradient.
///
/// One value may differ by far: a unit at the bend of its ReLU, or at a draw of a max pooling,
/// falls on either side in single precision, and takes its part of the picture with it. Between
/// llvmpipe and the CPU, VGG-16 of made-up weights differs by 0.0088 (one value by 0.1 of the
/// largest), Xception by 0.0055. What a broken kernel leaves differs by about 1.
pub const GRADIENTS_MAY_DIFFER: f32 = 0.05;

/// What a network gives for a made-up picture: its outputs, and the gradient of their sum.
#[derive(Debug)]
pub struct Probe<T> {
    /// The network's output, `[classes]`.
    pub output: T,
    /// The gradient of the output's sum, one value for each of the input.
    pub gradient: T,
}

impl Network {
    /// One forward pass and one gradient down to the input, of a picture of waves in −1..1: no two
    /// channels, rows or columns alike. It also compiles the kernels. For inputs of another rank,
    /// the waves run along the last two axes.
    ///
    /// # Errors
    /// As [`Network::record`] and [`Network::backward`].
    pub fn probe(&self, device: &Device) -> Result<Probe<Tensor<1>>> {
        let (input, output) = (self.input(), self.output());
        let shape = self.shape(input)?;
        let mut sizes = shape.iter().rev().copied();
        let (width, height) = (sizes.next().unwrap_or(1), sizes.next().unwrap_or(1));
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|index| {
                let (channel, y, x) = (index / (height * width), index / width % height, index % width);
                ((x * (channel + 1)) as f32 * 0.11).sin() * (y as f32 * 0.07 + channel as f32).cos()
            })
            .collect();
        let picture = Value::from(Tensor::<1>::from_data(values.as_slice(), device));
        let picture = picture.reshape(&[&[1], shape.as_slice()].concat())?;
        let trace = self.record(&[(input, picture)], &[output], &[input])?;
        let scores = trace.get(output)?.clone();
        let seed = Value::from(scores.clone().flat()?.ones_like()).reshape(&scores.dims())?;
        let gradient = self.backward(&trace, output, seed, &[input], Rule::Gradient)?;
        Ok(Probe { output: scores.flat()?, gradient: only(gradient)?.flat()? })
    }
}

/// What a device computes otherwise than the CPU, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Disagreement {
    /// The scores, by the largest difference relative to the largest score.
    #[error("its scores and the CPU’s differ by {0:.1e}, where {SCORES_MAY_DIFFER:.0e} is allowed")]
    Scores(f32),
    /// The gradient, by the length of the difference relative to that of the gradient.
    #[error("its gradient and the CPU’s differ by {0:.1e}, where {GRADIENTS_MAY_DIFFER:.0e} is allowed")]
    Gradient(f32),
}

impl Probe<Vec<f32>> {
    /// What differs from `expected` by more than is allowed, or `None` where they agree.
    #[must_use]
    pub fn disagreement(&self, expected: &Self) -> Option<Disagreement> {
        let scores = largest_difference(&self.output, &expected.output);
        let gradient = distance(&self.gradient, &expected.gradient);
        // Not `>`, which would let NaN pass.
        let agrees = |difference: f32, allowed: f32| difference <= allowed;
        if !agrees(scores, SCORES_MAY_DIFFER) {
            Some(Disagreement::Scores(scores))
        } else if !agrees(gradient, GRADIENTS_MAY_DIFFER) {
            Some(Disagreement::Gradient(gradient))
        } else {
            None
        }
    }
}

/// The largest difference, relative to the largest value expected; NaN where one is, infinite for
/// other lengths.
fn largest_difference(computed: &[f32], expected: &[f32]) -> f32 {
    if computed.len() != expected.len() {
        return f32::INFINITY;
    }
    let scale = expected.iter().fold(f32::MIN_POSITIVE, |max, value| max.max(value.abs()));
    let difference = |(a, b): (&f32, &f32)| (a - b).abs();
    let worst =
        computed.iter().zip(expected).map(difference).fold(0f32, |max, d| if d > max || d.is_nan() { d } else { max });
    worst / scale
}

/// The Euclidean length of the difference, relative to that of what is expected; NaN where a value
/// is, infinite for other lengths.
fn distance(computed: &[f32], expected: &[f32]) -> f32 {
    if computed.len() != expected.len() {
        return f32::INFINITY;
    }
    let square = |value: f32| f64::from(value) * f64::from(value);
    let difference: f64 = computed.iter().zip(expected).map(|(a, b)| square(a - b)).sum();
    let length: f64 = expected.iter().map(|value| square(*value)).sum();
    (difference / length.max(f64::MIN_POSITIVE)).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let probe = |output: f32, gradient: f32| Probe { output: vec![output, 10.0], gradient: vec![gradient] };
        assert_eq!(probe(1.0, 1.0).disagreement(&probe(1.005, 1.0)), None);
        let words = probe(1.0, 1.0).disagreement(&probe(1.05, 1.0)).unwrap().to_string();
        assert_eq!(words, "its scores and the CPU’s differ by 5.0e-3, where 1e-3 is allowed");
        assert!(probe(1.0, f32::NAN).disagreement(&probe(1.0, 1.0)).unwrap().to_string().contains("gradient"));
        let many = |last: f32| Probe { output: vec![1.0], gradient: [vec![1.0; 999], vec![last]].concat() };
        assert_eq!(many(2.0).disagreement(&many(1.0)), None, "one unit at a bend");
        let words = many(3.0).disagreement(&many(1.0)).unwrap().to_string();
        assert_eq!(words, "its gradient and the CPU’s differ by 6.3e-2, where 5e-2 is allowed");
        let short = Probe { output: vec![1.0], gradient: vec![1.0] };
        assert!(short.disagreement(&probe(1.0, 1.0)).is_some());
    }
}
