//! Pictures and arrays, from files to the network's input.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use burn::tensor::Tensor;
use clap::Args;
use negah_explain::{ArrayValues, Background, BackgroundUse, MOST_BACKGROUND_BYTES, input_of_array};
use negah_network::Preprocessing;
use negah_picture::{Picture, decode};
use negah_weights::npy::{self, NpyArray, NpyKind};

use crate::model::{InputArguments, Loaded, open_file};
use crate::terminal::tell;

/// The limit of an array's size, in values of four bytes: that of a background of pictures.
const MOST_ARRAY_VALUES: usize = MOST_BACKGROUND_BYTES / size_of::<f32>();

/// The inputs of a command: pictures, or one array.
#[derive(Args)]
pub struct InputFiles {
    #[command(flatten)]
    pub inputs: InputArguments,
    /// An array instead of images, (N, C, H, W) or (N, H, W, C); see --npy-values. Each of its N
    /// pictures is an input, named FILE[0] to FILE[N-1]
    #[arg(long, value_name = "FILE", conflicts_with = "images")]
    input_npy: Option<PathBuf>,
    /// Pictures: JPEG, PNG, WebP, GIF or BMP
    #[arg(required_unless_present = "input_npy", value_name = "IMAGE")]
    images: Vec<PathBuf>,
}

/// One picture of a command.
#[derive(Debug, Clone)]
pub enum InputFile {
    Image(PathBuf),
    Array {
        path: PathBuf,
        array: Arc<NpyArray>,
        /// The picture's place in the array; `None` where it is the only one.
        index: Option<usize>,
    },
}

/// A picture as the network gets it.
pub struct PreparedInput {
    /// `[1, channels, height, width]`
    pub input: Tensor<4>,
    /// The part of the picture that the network gets, at its size; an array has none.
    pub view: Option<Picture>,
}

impl InputFiles {
    /// The pictures, in their order. An array is read here: it says how many it has.
    ///
    /// # Errors
    /// For an array that cannot be read or is too large.
    pub fn files(&self) -> Result<Vec<InputFile>> {
        let Some(path) = &self.input_npy else {
            return Ok(self.images.iter().cloned().map(InputFile::Image).collect());
        };
        let array = Arc::new(read_array(path)?);
        let file = |index| InputFile::Array { path: path.clone(), array: Arc::clone(&array), index };
        Ok(match array.shape[..] {
            [count, _, _, _] if count > 1 => (0..count).map(|index| file(Some(index))).collect(),
            _ => vec![file(None)],
        })
    }
}

/// What the values of the input array are, checked once for all of its pictures.
///
/// # Errors
/// For a shape that the network does not take, and for integers without `--npy-values`.
pub fn check_array(files: &[InputFile], loaded: &Loaded, asked: Option<ArrayValues>) -> Result<ArrayValues> {
    let Some(file @ InputFile::Array { path, array, .. }) = files.first() else {
        return Ok(asked.unwrap_or(ArrayValues::Preprocessed));
    };
    let values = meaning(path, array, &loaded.model.preprocessing, asked)?;
    file.open(loaded, values).with_context(|| path.display().to_string())?;
    Ok(values)
}

/// What the values of an array are: what was asked for, or preprocessed. A note says where they
/// look like levels.
///
/// # Errors
/// For integers, which are mostly levels, without `--npy-values`.
fn meaning(
    path: &Path,
    array: &NpyArray,
    preprocessing: &Preprocessing,
    asked: Option<ArrayValues>,
) -> Result<ArrayValues> {
    if let Some(values) = asked {
        return Ok(values);
    }
    let path = path.display();
    let integers = matches!(array.kind, NpyKind::U8 | NpyKind::I16 | NpyKind::I32);
    ensure!(
        !integers,
        "{path} holds integers: add `--npy-values levels` if they are RGB levels 0 to 255, or `--npy-values \
         preprocessed` if they are the network's input already"
    );
    let largest = array.values.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let ends = preprocessing
        .channels
        .iter()
        .flat_map(|channel| [0.0, 255.0].map(|level: f32| ((level - channel.mean) / channel.std).abs()));
    // Twice as far is beyond what preprocessing gives, and short of levels that were not scaled.
    if largest > 2.0 * ends.fold(0f32, f32::max) {
        tell(format_args!(
            "note: {path} has values up to {largest}, beyond the network's input. Add `--npy-values levels` if they \
             are RGB levels 0 to 255"
        ));
    }
    Ok(ArrayValues::Preprocessed)
}

