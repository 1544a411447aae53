use burn::tensor::{Bool, Device, Tensor};

use crate::op::{one_input, only, only_gradient};
use crate::{Backward, Layout, Op, Result, Rule, Shape, Value};

/// A rectifier, `max(x, 0)`, optionally capped: `min(max(x, 0), 6)` is ReLU6.
#[derive(Debug, Clone, Copy)]
pub struct Relu {
    cap: Option<f32>,
}

impl Relu {
    /// `max(x, 0)`
    #[must_use]
    pub fn new() -> Self {
        Self { cap: None }
    }

    /// `min(max(x, 0), 6)`
    #[must_use]
    pub fn six() -> Self {
        Self { cap: Some(6.0) }
    }

    fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self.cap {
            None => x.clamp_min(0.0),
            Some(cap) => x.clamp(0.0, cap),
        }
    }

    /// The gradient passes where the output lies strictly between the two bounds: at the bounds
    /// themselves it is taken as zero, as PyTorch takes it.
    fn pass_back(self, gradient: Tensor<1>, output: Tensor<1>, rule: Rule) -> Tensor<1> {
        let gradient = match rule {
            Rule::Gradient => gradient,
            Rule::Guided => gradient.clamp_min(0.0),
        };
        let blocked: Tensor<1, Bool> = match self.cap {
            None => output.lower_equal_scalar(0.0),
            Some(cap) => output.clone().lower_equal_scalar(0.0).bool_or(output.greater_equal_scalar(cap)),
        };
        gradient.mask_fill(blocked, 0.0)
    }
}

impl Default for Relu {
    fn default() -> Self {
        Self::new()
    }
}

impl Op for Relu {
    fn kind(&self) -> &'static str {
        match self.cap {
            None => "ReLU",
            Some(_) => "ReLU6",
        }
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        one_input(inputs).map(|shape| vec![shape.clone()])
    }

    fn layouts(&self, inputs: &[(&Shape, Layout)], outputs: &[Shape]) -> Vec<Layout> {
        outputs.iter().map(|shape| Layout::like_input(inputs, shape)).collect()
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let x = only(inputs)?;
        // A convolution's output may lie in another order of axes: as one vector it would be copied.
        if x.dims().len() == 4 {
            return Ok(vec![self.apply(x.tensor::<4>()?).into()]);
        }
        Ok(vec![x.elementwise(|x| self.apply(x))?])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let output = only(context.output_values)?.clone();
        let back = |gradient, output| self.pass_back(gradient, output, context.rule);
        Ok(vec![Some(only_gradient(gradients)?.elementwise_with(output, back)?)])
    }

    fn saves_outputs(&self) -> bool {
        true
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_is_autodiffs() {
        oracle::check(&Relu::new(), [2, 3, 5, 4], |x: Tensor<4>| x.clamp_min(0.0), 0.0);
        oracle::check(&Relu::new(), [3, 9], |x: Tensor<2>| x.clamp_min(0.0), 0.0);
        // The random values stay under 2: a cap of 1 is reached, one of 6 would not be.
        oracle::check(&Relu { cap: Some(1.0) }, [1, 2, 3, 7], |x: Tensor<4>| x.clamp(0.0, 1.0), 0.0);
    }

    #[test]
    fn guided_drops_what_is_negative_in_either_direction() {
        let device = Device::flex();
        let output = [Value::from(Tensor::<2>::from_floats([[0.0, 1.0, 6.0, 2.0, 0.5]], &device))];
        let gradient = || Value::from(Tensor::<2>::from_floats([[5.0, -1.0, 4.0, 3.0, 0.0]], &device));
        let back = |rule| {
            let shape = [vec![5]];
            let context = Backward {
                inputs: &shape,
                outputs: &shape,
                wanted: &[true],
                input_values: &[],
                output_values: &output,
                rule,
            };
            let back = Relu::six().backward(vec![Some(gradient())], &context).unwrap();
            oracle::values(only_gradient(back).unwrap())
        };
        assert_eq!(back(Rule::Gradient), [0.0, -1.0, 0.0, 3.0, 0.0]);
        assert_eq!(back(Rule::Guided), [0.0, 0.0, 0.0, 3.0, 0.0]);
    }
}
