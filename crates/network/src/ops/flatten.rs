use burn::tensor::Device;

use crate::op::{one_image, only};
use crate::{Activation, Backward, Op, Shape};

/// `[channels, height, width]` to `[channels·height·width]`, in that order.
#[derive(Debug)]
pub struct Flatten;

impl Op for Flatten {
    fn kind(&self) -> &'static str {
        "Flatten"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        one_image(inputs).map(|shape| vec![shape.iter().product()])
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        let x = only(inputs).into_rank4();
        let [batch, channels, height, width] = x.dims();
        x.reshape([batch, channels * height * width]).into()
    }

    fn backward(&self, gradient: Activation, context: &Backward<'_>) -> Vec<Activation> {
        let [channels, height, width] =
            one_image(context.inputs).expect("output_shape accepted this input when the network was built");
        let batch = gradient.batch();
        vec![gradient.into_rank2().reshape([batch, channels, height, width]).into()]
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
        oracle::check(&Flatten, [3, 2, 5, 4], 1, |x| x.reshape([3, 40]), 0.0);
    }

    #[test]
    fn a_vector_cannot_be_flattened() {
        assert!(Flatten.output_shape(&[vec![7]]).is_err());
    }
}
