//! `negah convert`: weights of any format as safetensors, with the names they have here.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use half::f16;
use negah_zoo::{Error, VerifiedWeights};
use safetensors::{Dtype, View, serialize_to_file};

use crate::model::ModelArguments;
use crate::output::{check_file, check_unread};

/// Write a network's weights, of whichever format, as a safetensors file
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Round to half precision: half as large, and the last digits of an answer differ
    #[arg(long)]
    half: bool,
    /// The file to write
    #[arg(value_name = "FILE")]
    output: PathBuf,
}

/// A tensor that is read when it is written, so that one is held at a time.
struct Lazy<'a, 'f> {
    file: &'a RefCell<VerifiedWeights<'f>>,
    failure: &'a RefCell<Option<Error>>,
    name: String,
    shape: Vec<usize>,
    half: bool,
}

impl View for Lazy<'_, '_> {
    fn dtype(&self) -> Dtype {
        if self.half { Dtype::F16 } else { Dtype::F32 }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match self.file.borrow_mut().read(&self.name) {
            Ok(values) if self.half => {
                Cow::Owned(values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect())
            }
            Ok(values) => Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            // `View::data` cannot fail: zeros are written, and the file is removed.
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error);
                Cow::Owned(vec![0; self.data_len()])
            }
        }
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * if self.half { 2 } else { 4 }
    }
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let (architecture, weights) = self.model.find()?;
        let opened = architecture.open(weights.source()).with_context(|| weights.name())?;
        let metadata = opened.metadata().into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let specs = opened.tensors().to_vec();
        let (file, failure) = (RefCell::new(opened), RefCell::new(None));
        let lazy = |(name, shape): (String, Vec<usize>)| {
            (name.clone(), Lazy { file: &file, failure: &failure, name, shape, half: self.half })
        };
        ensure!(self.output.as_os_str() != "-", "weights cannot go to the standard output: name a file");
        check_file(&self.output)?;
        check_unread(&self.output, self.model.weights.as_slice())?;
        // Beside its place, so that what was there is lost only to a whole file.
        let part = self.output.with_added_extension("part");
        // Permissions as other files get them; the library writes a file for its owner alone.
        let permissions = fs::File::create(&part).and_then(|file| file.metadata()).map(|made| made.permissions());
        let permissions = permissions.with_context(|| format!("writing {}", self.output.display()))?;
        let written = serialize_to_file(specs.into_iter().map(lazy), Some(metadata), &part)
            .map_err(|error| anyhow!("{error}"))
            .and_then(|()| failure.take().map_or(Ok(()), |error| Err(error.into())))
            .and_then(|()| Ok(fs::set_permissions(&part, permissions)?))
            .and_then(|()| Ok(fs::rename(&part, &self.output)?));
        if written.is_err() {
            // It may not have come to that; then there is nothing to remove.
            let _ = fs::remove_file(&part);
        }
        written.with_context(|| format!("writing {}", self.output.display()))
    }
}
