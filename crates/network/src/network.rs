use std::sync::OnceLock;

use burn::tensor::Device;

use crate::{Error, Op, Parameter, Result, Shape};

/// A layer of one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub(crate) usize);

/// A named operation on the outputs of earlier layers.
#[derive(Debug)]
pub struct Layer {
    pub(crate) name: String,
    pub(crate) op: Box<dyn Op>,
    pub(crate) inputs: Vec<LayerId>,
    pub(crate) shape: Shape,
}

/// A second name of a layer; see [`Builder::alias`](crate::Builder::alias).
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) layer: LayerId,
    pub(crate) stage: bool,
}

/// A layer of the reference implementation's own list; see [`Builder::reference`](crate::Builder::reference).
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// The last of the layers here that it stands for.
    pub(crate) layer: LayerId,
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

/// One line of a model summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSummary {
    /// The name, by which [`Network::find`] finds the layer.
    pub name: String,
    /// The field's name of its operation.
    pub kind: &'static str,
    /// The shape of one example of its output.
    pub shape: Shape,
    /// Its trained tensors.
    pub parameters: Vec<Parameter>,
    /// Whether every path from input to output passes here, so that its value decides the output.
    pub cut: bool,
    /// Whether that is so of what enters it; see [`Network::entry`].
    pub cut_input: bool,
    /// Whether this is a second name, for the group of layers that the one before it closes.
    pub alias: bool,
    /// Whether it is one of the few names that outline the network.
    pub stage: bool,
}

/// A classifier: layers in topological order, the first of which is the input.
#[derive(Debug)]
pub struct Network {
    pub(crate) layers: Vec<Layer>,
    aliases: Vec<Alias>,
    references: Vec<Reference>,
    output: LayerId,
    /// For each layer, the op that does its work and that of the layer before it, made on first use.
    pub(crate) folded: Vec<OnceLock<Option<Box<dyn Op>>>>,
}

impl Network {
    pub(crate) fn new(layers: Vec<Layer>, aliases: Vec<Alias>, references: Vec<Reference>, output: LayerId) -> Self {
        let folded = layers.iter().map(|_| OnceLock::new()).collect();
        Self { layers, aliases, references, output, folded }
    }

    /// The same network with its parameters on another device.
    #[must_use]
    pub fn to_device(&self, device: &Device) -> Self {
        let move_layer = |layer: &Layer| Layer {
            name: layer.name.clone(),
            op: layer.op.to_device(device),
            inputs: layer.inputs.clone(),
            shape: layer.shape.clone(),
        };
        let layers = self.layers.iter().map(move_layer).collect();
        Self::new(layers, self.aliases.clone(), self.references.clone(), self.output)
    }

    /// The layer that is fed by default.
    #[must_use]
    pub fn input(&self) -> LayerId {
        LayerId(0)
    }

    /// The layer whose output is the network's answer: one score a class, before any softmax.
    #[must_use]
    pub fn output(&self) -> LayerId {
        self.output
    }

    /// The layer of this name or second name, or of this number in the reference implementation's list.
    ///
    /// # Errors
    /// [`Error::UnknownLayer`], which lists some of the names that outline the network.
    pub fn find(&self, name: &str) -> Result<LayerId> {
        let name = self.by_number(name);
        let alias = self.aliases.iter().find(|alias| alias.name == name).map(|alias| alias.layer);
        let layer = || self.layers.iter().position(|layer| layer.name == name).map(LayerId);
        alias.or_else(layer).ok_or_else(|| {
            let stages = self.aliases.iter().filter(|alias| alias.stage).map(|alias| &alias.name);
            let known = stages.chain(self.references.iter().map(|reference| &reference.name));
            Error::UnknownLayer { name: name.to_owned(), known: known.cloned().collect() }
        })
    }

    /// The name of the layer of this number in the reference implementation's list; what is no such number is a name.
    fn by_number<'a>(&'a self, name: &'a str) -> &'a str {
        let number: Option<usize> = name.parse().ok();
        number.and_then(|number| self.references.get(number)).map_or(name, |reference| &reference.name)
    }

    /// The layer whose output enters the layer of this name, or the group of layers that share it: what enters
    /// `blocks.5.expand` is the output of `blocks.4`. Nothing enters the input but itself.
    ///
    /// # Errors
    /// [`Error::UnknownLayer`]; [`Error::SeveralInputs`] for a layer that joins others.
    pub fn entry(&self, name: &str) -> Result<LayerId> {
        let name = self.by_number(name);
        let last = self.find(name)?;
        let inside = |layer: &Layer| layer.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        let first = self.layers.iter().position(inside).map_or(last, LayerId);
        match self.layers[first.0].inputs.as_slice() {
            [] => Ok(first),
            [entry] => Ok(*entry),
            _ => Err(Error::SeveralInputs(name.to_owned())),
        }
    }

