//! Keras's layers, from which the networks of `keras.applications` are built here.
//!
//! A layer of Keras may have several operations, such as a convolution with its bias and ReLU.
//! These are several layers here, and Keras's name refers to the last.

use negah_network::ops::{
    Add, BatchNorm, Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, MaxPool2d, Padding, Relu, Softmax,
};
use negah_network::{Builder, LayerId, Network};

use crate::{Error, TensorLoader};

/// Keras's ε of a batch norm of these networks.
const EPSILON: f64 = 1e-3;

/// A network that is being built.
pub(crate) struct Layers<'a, 'w> {
    builder: Builder,
    weights: &'a mut TensorLoader<'w>,
}

/// The window of a convolution or a pooling.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) size: usize,
    pub(crate) stride: usize,
    pub(crate) padding: Padding,
}

impl<'a, 'w> Layers<'a, 'w> {
    /// A network with an input of this side, which Keras calls `input_layer`.
    pub(crate) fn new(side: usize, weights: &'a mut TensorLoader<'w>) -> Result<Self, Error> {
        let mut builder = Builder::new(vec![3, side, side])?;
        let input = builder.input();
        builder.reference("input_layer", "InputLayer", input)?;
        Ok(Self { builder, weights })
    }

    pub(crate) fn input(&self) -> LayerId {
        self.builder.input()
    }

    /// A convolution with a bias and a ReLU.
    pub(crate) fn conv_relu(&mut self, name: &str, filters: usize, x: LayerId) -> Result<LayerId, Error> {
        let weight = self.weights.param(&format!("{name}.weight"), [filters, self.channels(x)?, 3, 3])?;
        let bias = self.weights.param(&format!("{name}.bias"), [filters])?;
        let conv = Conv2d::new(weight, Some(bias), Conv2dOptions::default());
        let x = self.builder.layer(format!("{name}.conv"), conv, &[x])?;
        let x = self.builder.layer(format!("{name}.relu"), Relu::new(), &[x])?;
        self.named(name, "Conv2D", x)
    }

    /// A convolution without a bias.
    pub(crate) fn conv(&mut self, name: &str, filters: usize, window: Window, x: LayerId) -> Result<LayerId, Error> {
        let Window { size, stride, padding } = window;
        let weight = self.weights.param(&format!("{name}.weight"), [filters, self.channels(x)?, size, size])?;
        let options = Conv2dOptions { stride: [stride; 2], padding, ..Conv2dOptions::default() };
        self.single(name, "Conv2D", Conv2d::new(weight, None, options), x)
    }

    /// A separable convolution without biases, with SAME padding: depthwise, then pointwise.
    pub(crate) fn separable(&mut self, name: &str, filters: usize, x: LayerId) -> Result<LayerId, Error> {
        let channels = self.channels(x)?;
        let depthwise = self.weights.param(&format!("{name}.depthwise.weight"), [channels, 1, 3, 3])?;
        let pointwise = self.weights.param(&format!("{name}.pointwise.weight"), [filters, channels, 1, 1])?;
        let options = Conv2dOptions { groups: channels, ..Conv2dOptions::default() };
        let x = self.builder.layer(format!("{name}.depthwise"), Conv2d::new(depthwise, None, options), &[x])?;
        let pointwise = Conv2d::new(pointwise, None, Conv2dOptions::default());
        let x = self.builder.layer(format!("{name}.pointwise"), pointwise, &[x])?;
        self.named(name, "SeparableConv2D", x)
    }

    pub(crate) fn batch_norm(&mut self, name: &str, x: LayerId) -> Result<LayerId, Error> {
        let channels = self.channels(x)?;
        let mut vector = |part: &str| self.weights.param(&format!("{name}.{part}"), [channels]);
        let (weight, bias) = (vector("weight")?, vector("bias")?);
        let (mean, variance) = (vector("running_mean")?, vector("running_var")?);
        self.single(name, "BatchNormalization", BatchNorm::new(weight, bias, mean, variance, EPSILON), x)
    }

    pub(crate) fn relu(&mut self, name: &str, x: LayerId) -> Result<LayerId, Error> {
        self.single(name, "Activation", Relu::new(), x)
    }

    pub(crate) fn max_pool(&mut self, name: &str, window: Window, x: LayerId) -> Result<LayerId, Error> {
        let Window { size, stride, padding } = window;
        self.single(name, "MaxPooling2D", MaxPool2d::new([size; 2], [stride; 2], padding), x)
    }

    pub(crate) fn add(&mut self, name: &str, a: LayerId, b: LayerId) -> Result<LayerId, Error> {
        let sum = self.builder.layer(name, Add, &[a, b])?;
        self.builder.reference(name, "Add", sum)?;
        Ok(sum)
    }

    pub(crate) fn flatten(&mut self, name: &str, x: LayerId) -> Result<LayerId, Error> {
        self.single(name, "Flatten", Flatten, x)
    }

    pub(crate) fn global_average_pool(&mut self, name: &str, x: LayerId) -> Result<LayerId, Error> {
        let x = self.builder.layer(format!("{name}.mean"), GlobalAveragePool, &[x])?;
        let x = self.builder.layer(format!("{name}.flatten"), Flatten, &[x])?;
        self.named(name, "GlobalAveragePooling2D", x)
    }

    /// A fully connected layer with a ReLU.
    pub(crate) fn dense_relu(&mut self, name: &str, units: usize, x: LayerId) -> Result<LayerId, Error> {
        let x = self.dense(name, units, x)?;
        let x = self.builder.layer(format!("{name}.relu"), Relu::new(), &[x])?;
        self.named(name, "Dense", x)
    }

    /// The last fully connected layer and its softmax. The network's output is the logits between.
    pub(crate) fn finish(mut self, name: &str, classes: usize, x: LayerId) -> Result<Network, Error> {
        let logits = self.dense(name, classes, x)?;
        let x = self.builder.layer(format!("{name}.softmax"), Softmax, &[logits])?;
        self.named(name, "Dense", x)?;
        Ok(self.builder.finish(logits)?)
    }

    fn dense(&mut self, name: &str, units: usize, x: LayerId) -> Result<LayerId, Error> {
        let features = self.builder.shape(x)?.iter().product();
        let weight = self.weights.rows(&format!("{name}.weight"), [units, features])?;
        let bias = self.weights.param(&format!("{name}.bias"), [units])?;
        Ok(self.builder.layer(format!("{name}.dense"), Dense::new(weight, bias), &[x])?)
    }

    /// A layer of Keras that is one layer here.
    fn single(
        &mut self,
        name: &str,
        kind: &'static str,
        op: impl negah_network::Op + 'static,
        x: LayerId,
    ) -> Result<LayerId, Error> {
        let x = self.builder.layer(name, op, &[x])?;
        self.named(name, kind, x)
    }

    fn named(&mut self, name: &str, kind: &'static str, x: LayerId) -> Result<LayerId, Error> {
        self.builder.reference(name, kind, x)?;
        Ok(x)
    }

    fn channels(&self, layer: LayerId) -> Result<usize, Error> {
        Ok(self.builder.shape(layer)?[0])
    }
}
