use burn::tensor::{Device, Tensor};

use crate::op::{one_input, only, only_gradient};
use crate::{Backward, Error, Op, Param, ParameterInfo, Result, Shape, Value};

/// A fully connected layer: `[in]` to `[out]`, `x·Wᵀ + b`.
///
/// The weight may come in parts, some of its rows each, where a whole one would be more than a
/// device takes as one buffer.
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

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let input = one_input(inputs)?;
        let out = self.out();
        if self.weight.is_empty() {
            return Err("its weight has no parts".to_owned());
        }
        for part in &self.weight {
            let [rows, features] = part.tensor.dims();
            if rows == 0 {
                return Err("a part of its weight has no rows".to_owned());
            }
            if input.as_slice() != [features] {
                return Err(format!("it takes [{features}], but its input is {input:?}"));
            }
        }
        match self.bias.tensor.dims() {
            [length] if length == out => Ok(vec![vec![out]]),
            [length] => Err(format!("its weight has {out} rows, but its bias {length} values")),
        }
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let x = only(inputs)?.tensor::<2>()?;
        let product = |part: &Param<2>| x.clone().matmul(part.tensor.clone().transpose());
        let products: Vec<Tensor<2>> = self.weight.iter().map(product).collect();
        Ok(vec![(Tensor::cat(products, 1) + self.bias.tensor.clone().unsqueeze()).into()])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, _context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let gradient = only_gradient(gradients)?.tensor::<2>()?;
        let mut from = 0;
        let product = |part: &Param<2>| {
            let [rows, _] = part.tensor.dims();
            from += rows;
            gradient.clone().narrow(1, from - rows, rows).matmul(part.tensor.clone())
        };
        let sum = self.weight.iter().map(product).reduce(|sum, part| sum + part);
        let sum = sum.ok_or_else(|| Error::Value("the weight has no parts".to_owned()))?;
        Ok(vec![Some(sum.into())])
    }

    fn parameters(&self) -> Vec<ParameterInfo> {
        let whole = self.weight.first().map(|part| {
            let [_, features] = part.tensor.dims();
            ParameterInfo { shape: vec![self.out(), features], ..part.describe("weight") }
        });
        whole.into_iter().chain([self.bias.describe("bias")]).collect()
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
    fn backward_equals_autodiff_on_an_odd_batch() {
        let (weight, bias) = (oracle::random::<2>([4, 7], 1), oracle::random::<1>([4], 2));
        let reference =
            |x: Tensor<2>| x.matmul(weight.clone().autodiff().transpose()) + bias.clone().autodiff().unsqueeze();
        let rows = |from, count| oracle::param(weight.clone().narrow(0, from, count));
        for parts in [vec![rows(0, 4)], vec![rows(0, 1), rows(1, 3)]] {
            let dense = Dense::new(parts, oracle::param(bias.clone()));
            oracle::check(&dense, [3, 7], reference, 1e-5);
            assert_eq!(dense.parameters()[0].shape, [4, 7]);
        }
    }

    #[test]
    fn sizes_must_agree() {
        let dense = Dense::new(vec![oracle::param(oracle::random([4, 7], 1))], oracle::param(oracle::random([5], 2)));
        assert_eq!(dense.output_shapes(&[vec![7]]), Err("its weight has 4 rows, but its bias 5 values".to_owned()));
        assert_eq!(dense.output_shapes(&[vec![6]]), Err("it takes [7], but its input is [6]".to_owned()));
    }

    #[test]
    fn a_weight_without_rows_is_refused() {
        let bias = || oracle::param(Tensor::zeros([0], &Device::flex()));
        let none = Dense::new(Vec::new(), bias());
        assert_eq!(none.output_shapes(&[vec![7]]), Err("its weight has no parts".to_owned()));
        assert_eq!(none.parameters().len(), 1);
        let empty = Dense::new(vec![oracle::param(Tensor::zeros([0, 7], &Device::flex()))], bias());
        assert_eq!(empty.output_shapes(&[vec![7]]), Err("a part of its weight has no rows".to_owned()));
    }
}
