use std::fmt::Debug;

use burn::tensor::{Device, Tensor};

use crate::{Activation, Shape};

/// How a backward walk treats what it passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// The gradient.
    #[default]
    Gradient,
    /// Guided backpropagation (Springenberg et al., 2014, arXiv:1412.6806): at a rectifier, what is
    /// negative on the way down is dropped as well.
    Guided,
}

/// A trained tensor and the name it has in the file it came from.
#[derive(Debug, Clone)]
pub struct Param<const D: usize> {
    /// The values.
    pub tensor: Tensor<D>,
    /// The name in the original state dict, such as `_blocks.0._bn1.weight`.
    pub source: String,
}

impl<const D: usize> Param<D> {
    pub(crate) fn to_device(&self, device: &Device) -> Self {
        Self { tensor: self.tensor.clone().to_device(device), source: self.source.clone() }
    }

    pub(crate) fn describe(&self, name: &'static str) -> Parameter {
        Parameter { name, source: self.source.clone(), shape: self.tensor.dims().to_vec() }
    }
}

/// What a summary says of a trained tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its role in the op: `weight`, `bias`, …
    pub name: &'static str,
    /// The name in the original state dict.
    pub source: String,
    /// The shape as the op holds it.
    pub shape: Vec<usize>,
}

/// `x·scale + shift`, channel by channel; both of shape `[channels]`.
#[derive(Debug, Clone)]
pub struct Affine {
    /// The factor of each channel.
    pub scale: Tensor<1>,
    /// What is added to each channel.
    pub shift: Tensor<1>,
}

/// What an op may look at on the way back.
#[derive(Debug)]
pub struct Backward<'a> {
    /// The shape of one example of each input.
    pub inputs: &'a [Shape],
    /// The op's output in this run; there for ops that say [`Op::saves_output`].
    pub output: Option<&'a Activation>,
    /// The values of the inputs in this run; there for ops that say [`Op::saves_inputs`].
    pub values: &'a [Activation],
    /// How to propagate.
    pub rule: Rule,
}

/// One operation of a network: its forward step and its own backward step.
///
/// Inputs come by value so that an op whose input nobody else needs may work in place.
pub trait Op: Debug + Send + Sync {
    /// The field's name for it: `Conv2d`, `ReLU6`, …
    fn kind(&self) -> &'static str;

    /// The shape of one example of the output.
    ///
    /// # Errors
    /// Says, without a full stop, why these inputs do not fit.
    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String>;

    /// The output for a batch; the inputs have the shapes that [`Op::output_shape`] accepted.
    fn forward(&self, inputs: Vec<Activation>) -> Activation;

    /// What arrives at each input when `gradient`, of the output's shape, is propagated back.
    fn backward(&self, gradient: Activation, context: &Backward<'_>) -> Vec<Activation>;

    /// Whether [`Op::backward`] looks at the output.
    fn saves_output(&self) -> bool {
        false
    }

    /// Whether [`Op::backward`] looks at the inputs' values.
    fn saves_inputs(&self) -> bool {
        false
    }

    /// The trained tensors.
    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// The same op with its parameters on another device.
    fn to_device(&self, device: &Device) -> Box<dyn Op>;

    /// This op as a map of each channel by itself, if it is one: what a preceding op may fold in.
    fn as_affine(&self) -> Option<Affine> {
        None
    }

    /// This op with a channel-wise map folded into its weights, if it can.
    fn followed_by(&self, _affine: &Affine) -> Option<Box<dyn Op>> {
        None
    }
}

/// The single input of an op that takes one.
pub(crate) fn only<T>(mut inputs: Vec<T>) -> T {
    inputs.pop().expect("an op gets as many inputs as its output_shape accepted")
}

/// Checks that an op gets one input, image-like: `[channels, height, width]`.
pub(crate) fn one_image(inputs: &[Shape]) -> Result<[usize; 3], String> {
    match inputs {
        [shape] => <[usize; 3]>::try_from(shape.as_slice())
            .map_err(|_| format!("it takes [channels, height, width], but its input is {shape:?}")),
        _ => Err(format!("it takes one input, but was given {}", inputs.len())),
    }
}

/// Checks that an op gets one input of any shape.
pub(crate) fn one_input(inputs: &[Shape]) -> Result<&Shape, String> {
    match inputs {
        [shape] => Ok(shape),
        _ => Err(format!("it takes one input, but was given {}", inputs.len())),
    }
}
