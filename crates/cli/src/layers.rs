//! `negah layers`: the layers of a network, listed without its weights.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use negah_network::{Network, ReferenceSummary, Shape};
use serde::Serialize;

use crate::model::Which;

/// List a network's layers: name, kind, output shape, parameters, and whether every path passes
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Print JSON: { model, parameters, layers: [{ name, kind, shape, parameters, cut, group }],
    /// reference: [{ name, kind, shape, parameters, inputs }] }
    #[arg(long)]
    json: bool,
    /// List every layer, where the reference implementation's own list puts several under one name
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct Summary {
    model: &'static str,
    parameters: usize,
    layers: Vec<Layer>,
    /// The reference implementation's own list, by whose numbers layers can be named as well; empty
    /// where it has none.
    reference: Vec<Reference>,
}

#[derive(Serialize)]
struct Layer {
    name: String,
    kind: &'static str,
    /// Of one example.
    shape: Shape,
    parameters: usize,
    cut: bool,
    /// Whether the name stands for several layers, the last of which it is.
    group: bool,
}

#[derive(Serialize)]
struct Reference {
    name: String,
    kind: &'static str,
    /// Of one example, channels first.
    shape: Shape,
    parameters: usize,
    inputs: Vec<String>,
}

impl From<ReferenceSummary> for Reference {
    fn from(line: ReferenceSummary) -> Self {
        let ReferenceSummary { name, kind, shape, parameters, inputs } = line;
        Self { name, kind, shape, parameters, inputs }
    }
}

impl Summary {
    fn new(model: &'static str, network: &Network) -> Self {
        let layer = |line: negah_network::LayerSummary| Layer {
            parameters: line.parameters.iter().map(|one| one.shape.iter().product::<usize>()).sum(),
            name: line.name,
            kind: line.kind,
            shape: line.shape,
            cut: line.cut,
            group: line.alias,
        };
        Self {
            model,
            parameters: network.parameter_count(),
            layers: network.summary().into_iter().map(layer).collect(),
            reference: network.reference_summary().into_iter().map(Reference::from).collect(),
        }
    }

    /// Every layer.
    fn write_layers(&self, out: &mut impl Write) -> Result<()> {
        let row = "index";
        writeln!(out, "{row:>5}  {:30} {:18} {:>18} {:>12}  cut", "layer", "kind", "output", "parameters")?;
        let mut numbers = 0..;
        for Layer { name, kind, shape, parameters, cut, group } in &self.layers {
            // Its parameters stand at the layer that the name means.
            let (kind, parameters) =
                if *group { ("└ the group’s last", String::new()) } else { (*kind, parameters.to_string()) };
            let shape = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
            // Where there is a reference, `--layer` takes the numbers of its list instead.
            let numbered = !*group && self.reference.is_empty();
            let number = numbered.then(|| numbers.next()).flatten().map_or(String::new(), |one: usize| one.to_string());
            writeln!(
                out,
                "{number:>5}  {name:30} {kind:18} {shape:>18} {parameters:>12}  {}",
                if *cut { "yes" } else { "" }
            )?;
        }
        Ok(())
    }

    /// The table that `model.summary()` prints.
    fn write_reference(&self, out: &mut impl Write) -> Result<()> {
        writeln!(
            out,
            "{:>5}  {:30} {:24} {:24} {:>12}  connected to",
            "index", "layer", "kind", "output", "parameters"
        )?;
        for (index, Reference { name, kind, shape, parameters, inputs }) in self.reference.iter().enumerate() {
            // Keras's order: channels last.
            let (channels, sides) = shape.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
            let sizes = sides.iter().chain(channels).map(|size| format!(", {size}")).collect::<String>();
            let (shape, inputs) = (format!("(None{sizes})"), inputs.join(", "));
            writeln!(out, "{index:5}  {name:30} {kind:24} {shape:24} {:>12}  {inputs}", grouped(*parameters))?;
        }
        Ok(())
    }
}

/// A number with a comma after every three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let comma = |(index, digit): (usize, char)| {
        let separate = index > 0 && (digits.len() - index).is_multiple_of(3);
        separate.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(comma).collect()
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        let model = self.which.architecture()?;
        let summary = Summary::new(model.id, &model.outline()?);
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&summary)?)?;
            return Ok(());
        }
        let count = if summary.reference.is_empty() || self.all {
            summary.write_layers(&mut out)?;
            summary.layers.iter().filter(|layer| !layer.group).count()
        } else {
            summary.write_reference(&mut out)?;
            summary.reference.len()
        };
        writeln!(out, "\n{}: {count} layers, {} parameters", model.name, grouped(summary.parameters))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_threes() {
        assert_eq!([0, 999, 1000, 138_357_544].map(grouped), ["0", "999", "1,000", "138,357,544"]);
    }
}
