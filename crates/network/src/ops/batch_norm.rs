use burn::tensor::{Device, Tensor};

use crate::op::{one_image, only, only_gradient};
use crate::{Affine, Backward, Op, Param, ParameterInfo, Result, Shape, Value};

/// Batch normalisation with its running statistics: `(x − mean)/√(variance + ε)·weight + bias`,
/// channel by channel. It is never trained here, so it is a fixed map of each channel, and a
/// preceding convolution can take it into its weights.
#[derive(Debug)]
pub struct BatchNorm {
    weight: Param<1>,
    bias: Param<1>,
    mean: Param<1>,
    variance: Param<1>,
    epsilon: f64,
}

impl BatchNorm {
    /// A layer from its four vectors, each `[channels]`, and ε.
    #[must_use]
    pub fn new(weight: Param<1>, bias: Param<1>, mean: Param<1>, variance: Param<1>, epsilon: f64) -> Self {
        Self { weight, bias, mean, variance, epsilon }
    }

    fn affine(&self) -> Affine {
        let scale = self.weight.tensor.clone() / (self.variance.tensor.clone() + self.epsilon).sqrt();
        let shift = self.bias.tensor.clone() - self.mean.tensor.clone() * scale.clone();
        Affine { scale, shift }
    }
}

/// `[channels]` as `[1, channels, 1, 1]`, to meet an image-like value.
fn per_channel(vector: Tensor<1>) -> Tensor<4> {
    let [channels] = vector.dims();
    vector.reshape([1, channels, 1, 1])
}

impl Op for BatchNorm {
    fn kind(&self) -> &'static str {
        "BatchNorm"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let shape @ [channels, _, _] = one_image(inputs)?;
        for vector in [&self.weight, &self.bias, &self.mean, &self.variance] {
            let [length] = vector.tensor.dims();
            if length != channels {
                return Err(format!("“{}” has {length} values for {channels} channels", vector.tensor_name));
            }
        }
        if !self.epsilon.is_finite() || self.epsilon < 0.0 {
            return Err(format!("its ε is {}; it has to be a number of at least 0", self.epsilon));
        }
        Ok(vec![shape.to_vec()])
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let Affine { scale, shift } = self.affine();
        Ok(vec![(only(inputs)?.tensor()? * per_channel(scale) + per_channel(shift)).into()])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, _context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let gradient = only_gradient(gradients)?.tensor()?;
        Ok(vec![Some((gradient * per_channel(self.affine().scale)).into())])
    }

    fn parameters(&self) -> Vec<ParameterInfo> {
        vec![
            self.weight.describe("weight"),
            self.bias.describe("bias"),
            self.mean.describe("mean"),
            self.variance.describe("variance"),
        ]
    }

    fn to_device(&self, device: &Device) -> Box<dyn Op> {
        Box::new(Self::new(
            self.weight.to_device(device),
            self.bias.to_device(device),
            self.mean.to_device(device),
            self.variance.to_device(device),
            self.epsilon,
        ))
    }

    fn as_affine(&self) -> Option<Affine> {
        Some(self.affine())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    fn vectors(channels: usize) -> [Tensor<1>; 4] {
        let random = |seed| oracle::random([channels], seed);
        [random(1), random(2), random(3), random(4).abs()]
    }

    fn layer(channels: usize) -> BatchNorm {
        let [weight, bias, mean, variance] = vectors(channels).map(oracle::param);
        BatchNorm::new(weight, bias, mean, variance, 1e-3)
    }

    #[test]
    fn backward_equals_autodiff() {
        for shape in [[1, 5, 3, 4], [3, 2, 1, 7]] {
            let reference = |x: Tensor<4>| {
                let [weight, bias, mean, variance] = vectors(shape[1]).map(|vector| per_channel(vector.autodiff()));
                (x - mean) / (variance + 1e-3).sqrt() * weight + bias
            };
            oracle::check(&layer(shape[1]), shape, reference, 1e-5);
        }
    }

    #[test]
    fn the_statistics_are_as_many_as_the_channels() {
        assert_eq!(layer(4).output_shapes(&[vec![4, 2, 3]]), Ok(vec![vec![4, 2, 3]]));
        assert!(layer(4).output_shapes(&[vec![3, 2, 3]]).is_err());
    }

    #[test]
    fn epsilon_is_a_number_of_at_least_zero() {
        for epsilon in [f64::NAN, f64::INFINITY, -1e-3] {
            assert!(BatchNorm { epsilon, ..layer(4) }.output_shapes(&[vec![4, 2, 3]]).is_err());
        }
        assert!(BatchNorm { epsilon: 0.0, ..layer(4) }.output_shapes(&[vec![4, 2, 3]]).is_ok());
    }
}
