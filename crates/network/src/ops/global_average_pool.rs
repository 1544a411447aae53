use burn::tensor::Device;

use crate::op::{one_image, only, only_gradient};
use crate::{Backward, Error, Op, Result, Shape, Value};

/// The mean of each channel over height and width: `[channels, height, width]` to `[channels, 1,
/// 1]`.
#[derive(Debug)]
pub struct GlobalAveragePool;

impl Op for GlobalAveragePool {
    fn kind(&self) -> &'static str {
        "GlobalAveragePool"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        one_image(inputs).map(|[channels, _, _]| vec![vec![channels, 1, 1]])
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        Ok(vec![only(inputs)?.tensor::<4>()?.mean_dims(&[2, 3]).into()])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let [channels, height, width] = one_image(context.inputs).map_err(Error::Value)?;
        let gradient = only_gradient(gradients)?.tensor::<4>()? / (height * width) as f32;
        let batch = gradient.dims()[0];
        Ok(vec![Some(gradient.expand([batch, channels, height, width]).into())])
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
    fn backward_equals_autodiff_on_maps_that_are_not_square() {
        for shape in [[2, 3, 7, 5], [1, 1, 1, 1], [3, 4, 1, 6]] {
            oracle::check(&GlobalAveragePool, shape, |x: Tensor<4>| x.mean_dims(&[2, 3]), 1e-6);
        }
    }
}
