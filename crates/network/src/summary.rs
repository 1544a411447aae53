//! Summaries of a network: a line a layer, and the reference implementation's own list.

use std::collections::HashSet;

use crate::network::{Alias, Layer, Reference};
use crate::{Layout, Network, ParameterInfo, Shape};

/// One line of a model summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSummary {
    /// The name, by which [`Network::find`] finds the layer.
    pub name: String,
    /// The field's name of its operation.
    pub kind: &'static str,
    /// The shape of one example of its output.
    pub shape: Shape,
    /// The layout of its output.
    pub layout: Layout,
    /// Its trained tensors. Of an op with several outputs, the first has them.
    pub parameters: Vec<ParameterInfo>,
    /// Whether every path from input to output passes here, so that its value decides the output.
    pub cut: bool,
    /// Whether that is so of what enters it; see [`Network::entry`].
    pub cut_input: bool,
    /// Whether this is a second name, for the group of layers that the one before it closes.
    pub alias: bool,
    /// Whether it is one of the few names that outline the network.
    pub stage: bool,
}

/// One line of the reference implementation's own model summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceSummary {
    /// The name, by which [`Network::find`] finds the layer; its place in the list is another.
    pub name: String,
    /// The reference's name of its kind, such as `SeparableConv2D`.
    pub kind: &'static str,
    /// The shape of one example of its output, channels first.
    pub shape: Shape,
    /// How many values its parameters have.
    pub parameters: usize,
    /// The names of the layers whose outputs enter it.
    pub inputs: Vec<String>,
}

impl Network {
    /// Every name of the network in order: each layer's own, then the second names it has.
    #[must_use]
    pub fn summary(&self) -> Vec<LayerSummary> {
        let is_cut = self.is_cut();
        let referenced: HashSet<&str> = self.references.iter().map(|reference| reference.name.as_str()).collect();
        let line = |index: usize, name: &str, alias: Option<&Alias>| {
            let layer = &self.layers[index];
            let node = &self.nodes[layer.node];
            LayerSummary {
                name: name.to_owned(),
                kind: node.op.kind(),
                shape: layer.shape.clone(),
                layout: layer.layout,
                parameters: if node.first == index { node.op.parameters() } else { Vec::new() },
                cut: is_cut[index],
                cut_input: self.entry(name).is_ok_and(|entry| is_cut[entry.index]),
                alias: alias.is_some(),
                stage: alias.is_some_and(|alias| alias.stage) || referenced.contains(name),
            }
        };
        let mut aliases: Vec<Vec<&Alias>> = vec![Vec::new(); self.layers.len()];
        self.aliases.iter().for_each(|alias| aliases[alias.layer].push(alias));
        let mut lines = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            lines.push(line(index, &layer.name, None));
            lines.extend(aliases[index].iter().map(|alias| line(index, &alias.name, Some(alias))));
        }
        lines
    }

    /// The network as the reference implementation lists it, from its input on; empty where it has
    /// no list.
    #[must_use]
    pub fn reference_summary(&self) -> Vec<ReferenceSummary> {
        let own = |name: &str, layer: &Layer| {
            layer.name == name || layer.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
        };
        let line = |reference: &Reference| {
            let nodes = self.nodes.iter().filter(|node| own(&reference.name, &self.layers[node.first]));
            let parameters = nodes.clone().flat_map(|node| node.op.parameters());
            let entries = nodes.clone().next().map_or(&[][..], |first| first.inputs.as_slice());
            let name = |entry: &usize| {
                let found = self.references.iter().find(|other| other.layer == *entry);
                found.map_or_else(|| self.layers[*entry].name.clone(), |other| other.name.clone())
            };
            ReferenceSummary {
                name: reference.name.clone(),
                kind: reference.kind,
                shape: self.layers[reference.layer].shape.clone(),
                parameters: parameters.map(|parameter| parameter.shape.iter().product::<usize>()).sum(),
                inputs: entries.iter().map(name).collect(),
            }
        };
        self.references.iter().map(line).collect()
    }
}
