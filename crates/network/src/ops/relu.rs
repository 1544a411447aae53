use burn::tensor::{Bool, Device, Tensor};

use crate::op::{one_input, only};
use crate::{Activation, Backward, Op, Rule, Shape};

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
    fn pass_back<const D: usize>(self, gradient: Tensor<D>, output: Tensor<D>, rule: Rule) -> Tensor<D> {
        let gradient = match rule {
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

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        one_input(inputs).cloned()
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        match only(inputs) {
            Activation::Rank2(x) => self.apply(x).into(),
            Activation::Rank4(x) => self.apply(x).into(),
        }
    }

    fn backward(&self, gradient: Activation, context: &Backward<'_>) -> Vec<Activation> {
        let output = context.output.cloned().expect("a recorded run keeps the output of every rectifier it passes");
        vec![match (gradient, output) {
            (Activation::Rank2(gradient), output) => self.pass_back(gradient, output.into_rank2(), context.rule).into(),
            (Activation::Rank4(gradient), output) => self.pass_back(gradient, output.into_rank4(), context.rule).into(),
        }]
    }

    fn saves_output(&self) -> bool {
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
        oracle::check(&Relu::new(), [2, 3, 5, 4], 1, |x| x.clamp_min(0.0), 0.0);
        oracle::check(&Relu::new(), [3, 9], 1, |x| x.clamp_min(0.0), 0.0);
        // The random values stay under 2: a cap of 1 is reached, one of 6 would not be.
        oracle::check(&Relu { cap: Some(1.0) }, [1, 2, 3, 7], 1, |x| x.clamp(0.0, 1.0), 0.0);
    }

    #[test]
    fn guided_drops_what_is_negative_in_either_direction() {
        let device = Device::flex();
        let output = Activation::from(Tensor::<2>::from_floats([[0.0, 1.0, 6.0, 2.0, 0.5]], &device));
        let gradient = || Activation::from(Tensor::<2>::from_floats([[5.0, -1.0, 4.0, 3.0, 0.0]], &device));
        let back = |rule| {
            let context = Backward { inputs: &[vec![5]], output: Some(&output), values: &[], rule };
            oracle::activation_values(only(Relu::six().backward(gradient(), &context)))
        };
        assert_eq!(back(Rule::Gradient), [0.0, -1.0, 0.0, 3.0, 0.0]);
        assert_eq!(back(Rule::Guided), [0.0, 0.0, 0.0, 3.0, 0.0]);
    }
}
