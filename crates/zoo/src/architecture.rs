use std::sync::Arc;

use burn::tensor::Device;
use negah_network::{Band, Channel, CropMode, Labels, Model, Network, Preprocessing};
use negah_weights::{Source, TensorMapping, WeightFile, WeightsError, quoted};

use crate::error::{Mismatch, Misshapen};
use crate::imagenet::IMAGENET;
use crate::loader::{self, TensorLoader, TensorSpec};
use crate::naming::{Naming, NamingTable};
use crate::{Error, Result, efficientnet_lite, vgg, xception};

/// A classifier whose layers are known, before it has weights.
#[derive(Debug)]
pub struct Architecture {
    /// The stable id, such as `efficientnet-lite0`.
    pub id: &'static str,
    /// The name in the field.
    pub name: &'static str,
    /// Height and width of the input, in pixels.
    pub size: (u32, u32),
    /// The input's channels, unless the weights' origin determines others.
    pub(crate) channels: [Channel; 3],
    /// The classes, in the order of the network's outputs.
    pub(crate) labels: fn() -> Arc<Labels>,
    /// The layer at which methods look by default: the last with height and width.
    pub layer: &'static str,
    /// A description of the weight files it reads, and their size in megabytes.
    pub weights: (&'static str, u32),
    pub(crate) build: fn(&mut TensorLoader<'_>) -> Result<Network>,
    /// The names that other libraries use for its tensors.
    pub(crate) namings: Option<NamingTable>,
}

/// A file that holds the weights of an architecture: its tensors' names and shapes were compared.
pub struct VerifiedWeights<'a> {
    architecture: &'static Architecture,
    file: WeightFile<'a>,
    mappings: Vec<TensorMapping>,
    specs: Vec<TensorSpec>,
    channels: [Channel; 3],
}

/// The metadata of a safetensors file that determines the preprocessing, and its value where that
/// is not the architecture's own.
const CHANNELS: &str = "channels";
const LIKE_TORCH: &str = "torchvision";

impl VerifiedWeights<'_> {
    /// Reads the weights to a device, one tensor at a time.
    ///
    /// # Errors
    /// [`Error`] for values that cannot be read, are not finite, or are negative variances.
    pub fn load(self, device: &Device) -> Result<Model> {
        let Self { architecture, file, mappings, channels, .. } = self;
        let network = (architecture.build)(&mut TensorLoader::file(file, mappings, device))?;
        architecture.model(network, channels, "a weight file")
    }

    /// The network's tensors: names and shapes.
    #[must_use]
    pub fn tensors(&self) -> &[TensorSpec] {
        &self.specs
    }

    /// The metadata that a safetensors file of these tensors needs to be read like this file.
    #[must_use]
    pub fn metadata(&self) -> Vec<(&'static str, &'static str)> {
        let channels = (self.channels != self.architecture.channels).then_some((CHANNELS, LIKE_TORCH));
        [("format", "pt"), ("model", self.architecture.id)].into_iter().chain(channels).collect()
    }

    /// The values of one of the tensors.
    ///
    /// # Errors
    /// [`Error`] for an unknown name, and as [`VerifiedWeights::load`].
    pub fn read(&mut self, name: &str) -> Result<Vec<f32>> {
        let missing = || WeightsError::missing(name);
        let mapping = self.mappings.iter().find(|mapping| mapping.ours == name).ok_or_else(missing)?;
        let (_, shape) = self.specs.iter().find(|(other, _)| other == name).ok_or_else(missing)?;
        loader::read(&mut self.file, mapping, shape)
    }
}

fn imagenet() -> Arc<Labels> {
    Arc::clone(&IMAGENET)
}

