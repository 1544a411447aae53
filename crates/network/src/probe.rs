//! Whether a device computes what another does.
//!
//! A GPU can be wrong without saying so. One forward pass and one gradient down to the input run, between them, every
//! kernel that a network needs; a device whose numbers differ from the CPU's is not to be used.

use burn::tensor::{Device, Tensor, TensorData};

use crate::{Network, Result, Rule};

/// The largest difference allowed, relative to the largest value.
pub const TOLERANCE: f32 = 1e-3;

/// What a network gives for a made-up picture: its outputs, and the gradient of their sum.
#[derive(Debug)]
pub struct Probe<T> {
    /// The network's output, `[1, classes]`.
    pub output: T,
    /// The gradient of the output's sum, of the input's shape.
    pub gradient: T,
}

impl Network {
    /// One forward pass and one gradient down to the input, of a picture of waves in −1..1: no two channels, rows or
    /// columns alike. It also makes ready what the network will need.
    ///
    /// # Errors
    /// Where the network's input is no picture, or its output no row of scores.
    pub fn probe(&self, device: &Device) -> Result<Probe<Tensor<1>>> {
        let (input, output) = (self.input(), self.output());
        let shape = [&[1], self.shape(input).as_slice()].concat();
        let [_, channels, height, width] = shape[..] else { unreachable!("a classifier of pictures takes pictures") };
        let values: Vec<f32> = (0..channels * height * width)
            .map(|index| {
                let (channel, y, x) = (index / (height * width), index / width % height, index % width);
                ((x * (channel + 1)) as f32 * 0.11).sin() * (y as f32 * 0.07 + channel as f32).cos()
            })
            .collect();
        let picture = Tensor::<4>::from_data(TensorData::new(values, shape), device);
        let trace = self.record(&[(input, picture.into())], &[output], &[input])?;
        let scores = trace.get(output)?.clone().into_rank2();
        let seed = Tensor::<2>::ones(scores.dims(), device);
        let gradient = self.backward(&trace, output, seed.into(), &[input], Rule::Gradient)?.remove(0);
        Ok(Probe { output: scores.flatten(0, 1), gradient: gradient.into_rank4().flatten(0, 3) })
    }
}

impl Probe<Vec<f32>> {
    /// What differs from `expected` by more than [`TOLERANCE`], in words, or `None` where they agree.
    #[must_use]
    pub fn disagreement(&self, expected: &Self) -> Option<String> {
        let parts = [("scores", &self.output, &expected.output), ("gradient", &self.gradient, &expected.gradient)];
        parts.into_iter().find_map(|(what, computed, expected)| {
            let difference = relative_difference(computed, expected);
            // Not `>`, which would let NaN pass.
            let agrees = difference <= TOLERANCE;
            (!agrees).then(|| {
                format!("its {what} differ from the CPU’s by {difference:.1e}, where {TOLERANCE:.0e} is allowed")
            })
        })
    }
}

/// The largest difference, relative to the largest value expected; NaN where one is, infinite for other lengths.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let probe = |output: f32, gradient: f32| Probe { output: vec![output, 10.0], gradient: vec![gradient] };
        assert_eq!(probe(1.0, 1.0).disagreement(&probe(1.005, 1.0)), None);
        let words = probe(1.0, 1.0).disagreement(&probe(1.05, 1.0)).unwrap();
        assert_eq!(words, "its scores differ from the CPU’s by 5.0e-3, where 1e-3 is allowed");
        assert!(probe(1.0, f32::NAN).disagreement(&probe(1.0, 1.0)).unwrap().contains("gradient"));
        let short = Probe { output: vec![1.0], gradient: vec![1.0] };
        assert!(short.disagreement(&probe(1.0, 1.0)).is_some());
    }
}
