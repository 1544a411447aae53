//! The names and layouts that other libraries use for the tensors of the networks here.
//!
//! Each naming is a table of [`TensorMapping`]s. Keras's tensors are named by layer and number, as
//! `negah_weights` lists them.

use negah_weights::{AxisMapping, TensorMapping};

/// A library's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// Keras's layer names: the published VGG-16, and what Keras 1 to 3 write as `.h5`.
    Keras,
    /// The published Xception. Keras 1 wrote it before its layers had names: `convolution2d_3`,
    /// `separableconvolution2d_1`, `batchnormalization_40` and `dense_2`, counted in the order in
    /// which the script made them. A block's residual convolution comes before its others.
    Keras1,
    /// `.weights.h5` and `.keras`: layers counted by class in the order of the network. A block's
    /// residual convolution comes after its others.
    Keras3,
    /// torchvision: `features.0`, `classifier.6`.
    Torchvision,
    /// timm, and Hugging Face, which has the same files: `pre_logits.fc1`, `head.fc`. For Xception
    /// they are Cadene's names.
    Timm,
}

/// A network whose weights come in several namings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamingTable {
    /// VGG-16. Its dense layers begin with the rows and columns after the poolings, 7 and 7 for 224
    /// pixels, which Keras and PyTorch flatten in different orders.
    Vgg16 {
        /// Rows and columns before the flattening.
        pooled: [usize; 2],
    },
    /// Xception.
    Xception,
}

/// torchvision's numbers of VGG-16's convolutions; those between are ReLUs and poolings.
const FEATURES: [(&str, u32); 13] = [
    ("block1_conv1", 0),
    ("block1_conv2", 2),
    ("block2_conv1", 5),
    ("block2_conv2", 7),
    ("block3_conv1", 10),
    ("block3_conv2", 12),
    ("block3_conv3", 14),
    ("block4_conv1", 17),
    ("block4_conv2", 19),
    ("block4_conv3", 21),
    ("block5_conv1", 24),
    ("block5_conv2", 26),
    ("block5_conv3", 28),
];

/// The names of VGG-16's dense layers here, in torchvision, and in timm.
const CLASSIFIER: [(&str, &str, &str); 3] = [
    ("fc1", "classifier.0", "pre_logits.fc1"),
    ("fc2", "classifier.3", "pre_logits.fc2"),
    ("predictions", "classifier.6", "head.fc"),
];

/// Xception's blocks with a convolution beside them.
const RESIDUAL: [u32; 4] = [2, 3, 4, 13];

/// The class of a layer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Conv,
    Separable,
    Norm,
    Dense,
}

impl Class {
    /// The tensors of a layer in Keras's order: the names here and in PyTorch, and Keras's layout.
    const fn parts(self) -> &'static [(&'static str, &'static str, AxisMapping)] {
        match self {
            Self::Conv | Self::Dense => {
                &[("weight", "weight", AxisMapping::Kernel), ("bias", "bias", AxisMapping::AsIs)]
            }
            Self::Separable => &[
                ("depthwise.weight", "conv1.weight", AxisMapping::Depthwise),
                ("pointwise.weight", "pointwise.weight", AxisMapping::Kernel),
            ],
            Self::Norm => &[
                ("weight", "weight", AxisMapping::AsIs),
                ("bias", "bias", AxisMapping::AsIs),
                ("running_mean", "running_mean", AxisMapping::AsIs),
                ("running_var", "running_var", AxisMapping::AsIs),
            ],
        }
    }

    /// The classes' names in Keras 1 and Keras 3.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Conv => ("convolution2d", "conv2d"),
            Self::Separable => ("separableconvolution2d", "separable_conv2d"),
            Self::Norm => ("batchnormalization", "batch_normalization"),
            Self::Dense => ("dense", "dense"),
        }
    }
}

impl NamingTable {
    /// The naming of a file, by a tensor that only this naming has.
    pub fn detect(self, has: impl Fn(&str) -> bool) -> Option<Naming> {
        let marks: &[(&str, Naming)] = match self {
            Self::Vgg16 { .. } => &[
                ("block1_conv1/0", Naming::Keras),
                ("conv2d/0", Naming::Keras3),
                ("pre_logits.fc1.weight", Naming::Timm),
                ("features.0.weight", Naming::Torchvision),
            ],
            Self::Xception => &[
                ("separableconvolution2d_1/0", Naming::Keras1),
                ("block2_sepconv1/0", Naming::Keras),
                ("separable_conv2d/0", Naming::Keras3),
                ("block1.rep.0.conv1.weight", Naming::Timm),
            ],
        };
        marks.iter().find(|(mark, _)| has(mark)).map(|(_, naming)| *naming)
    }

    /// Every tensor of the network, in its order. Empty if nobody publishes it under such names.
    #[must_use]
    pub fn mappings(self, naming: Naming) -> Vec<TensorMapping> {
        match self {
            Self::Vgg16 { pooled } => vgg16(naming, pooled),
            Self::Xception => xception(naming),
        }
    }
}

