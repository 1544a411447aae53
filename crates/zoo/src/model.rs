use burn::tensor::Device;
use negah_network::{Channel, Network};

use crate::picture::{Framing, Preprocessing, rgb};
use crate::weights::{Architecture, Line, Mismatch, Misshapen, Naming, Need, Source, WeightFile};
use crate::{Weights, WeightsError, efficientnet_lite, vgg, xception};

/// A classifier that can be loaded.
#[derive(Debug)]
pub struct Model {
    /// The stable id, such as `efficientnet-lite0`.
    pub id: &'static str,
    /// The name in the field.
    pub name: &'static str,
    /// How a picture becomes its input, where its weights do not call for something else.
    pub preprocessing: Preprocessing,
    /// The layer at which methods look unless told otherwise: the last with height and width.
    pub layer: &'static str,
    /// Which files a reader can bring, in words, and how large they are in megabytes.
    pub weights: (&'static str, u32),
    pub(crate) build: fn(&mut Weights<'_>) -> Result<Network, WeightsError>,
    /// The names that others have for its tensors.
    pub(crate) architecture: Option<Architecture>,
}

/// A network with its weights.
#[derive(Debug)]
pub struct Loaded {
    /// What it is.
    pub model: &'static Model,
    /// The network.
    pub network: Network,
    /// How a picture becomes its input: the same architecture was trained on pictures made ready in other ways.
    pub preprocessing: Preprocessing,
}

/// A file that has been found to hold a network's weights.
pub struct Opened<'a> {
    model: &'static Model,
    file: WeightFile<'a>,
    lines: Vec<Line>,
    needs: Vec<Need>,
    preprocessing: Preprocessing,
}

/// The note in a safetensors file of ours that says how pictures are made ready, and what it says where that is not
/// the model's own way.
const CHANNELS: &str = "channels";
const LIKE_TORCH: &str = "torchvision";

impl Opened<'_> {
    /// Reads the weights, a tensor at a time, to a device.
    ///
    /// # Errors
    /// [`WeightsError`] for values that cannot be read, or are no finite numbers.
    pub fn load(self, device: &Device) -> Result<Loaded, WeightsError> {
        let Self { model, file, lines, preprocessing, .. } = self;
        let network = (model.build)(&mut Weights::file(file, lines, device))?;
        Ok(Loaded { model, network, preprocessing })
    }

    /// The network's tensors: names and shapes.
    #[must_use]
    pub fn tensors(&self) -> &[(String, Vec<usize>)] {
        &self.needs
    }

    /// What has to stand in a safetensors file of these tensors, so that it is read as this one is.
    #[must_use]
    pub fn notes(&self) -> Vec<(&'static str, &'static str)> {
        let channels = (self.preprocessing != self.model.preprocessing).then_some((CHANNELS, LIKE_TORCH));
        [("format", "pt"), ("model", self.model.id)].into_iter().chain(channels).collect()
    }

    /// The values of one of the tensors.
    ///
    /// # Errors
    /// [`WeightsError`] for a name that is not among them, and for values that cannot be read.
    pub fn read(&mut self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let missing = || WeightsError::Missing(name.to_owned());
        let line = self.lines.iter().find(|line| line.ours == name).ok_or_else(missing)?;
        let (_, shape) = self.needs.iter().find(|(other, _)| other == name).ok_or_else(missing)?;
        self.file.read(line, shape)
    }
}

const fn efficientnet(
    id: &'static str,
    name: &'static str,
    side: u32,
    megabytes: u32,
    build: fn(&mut Weights<'_>) -> Result<Network, WeightsError>,
) -> Model {
    Model {
        id,
        name,
        preprocessing: efficientnet_lite::preprocessing(side),
        layer: "head",
        weights: ("a state dict of lukemelas’s implementation: .pth or safetensors", megabytes),
        build,
        architecture: None,
    }
}

/// Caffe's way, and that of Keras's VGG-16: blue, green, red, less the means of ImageNet.
const CAFFE: [Channel; 3] = [
    Channel { colour: 2, mean: 103.939, std: 1.0 },
    Channel { colour: 1, mean: 116.779, std: 1.0 },
    Channel { colour: 0, mean: 123.68, std: 1.0 },
];

/// torchvision's and timm's way: ImageNet's means and standard deviations, of values in 0..1.
const TORCH: [Channel; 3] =
    rgb([0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0], [0.229 * 255.0, 0.224 * 255.0, 0.225 * 255.0]);

pub(crate) const VGG16: Model = Model {
    id: "vgg16",
    name: "VGG-16",
    preprocessing: Preprocessing { size: (224, 224), framing: Framing::CentreCrop, channels: CAFFE },
    layer: "block5_conv3",
    weights: ("VGG-16’s weights from Keras, torchvision, timm or Hugging Face: safetensors, .pth, .h5 or .keras", 553),
    build: vgg::vgg16,
    architecture: Some(Architecture::Vgg16 { pooled: [7, 7] }),
};

pub(crate) const XCEPTION: Model = Model {
    id: "xception",
    name: "Xception",
    preprocessing: Preprocessing {
        size: (299, 299),
        framing: Framing::CentreCrop,
        channels: rgb([127.5; 3], [127.5; 3]),
    },
    layer: "block14_sepconv2_act",
    weights: ("Xception’s weights from Keras or timm: safetensors, .pth, .h5 or .keras", 92),
    build: xception::xception,
    architecture: Some(Architecture::Xception),
};

/// Every model.
pub const MODELS: &[&Model] = &[
    &efficientnet("efficientnet-lite0", "EfficientNet-Lite0", 224, 19, efficientnet_lite::lite0),
    &VGG16,
    &XCEPTION,
    &efficientnet("efficientnet-lite1", "EfficientNet-Lite1", 240, 22, efficientnet_lite::lite1),
    &efficientnet("efficientnet-lite2", "EfficientNet-Lite2", 260, 25, efficientnet_lite::lite2),
    &efficientnet("efficientnet-lite3", "EfficientNet-Lite3", 280, 33, efficientnet_lite::lite3),
    &efficientnet("efficientnet-lite4", "EfficientNet-Lite4", 300, 52, efficientnet_lite::lite4),
];

/// The model of this id; `None` if there is none.
#[must_use]
pub fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().copied().find(|model| model.id == id)
}

