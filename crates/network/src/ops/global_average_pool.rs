use burn::tensor::Device;

use crate::op::{one_image, only};
use crate::{Activation, Backward, Op, Shape};

/// The mean of each channel over height and width: `[channels, height, width]` to `[channels, 1, 1]`.
#[derive(Debug)]
pub struct GlobalAveragePool;

impl Op for GlobalAveragePool {
    fn kind(&self) -> &'static str {
        "GlobalAveragePool"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        one_image(inputs).map(|[channels, _, _]| vec![channels, 1, 1])
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        only(inputs).into_rank4().mean_dims(&[2, 3]).into()
    }

    fn backward(&self, gradient: Activation, context: &Backward<'_>) -> Vec<Activation> {
        let [channels, height, width] =
            one_image(context.inputs).expect("output_shape accepted this input when the network was built");
        let gradient = gradient.into_rank4() / (height * width) as f32;
        let batch = gradient.dims()[0];
        vec![gradient.expand([batch, channels, height, width]).into()]
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
    fn backward_is_autodiffs_on_maps_that_are_not_square() {
        for shape in [[2, 3, 7, 5], [1, 1, 1, 1], [3, 4, 1, 6]] {
            oracle::check(&GlobalAveragePool, shape, 1, |x| x.mean_dims(&[2, 3]), 1e-6);
        }
    }
}
