use burn::tensor::Device;
use burn::tensor::activation::softmax;

use crate::op::{one_input, only, only_gradient};
use crate::{Backward, Op, Result, Shape, Value};

/// Scores to probabilities: `e^x / Σ e^x` over `[classes]`.
#[derive(Debug)]
pub struct Softmax;

impl Op for Softmax {
    fn kind(&self) -> &'static str {
        "Softmax"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        match one_input(inputs)?.as_slice() {
            [classes] => Ok(vec![vec![*classes]]),
            other => Err(format!("it takes [classes], but its input is {other:?}")),
        }
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        Ok(vec![softmax(only(inputs)?.tensor::<2>()?, 1).into()])
    }

    /// ∂p_i/∂x_j = p_i·(1_ij − p_j)
    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let output = only(context.output_values)?.clone().tensor::<2>()?;
        let gradient = only_gradient(gradients)?.tensor::<2>()?;
        let mean = (gradient.clone() * output.clone()).sum_dim(1);
        Ok(vec![Some(((gradient - mean) * output).into())])
    }

    fn saves_outputs(&self) -> bool {
        true
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(Self)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_equals_autodiff() {
        oracle::check(&Softmax, [3, 7], |x: Tensor<2>| softmax(x, 1), 1e-6);
    }

    #[test]
    fn a_picture_has_no_classes() {
        assert!(Softmax.output_shapes(&[vec![3, 4, 5]]).is_err());
    }
}