impl InputFile {
    /// The file, and for one of several pictures of an array its index: `faces.npy[3]`.
    pub fn name(&self) -> String {
        match self {
            Self::Array { path, index: Some(index), .. } => format!("{}[{index}]", path.display()),
            Self::Image(path) | Self::Array { path, .. } => path.display().to_string(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Image(path) | Self::Array { path, .. } => path,
        }
    }

    /// What `{name}` stands for in the name of a result: the file's own without its ending, and the
    /// index as in `faces-3`.
    pub fn stem(&self) -> String {
        let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Array { path, index: Some(index), .. } => format!("{}-{index}", stem(path)),
            Self::Image(path) | Self::Array { path, .. } => stem(path),
        }
    }

    /// The id of the crop mode; an array is not cropped.
    pub fn crop_mode(&self, preprocessing: &Preprocessing) -> Option<String> {
        match self {
            Self::Image(_) => Some(preprocessing.crop.id().to_owned()),
            Self::Array { .. } => None,
        }
    }

    /// The network's input.
    ///
    /// # Errors
    /// For a file that is not a picture, and an array that does not have the network's shape.
    pub fn open(&self, loaded: &Loaded, npy_values: ArrayValues) -> Result<PreparedInput> {
        let Loaded { model, compute } = loaded;
        match self {
            Self::Image(path) => {
                let view = open_picture(path)?.view(&model.preprocessing);
                let input = view.input_of_view(&model.preprocessing, &compute.device);
                Ok(PreparedInput { input, view: Some(view) })
            }
            Self::Array { array, index, .. } => {
                let (shape, values) = match index {
                    None => (array.shape.clone(), array.values.clone()),
                    Some(index) => {
                        let size = array.values.len() / array.shape[0];
                        let values = array.values[index * size..][..size].to_vec();
                        ([&[1], &array.shape[1..]].concat(), values)
                    }
                };
                let input = input_of_array(&shape, values, npy_values, &model.preprocessing, &compute.device)?;
                Ok(PreparedInput { input, view: None })
            }
        }
    }
}

fn open_picture(path: &Path) -> Result<Picture> {
    Ok(decode(&fs::read(path)?)?)
}

fn read_array(path: &Path) -> Result<NpyArray> {
    let file = open_file(path).with_context(|| format!("reading {}", path.display()))?;
    npy::read(&file, MOST_ARRAY_VALUES).with_context(|| path.display().to_string())
}

/// What pictures are compared with: a background, or (its first) a baseline.
#[derive(Args)]
pub struct BackgroundArguments {
    /// A folder of pictures to compare with: a background, or (its first) a baseline. Without one,
    /// expected gradients compares with black
    #[arg(long, value_name = "DIR")]
    background: Option<PathBuf>,
    /// The same as an array, (N, C, H, W) or (N, H, W, C); see --npy-values
    #[arg(long, value_name = "FILE", conflicts_with = "background")]
    background_npy: Option<PathBuf>,
}