fn vgg16(naming: Naming, pooled: [usize; 2]) -> Vec<TensorMapping> {
    let mut mappings = Vec::new();
    for (count, (ours, number)) in FEATURES.into_iter().enumerate() {
        let theirs = match naming {
            Naming::Keras => ours.to_owned(),
            Naming::Keras1 => return Vec::new(),
            Naming::Keras3 => counted("conv2d", count),
            Naming::Torchvision | Naming::Timm => format!("features.{number}"),
        };
        layer(&mut mappings, naming, ours, &theirs, Class::Conv);
    }
    for (count, (ours, torchvision, timm)) in CLASSIFIER.into_iter().enumerate() {
        let theirs = match naming {
            Naming::Torchvision => torchvision.to_owned(),
            Naming::Timm => timm.to_owned(),
            Naming::Keras3 => counted("dense", count),
            Naming::Keras | Naming::Keras1 => ours.to_owned(),
        };
        layer(&mut mappings, naming, ours, &theirs, Class::Dense);
    }
    for mapping in &mut mappings {
        if mapping.ours == "fc1.weight" && mapping.layout == AxisMapping::Kernel {
            mapping.layout = AxisMapping::Flattened(pooled);
        }
    }
    mappings
}

fn xception(naming: Naming) -> Vec<TensorMapping> {
    // Each layer with its name in Cadene's script, in the order in which Keras counts them.
    let mut layers = vec![("block1_conv1".to_owned(), "conv1".to_owned(), Class::Conv)];
    layers.push(("block1_conv1_bn".to_owned(), "bn1".to_owned(), Class::Norm));
    layers.push(("block1_conv2".to_owned(), "conv2".to_owned(), Class::Conv));
    layers.push(("block1_conv2_bn".to_owned(), "bn2".to_owned(), Class::Norm));
    for block in 2..=14 {
        let residual = RESIDUAL.iter().position(|other| *other == block).map(|index| {
            let theirs = format!("block{}", block - 1);
            let norm = (counted("batch_normalization", index), format!("{theirs}.skipbn"), Class::Norm);
            [(counted("conv2d", index), format!("{theirs}.skip"), Class::Conv), norm]
        });
        if naming == Naming::Keras1 {
            layers.extend(residual.clone().into_iter().flatten());
        }
        let depth = if RESIDUAL.contains(&block) || block == 14 { 2 } else { 3 };
        for index in 1..=depth {
            let ours = format!("block{block}_sepconv{index}");
            let (conv, norm) = if block == 14 {
                (format!("conv{}", index + 2), format!("bn{}", index + 2))
            } else {
                // `rep` counts ReLUs too; only the first block does not begin with one.
                let place = 3 * (index - 1) + u32::from(block != 2);
                (format!("block{}.rep.{place}", block - 1), format!("block{}.rep.{}", block - 1, place + 1))
            };
            layers.push((ours.clone(), conv, Class::Separable));
            layers.push((format!("{ours}_bn"), norm, Class::Norm));
        }
        if naming != Naming::Keras1 {
            layers.extend(residual.into_iter().flatten());
        }
    }
    layers.push(("predictions".to_owned(), "fc".to_owned(), Class::Dense));
    let mut mappings = Vec::new();
    for (index, (ours, cadene, class)) in layers.iter().enumerate() {
        let count = layers[..index].iter().filter(|(_, _, other)| other == class).count();
        let theirs = match (naming, class) {
            (Naming::Keras, _) => ours.clone(),
            // The training script made another one before.
            (Naming::Keras1, Class::Dense) => "dense_2".to_owned(),
            (Naming::Keras1, _) => format!("{}_{}", class.names().0, count + 1),
            (Naming::Keras3, _) => counted(class.names().1, count),
            (Naming::Timm, _) => cadene.clone(),
            (Naming::Torchvision, _) => return Vec::new(),
        };
        layer(&mut mappings, naming, ours, &theirs, *class);
    }
    // A batch norm follows every convolution, so none has a bias.
    mappings.retain(|mapping| !mapping.ours.ends_with(".bias") || !is_convolution(&mapping.ours));
    mappings
}

fn is_convolution(ours: &str) -> bool {
    !ours.contains("_bn.") && !ours.starts_with("batch_normalization") && !ours.starts_with("predictions")
}

/// Keras's name for the layer of a class that was made after `count` others.
fn counted(class: &str, count: usize) -> String {
    if count == 0 { class.to_owned() } else { format!("{class}_{count}") }
}

/// Adds the tensors of a layer.
fn layer(mappings: &mut Vec<TensorMapping>, naming: Naming, ours: &str, theirs: &str, class: Class) {
    for (number, (part, torch, layout)) in class.parts().iter().enumerate() {
        let keras = matches!(naming, Naming::Keras | Naming::Keras1 | Naming::Keras3);
        let theirs = if keras { format!("{theirs}/{number}") } else { format!("{theirs}.{torch}") };
        let layout = if keras { *layout } else { AxisMapping::AsIs };
        mappings.push(TensorMapping { ours: format!("{ours}.{part}"), theirs, layout });
    }
}
