//! `negah predict`: what the network sees.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::device::Choice;
use crate::model::ModelArguments;
use crate::output::ScoredClass;

/// Name what the network sees in pictures
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// How many classes, the best first
    #[arg(long, default_value_t = 5)]
    top: usize,
    /// What computes
    #[arg(long, default_value = "auto")]
    device: Choice,
    /// Print JSON: a list of { image, classes: [{ index, wnid, name, logit, probability }] }
    #[arg(long)]
    json: bool,
    /// Pictures: JPEG, PNG, WebP, GIF or BMP
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Record {
    image: String,
    classes: Vec<ScoredClass>,
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        let loaded = self.model.load(self.device.device()?.0)?;
        let mut records = Vec::new();
        for image in &self.images {
            let (_, input) = loaded.open(image)?;
            let classes = loaded.predict(input)?.top(self.top).into_iter().map(ScoredClass::from).collect();
            records.push(Record { image: image.display().to_string(), classes });
        }
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&records)?)?;
            return Ok(());
        }
        for Record { image, classes } in records {
            writeln!(out, "{image}")?;
            for ScoredClass { index, wnid, name, logit, probability } in classes {
                writeln!(out, "  {:6.2} %  {index:4}  {wnid}  {name}  (logit {logit:.3})", 100.0 * probability)?;
            }
        }
        Ok(())
    }
}
