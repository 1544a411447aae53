use burn::tensor::Device;

use crate::{Activation, Backward, Op, Shape};

/// The elementwise sum of two or more inputs of one shape: where a residual branch joins.
#[derive(Debug)]
pub struct Add;

impl Op for Add {
    fn kind(&self) -> &'static str {
        "Add"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        match inputs {
            [first, rest @ ..] if !rest.is_empty() && rest.iter().all(|shape| shape == first) => Ok(first.clone()),
            _ => Err(format!("it adds two or more inputs of one shape, but was given {inputs:?}")),
        }
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        inputs.into_iter().reduce(Activation::add).expect("output_shape accepted two inputs or more")
    }

    fn backward(&self, gradient: Activation, context: &Backward<'_>) -> Vec<Activation> {
        vec![gradient; context.inputs.len()]
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
    fn a_tensor_added_to_itself_thrice_has_autodiffs_gradient() {
        oracle::check(&Add, [2, 3, 5, 4], 3, |x| x.clone() + x.clone() + x, 1e-6);
        oracle::check(&Add, [3, 7], 2, |x| x.clone() + x, 1e-6);
    }

    #[test]
    fn shapes_must_agree() {
        assert!(Add.output_shape(&[vec![3, 4, 5], vec![3, 5, 4]]).is_err());
        assert!(Add.output_shape(&[vec![3]]).is_err());
        assert_eq!(Add.output_shape(&[vec![3], vec![3]]), Ok(vec![3]));
    }
}
