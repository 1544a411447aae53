use burn::tensor::{Bool, Device, Tensor};

use crate::op::{one_input, only, only_gradient};
use crate::{Backward, Elementwise, Layout, Op, Result, Rule, Shape, Value};

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
}

impl Elementwise<1> for Relu {
    fn apply<const D: usize>(&self, [x]: [Tensor<D>; 1]) -> Tensor<D> {
        match self.cap {
            None => x.clamp_min(0.0),
            Some(cap) => x.clamp(0.0, cap),
        }
    }
}

/// The backward step of a rectifier, from the gradient and the output. The gradient passes where
/// the output lies strictly between the two bounds: at the bounds themselves it is taken as zero,
/// as PyTorch takes it.
struct PassBack {
    cap: Option<f32>,
    rule: Rule,
}

impl Elementwise<2> for PassBack {
    fn apply<const D: usize>(&self, [gradient, output]: [Tensor<D>; 2]) -> Tensor<D> {
        let gradient = match self.rule {
            Rule::Gradient => gradient,
            Rule::Guided => gradient.clamp_min(0.0),
        };
        let blocked: Tensor<D, Bool> = match self.cap {
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
        Ok(vec![Value::elementwise([only(inputs)?], self)?])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let output = only(context.output_values)?.clone();
        let back = PassBack { cap: self.cap, rule: context.rule };
        Ok(vec![Some(Value::elementwise([only_gradient(gradients)?, output], &back)?)])
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
    fn backward_equals_autodiff() {
        oracle::check(&Relu::new(), [2, 3, 5, 4], |x: Tensor<4>| x.clamp_min(0.0), 0.0);
        oracle::check(&Relu::new(), [3, 9], |x: Tensor<2>| x.clamp_min(0.0), 0.0);
        oracle::check(&Relu::new(), [2, 5, 9], |x: Tensor<3>| x.clamp_min(0.0), 0.0);
        oracle::check(&Relu::new(), [2, 1, 2, 3, 1, 2], |x: Tensor<6>| x.clamp_min(0.0), 0.0);
        // The random values stay under 2: a cap of 1 is reached, one of 6 would not be.
        oracle::check(&Relu { cap: Some(1.0) }, [1, 2, 3, 7], |x: Tensor<4>| x.clamp(0.0, 1.0), 0.0);
    }

    #[test]
    fn axes_may_be_held_in_another_order() {
        let channels_last = oracle::random([2, 5, 4, 3], 1);
        let view = channels_last.clone().permute([0, 3, 1, 2]);
        let rectified = Relu::new().forward(vec![view.into()]).unwrap();
        let expected = channels_last.clamp_min(0.0).permute([0, 3, 1, 2]);
        assert_eq!(oracle::values(only(rectified).unwrap()), oracle::values(expected));
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