const fn efficientnet(
    id: &'static str,
    name: &'static str,
    side: u32,
    megabytes: u32,
    build: fn(&mut TensorLoader<'_>) -> Result<Network>,
) -> Architecture {
    Architecture {
        id,
        name,
        size: (side, side),
        channels: efficientnet_lite::CHANNELS,
        labels: imagenet,
        layer: "head",
        weights: ("a state dict of lukemelas’s implementation: .pth or safetensors", megabytes),
        build,
        namings: None,
    }
}

/// Caffe's preprocessing, which Keras's VGG-16 uses: blue, green, red, minus ImageNet's means.
const CAFFE: [Channel; 3] = [
    Channel { band: Band::Blue, mean: 103.939, std: 1.0 },
    Channel { band: Band::Green, mean: 116.779, std: 1.0 },
    Channel { band: Band::Red, mean: 123.68, std: 1.0 },
];

/// torchvision's and timm's preprocessing: ImageNet's means and standard deviations of 0..1.
const TORCH: [Channel; 3] =
    Channel::rgb([0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0], [0.229 * 255.0, 0.224 * 255.0, 0.225 * 255.0]);

pub(crate) const VGG16: Architecture = Architecture {
    id: "vgg16",
    name: "VGG-16",
    size: (224, 224),
    channels: CAFFE,
    labels: imagenet,
    layer: "block5_conv3",
    weights: ("VGG-16’s weights from Keras, torchvision, timm or Hugging Face: safetensors, .pth, .h5 or .keras", 553),
    build: vgg::vgg16,
    namings: Some(NamingTable::Vgg16 { pooled: [7, 7] }),
};

pub(crate) const XCEPTION: Architecture = Architecture {
    id: "xception",
    name: "Xception",
    size: (299, 299),
    channels: Channel::rgb([127.5; 3], [127.5; 3]),
    labels: imagenet,
    layer: "block14_sepconv2_act",
    weights: ("Xception’s weights from Keras or timm: safetensors, .pth, .h5 or .keras", 92),
    build: xception::xception,
    namings: Some(NamingTable::Xception),
};

/// Every architecture.
pub const ARCHITECTURES: &[&Architecture] = &[
    &efficientnet("efficientnet-lite0", "EfficientNet-Lite0", 224, 19, efficientnet_lite::lite0),
    &VGG16,
    &XCEPTION,
    &efficientnet("efficientnet-lite1", "EfficientNet-Lite1", 240, 22, efficientnet_lite::lite1),
    &efficientnet("efficientnet-lite2", "EfficientNet-Lite2", 260, 25, efficientnet_lite::lite2),
    &efficientnet("efficientnet-lite3", "EfficientNet-Lite3", 280, 33, efficientnet_lite::lite3),
    &efficientnet("efficientnet-lite4", "EfficientNet-Lite4", 300, 52, efficientnet_lite::lite4),
];

/// The architecture of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Architecture> {
    ARCHITECTURES.iter().copied().find(|model| model.id == id)
}

/// The architecture whose weights a file holds; `None` if it is none of [`ARCHITECTURES`]. Values
/// are not read.
///
/// # Errors
/// [`WeightsError::Unknown`] for a file in none of the formats, and others for a damaged one.
pub fn identify(file: &dyn Source) -> Result<Option<&'static Architecture>> {
    Ok(closest(&WeightFile::open(file)?, |_| true))
}

