//! `negah methods`: the list of methods.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use negah_attribution::{EXPLAINERS, MethodInfo};

/// List the explanation methods with their parameters, defaults and papers
#[derive(Args)]
pub struct Arguments {
    /// Print JSON: a list of { id, name, summary, paper, looksAt, shows, parameters: [{ id, name,
    /// summary, unit, kind, default, min, max, choices }] }
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let records: Vec<&MethodInfo> = EXPLAINERS.iter().map(|explainer| explainer.info()).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&records)?)?;
            return Ok(());
        }
        for info in EXPLAINERS.iter().map(|explainer| explainer.info()) {
            writeln!(
                out,
                "{}: {}\n  {}\n  {}, {}",
                info.id, info.name, info.summary, info.paper.authors, info.paper.url
            )?;
            for parameter in info.parameters {
                let default = serde_json::to_string(&parameter.kind.default())?;
                let (id, summary, takes) = (parameter.id, parameter.summary, parameter.kind.expected());
                writeln!(out, "    --set {id}={}  {summary} It takes {takes}.", default.trim_matches('"'))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
