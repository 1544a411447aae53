//! `negah layers`: what a network is made of.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::device::Compute;
use crate::model::ModelArguments;

/// List a network's layers: name, kind, output shape, parameters, and whether every path passes
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Print JSON: { model, parameters, layers: [{ name, kind, shape, parameters, cut, group }] }
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary {
    model: &'static str,
    parameters: usize,
    layers: Vec<Layer>,
}

#[derive(Serialize)]
struct Layer {
    name: String,
    kind: &'static str,
    /// Of one example.
    shape: Vec<usize>,
    parameters: usize,
    cut: bool,
    /// Whether the name stands for several layers, the last of which it is.
    group: bool,
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        let loaded = self.model.load(Compute::cpu())?;
        let layers = loaded.network.summary().into_iter().map(|line| Layer {
            parameters: line.parameters.iter().map(|one| one.shape.iter().product::<usize>()).sum(),
            name: line.name,
            kind: line.kind,
            shape: line.shape,
            cut: line.cut,
            group: line.alias,
        });
        let summary =
            Summary { model: loaded.model.id, parameters: loaded.network.parameter_count(), layers: layers.collect() };
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&summary)?)?;
            return Ok(());
        }
        writeln!(out, "{:30} {:18} {:>18} {:>12}  cut", "layer", "kind", "output", "parameters")?;
        for Layer { name, kind, shape, parameters, cut, group } in &summary.layers {
            // Its parameters stand at the layer that the name means.
            let (kind, parameters) =
                if *group { ("└ the group’s last", String::new()) } else { (*kind, parameters.to_string()) };
            let shape = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
            writeln!(out, "{name:30} {kind:18} {shape:>18} {parameters:>12}  {}", if *cut { "yes" } else { "" })?;
        }
        let own = summary.layers.iter().filter(|layer| !layer.group).count();
        writeln!(out, "\n{}: {own} layers, {} parameters", loaded.model.name, summary.parameters)?;
        Ok(())
    }
}
