use burn::tensor::Device;

use crate::op::only_gradient;
use crate::ops::broadcast;
use crate::{Backward, Error, Layout, Op, Result, Shape, Value};

/// The elementwise sum of two or more inputs, [broadcast](broadcast::shape) as NumPy does: where a
/// residual branch joins, or a constant is added.
#[derive(Debug)]
pub struct Add;

impl Op for Add {
    fn kind(&self) -> &'static str {
        "Add"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        if inputs.len() < 2 {
            return Err(format!("it adds two or more inputs, but was given {}", inputs.len()));
        }
        Ok(vec![broadcast::shape(inputs)?])
    }

    fn layouts(&self, inputs: &[(&Shape, Layout)], outputs: &[Shape]) -> Vec<Layout> {
        outputs.iter().map(|shape| Layout::like_input(inputs, shape)).collect()
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let shapes: Vec<Shape> = inputs.iter().map(Value::shape).collect();
        let shape = broadcast::shape(&shapes).map_err(Error::Value)?;
        let mut inputs = inputs.into_iter().map(|input| broadcast::stretch(input, &shape));
        let first = inputs.next().ok_or_else(|| Error::Value("there is nothing to add".to_owned()))?;
        Ok(vec![inputs.try_fold(first?, |sum, input| sum.plus(input?))?])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let gradient = only_gradient(gradients)?;
        let back = |(shape, wanted): (&Shape, &bool)| {
            if *wanted { broadcast::shrink(gradient.clone(), shape).map(Some) } else { Ok(None) }
        };
        context.inputs.iter().zip(context.wanted).map(back).collect()
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
    fn backward_equals_autodiff_with_three_summands() {
        let sum = |inputs: Vec<Value>| {
            let sum = inputs.into_iter().map(|input| input.tensor::<4>().unwrap()).reduce(|sum, input| sum + input);
            vec![sum.unwrap().into()]
        };
        oracle::check_all(&Add, &[&[2, 3, 5, 4], &[2, 3, 5, 4], &[2, 3, 5, 4]], sum, 1e-6);
        // Each example is repeated along channels, rows or columns.
        oracle::check_all(&Add, &[&[2, 3, 1, 4], &[2, 1, 5, 1]], sum, 1e-6);
    }

    #[test]
    fn an_input_of_lower_rank_is_repeated_along_the_axes_it_lacks() {
        let sum = |inputs: Vec<Value>| {
            let [tokens, vector] = <[Value; 2]>::try_from(inputs).unwrap();
            vec![(tokens.tensor::<3>().unwrap() + vector.tensor::<2>().unwrap().unsqueeze_dim(1)).into()]
        };
        oracle::check_all(&Add, &[&[3, 5, 7], &[3, 7]], sum, 1e-6);
    }

    #[test]
    fn shapes_must_agree() {
        assert!(Add.output_shapes(&[vec![3, 4, 5], vec![3, 5, 4]]).is_err());
        assert!(Add.output_shapes(&[vec![3]]).is_err());
        assert_eq!(Add.output_shapes(&[vec![3], vec![3]]), Ok(vec![vec![3]]));
        assert_eq!(Add.output_shapes(&[vec![2, 1, 4], vec![3, 1], vec![4]]), Ok(vec![vec![2, 3, 4]]));
    }
}