    /// The name a layer was built with.
    #[must_use]
    pub fn name(&self, layer: LayerId) -> &str {
        &self.layers[layer.0].name
    }

    /// The shape of one example of a layer's output.
    #[must_use]
    pub fn shape(&self, layer: LayerId) -> &Shape {
        &self.layers[layer.0].shape
    }

    /// The layers that every path from input to output passes. Only there can an activation be replaced
    /// and the rest of the network be a function of it alone.
    #[must_use]
    pub fn cuts(&self) -> Vec<LayerId> {
        let on_a_path = self.on_a_path();
        // How far each layer's value is needed: to the last of its consumers that leads to the output.
        let mut needed_until: Vec<usize> = (0..self.layers.len()).collect();
        for (index, layer) in self.layers.iter().enumerate().filter(|(index, _)| on_a_path[*index]) {
            for input in &layer.inputs {
                needed_until[input.0] = index;
            }
        }
        let mut open_until = 0;
        let mut cuts = Vec::new();
        for index in (0..self.layers.len()).filter(|index| on_a_path[*index]) {
            if open_until <= index {
                cuts.push(LayerId(index));
            }
            open_until = open_until.max(needed_until[index]);
        }
        cuts
    }

    /// Which layers lie between input and output.
    fn on_a_path(&self) -> Vec<bool> {
        let mut from_input = vec![false; self.layers.len()];
        from_input[0] = true;
        for (index, layer) in self.layers.iter().enumerate().skip(1) {
            from_input[index] = layer.inputs.iter().any(|input| from_input[input.0]);
        }
        let mut to_output = vec![false; self.layers.len()];
        to_output[self.output.0] = true;
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if to_output[index] {
                layer.inputs.iter().for_each(|input| to_output[input.0] = true);
            }
        }
        from_input.iter().zip(to_output).map(|(from, to)| *from && to).collect()
    }

    /// Every name of the network in order: each layer's own, then the second names it has.
    #[must_use]
    pub fn summary(&self) -> Vec<LayerSummary> {
        let cuts = self.cuts();
        let line = |index: usize, name: &str, alias: Option<&Alias>| LayerSummary {
            name: name.to_owned(),
            kind: self.layers[index].op.kind(),
            shape: self.layers[index].shape.clone(),
            parameters: self.layers[index].op.parameters(),
            cut: cuts.contains(&LayerId(index)),
            cut_input: self.entry(name).is_ok_and(|entry| cuts.contains(&entry)),
            alias: alias.is_some(),
            stage: alias.is_some_and(|alias| alias.stage) || self.references.iter().any(|other| other.name == name),
        };
        let mut lines = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            lines.push(line(index, &layer.name, None));
            let aliases = self.aliases.iter().filter(|alias| alias.layer.0 == index);
            lines.extend(aliases.map(|alias| line(index, &alias.name, Some(alias))));
        }
        lines
    }

    /// The network as the reference implementation lists it, from its input on; empty where it has no list.
    #[must_use]
    pub fn reference_summary(&self) -> Vec<ReferenceSummary> {
        let own = |name: &str, layer: &Layer| {
            layer.name == name || layer.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
        };
        let line = |reference: &Reference| {
            let layers: Vec<&Layer> = self.layers.iter().filter(|layer| own(&reference.name, layer)).collect();
            let parameters = layers.iter().flat_map(|layer| layer.op.parameters());
            let entries = layers.first().map_or(&[][..], |first| first.inputs.as_slice());
            let name = |entry: &LayerId| {
                let found = self.references.iter().find(|other| other.layer == *entry);
                found.map_or_else(|| self.name(*entry).to_owned(), |other| other.name.clone())
            };
            ReferenceSummary {
                name: reference.name.clone(),
                kind: reference.kind,
                shape: self.shape(reference.layer).clone(),
                parameters: parameters.map(|parameter| parameter.shape.iter().product::<usize>()).sum(),
                inputs: entries.iter().map(name).collect(),
            }
        };
        self.references.iter().map(line).collect()
    }

    /// How many values all layers give for one example: what a run may hold at most at any time.
    #[must_use]
    pub fn values_per_example(&self) -> usize {
        self.layers.iter().map(|layer| layer.shape.iter().product::<usize>()).sum()
    }

    /// The number of values in the parameters: the trained ones, and the means and variances of batch norms.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        let parameters = self.layers.iter().flat_map(|layer| layer.op.parameters());
        parameters.map(|parameter| parameter.shape.iter().product::<usize>()).sum()
    }
}
