//! Xception (Chollet, 2016, arXiv:1610.02357) as `keras.applications.Xception` builds it.

use negah_network::ops::Padding;
use negah_network::{LayerId, Network};

use crate::keras::{Layers, Window};
use crate::vgg::Scale;
use crate::{Error, TensorLoader};

/// As published.
pub(crate) fn xception(weights: &mut TensorLoader<'_>) -> Result<Network, Error> {
    build(weights, Scale { divisor: 1, side: 299, classes: 1000 })
}

pub(crate) fn build(weights: &mut TensorLoader<'_>, scale: Scale) -> Result<Network, Error> {
    let wide = |filters: usize| (filters / scale.divisor).max(1);
    let mut net = Xception { net: Layers::new(scale.side, weights)?, residuals: 0, sums: 0 };
    let x = net.net.input();
    let x = net.stem("block1_conv1", wide(32), 2, x)?;
    let mut x = net.stem("block1_conv2", wide(64), 1, x)?;
    for (block, filters) in [(2, wide(128)), (3, wide(256)), (4, wide(728))] {
        // The input of the first block has passed a ReLU.
        x = net.shrinking(block, filters, filters, block > 2, x)?;
    }
    for block in 5..13 {
        x = net.middle(block, wide(728), x)?;
    }
    x = net.shrinking(13, wide(728), wide(1024), true, x)?;
    x = net.closing("block14_sepconv1", wide(1536), x)?;
    x = net.closing("block14_sepconv2", wide(2048), x)?;
    let mut net = net.net;
    x = net.global_average_pool("avg_pool", x)?;
    net.finish("predictions", scale.classes, x)
}

struct Xception<'a, 'w> {
    net: Layers<'a, 'w>,
    /// The residual convolutions so far, by which Keras names them.
    residuals: usize,
    /// The sums so far.
    sums: usize,
}

impl Xception<'_, '_> {
    /// A convolution of the stem, its batch norm and ReLU.
    fn stem(&mut self, name: &str, filters: usize, stride: usize, x: LayerId) -> Result<LayerId, Error> {
        let x = self.net.conv(name, filters, Window { size: 3, stride, padding: Padding::Valid }, x)?;
        let x = self.net.batch_norm(&format!("{name}_bn"), x)?;
        self.net.relu(&format!("{name}_act"), x)
    }

    /// Two separable convolutions and a pooling, with a residual convolution of stride 2.
    fn shrinking(
        &mut self,
        block: usize,
        inner: usize,
        filters: usize,
        rectified: bool,
        input: LayerId,
    ) -> Result<LayerId, Error> {
        let (first, second) = (format!("block{block}_sepconv1"), format!("block{block}_sepconv2"));
        let mut x = input;
        if rectified {
            x = self.net.relu(&format!("{first}_act"), x)?;
        }
        x = self.net.separable(&first, inner, x)?;
        x = self.net.batch_norm(&format!("{first}_bn"), x)?;
        x = self.net.relu(&format!("{second}_act"), x)?;
        x = self.net.separable(&second, filters, x)?;
        x = self.net.batch_norm(&format!("{second}_bn"), x)?;
        // In the order in which Keras lists them.
        let number = self.residuals;
        self.residuals += 1;
        let halved = Window { size: 1, stride: 2, padding: Padding::Same };
        let beside = self.net.conv(&numbered("conv2d", number), filters, halved, input)?;
        let window = Window { size: 3, stride: 2, padding: Padding::Same };
        x = self.net.max_pool(&format!("block{block}_pool"), window, x)?;
        let beside = self.net.batch_norm(&numbered("batch_normalization", number), beside)?;
        self.sum(x, beside)
    }

    /// Three separable convolutions, added to their input.
    fn middle(&mut self, block: usize, filters: usize, input: LayerId) -> Result<LayerId, Error> {
        let mut x = input;
        for number in 1..=3 {
            let name = format!("block{block}_sepconv{number}");
            x = self.net.relu(&format!("{name}_act"), x)?;
            x = self.net.separable(&name, filters, x)?;
            x = self.net.batch_norm(&format!("{name}_bn"), x)?;
        }
        self.sum(x, input)
    }

    /// A separable convolution, its batch norm and ReLU.
    fn closing(&mut self, name: &str, filters: usize, x: LayerId) -> Result<LayerId, Error> {
        let x = self.net.separable(name, filters, x)?;
        let x = self.net.batch_norm(&format!("{name}_bn"), x)?;
        self.net.relu(&format!("{name}_act"), x)
    }

    fn sum(&mut self, a: LayerId, b: LayerId) -> Result<LayerId, Error> {
        let number = self.sums;
        self.sums += 1;
        self.net.add(&numbered("add", number), a, b)
    }
}

/// Keras's names for layers without one: `add`, `add_1`, …
fn numbered(name: &str, number: usize) -> String {
    if number == 0 { name.to_owned() } else { format!("{name}_{number}") }
}
