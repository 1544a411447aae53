use burn::tensor::Device;

use crate::{Backward, Error, Op, Result, Shape, Value};

/// Where a network is fed by default. It computes nothing.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) shape: Shape,
}

impl Op for Input {
    fn kind(&self) -> &'static str {
        "Input"
    }

    fn output_shapes(&self, _inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        Ok(vec![self.shape.clone()])
    }

    fn forward(&self, _inputs: Vec<Value>) -> Result<Vec<Value>> {
        Err(Error::Value("an input is fed, not computed".to_owned()))
    }

    fn backward(&self, _gradients: Vec<Option<Value>>, _context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        Ok(Vec::new())
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(Self { shape: self.shape.clone() })
    }
}
