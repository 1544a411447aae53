//! Models with their weights, and pictures made ready for them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use burn::tensor::Tensor;
use clap::Args;
use clap::builder::PossibleValuesParser;
use negah_attribution::Pixels;
use negah_network::{Network, Probe};
use negah_zoo::picture::{self, Framing, Picture, Preprocessing};
use negah_zoo::{MODELS, Model, Prediction};

use crate::device::Compute;

/// Where weights are looked for unless NEGAH_MODELS names a folder: a checkout, an unpacked page.
const FOLDERS: [&str; 3] = ["www/models", "models", "dist/models"];

/// The folder in each of them that `cargo xtask fetch-models` fills.
const FETCHED: &str = "fetched";

/// Which network.
#[derive(Args)]
pub struct Which {
    /// The network
    #[arg(long, default_value = MODELS[0].id, value_parser = PossibleValuesParser::new(MODELS.iter().map(|model| model.id)))]
    model: String,
}

impl Which {
    /// What is known of the network without its weights.
    ///
    /// # Errors
    /// For a model that there is not.
    pub fn model(&self) -> Result<&'static Model> {
        negah_zoo::find(&self.model).ok_or_else(|| anyhow!("there is no model “{}”", self.model))
    }
}

/// Which network, and its weights.
#[derive(Args)]
pub struct ModelArguments {
    #[command(flatten)]
    pub which: Which,
    /// Its weights: safetensors, .pth, .h5 or .keras [default: MODEL.safetensors, or with another of these endings, in
    /// the folder NEGAH_MODELS names, in www/models or in models, or in `fetched` there]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
}

/// How pictures are made ready.
#[derive(Args)]
pub struct FramingArguments {
    /// What of a picture is shown to it; `keras` is all of it by nearest neighbours, as `load_img` has it
    #[arg(long, default_value = "centre-crop", value_parser = PossibleValuesParser::new(Framing::ALL.map(|(id, _)| id)))]
    framing: String,
}

/// The endings of weight files, the first of them that is there.
const ENDINGS: [&str; 6] = ["safetensors", "weights.h5", "h5", "keras", "pth", "pt"];

/// A network with its weights.
pub struct Loaded {
    pub model: &'static Model,
    pub network: Network,
    pub preprocessing: Preprocessing,
    pub compute: Compute,
}

impl ModelArguments {
    /// The file of its weights.
    ///
    /// # Errors
    /// Where none is named and none is where weights are looked for.
    pub fn path(&self) -> Result<PathBuf> {
        self.weights.clone().map_or_else(|| find_weights(self.which.model()?), Ok)
    }

    /// Reads the weights. A GPU is compared with the CPU before it is used.
    ///
    /// # Errors
    /// For weights that are missing or not the model's own, and for a GPU that computes something else.
    pub fn load(&self, compute: Compute, framing: &FramingArguments) -> Result<Loaded> {
        let model = self.which.model()?;
        let path = self.path()?;
        let file = fs::File::open(&path).with_context(|| format!("reading the weights {}", path.display()))?;
        let load = |device| model.open(&file)?.load(device);
        let load = |device| load(device).with_context(|| path.display().to_string());
        let negah_zoo::Loaded { network: loaded, mut preprocessing, .. } = load(&compute.device)?;
        preprocessing.framing = Framing::find(&framing.framing).unwrap_or(preprocessing.framing);
        if compute.is_gpu {
            let cpu = Compute::cpu();
            let expected = probe(&load(&cpu.device)?.network, &cpu)?;
            if let Some(words) = probe(&loaded, &compute)?.disagreement(&expected) {
                bail!("{} does not compute what the CPU computes: {words}. Use `--device cpu`", compute.name);
            }
        }
        Ok(Loaded { model, network: loaded, preprocessing, compute })
    }
}

fn probe(network: &Network, compute: &Compute) -> Result<Probe<Vec<f32>>> {
    let Probe { output, gradient } = network.probe(&compute.device)?;
    Ok(Probe { output: values(output)?, gradient: values(gradient)? })
}

