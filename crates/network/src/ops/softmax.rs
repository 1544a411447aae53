use burn::tensor::Device;
use burn::tensor::activation::softmax;

use crate::op::{one_input, only};
use crate::{Activation, Backward, Op, Shape};

/// Scores to probabilities: `e^x / Σ e^x` over `[classes]`.
#[derive(Debug)]
pub struct Softmax;

impl Op for Softmax {
    fn kind(&self) -> &'static str {
        "Softmax"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        match one_input(inputs)?.as_slice() {
            [classes] => Ok(vec![*classes]),
            other => Err(format!("it takes [classes], but its input is {other:?}")),
        }
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        softmax(only(inputs).into_rank2(), 1).into()
    }

    /// ∂p_i/∂x_j = p_i·(1_ij − p_j)
    fn backward(&self, gradient: Activation, context: &Backward<'_>) -> Vec<Activation> {
        let output = context.output.cloned().expect("a recorded run keeps the output of every softmax it passes");
        let (gradient, output) = (gradient.into_rank2(), output.into_rank2());
        let mean = (gradient.clone() * output.clone()).sum_dim(1);
        vec![((gradient - mean) * output).into()]
    }

    fn saves_output(&self) -> bool {
        true
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_is_autodiffs() {
        oracle::check(&Softmax, [3, 7], 1, |x| softmax(x, 1), 1e-6);
    }

    #[test]
    fn a_picture_has_no_classes() {
        assert!(Softmax.output_shape(&[vec![3, 4, 5]]).is_err());
    }
}