impl BackgroundArguments {
    /// Refuses a background that the method would not use.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self, name: &str, used: BackgroundUse) -> Result<()> {
        let given = self.background.is_some() || self.background_npy.is_some();
        match used {
            BackgroundUse::None => ensure!(!given, "{name} compares with nothing: leave the background out"),
            BackgroundUse::Unset { parameter } => ensure!(
                !given,
                "{name} compares with the background only with `--set {parameter}=picture`: add it, or leave the \
                 background out"
            ),
            BackgroundUse::Averaged | BackgroundUse::Baseline => {}
        }
        Ok(())
    }

    /// The files that are read.
    pub fn paths(&self) -> Vec<PathBuf> {
        let folder = self.background.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        folder.map(|entry| entry.path()).chain(self.background_npy.clone()).collect()
    }

    /// Prints a note where a method that compares with a background has none.
    pub fn note(&self, name: &str, used: BackgroundUse) {
        if used == BackgroundUse::Averaged && self.background.is_none() && self.background_npy.is_none() {
            tell(format_args!(
                "note: {name} compares with a black picture. Add `--background DIR` to compare with others"
            ));
        }
    }

    /// The pictures, `[pictures, channels, height, width]`, and their files.
    ///
    /// # Errors
    /// For a folder without pictures, and for a picture or array that cannot be read.
    pub fn open(&self, loaded: &Loaded, asked: Option<ArrayValues>) -> Result<(Option<Tensor<4>>, Vec<String>)> {
        if let Some(path) = &self.background_npy {
            let (array, name) = (read_array(path)?, path.display().to_string());
            let Loaded { model, compute } = loaded;
            let meaning = meaning(path, &array, &model.preprocessing, asked)?;
            let NpyArray { shape, values, .. } = array;
            let tensor = input_of_array(&shape, values, meaning, &model.preprocessing, &compute.device);
            return Ok((Some(tensor.with_context(|| name.clone())?), vec![name]));
        }
        let Some(folder) = &self.background else { return Ok((None, Vec::new())) };
        let paths = pictures_in(folder)?;
        let mut background = Background::new(&loaded.model.preprocessing, &loaded.compute.device);
        for path in &paths {
            let picture = open_picture(path).with_context(|| path.display().to_string())?;
            background.push(&picture).with_context(|| folder.display().to_string())?;
        }
        Ok((background.into_tensor(), paths.iter().map(|path| path.display().to_string()).collect()))
    }
}

/// The picture files of a folder, by name. Files with other endings are skipped with a note.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading the folder {}", folder.display()))?;
    let paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let (mut paths, mut others): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        ["jpg", "jpeg", "png", "webp", "gif", "bmp"].contains(&extension.to_ascii_lowercase().as_str())
    });
    paths.sort();
    ensure!(!paths.is_empty(), "{} holds no picture (jpg, png, webp, gif, bmp)", folder.display());
    others.sort();
    if !others.is_empty() {
        tell(skipped(folder, &others));
    }
    Ok(paths)
}

/// The note that files of a folder are not read, with the first few of their names.
fn skipped(folder: &Path, others: &[PathBuf]) -> String {
    let names = others.iter().take(3).map(|path| path.file_name().unwrap_or_default().display().to_string());
    let (count, folder, names) = (others.len(), folder.display(), names.collect::<Vec<_>>().join(", "));
    let (files, are) = if count == 1 { ("file", "is not a picture") } else { ("files", "are not pictures") };
    let rest = if count > 3 { ", …" } else { "" };
    format!("note: skipping {count} {files} in {folder} that {are}: {names}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_limited_by_its_values_whatever_its_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many.npy");
        // One byte a value: a limit of the file's bytes would let four times as many in.
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({},), }}\n", MOST_ARRAY_VALUES + 1);
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        fs::write(&path, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat()).unwrap();
        fs::File::options().append(true).open(&path).unwrap().set_len(1 << 27).unwrap();
        let error = format!("{:#}", read_array(&path).unwrap_err());
        assert!(error.contains("has more than 67108864 values"), "{error}");
    }

    #[test]
    fn skipped_files_are_named() {
        let note = |names: &[&str]| {
            skipped(Path::new("x"), &names.iter().map(|name| Path::new("x").join(name)).collect::<Vec<_>>())
        };
        assert_eq!(note(&["a.txt"]), "note: skipping 1 file in x that is not a picture: a.txt");
        assert_eq!(
            note(&["a.txt", "b", "c", "d"]),
            "note: skipping 4 files in x that are not pictures: a.txt, b, c, …"
        );
    }
}
