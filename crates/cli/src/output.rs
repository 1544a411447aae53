//! What comes out of an explanation: records for JSON, and pictures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use negah_attribution::{Parameters, Shows};
use negah_render::{Drawing, Picture};
use negah_zoo::Scored;
use serde::Serialize;

/// A class with the network's numbers for it.
#[derive(Debug, Clone, Serialize)]
pub struct ScoredClass {
    pub index: usize,
    pub wnid: &'static str,
    pub name: &'static str,
    pub logit: f32,
    pub probability: f32,
}

impl From<Scored> for ScoredClass {
    fn from(scored: Scored) -> Self {
        let Scored { class, logit, probability } = scored;
        Self { index: class.index, wnid: class.wnid, name: class.name, logit, probability }
    }
}

/// An explanation as `--json` writes it, all of its settings and its maps.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    /// The version of the command that made it.
    pub version: &'static str,
    /// The picture's or tensor's file.
    pub image: String,
    pub model: &'static str,
    pub method: &'static str,
    /// The layer that was named, or the model's usual one; `null` for the picture.
    pub layer: Option<String>,
    pub score: &'static str,
    /// Every parameter, those that were not set with their defaults.
    pub parameters: &'a Parameters,
    /// What of the picture the network was shown.
    pub framing: &'static str,
    /// The pictures compared with, in their order; empty where none were given.
    pub background: Vec<PathBuf>,
    /// How many samples a step took at most.
    pub batch: usize,
    /// How channels were joined to the maps: sum, magnitude or largest.
    pub channels: &'a str,
    pub device: &'a str,
    pub seconds: f64,
    /// The most memory that the process has held, in bytes; `null` where the system does not tell.
    pub peak_memory: Option<u64>,
    /// The raw values' shape: targets, channels, height, width.
    pub shape: [usize; 4],
    /// One for each target.
    pub targets: Vec<Target>,
    /// The order of a grid's channels, where they were ranked.
    pub order: Option<Vec<usize>>,
}

/// What was found for one class.
#[derive(Debug, Serialize)]
pub struct Target {
    pub class: ScoredClass,
    /// Smallest and largest value of the map.
    pub min: Option<f32>,
    pub max: Option<f32>,
    /// The map row by row, its channels joined; empty for a grid of channels.
    pub map: Vec<f32>,
    /// What to say instead of a blank map.
    pub note: Option<String>,
    /// Numbers about the map by their ids, such as `convergence-delta`.
    pub measures: BTreeMap<&'static str, f32>,
}

/// The most memory that this process has held, in bytes, where the system tells (Linux).
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Where to write for an image: `path` with `{name}` replaced by its file's stem.
///
/// # Errors
/// Where several images would be written to one file.
pub fn path_for(path: &Path, image: &Path, several: bool) -> Result<PathBuf> {
    let text = path.to_str().ok_or_else(|| anyhow!("the path {} is not Unicode", path.display()))?;
    ensure!(
        !several || text.contains("{name}") || text == "-",
        "several images cannot be written to one file: put {{name}} into {text}, which stands for each image’s name"
    );
    let stem = image.file_stem().unwrap_or_default().to_string_lossy();
    Ok(PathBuf::from(text.replace("{name}", &stem)))
}

/// The drawing's pictures side by side: maps over `ground`, the picture as the network sees it; a grid by itself.
pub fn sheet(drawing: &Drawing, shows: Shows, clear: bool, ground: Option<&Picture>) -> Picture {
    let laid = |map: &Picture| match (shows, ground) {
        (Shows::Channels, _) | (_, None) => map.clone(),
        (_, Some(ground)) if clear => ground.faint_grey(0.15).under(map, 1.0),
        (_, Some(ground)) => ground.under(map, 0.5),
    };
    let pictures: Vec<Picture> = drawing.pictures.iter().map(laid).collect();
    let (width, height) = (pictures[0].width, pictures[0].height);
    let mut data = Vec::with_capacity(4 * width * height * pictures.len());
    for y in 0..height {
        for picture in &pictures {
            data.extend_from_slice(&picture.data[4 * width * y..4 * width * (y + 1)]);
        }
    }
    Picture { width: width * pictures.len(), height, data }
}

/// Writes a picture as PNG.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_png(path: &Path, picture: &Picture) -> Result<()> {
    let size = |side: usize| u32::try_from(side).context("a picture of more than four thousand million columns");
    let (width, height) = (size(picture.width)?, size(picture.height)?);
    image::save_buffer_with_format(
        path,
        &picture.data,
        width,
        height,
        image::ExtendedColorType::Rgba8,
        image::ImageFormat::Png,
    )
    .with_context(|| format!("writing {}", path.display()))
}
