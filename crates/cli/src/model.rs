//! Models with their weights.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;
use negah_explain::{ArrayValues, crop_mode, unscaled};
use negah_network::{CropMode, Model, Network, Probe};
use negah_weights::Source;
use negah_zoo::{ARCHITECTURES, Architecture};

use crate::device::{Compute, values};
use crate::terminal::tell;

/// Where weights are looked for unless NEGAH_MODELS names a folder: a checkout, an unpacked page.
const FOLDERS: [&str; 3] = ["www/models", "models", "dist/models"];

/// The folder in each of them that `cargo xtask fetch-models` fills.
const FETCHED: &str = "fetched";

/// The endings of weight files, in the order in which they are looked for.
const ENDINGS: [&str; 6] = ["safetensors", "weights.h5", "h5", "keras", "pth", "pt"];

/// The weights that the command carries, and the architecture that they belong to.
#[cfg(feature = "bundled")]
static BUNDLED: Option<(&str, &[u8])> =
    Some(("efficientnet-lite0", include_bytes!("../../../www/models/efficientnet-lite0.safetensors")));
#[cfg(not(feature = "bundled"))]
static BUNDLED: Option<(&str, &[u8])> = None;

/// Which network.
#[derive(Args)]
pub struct Which {
    /// The network [default: the one that --weights belong to, or efficientnet-lite0]
    #[arg(long, value_parser = PossibleValuesParser::new(ARCHITECTURES.iter().map(|architecture| architecture.id)))]
    model: Option<String>,
}

impl Which {
    /// The architecture that was named, or else the first.
    ///
    /// # Errors
    /// For an unknown model.
    pub fn architecture(&self) -> Result<&'static Architecture> {
        let id = self.model.as_deref().unwrap_or(ARCHITECTURES[0].id);
        negah_zoo::find(id).ok_or_else(|| anyhow!("there is no model “{id}”"))
    }
}

/// Which network, and its weights.
#[derive(Args)]
pub struct ModelArguments {
    #[command(flatten)]
    which: Which,
    /// Its weights: .safetensors, .pth, .pt, .h5, .weights.h5 or .keras [default: MODEL with one of
    /// these endings, in the folder NEGAH_MODELS names, or in www/models, models or dist/models;
    /// efficientnet-lite0's are part of the command]
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
}

/// How pictures become the network's input.
#[derive(Args)]
pub struct InputArguments {
    /// How a picture is cropped and resized [default: the network's own]; `keras` takes the whole
    /// picture by nearest neighbour, as `load_img` does, `torchvision` is Resize(256),
    /// CenterCrop(224)
    #[arg(
        long = "framing",
        visible_alias = "crop",
        value_name = "MODE",
        value_parser = PossibleValuesParser::new(CropMode::ALL.map(|(id, _)| id))
    )]
    crop_mode: Option<String>,
    /// Whether levels are scaled as the network was trained; `none` feeds the levels 0 to 255
    /// themselves, in RGB
    #[arg(long, default_value = "model", value_parser = PossibleValuesParser::new(["model", "none"]))]
    preprocessing: String,
    /// What the values of .npy files are: the network's input already, or RGB levels 0 to 255
    /// [default: preprocessed; arrays of integers need one of them]
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(ArrayValues::ALL.map(|(id, _)| id))
    )]
    npy_values: Option<String>,
}

impl InputArguments {
    /// What the values of `.npy` files are; `None` where it was left out.
    pub fn npy_values(&self) -> Option<ArrayValues> {
        let asked = self.npy_values.as_deref()?;
        ArrayValues::ALL.into_iter().find(|(id, _)| *id == asked).map(|(_, values)| values)
    }
}

/// A model and the device that it is on.
pub struct Loaded {
    pub model: Model,
    pub compute: Compute,
}

/// Where the weights are.
pub enum WeightSource {
    File(PathBuf, fs::File),
    Bundled(&'static [u8]),
}

impl WeightSource {
    pub fn source(&self) -> &dyn Source {
        match self {
            Self::File(_, file) => file,
            Self::Bundled(bytes) => bytes,
        }
    }

    /// The file's path, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path, _) => path.display().to_string(),
            Self::Bundled(_) => "the weights in the command".to_owned(),
        }
    }
}

