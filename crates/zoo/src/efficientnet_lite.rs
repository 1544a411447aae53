//! EfficientNet-Lite (Liu, 2020): EfficientNet (Tan and Le, 2019, arXiv:1905.11946) without squeeze
//! and excitation, with ReLU6 instead of swish, and with a stem and head of fixed width.

use negah_network::ops::{Add, BatchNorm, Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, Relu};
use negah_network::{Builder, Channel, LayerId, Network};

use crate::{Error, TensorLoader};

/// To −1..1 as in TensorFlow's models: (x − 127)/128.
pub(crate) const CHANNELS: [Channel; 3] = Channel::rgb([127.0; 3], [128.0; 3]);

const EPSILON: f64 = 1e-3;
const STEM: usize = 32;
const HEAD: usize = 1280;
const CLASSES: usize = 1000;

/// Several blocks of one kind; the first of them has the stride.
struct Stage {
    repeats: usize,
    kernel: usize,
    stride: usize,
    expansion: usize,
    channels: usize,
}

/// The factors of a network's channels and layers relative to Lite0, and its input's side.
struct Scaling {
    width: f64,
    depth: f64,
    side: usize,
}

impl Scaling {
    /// The number of channels after widening: the nearest multiple of 8, at most a tenth smaller.
    fn channels(&self, channels: usize) -> usize {
        let wanted = channels as f64 * self.width;
        let rounded = ((wanted + 4.0) as usize / 8 * 8).max(8);
        if (rounded as f64) < 0.9 * wanted { rounded + 8 } else { rounded }
    }

    /// The number of blocks after deepening; the first and the last stage keep theirs.
    fn repeats(&self, number: usize, repeats: usize) -> usize {
        if number == 0 || number + 1 == LITE0.len() { repeats } else { (repeats as f64 * self.depth).ceil() as usize }
    }
}

const fn stage(repeats: usize, kernel: usize, stride: usize, expansion: usize, channels: usize) -> Stage {
    Stage { repeats, kernel, stride, expansion, channels }
}

const LITE0: [Stage; 7] = [
    stage(1, 3, 1, 1, 16),
    stage(2, 3, 2, 6, 24),
    stage(2, 5, 2, 6, 40),
    stage(3, 3, 2, 6, 80),
    stage(3, 5, 1, 6, 112),
    stage(4, 5, 2, 6, 192),
    stage(1, 3, 1, 6, 320),
];

/// EfficientNet-Lite0.
pub(crate) fn lite0(weights: &mut TensorLoader<'_>) -> Result<Network, Error> {
    build(weights, &Scaling { width: 1.0, depth: 1.0, side: 224 })
}

/// EfficientNet-Lite1.
pub(crate) fn lite1(weights: &mut TensorLoader<'_>) -> Result<Network, Error> {
    build(weights, &Scaling { width: 1.0, depth: 1.1, side: 240 })
}

/// EfficientNet-Lite2.
pub(crate) fn lite2(weights: &mut TensorLoader<'_>) -> Result<Network, Error> {
    build(weights, &Scaling { width: 1.1, depth: 1.2, side: 260 })
}

/// EfficientNet-Lite3.
pub(crate) fn lite3(weights: &mut TensorLoader<'_>) -> Result<Network, Error> {
    build(weights, &Scaling { width: 1.2, depth: 1.4, side: 280 })
}

/// EfficientNet-Lite4.
pub(crate) fn lite4(weights: &mut TensorLoader<'_>) -> Result<Network, Error> {
    build(weights, &Scaling { width: 1.4, depth: 1.8, side: 300 })
}

/// From a state dict in the naming of lukemelas's PyTorch implementation.
fn build(weights: &mut TensorLoader<'_>, scaling: &Scaling) -> Result<Network, Error> {
    let mut net = Net { builder: Builder::new(vec![3, scaling.side, scaling.side])?, weights };
    let input = net.builder.input();
    let stem = Conv { name: "stem", conv: "_conv_stem", norm: "_bn0", kernel: 3, stride: 2, channels: STEM };
    let mut x = net.convolution(&stem, input, true)?;
    net.builder.stage("stem", x)?;
    let mut block = 0;
    for (number, stage) in LITE0.iter().enumerate() {
        let channels = scaling.channels(stage.channels);
        for index in 0..scaling.repeats(number, stage.repeats) {
            let stride = if index == 0 { stage.stride } else { 1 };
            x = net.block(block, &Stage { channels, ..*stage }, stride, x)?;
            block += 1;
        }
    }
    let head = Conv { name: "head", conv: "_conv_head", norm: "_bn1", kernel: 1, stride: 1, channels: HEAD };
    x = net.convolution(&head, x, true)?;
    net.builder.stage("head", x)?;
    x = net.builder.layer("pool", GlobalAveragePool, &[x])?;
    x = net.builder.layer("flatten", Flatten, &[x])?;
    let weight = net.weights.rows("_fc.weight", [CLASSES, HEAD])?;
    let bias = net.weights.param("_fc.bias", [CLASSES])?;
    x = net.builder.layer("classifier", Dense::new(weight, bias), &[x])?;
    Ok(net.builder.finish(x)?)
}

