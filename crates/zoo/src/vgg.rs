//! VGG-16 (Simonyan and Zisserman, 2014, arXiv:1409.1556), configuration D, as in
//! `keras.applications.VGG16`.

use negah_network::Network;
use negah_network::ops::Padding;

use crate::keras::{Layers, Window};
use crate::{Error, TensorLoader};

/// The convolutions of each block, and the filters of each convolution.
const BLOCKS: [(usize, usize); 5] = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)];
const HIDDEN: usize = 4096;

/// The size of a network of this architecture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// The divisor of every number of channels: 1, except in the small networks of tests.
    pub(crate) divisor: usize,
    /// The input's side in pixels.
    pub(crate) side: usize,
    pub(crate) classes: usize,
}

/// As published.
pub(crate) fn vgg16(weights: &mut TensorLoader<'_>) -> Result<Network, Error> {
    build(weights, Scale { divisor: 1, side: 224, classes: 1000 })
}

pub(crate) fn build(weights: &mut TensorLoader<'_>, scale: Scale) -> Result<Network, Error> {
    let mut net = Layers::new(scale.side, weights)?;
    let mut x = net.input();
    for (block, (convolutions, filters)) in (1..).zip(BLOCKS) {
        for number in 1..=convolutions {
            x = net.conv_relu(&format!("block{block}_conv{number}"), filters / scale.divisor, x)?;
        }
        let window = Window { size: 2, stride: 2, padding: Padding::Valid };
        x = net.max_pool(&format!("block{block}_pool"), window, x)?;
    }
    x = net.flatten("flatten", x)?;
    x = net.dense_relu("fc1", HIDDEN / scale.divisor, x)?;
    x = net.dense_relu("fc2", HIDDEN / scale.divisor, x)?;
    net.finish("predictions", scale.classes, x)
}
