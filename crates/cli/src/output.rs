//! Where results go: standard output, files, pictures.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use negah_attribution::MapKind;
use negah_explain::Explanation;
use negah_render::Image;

use crate::input::InputFile;
use crate::legend::{side_by_side, with_legend};

/// The most memory that this process has held, in bytes, where the system tells (Linux).
pub fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// A file that is written for each subject: a path with `{name}`, or `-` for the standard output.
pub struct Destination<'a> {
    path: &'a Path,
    several: bool,
}

impl<'a> Destination<'a> {
    pub fn new(path: &'a Path, several: bool) -> Self {
        Self { path, several }
    }

    pub fn is_stdout(&self) -> bool {
        self.path == Path::new("-")
    }

    /// The file for a picture.
    ///
    /// # Errors
    /// Where several pictures would be written to one file.
    pub fn path_for(&self, subject: &InputFile) -> Result<PathBuf> {
        let text = self.path.to_str().ok_or_else(|| anyhow!("the path {} is not Unicode", self.path.display()))?;
        ensure!(
            !self.several || text.contains("{name}"),
            "several images cannot be written to one file: put {{name}} into {text}, which stands for each image’s name"
        );
        Ok(PathBuf::from(text.replace("{name}", &subject.stem())))
    }

    /// Writes the file for a picture. What was written of it before a failure is removed.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, subject: &InputFile, bytes: &[u8]) -> Result<()> {
        let path = self.path_for(subject)?;
        let written = File::create(&path).and_then(|mut file| {
            let written = file.write_all(bytes);
            // A file that could not be opened keeps what it had.
            if written.is_err() && path.is_file() {
                let _ = fs::remove_file(&path);
            }
            written
        });
        written.with_context(|| format!("writing {}", path.display()))
    }
}

/// Refuses a file in a folder that does not exist, and a folder.
///
/// # Errors
/// See above.
pub fn check_file(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    ensure!(folder.is_dir(), "{} cannot be written: make the folder {} first", path.display(), folder.display());
    ensure!(!path.is_dir(), "{} is a folder: name a file", path.display());
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The one path of a file in a folder that exists, whatever it is called: links are followed.
fn resolved(path: &Path) -> PathBuf {
    let in_folder = || Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(in_folder).unwrap_or_else(|| path.to_owned())
}

/// Refuses a file that the command reads.
///
/// # Errors
/// See above.
pub fn check_unread(path: &Path, read: &[PathBuf]) -> Result<()> {
    let place = resolved(path);
    let is_read = read.iter().any(|path| resolved(path) == place);
    ensure!(!is_read, "{} is read by this command: write to another name or folder", path.display());
    Ok(())
}

/// Refuses, before anything is computed, what could not be written, would be written over, or would
/// mix on the standard output. `read` are the files that the command reads, which it never writes
/// over; `textual` are the destinations of which several may go to the standard output, a line
/// each.
///
/// # Errors
/// See above.
pub fn check(
    subjects: &[InputFile],
    read: &[PathBuf],
    destinations: &[&Destination<'_>],
    textual: &[&Destination<'_>],
) -> Result<()> {
    let to_stdout = destinations.iter().filter(|one| one.is_stdout()).count();
    ensure!(to_stdout <= 1, "only one result can go to the standard output: give the others a file");
    let binary = destinations.iter().any(|one| one.is_stdout() && !textual.iter().any(|text| text.path == one.path));
    ensure!(
        !binary || subjects.len() == 1,
        "the results of several images cannot follow each other on the standard output: give each a file with {{name}}"
    );
    let mut taken: BTreeMap<PathBuf, &InputFile> = BTreeMap::new();
    for destination in destinations.iter().filter(|one| !one.is_stdout()) {
        for subject in subjects {
            let path = destination.path_for(subject)?;
            check_file(&path)?;
            let place = resolved(&path);
            check_unread(&path, read)?;
            // A device, such as /dev/null, takes any number of results.
            if place.exists() && !place.is_file() {
                continue;
            }
            if let Some(other) = taken.insert(place, subject) {
                let (path, other, subject) = (path.display(), other.name(), subject.name());
                bail!("{path} would be written twice, for {other} and for {subject}: give each its own file");
            }
        }
    }
    Ok(())
}

/// The pictures of an explanation side by side, with the bar of their colours below: maps over
/// `view`, the picture as the network got it; a grid of channels by itself. Several maps have
/// `names` below them.
pub fn figure(explanation: &Explanation, view: Option<&Image>, names: &[&str]) -> Image {
    let colormap = explanation.style.colormap;
    let laid = |map: &Image| match (explanation.info.map_kind, view) {
        (MapKind::Channels, _) | (_, None) => map.clone(),
        (_, Some(view)) if colormap.clear => view.faint_grey(0.15).under(map, 1.0),
        (_, Some(view)) => view.under(map, 0.5),
    };
    let pictures: Vec<Image> = explanation.drawing.pictures.iter().map(laid).collect();
    let figure = side_by_side(&pictures, names);
    match explanation.drawing.range {
        Some(range) => with_legend(&figure, colormap, range),
        None => figure,
    }
}

/// A picture as PNG.
///
/// # Errors
/// For a picture of more columns or rows than PNG has.
pub fn png(picture: &Image) -> Result<Vec<u8>> {
    let size = |side: usize| u32::try_from(side).context("the picture has more columns or rows than PNG allows");
    let (width, height) = (size(picture.width)?, size(picture.height)?);
    let mut bytes = Cursor::new(Vec::new());
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    image::ImageEncoder::write_image(encoder, &picture.data, width, height, image::ExtendedColorType::Rgba8)?;
    Ok(bytes.into_inner())
}

/// A number with four digits after the point, or in powers of ten; never zero for what is not.
pub fn number(value: f32) -> String {
    if value == 0.0 || (1e-3..1e5).contains(&value.abs()) { format!("{value:.4}") } else { format!("{value:.2e}") }
}