/// A convolution with its batch norm: their names here and in the state dict.
struct Conv<'a> {
    name: &'a str,
    conv: &'a str,
    norm: &'a str,
    kernel: usize,
    stride: usize,
    channels: usize,
}

struct Net<'a, 'w> {
    builder: Builder,
    weights: &'a mut TensorLoader<'w>,
}

impl Net<'_, '_> {
    /// An inverted residual block: expand, filter depthwise, project; and add the input where the
    /// shape is the same.
    fn block(&mut self, number: usize, stage: &Stage, stride: usize, input: LayerId) -> Result<LayerId, Error> {
        let here = |part: &str| format!("blocks.{number}.{part}");
        let there = |part: &str| format!("_blocks.{number}.{part}");
        let width = self.channels(input)? * stage.expansion;
        let mut x = input;
        if stage.expansion > 1 {
            let (name, conv, norm) = (here("expand"), there("_expand_conv"), there("_bn0"));
            let expand = Conv { name: &name, conv: &conv, norm: &norm, kernel: 1, stride: 1, channels: width };
            x = self.convolution(&expand, x, true)?;
            self.builder.alias(name, x)?;
        }
        let (name, conv, norm) = (here("depthwise"), there("_depthwise_conv"), there("_bn1"));
        let kernel = stage.kernel;
        x = self.depthwise(&Conv { name: &name, conv: &conv, norm: &norm, kernel, stride, channels: width }, x)?;
        self.builder.alias(name, x)?;
        let (name, conv, norm) = (here("project"), there("_project_conv"), there("_bn2"));
        let project = Conv { name: &name, conv: &conv, norm: &norm, kernel: 1, stride: 1, channels: stage.channels };
        x = self.convolution(&project, x, false)?;
        self.builder.alias(name, x)?;
        if self.builder.shape(x)? == self.builder.shape(input)? {
            x = self.builder.layer(here("add"), Add, &[x, input])?;
        }
        self.builder.stage(format!("blocks.{number}"), x)?;
        Ok(x)
    }

    /// A convolution over all channels, its batch norm and, if `rectified`, a ReLU6.
    fn convolution(&mut self, conv: &Conv<'_>, input: LayerId, rectified: bool) -> Result<LayerId, Error> {
        let within = self.channels(input)?;
        self.filter(conv, input, within, 1, rectified)
    }

    /// A convolution of each channel by itself, its batch norm and a ReLU6.
    fn depthwise(&mut self, conv: &Conv<'_>, input: LayerId) -> Result<LayerId, Error> {
        self.filter(conv, input, 1, conv.channels, true)
    }

    fn filter(
        &mut self,
        conv: &Conv<'_>,
        input: LayerId,
        within: usize,
        groups: usize,
        rectified: bool,
    ) -> Result<LayerId, Error> {
        let Conv { name, channels, kernel, stride, .. } = *conv;
        let shape = [channels, within, kernel, kernel];
        let weight = self.weights.param(&format!("{}.weight", conv.conv), shape)?;
        let options = Conv2dOptions { stride: [stride; 2], groups, ..Conv2dOptions::default() };
        let x = self.builder.layer(format!("{name}.conv"), Conv2d::new(weight, None, options), &[input])?;
        let mut vector = |part: &str| self.weights.param(&format!("{}.{part}", conv.norm), [channels]);
        let (scale, shift) = (vector("weight")?, vector("bias")?);
        let (mean, variance) = (vector("running_mean")?, vector("running_var")?);
        let norm = BatchNorm::new(scale, shift, mean, variance, EPSILON);
        let x = self.builder.layer(format!("{name}.bn"), norm, &[x])?;
        if rectified { Ok(self.builder.layer(format!("{name}.relu6"), Relu::six(), &[x])?) } else { Ok(x) }
    }

    fn channels(&self, layer: LayerId) -> Result<usize, Error> {
        Ok(self.builder.shape(layer)?[0])
    }
}
