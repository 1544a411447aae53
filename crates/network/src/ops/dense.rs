use burn::tensor::{Device, Tensor};

use crate::op::{one_input, only};
use crate::{Activation, Backward, Op, Param, Parameter, Shape};

/// A fully connected layer: `[in]` to `[out]`, `x·Wᵀ + b`.
///
/// The weight may come in parts, some of its rows each, where a whole one would be more than a device takes as one
/// buffer.
#[derive(Debug)]
pub struct Dense {
    /// `[some of out, in]` each
    weight: Vec<Param<2>>,
    /// `[out]`
    bias: Param<1>,
}

impl Dense {
    /// A layer of the given weight, `[out, in]` or its rows in parts, and bias, `[out]`.
    #[must_use]
    pub fn new(weight: Vec<Param<2>>, bias: Param<1>) -> Self {
        Self { weight, bias }
    }

    /// How many rows the weight has.
    fn out(&self) -> usize {
        self.weight.iter().map(|part| part.tensor.dims()[0]).sum()
    }
}

impl Op for Dense {
    fn kind(&self) -> &'static str {
        "Dense"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let input = one_input(inputs)?;
        let out = self.out();
        for part in &self.weight {
            let [_, features] = part.tensor.dims();
            if input.as_slice() != [features] {
                return Err(format!("it takes [{features}], but its input is {input:?}"));
            }
        }
        match self.bias.tensor.dims() {
            [length] if length == out => Ok(vec![out]),
            [length] => Err(format!("its weight has {out} rows, but its bias {length} values")),
        }
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        let x = only(inputs).into_rank2();
        let product = |part: &Param<2>| x.clone().matmul(part.tensor.clone().transpose());
        let products: Vec<Tensor<2>> = self.weight.iter().map(product).collect();
        (Tensor::cat(products, 1) + self.bias.tensor.clone().unsqueeze()).into()
    }

    fn backward(&self, gradient: Activation, _context: &Backward<'_>) -> Vec<Activation> {
        let gradient = gradient.into_rank2();
        let mut from = 0;
        let product = |part: &Param<2>| {
            let [rows, _] = part.tensor.dims();
            from += rows;
            gradient.clone().narrow(1, from - rows, rows).matmul(part.tensor.clone())
        };
        let sum = self.weight.iter().map(product).reduce(|sum, part| sum + part);
        vec![sum.expect("a weight has at least one part").into()]
    }

    fn parameters(&self) -> Vec<Parameter> {
        let [_, features] = self.weight[0].tensor.dims();
        let whole = Parameter { shape: vec![self.out(), features], ..self.weight[0].describe("weight") };
        vec![whole, self.bias.describe("bias")]
    }

    fn to_device(&self, device: &Device) -> Box<dyn Op> {
        let weight = self.weight.iter().map(|part| part.to_device(device)).collect();
        Box::new(Self::new(weight, self.bias.to_device(device)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_is_autodiffs_on_an_odd_batch() {
        let (weight, bias) = (oracle::random::<2>([4, 7], 1), oracle::random::<1>([4], 2));
        let reference =
            |x: Tensor<2>| x.matmul(weight.clone().autodiff().transpose()) + bias.clone().autodiff().unsqueeze();
        let rows = |from, count| oracle::param(weight.clone().narrow(0, from, count));
        for parts in [vec![rows(0, 4)], vec![rows(0, 1), rows(1, 3)]] {
            let dense = Dense::new(parts, oracle::param(bias.clone()));
            oracle::check(&dense, [3, 7], 1, reference, 1e-5);
            assert_eq!(dense.parameters()[0].shape, [4, 7]);
        }
    }

    #[test]
    fn sizes_must_agree() {
        let dense = Dense::new(vec![oracle::param(oracle::random([4, 7], 1))], oracle::param(oracle::random([5], 2)));
        assert_eq!(dense.output_shape(&[vec![7]]), Err("its weight has 4 rows, but its bias 5 values".to_owned()));
        assert_eq!(dense.output_shape(&[vec![6]]), Err("it takes [7], but its input is [6]".to_owned()));
    }
}
