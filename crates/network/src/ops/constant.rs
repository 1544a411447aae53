use burn::tensor::Device;

use crate::{Backward, Layout, Op, Param, ParameterInfo, Result, Shape, Value};

/// Values that are the same for every example: what a graph adds, multiplies with, or joins,
/// besides what is fed. It has no input.
#[derive(Debug)]
pub struct Constant {
    values: Param<1>,
    shape: Shape,
}

impl Constant {
    /// These values, in an example of this shape.
    #[must_use]
    pub fn new(values: Param<1>, shape: Shape) -> Self {
        Self { values, shape }
    }
}

impl Op for Constant {
    fn kind(&self) -> &'static str {
        "Constant"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let [count] = self.values.tensor.dims();
        if !inputs.is_empty() {
            return Err(format!("it takes no input, but was given {}", inputs.len()));
        }
        if crate::value::number_of_values(&self.shape) != Some(count) {
            return Err(format!("its {count} values do not have the shape {:?}", self.shape));
        }
        Ok(vec![self.shape.clone()])
    }

    /// A constant is no picture, whatever its rank.
    fn layouts(&self, _inputs: &[(&Shape, Layout)], outputs: &[Shape]) -> Vec<Layout> {
        vec![Layout::Other; outputs.len()]
    }

    fn forward(&self, _inputs: Vec<Value>) -> Result<Vec<Value>> {
        Ok(vec![Value::from(self.values.tensor.clone()).reshape(&[&[1], self.shape.as_slice()].concat())?])
    }

    fn backward(&self, _gradients: Vec<Option<Value>>, _context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        Ok(Vec::new())
    }

    fn parameters(&self) -> Vec<ParameterInfo> {
        vec![ParameterInfo { shape: self.shape.clone(), ..self.values.describe("value") }]
    }

    fn to_device(&self, device: &Device) -> Box<dyn Op> {
        Box::new(Self::new(self.values.to_device(device), self.shape.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    #[test]
    fn it_gives_its_values_in_a_batch_of_one() {
        let values = oracle::random([6], 1);
        let constant = Constant::new(oracle::param(values.clone()), vec![2, 3]);
        let output = crate::op::only(constant.forward(Vec::new()).unwrap()).unwrap();
        assert_eq!(output.dims(), [1, 2, 3]);
        assert_eq!(oracle::values(output), oracle::values(values));
    }

    #[test]
    fn the_values_fill_the_shape() {
        let constant = |shape: &[usize]| Constant::new(oracle::param(oracle::random([6], 1)), shape.to_vec());
        assert!(constant(&[2, 3]).output_shapes(&[]).is_ok());
        assert!(constant(&[2, 2]).output_shapes(&[]).is_err());
        assert!(constant(&[usize::MAX, 2]).output_shapes(&[]).is_err());
        assert!(constant(&[6]).output_shapes(&[vec![6]]).is_err());
    }
}
