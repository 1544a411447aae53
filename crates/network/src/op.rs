use std::fmt::Debug;

use burn::tensor::{Device, Tensor};

use crate::{Error, Layout, Result, Shape, Value};

/// How a backward pass treats what it passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// The gradient.
    #[default]
    Gradient,
    /// Guided backpropagation (Springenberg et al., 2014, arXiv:1412.6806): a rectifier also drops
    /// gradients that are negative.
    Guided,
}

/// A trained tensor and the name it has in the file it came from.
#[derive(Debug, Clone)]
pub struct Param<const D: usize> {
    /// The values.
    pub tensor: Tensor<D>,
    /// The name in the original state dict, such as `_blocks.0._bn1.weight`.
    pub tensor_name: String,
}

impl<const D: usize> Param<D> {
    pub(crate) fn to_device(&self, device: &Device) -> Self {
        Self { tensor: self.tensor.clone().to_device(device), tensor_name: self.tensor_name.clone() }
    }

    pub(crate) fn describe(&self, name: &'static str) -> ParameterInfo {
        ParameterInfo { name, tensor_name: self.tensor_name.clone(), shape: self.tensor.dims().to_vec() }
    }
}

/// What a summary says of a trained tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Its role in the op: `weight`, `bias`, …
    pub name: &'static str,
    /// The name in the original state dict.
    pub tensor_name: String,
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

/// What an op may look at in a backward pass.
#[derive(Debug)]
pub struct Backward<'a> {
    /// The shape of one example of each input.
    pub inputs: &'a [Shape],
    /// The shape of one example of each output.
    pub outputs: &'a [Shape],
    /// For each input, whether its gradient is wanted. Others may be `None`.
    pub wanted: &'a [bool],
    /// The values of the inputs in this run; empty unless the op [saves them](Op::saves_inputs).
    pub input_values: &'a [Value],
    /// The values of the outputs in this run; empty unless the op [saves them](Op::saves_outputs).
    pub output_values: &'a [Value],
    /// How to propagate.
    pub rule: Rule,
}

/// One operation of a network: its forward step and its own backward step.
///
/// An op without inputs is a constant: it gives a batch of one, which a run repeats for every
/// example.
pub trait Op: Debug + Send + Sync {
    /// The field's name for it: `Conv2d`, `ReLU6`, …
    fn kind(&self) -> &'static str;

    /// The shape of one example of each output. It checks everything that [`Op::forward`] and
    /// [`Op::backward`] rely on, the op's own parameters included: what passes here must not panic
    /// there.
    ///
    /// # Errors
    /// Says, without a full stop, why these inputs do not fit.
    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String>;

    /// The layout of each output, given those of the inputs. Unless an op overrides this, the rank
    /// decides.
    fn layouts(&self, _inputs: &[(&Shape, Layout)], outputs: &[Shape]) -> Vec<Layout> {
        outputs.iter().map(|shape| Layout::of_rank(shape)).collect()
    }

    /// The outputs for a batch; the inputs have the shapes that [`Op::output_shapes`] accepted.
    /// They come by value so that an op whose input nobody else needs may work in place.
    ///
    /// # Errors
    /// Where the op cannot be computed.
    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>>;

    /// What arrives at each input when `gradients` are propagated back, one for each output. `None`
    /// stands for zeros; at least one gradient is there.
    ///
    /// # Errors
    /// Where the op cannot be computed.
    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>>;

    /// Whether [`Op::backward`] looks at the inputs' values.
    fn saves_inputs(&self) -> bool {
        false
    }

    /// Whether [`Op::backward`] looks at the outputs' values.
    fn saves_outputs(&self) -> bool {
        false
    }

    /// The trained tensors.
    fn parameters(&self) -> Vec<ParameterInfo> {
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

/// The only element: the input of an op that takes one, or the gradient of its output.
pub(crate) fn only<T>(values: impl IntoIterator<Item = T>) -> Result<T> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(Error::Value("exactly one value was expected".to_owned())),
    }
}

/// The gradient of an op's only output.
pub(crate) fn only_gradient(gradients: Vec<Option<Value>>) -> Result<Value> {
    only(gradients.into_iter().flatten())
}

/// Checks that an op gets one input, image-like: `[channels, height, width]`.
pub(crate) fn one_image(inputs: &[Shape]) -> std::result::Result<[usize; 3], String> {
    let shape = one_input(inputs)?;
    <[usize; 3]>::try_from(shape.as_slice())
        .map_err(|_| format!("it takes [channels, height, width], but its input is {shape:?}"))
}

/// Checks that an op gets one input of any shape.
pub(crate) fn one_input(inputs: &[Shape]) -> std::result::Result<&Shape, String> {
    match inputs {
        [shape] => Ok(shape),
        _ => Err(format!("it takes one input, but was given {}", inputs.len())),
    }
}
