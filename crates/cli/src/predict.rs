//! `negah predict`: what the network sees.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::device::Choice;
use crate::model::{FramingArguments, ModelArguments};
use crate::output::ScoredClass;

/// Name what the network sees in pictures
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    framing: FramingArguments,
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
        let loaded = self.model.load(self.device.compute()?, &self.framing)?;
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
            writeln!(out, "{image}\n  rank  probability   logit  index  WordNet id  class")?;
            for (rank, ScoredClass { index, wnid, name, logit, probability }) in (1..).zip(classes) {
                let percent = 100.0 * probability;
                writeln!(out, "  {rank:4}  {percent:9.2} %  {logit:6.3}  {index:5}  {wnid:10}  {name}")?;
            }
        }
        Ok(())
    }
}