/// The model whose weights a file holds, whichever format it has; `None` if it is none of [`MODELS`]. Little is read.
///
/// # Errors
/// [`WeightsError::Unknown`] for a file that is in none of the formats, and others for one that is damaged.
pub fn identify(file: &dyn Source) -> Result<Option<&'static Model>, WeightsError> {
    Ok(closest(&WeightFile::open(file)?, |_| true))
}

/// The model, of those that `among` lets through, that most of a file's tensors belong to.
fn closest(file: &WeightFile<'_>, among: impl Fn(&Model) -> bool) -> Option<&'static Model> {
    // How many in a thousand of its tensors are there, and so.
    let fit = |model: &Model| {
        let needs = model.tensors().unwrap_or_default();
        let mismatch = model.mismatch(file, &model.lines(model.naming(file), &needs), &needs);
        (needs.len() - mismatch.missing.count - mismatch.misshapen.count) * 1000 / needs.len().max(1)
    };
    let models = MODELS.iter().filter(|model| among(model)).map(|model| (fit(model), *model));
    models.filter(|(fit, _)| *fit > 500).max_by_key(|(fit, _)| *fit).map(|(_, model)| model)
}

impl Model {
    /// Looks into a weight file, of whichever format, and says whether it holds this network's weights. Little is read.
    ///
    /// # Errors
    /// [`WeightsError`] for a file that is damaged or belongs to another network.
    pub fn open<'a>(&'static self, file: &'a dyn Source) -> Result<Opened<'a>, WeightsError> {
        let needs = self.tensors()?;
        let file = WeightFile::open(file)?;
        let naming = self.naming(&file);
        let lines = self.lines(naming, &needs);
        let mismatch = self.mismatch(&file, &lines, &needs);
        if !mismatch.is_none() {
            let looks_like = closest(&file, |model| model.id != self.id).map(|model| model.name);
            return Err(WeightsError::Mismatch(Box::new(Mismatch { looks_like, ..mismatch })));
        }
        // Xception's are the same for all.
        let torch = matches!(naming, Some(Naming::Torchvision | Naming::Timm)) && self.id == VGG16.id;
        let torch = torch || file.note(CHANNELS) == Some(LIKE_TORCH);
        let preprocessing = if torch { self.with_channels(TORCH) } else { self.preprocessing };
        Ok(Opened { model: self, file, lines, needs, preprocessing })
    }

    /// The network with weights made up from their names, as the scripts that make goldens have them; for tests and
    /// timings. `gain` is a factor of the classifier's.
    ///
    /// # Errors
    /// None that a network of the registry has.
    pub fn seeded(&'static self, gain: f32, device: &Device) -> Result<Loaded, WeightsError> {
        let network = (self.build)(&mut Weights::seeded(gain, device))?;
        Ok(Loaded { model: self, network, preprocessing: self.preprocessing })
    }

    /// The network without weights, for a summary: nothing can be computed with it.
    ///
    /// # Errors
    /// None that a network of the registry has.
    pub fn outline(&self) -> Result<Network, WeightsError> {
        (self.build)(&mut Weights::nowhere())
    }

    /// Every tensor of the network: names and shapes.
    ///
    /// # Errors
    /// None that a network of the registry has.
    pub fn tensors(&self) -> Result<Vec<(String, Vec<usize>)>, WeightsError> {
        let mut weights = Weights::nowhere();
        (self.build)(&mut weights)?;
        Ok(weights.needs())
    }

    fn with_channels(&self, channels: [Channel; 3]) -> Preprocessing {
        Preprocessing { channels, ..self.preprocessing }
    }

    /// Whose names a file has for the tensors; `None` if they are the names here.
    pub(crate) fn naming(&self, file: &WeightFile<'_>) -> Option<Naming> {
        self.architecture?.detect(|name| file.tensors().contains_key(name))
    }

    /// The names of the tensors in a file.
    pub(crate) fn lines(&self, naming: Option<Naming>, needs: &[Need]) -> Vec<Line> {
        match (self.architecture, naming) {
            (Some(architecture), Some(naming)) => architecture.lines(naming),
            _ => needs.iter().map(|(name, _)| Line::same(name)).collect(),
        }
    }

    fn mismatch(&self, file: &WeightFile<'_>, lines: &[Line], needs: &[Need]) -> Mismatch {
        let mut mismatch = Mismatch { model: self.name, ..Mismatch::default() };
        let mut left = file.left().clone();
        for (name, shape) in needs {
            let line = lines.iter().find(|line| line.ours == *name);
            let theirs = line.map_or(name, |line| &line.theirs);
            left.remove(theirs);
            match line.zip(file.tensors().get(theirs)) {
                None => mismatch.missing.push(|| theirs.clone()),
                Some((line, tensor)) if !line.layout.takes(&tensor.shape, shape) => {
                    let (expected, got) = (shape.clone(), tensor.shape.clone());
                    mismatch.misshapen.push(|| Misshapen { name: theirs.clone(), expected, got });
                }
                Some(_) => {}
            }
        }
        left.iter().for_each(|name| mismatch.surplus.push(|| name.clone()));
        mismatch
    }
}