/// The architecture that most of a file's tensors belong to, among those that `among` admits.
fn closest(file: &WeightFile<'_>, among: impl Fn(&Architecture) -> bool) -> Option<&'static Architecture> {
    // How many in a thousand of its tensors are in the file, in their shapes.
    let fit = |model: &Architecture| {
        let specs = model.tensors().unwrap_or_default();
        let mismatch = model.mismatch(file, &model.mappings(model.naming(file), &specs), &specs);
        (specs.len() - mismatch.missing.count - mismatch.misshapen.count) * 1000 / specs.len().max(1)
    };
    let models = ARCHITECTURES.iter().filter(|model| among(model)).map(|model| (fit(model), *model));
    models.filter(|(fit, _)| *fit > 500).max_by_key(|(fit, _)| *fit).map(|(_, model)| model)
}

impl Architecture {
    /// Opens a weight file and verifies that it holds this network's weights. Values are not read.
    ///
    /// # Errors
    /// [`WeightsError`] for a file that is damaged or belongs to another network.
    pub fn open<'a>(&'static self, file: &'a dyn Source) -> Result<VerifiedWeights<'a>> {
        let specs = self.tensors()?;
        let file = WeightFile::open(file)?;
        let naming = self.naming(&file);
        let mappings = self.mappings(naming, &specs);
        let mismatch = self.mismatch(&file, &mappings, &specs);
        if !mismatch.is_none() {
            let looks_like = closest(&file, |model| model.id != self.id).map(|model| model.name);
            return Err(Error::Mismatch(Box::new(Mismatch { looks_like, ..mismatch })));
        }
        // Xception's preprocessing is the same everywhere.
        let torch = matches!(naming, Some(Naming::Torchvision | Naming::Timm)) && self.id == VGG16.id;
        let torch = torch || file.metadata(CHANNELS) == Some(LIKE_TORCH);
        let channels = if torch { TORCH } else { self.channels };
        Ok(VerifiedWeights { architecture: self, file, mappings, specs, channels })
    }

    /// The model with weights made up from their names, as in the scripts that make goldens; for
    /// tests and timings. `gain` is a factor of the classifier's weights.
    ///
    /// # Errors
    /// None that a network of the registry has.
    pub fn seeded(&'static self, gain: f32, device: &Device) -> Result<Model> {
        let network = (self.build)(&mut TensorLoader::seeded(gain, device))?;
        self.model(network, self.channels, "made-up weights")
    }

    /// The network without weights, for a summary: nothing can be computed with it.
    ///
    /// # Errors
    /// None that a network of the registry has.
    pub fn outline(&self) -> Result<Network> {
        (self.build)(&mut TensorLoader::shapes_only())
    }

    /// Every tensor of the network: names and shapes.
    ///
    /// # Errors
    /// None that a network of the registry has.
    pub fn tensors(&self) -> Result<Vec<TensorSpec>> {
        let mut weights = TensorLoader::shapes_only();
        (self.build)(&mut weights)?;
        Ok(weights.specs())
    }

    /// How a picture becomes the input, unless the weights' origin determines other channels.
    #[must_use]
    pub fn preprocessing(&self) -> Preprocessing {
        Preprocessing { size: self.size, crop: CropMode::CentreCrop, channels: self.channels.to_vec() }
    }

    /// The model of a network of this architecture.
    fn model(&self, network: Network, channels: [Channel; 3], origin: &str) -> Result<Model> {
        let preprocessing = Preprocessing { channels: channels.to_vec(), ..self.preprocessing() };
        Ok(Model::new(self.id, self.name, origin, network, self.layer, preprocessing, (self.labels)())?)
    }

    /// The naming of a file's tensors; `None` if it is the network's own.
    pub(crate) fn naming(&self, file: &WeightFile<'_>) -> Option<Naming> {
        self.namings?.detect(|name| file.tensors().contains_key(name))
    }

    /// The names of the tensors in a file.
    pub(crate) fn mappings(&self, naming: Option<Naming>, specs: &[TensorSpec]) -> Vec<TensorMapping> {
        match (self.namings, naming) {
            (Some(table), Some(naming)) => table.mappings(naming),
            _ => specs.iter().map(|(name, _)| TensorMapping::identity(name)).collect(),
        }
    }

    fn mismatch(&self, file: &WeightFile<'_>, mappings: &[TensorMapping], specs: &[TensorSpec]) -> Mismatch {
        let mut mismatch = Mismatch { model: self.name, ..Mismatch::default() };
        let mut left = file.left().clone();
        for (name, shape) in specs {
            let mapping = mappings.iter().find(|mapping| mapping.ours == *name);
            let theirs = mapping.map_or(name, |mapping| &mapping.theirs);
            left.remove(theirs);
            match mapping.zip(file.tensors().get(theirs)) {
                None => mismatch.missing.push(|| quoted(theirs)),
                Some((mapping, tensor)) if !mapping.layout.takes(&tensor.shape, shape) => {
                    let (expected, got) = (shape.clone(), tensor.shape.clone());
                    mismatch.misshapen.push(|| Misshapen { name: quoted(theirs), expected, got });
                }
                Some(_) => {}
            }
        }
        left.iter().for_each(|name| mismatch.surplus.push(|| quoted(name)));
        mismatch
    }
}