fn find_weights(model: &Model) -> Result<PathBuf> {
    let within = |folder: &Path| {
        [folder, &folder.join(FETCHED)].into_iter().find_map(|folder| {
            let mut paths = ENDINGS.iter().map(|ending| folder.join(format!("{}.{ending}", model.id)));
            paths.find(|path| path.exists())
        })
    };
    let file = format!("{}.safetensors", model.id);
    if let Some(folder) = env::var_os("NEGAH_MODELS") {
        // No other file may stand in for the one that was named.
        let missing =
            || anyhow!("NEGAH_MODELS names a folder, but {} is not there", Path::new(&folder).join(&file).display());
        return within(Path::new(&folder)).ok_or_else(missing);
    }
    let beside = env::current_exe().ok().and_then(|exe| exe.parent().map(|folder| folder.join("models")));
    let folders = FOLDERS.map(PathBuf::from).into_iter().chain(beside);
    folders.filter_map(|folder| within(&folder)).next().ok_or_else(|| {
        let (what, megabytes) = model.weights;
        anyhow!(
            "the weights {file} are not in www/models, models or dist/models here. Name the file with --weights, or \
             its folder in the variable NEGAH_MODELS. {} takes {what} ({megabytes} MB)",
            model.name
        )
    })
}

impl Loaded {
    /// How levels become values.
    pub fn pixels(&self) -> Pixels {
        Pixels::new(self.preprocessing.channels.to_vec())
    }

    /// A picture file and the network's input made from it.
    ///
    /// # Errors
    /// For a file that is no picture, or none that can be taken.
    pub fn open(&self, path: &Path) -> Result<(Picture, Tensor<4>)> {
        let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let picture = picture::decode(&bytes).with_context(|| path.display().to_string())?;
        let input = self.preprocessing.input(&picture, &self.compute.device);
        Ok((picture, input))
    }

    /// A tensor that is the network's input already, from an .npy file.
    ///
    /// # Errors
    /// For another shape than the network's, and for values that are not finite.
    pub fn open_npy(&self, path: &Path) -> Result<Tensor<4>> {
        let shape: Vec<u64> = self.network.shape(self.network.input())?.iter().map(|size| *size as u64).collect();
        let [channels, height, width] = shape[..] else {
            anyhow::bail!("{} does not take pictures", self.model.name);
        };
        crate::npy::read(path, [1, channels, height, width], &self.compute.device)
    }

    /// Every picture of a folder by name, `[pictures, channels, height, width]`, and their files. What is no picture by
    /// its name is left out, and that is said.
    ///
    /// # Errors
    /// For a folder without pictures, and for a picture that cannot be read.
    pub fn open_folder(&self, folder: &Path) -> Result<(Vec<PathBuf>, Tensor<4>)> {
        let entries = fs::read_dir(folder).with_context(|| format!("looking into {}", folder.display()))?;
        let paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        let (mut paths, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            ["jpg", "jpeg", "png", "webp", "gif", "bmp"].contains(&extension.to_ascii_lowercase().as_str())
        });
        paths.sort();
        ensure!(!paths.is_empty(), "{} holds no picture (jpg, png, webp, gif, bmp)", folder.display());
        if !others.is_empty() {
            let (count, folder, first) = (others.len(), folder.display(), others[0].display());
            eprintln!(
                "note: {count} of the files in {folder} are no pictures by their names and are left out: {first}, …"
            );
        }
        let inputs = paths.iter().map(|path| Ok(self.open(path)?.1)).collect::<Result<Vec<_>>>()?;
        Ok((paths, Tensor::cat(inputs, 0)))
    }

    /// The network's answer.
    ///
    /// # Errors
    /// What the network refuses.
    pub fn predict(&self, input: Tensor<4>) -> Result<Prediction> {
        let output = self.network.output();
        let trace = self.network.forward(&[(self.network.input(), input.into())], &[output])?;
        Ok(Prediction::new(values(trace.get(output)?.clone().flat()?)?))
    }
}

/// A tensor's values.
///
/// # Errors
/// Where the device fails.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.into_data().try_to_vec().map_err(|error| anyhow!("the device gave no result: {error:?}"))
}
