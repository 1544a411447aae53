//! `negah predict`: what the network sees.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use negah_explain::record::ScoredClass;
use negah_explain::{ArrayValues, NativeHost, block_on, classify};
use negah_weights::escaped;
use serde::Serialize;

use crate::batch::{each, threads};
use crate::device::DeviceChoice;
use crate::failures::Failures;
use crate::input::{InputFile, InputFiles, check_array};
use crate::model::{Loaded, ModelArguments};

/// Name what the network sees in pictures
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    subjects: InputFiles,
    /// How many classes, the best first
    #[arg(long, default_value_t = 5)]
    top: usize,
    /// What computes
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// How many pictures at once [default: as many as the machine has cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Print JSON: a list of { image, classes: [{ index, wnid, name, logit, probability }] }
    #[arg(long)]
    json: bool,
    /// Print a line of JSON for each picture as soon as it is done
    #[arg(long, conflicts_with = "json")]
    json_lines: bool,
}

#[derive(Serialize)]
struct PredictionRecord {
    image: String,
    classes: Vec<ScoredClass>,
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let subjects = self.subjects.files()?;
        let loaded = self.model.load(self.device.compute()?, &self.subjects.inputs)?;
        let values = check_array(&subjects, &loaded, self.subjects.inputs.npy_values())?;
        let threads = threads(self.threads.map(usize::from), subjects.len(), loaded.compute.is_gpu);
        let mut failures = Failures::of(subjects.len());
        // In the order of the pictures; a picture that failed has no record.
        let mut outcomes: Vec<Option<Option<PredictionRecord>>> = subjects.iter().map(|_| None).collect();
        let mut shown = 0;
        each(
            &subjects,
            threads,
            |_, subject| self.predict(&loaded, subject, values),
            |index, outcome| {
                let record = failures.take(subjects[index].name(), outcome);
                let mut out = io::stdout().lock();
                if let Some(record) = record.as_ref().filter(|_| self.json_lines) {
                    writeln!(out, "{}", serde_json::to_string(record)?)?;
                }
                outcomes[index] = Some(record);
                let tables = !self.json && !self.json_lines;
                while let Some(Some(outcome)) = outcomes.get(shown).filter(|_| tables) {
                    outcome.iter().try_for_each(|record| record.write_table(&mut out))?;
                    shown += 1;
                }
                Ok(())
            },
        )?;
        if self.json {
            let records: Vec<PredictionRecord> = outcomes.into_iter().flatten().flatten().collect();
            writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(&records)?)?;
        }
        failures.end()
    }

    fn predict(&self, loaded: &Loaded, subject: &InputFile, values: ArrayValues) -> Result<PredictionRecord> {
        let opened = subject.open(loaded, values)?;
        let answer = block_on(classify(&NativeHost(|_| ()), &loaded.model, opened.input))?;
        let classes = answer.prediction.top(self.top).into_iter().map(ScoredClass::from).collect();
        Ok(PredictionRecord { image: subject.name(), classes })
    }
}

impl PredictionRecord {
    fn write_table(&self, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{}\n  rank  probability   logit  index  WordNet id  class", escaped(&self.image))?;
        for (rank, ScoredClass { index, wnid, name, logit, probability }) in (1..).zip(&self.classes) {
            let percent = 100.0 * probability;
            writeln!(out, "  {rank:4}  {percent:9.2} %  {logit:6.3}  {index:5}  {wnid:10}  {name}")?;
        }
        Ok(())
    }
}