impl ModelArguments {
    /// The architecture and its weights: those that were named, or those that are found.
    ///
    /// # Errors
    /// Where no weights are found, and for a named file that is no network's.
    pub fn find(&self) -> Result<(&'static Architecture, WeightSource)> {
        let Some(path) = &self.weights else {
            let architecture = self.which.architecture()?;
            return Ok((architecture, find_weights(architecture)?));
        };
        let file = open_file(path).with_context(|| format!("reading the weights {}", path.display()))?;
        let architecture = match &self.which.model {
            Some(_) => self.which.architecture()?,
            None => {
                let known = || ARCHITECTURES.iter().map(|one| one.id).collect::<Vec<_>>().join(", ");
                let unknown =
                    || anyhow!("{} holds no weights of a known network. Name the network: {}", path.display(), known());
                let found = negah_zoo::identify(&file).with_context(|| path.display().to_string())?;
                found.ok_or_else(unknown)?
            }
        };
        Ok((architecture, WeightSource::File(path.clone(), file)))
    }

    /// Reads the weights. A GPU is compared with the CPU before it is used.
    ///
    /// # Errors
    /// For weights that are missing or not the model's own, and for a GPU that computes something
    /// else.
    pub fn load(&self, compute: Compute, inputs: &InputArguments) -> Result<Loaded> {
        let (architecture, weights) = self.find()?;
        let load = |compute: &Compute| {
            let model = architecture.open(weights.source()).and_then(|file| file.load(&compute.device));
            model.with_context(|| weights.name())
        };
        let mut model = load(&compute)?;
        let mut compute = compute;
        if compute.is_gpu {
            let cpu = Compute::cpu();
            let on_cpu = load(&cpu)?;
            let expected = probe(&on_cpu.network, &cpu)?;
            if let Some(difference) = probe(&model.network, &compute)?.disagreement(&expected) {
                tell(format_args!("note: {}", compute.distrust(&difference)?));
                (model, compute) = (on_cpu, cpu);
            }
        }
        if inputs.preprocessing == "none" {
            model.preprocessing = unscaled(&model.preprocessing);
        }
        if let Some(id) = &inputs.crop_mode {
            model.preprocessing.crop = crop_mode(id)?;
        }
        Ok(Loaded { model, compute })
    }
}

/// Opens a file that is read at any offset.
///
/// # Errors
/// For a folder, a pipe or a device, beside what the system refuses.
pub fn open_file(path: &Path) -> Result<fs::File> {
    let file = fs::File::open(path)?;
    let kind = file.metadata()?.file_type();
    ensure!(!kind.is_dir(), "expected a file, but it is a folder");
    ensure!(kind.is_file(), "expected a file on a disk, but it is a pipe or a device. Save it as a file first");
    Ok(file)
}

fn probe(network: &Network, compute: &Compute) -> Result<Probe<Vec<f32>>> {
    let Probe { output, gradient } = network.probe(&compute.device)?;
    Ok(Probe { output: values(output)?, gradient: values(gradient)? })
}

fn find_weights(architecture: &Architecture) -> Result<WeightSource> {
    let within = |folder: &Path| {
        [folder, &folder.join(FETCHED)].into_iter().find_map(|folder| {
            let mut paths = ENDINGS.iter().map(|ending| folder.join(format!("{}.{ending}", architecture.id)));
            paths.find(|path| path.exists())
        })
    };
    let open = |path: PathBuf| {
        let file = open_file(&path).with_context(|| format!("reading the weights {}", path.display()))?;
        Ok(WeightSource::File(path, file))
    };
    let names = || ENDINGS.map(|ending| format!("{}.{ending}", architecture.id)).join(", ");
    if let Some(folder) = env::var_os("NEGAH_MODELS").filter(|folder| !folder.is_empty()) {
        let folder = Path::new(&folder);
        let missing = || anyhow!("NEGAH_MODELS names the folder {}, which has none of {}", folder.display(), names());
        return open(within(folder).ok_or_else(missing)?);
    }
    if let Some((_, bytes)) = BUNDLED.filter(|(id, _)| *id == architecture.id) {
        return Ok(WeightSource::Bundled(bytes));
    }
    let beside = env::current_exe().ok().and_then(|exe| exe.parent().map(|folder| folder.join("models")));
    let folders = FOLDERS.map(PathBuf::from).into_iter().chain(beside);
    if let Some(path) = folders.filter_map(|folder| within(&folder)).next() {
        return open(path);
    }
    let (what, megabytes) = architecture.weights;
    bail!(
        "no weights of {} are in www/models, models or dist/models here: none of {}. Name the file with --weights, or its \
         folder in the variable NEGAH_MODELS. {} takes {what} ({megabytes} MB)",
        architecture.name,
        names(),
        architecture.name
    )
}
