use burn::tensor::Device;

use crate::{Activation, Backward, Op, Shape};

/// Where a network is fed by default. It computes nothing.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) shape: Shape,
}

impl Op for Input {
    fn kind(&self) -> &'static str {
        "Input"
    }

    fn output_shape(&self, _inputs: &[Shape]) -> Result<Shape, String> {
        Ok(self.shape.clone())
    }

    fn forward(&self, _inputs: Vec<Activation>) -> Activation {
        unreachable!("a run refuses to start when an input it needs is not fed")
    }

    fn backward(&self, _gradient: Activation, _context: &Backward<'_>) -> Vec<Activation> {
        Vec::new()
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(Self { shape: self.shape.clone() })
    }
}
