use burn::tensor::Device;

use crate::op::{one_input, only};
use crate::{Activation, Backward, Op, Param, Parameter, Shape};

/// A fully connected layer: `[in]` to `[out]`, `x·Wᵀ + b`.
#[derive(Debug)]
pub struct Dense {
    /// `[out, in]`
    weight: Param<2>,
    /// `[out]`
    bias: Param<1>,
}

impl Dense {
    /// A layer of the given weight, `[out, in]`, and bias, `[out]`.
    #[must_use]
    pub fn new(weight: Param<2>, bias: Param<1>) -> Self {
        Self { weight, bias }
    }
}

impl Op for Dense {
    fn kind(&self) -> &'static str {
        "Dense"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let input = one_input(inputs)?;
        let [out, features] = self.weight.tensor.dims();
        if input.as_slice() != [features] {
            return Err(format!("it takes [{features}], but its input is {input:?}"));
        }
        match self.bias.tensor.dims() {
            [length] if length == out => Ok(vec![out]),
            [length] => Err(format!("its weight has {out} rows, but its bias {length} values")),
        }
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        let x = only(inputs).into_rank2();
        (x.matmul(self.weight.tensor.clone().transpose()) + self.bias.tensor.clone().unsqueeze()).into()
    }

    fn backward(&self, gradient: Activation, _context: &Backward<'_>) -> Vec<Activation> {
        vec![gradient.into_rank2().matmul(self.weight.tensor.clone()).into()]
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![self.weight.describe("weight"), self.bias.describe("bias")]
    }

    fn to_device(&self, device: &Device) -> Box<dyn Op> {
        Box::new(Self::new(self.weight.to_device(device), self.bias.to_device(device)))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_is_autodiffs_on_an_odd_batch() {
        let (weight, bias) = (oracle::random::<2>([4, 7], 1), oracle::random::<1>([4], 2));
        let dense = Dense::new(oracle::param(weight.clone()), oracle::param(bias.clone()));
        let reference =
            |x: Tensor<2>| x.matmul(weight.clone().autodiff().transpose()) + bias.clone().autodiff().unsqueeze();
        oracle::check(&dense, [3, 7], 1, reference, 1e-5);
    }

    #[test]
    fn sizes_must_agree() {
        let dense = Dense::new(oracle::param(oracle::random([4, 7], 1)), oracle::param(oracle::random([5], 2)));
        assert_eq!(dense.output_shape(&[vec![7]]), Err("its weight has 4 rows, but its bias 5 values".to_owned()));
        assert_eq!(dense.output_shape(&[vec![6]]), Err("it takes [7], but its input is [6]".to_owned()));
    }
}
