use burn::tensor::Device;

use crate::op::only_gradient;
use crate::ops::broadcast;
use crate::{Backward, Error, Layout, Op, Result, Shape, Value};

/// The elementwise product of two inputs, [broadcast](broadcast::shape) as NumPy does: a gate, or a
/// constant factor.
#[derive(Debug)]
pub struct Mul;

impl Op for Mul {
    fn kind(&self) -> &'static str {
        "Mul"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        if inputs.len() != 2 {
            return Err(format!("it multiplies two inputs, but was given {}", inputs.len()));
        }
        Ok(vec![broadcast::shape(inputs)?])
    }

    fn layouts(&self, inputs: &[(&Shape, Layout)], outputs: &[Shape]) -> Vec<Layout> {
        outputs.iter().map(|shape| Layout::like_input(inputs, shape)).collect()
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let [a, b] = both(inputs)?;
        let shapes = [a.shape(), b.shape()];
        let shape = broadcast::shape(&shapes).map_err(Error::Value)?;
        Ok(vec![broadcast::stretch(a, &shape)?.times(broadcast::stretch(b, &shape)?)?])
    }

    /// ∂(a·b)/∂a = b
    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let gradient = only_gradient(gradients)?;
        let factors = both(context.input_values.to_vec())?;
        let shape = gradient.shape();
        let back = |index: usize| {
            if !context.wanted[index] {
                return Ok(None);
            }
            let other = broadcast::stretch(factors[1 - index].clone(), &shape)?;
            broadcast::shrink(gradient.clone().times(other)?, &context.inputs[index]).map(Some)
        };
        (0..2).map(back).collect()
    }

    fn saves_inputs(&self) -> bool {
        true
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(Self)
    }
}

fn both(inputs: Vec<Value>) -> Result<[Value; 2]> {
    <[Value; 2]>::try_from(inputs).map_err(|inputs| Error::Value(format!("expected two inputs, got {}", inputs.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_equals_autodiff_with_a_gate_for_each_channel() {
        let product = |inputs: Vec<Value>| {
            let [a, b] = both(inputs).unwrap().map(|input| input.tensor::<4>().unwrap());
            vec![(a * b).into()]
        };
        oracle::check_all(&Mul, &[&[2, 3, 5, 4], &[2, 3, 5, 4]], product, 1e-6);
        oracle::check_all(&Mul, &[&[2, 3, 5, 4], &[2, 3, 1, 1]], product, 1e-6);
        oracle::check_all(&Mul, &[&[3, 1, 5, 1], &[3, 2, 1, 4]], product, 1e-6);
    }

    #[test]
    fn it_takes_two_inputs() {
        assert!(Mul.output_shapes(&[vec![3]]).is_err());
        assert!(Mul.output_shapes(&[vec![3], vec![3], vec![3]]).is_err());
        assert!(Mul.output_shapes(&[vec![3], vec![4]]).is_err());
        assert_eq!(Mul.output_shapes(&[vec![3, 4, 5], vec![3, 1, 1]]), Ok(vec![vec![3, 4, 5]]));
    }
}
