use burn::tensor::Device;

use crate::op::{one_input, only, only_gradient};
use crate::{Backward, Op, Result, Shape, Value};

/// The values of an example as a vector, in memory order: `[channels, height, width]` to
/// `[channels·height·width]`.
#[derive(Debug)]
pub struct Flatten;

impl Op for Flatten {
    fn kind(&self) -> &'static str {
        "Flatten"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let input = one_input(inputs)?;
        if input.len() < 2 {
            return Err(format!("it takes two axes or more, but its input is {input:?}"));
        }
        Ok(vec![vec![input.iter().product()]])
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let x = only(inputs)?;
        let dims = [x.batch(), x.shape().iter().product()];
        Ok(vec![x.reshape(&dims)?])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let gradient = only_gradient(gradients)?;
        let dims = [&[gradient.batch()], only(context.inputs)?.as_slice()].concat();
        Ok(vec![Some(gradient.reshape(&dims)?)])
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
        oracle::check(&Flatten, [3, 2, 5, 4], |x: Tensor<4>| x.reshape([3, 40]), 0.0);
        oracle::check(&Flatten, [1, 5, 4], |x: Tensor<3>| x.reshape([1, 20]), 0.0);
    }

    #[test]
    fn a_vector_cannot_be_flattened() {
        assert!(Flatten.output_shapes(&[vec![7]]).is_err());
    }
}
