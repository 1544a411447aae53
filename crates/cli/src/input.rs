//! Pictures and arrays, from files to the network's input.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::tensor::Tensor;
use clap::Args;
use negah_explain::{ArrayValues, Background, Error, input_of_array};
use negah_network::Preprocessing;
use negah_picture::{Picture, decode};
use negah_weights::npy;

use crate::model::{InputArguments, Loaded};

/// The most pictures of an array that are read as a background, by their bytes in double precision.
const MOST_ARRAY_BYTES: u64 = 1 << 30;

/// What is looked at: pictures, or one array.
#[derive(Args)]
pub struct InputFiles {
    #[command(flatten)]
    pub inputs: InputArguments,
    /// An array instead of images, (1, C, H, W) or (1, H, W, C); see --npy-values
    #[arg(long, value_name = "FILE", conflicts_with = "images")]
    input_npy: Option<PathBuf>,
    /// Pictures: JPEG, PNG, WebP, GIF or BMP
    #[arg(required_unless_present = "input_npy", value_name = "IMAGE")]
    images: Vec<PathBuf>,
}

/// A file that is looked at.
#[derive(Debug, Clone)]
pub enum InputFile {
    Image(PathBuf),
    Array(PathBuf),
}

/// A file as the network gets it.
pub struct PreparedInput {
    /// `[1, channels, height, width]`
    pub input: Tensor<4>,
    /// The part of the picture that the network gets, at its size; an array has none.
    pub view: Option<Picture>,
}

impl InputFiles {
    /// The files, in their order.
    pub fn files(&self) -> Vec<InputFile> {
        let array = self.input_npy.iter().cloned().map(InputFile::Array);
        self.images.iter().cloned().map(InputFile::Image).chain(array).collect()
    }
}

impl InputFile {
    pub fn path(&self) -> &Path {
        match self {
            Self::Image(path) | Self::Array(path) => path,
        }
    }

    /// The id of the crop mode; an array is not cropped.
    pub fn crop_mode(&self, preprocessing: &Preprocessing) -> Option<String> {
        match self {
            Self::Image(_) => Some(preprocessing.crop.id().to_owned()),
            Self::Array(_) => None,
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// For a file that is no picture or no array of the network's shape.
    pub fn open(&self, loaded: &Loaded, npy_values: ArrayValues) -> Result<PreparedInput> {
        let Loaded { model, compute } = loaded;
        match self {
            Self::Image(path) => {
                let view = open_picture(path)?.view(&model.preprocessing);
                let input = view.input_of_view(&model.preprocessing, &compute.device);
                Ok(PreparedInput { input, view: Some(view) })
            }
            Self::Array(path) => {
                let input = open_array(path, loaded, npy_values)?;
                let count = input.dims()[0];
                if count != 1 {
                    return Err(Error::ArrayCount(count)).with_context(|| path.display().to_string());
                }
                Ok(PreparedInput { input, view: None })
            }
        }
    }
}

fn open_picture(path: &Path) -> Result<Picture> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    decode(&bytes).with_context(|| path.display().to_string())
}

/// The pictures of an array as the network's input, `[pictures, channels, height, width]`.
fn open_array(path: &Path, loaded: &Loaded, values: ArrayValues) -> Result<Tensor<4>> {
    let Loaded { model, compute } = loaded;
    let file = fs::File::open(path).with_context(|| format!("reading {}", path.display()))?;
    let read = || {
        let array = npy::read(&file, MOST_ARRAY_BYTES)?;
        input_of_array(&array.shape, array.values, values, &model.preprocessing, &compute.device)
    };
    read().with_context(|| path.display().to_string())
}

/// What pictures are compared with: a background, or (its first) a baseline.
#[derive(Args)]
pub struct BackgroundArguments {
    /// A folder of pictures to compare with: a background, or (its first) a baseline
    #[arg(long, value_name = "DIR")]
    background: Option<PathBuf>,
    /// The same as an array, (N, C, H, W) or (N, H, W, C); see --npy-values
    #[arg(long, value_name = "FILE", conflicts_with = "background")]
    background_npy: Option<PathBuf>,
}

impl BackgroundArguments {
    /// The pictures, `[pictures, channels, height, width]`, and their files.
    ///
    /// # Errors
    /// For a folder without pictures, and for a picture or array that cannot be read.
    pub fn open(&self, loaded: &Loaded, npy_values: ArrayValues) -> Result<(Option<Tensor<4>>, Vec<String>)> {
        if let Some(path) = &self.background_npy {
            return Ok((Some(open_array(path, loaded, npy_values)?), vec![path.display().to_string()]));
        }
        let Some(folder) = &self.background else { return Ok((None, Vec::new())) };
        let paths = pictures_in(folder)?;
        let mut background = Background::new(&loaded.model.preprocessing, &loaded.compute.device);
        for path in &paths {
            background.push(&open_picture(path)?).with_context(|| folder.display().to_string())?;
        }
        Ok((background.into_tensor(), paths.iter().map(|path| path.display().to_string()).collect()))
    }
}

/// The picture files of a folder, by name. What is no picture by its ending is left out, with a
/// note.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>> {
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
            "note: {count} files in {folder} are left out, for their names are not those of pictures: {first}, …"
        );
    }
    Ok(paths)
}
