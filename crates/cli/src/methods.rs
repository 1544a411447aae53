//! `negah methods`: what can be asked.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use negah_attribution::{EXPLAINERS, Info, Kind, Value};
use serde::Serialize;
use serde_json::json;

/// List the explanation methods with their parameters, defaults and papers
#[derive(Args)]
pub struct Arguments {
    /// Print JSON: a list of { id, name, summary, paper, parameters: [{ id, name, summary, unit, default, … }] }
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Method {
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    paper: serde_json::Value,
    parameters: Vec<serde_json::Value>,
}

/// A value as JSON has it.
pub fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(value) => json!(value),
        Value::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => json!(*value as i64),
        Value::Number(value) => json!(value),
        Value::Text(value) => json!(value),
    }
}

/// What a parameter can be, in words for a reader.
fn range(kind: Kind) -> String {
    match kind {
        Kind::Bool { .. } => "true or false".to_owned(),
        Kind::Whole { min, max, .. } => format!("{min} to {max}"),
        Kind::Number { min, max, .. } => format!("{min} to {max}"),
        Kind::Choice { choices, .. } => choices.iter().map(|choice| choice.id).collect::<Vec<_>>().join(", "),
        Kind::Baseline { .. } => format!("{}, or levels", negah_attribution::Baseline::WORDS.join(", ")),
    }
}

fn record(info: &'static Info) -> Method {
    let parameter = |parameter: &negah_attribution::Parameter| {
        json!({
            "id": parameter.id,
            "name": parameter.name,
            "summary": parameter.summary,
            "unit": parameter.unit,
            "takes": range(parameter.kind),
            "default": to_json(&parameter.kind.default()),
        })
    };
    let paper = json!({ "title": info.paper.title, "authors": info.paper.authors, "url": info.paper.url });
    let parameters = info.parameters.iter().map(parameter).collect();
    Method { id: info.id, name: info.name, summary: info.summary, paper, parameters }
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let records: Vec<Method> = EXPLAINERS.iter().map(|explainer| record(explainer.info())).collect();
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
                let default = to_json(&parameter.kind.default());
                writeln!(
                    out,
                    "    --set {}={default}  {} ({})",
                    parameter.id,
                    parameter.summary,
                    range(parameter.kind)
                )?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
