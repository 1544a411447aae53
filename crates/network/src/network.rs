use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::Device;

use crate::plan::Plans;
use crate::{Error, Layout, Op, Result, Shape};

/// Which network a [`LayerId`] belongs to. Copies on other devices share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NetworkId(u64);

impl NetworkId {
    pub(crate) fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A layer of one network, or of a copy of it on another device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId {
    pub(crate) network: NetworkId,
    pub(crate) index: usize,
}

impl LayerId {
    /// Its place in a network's list: an id is only made for a layer that was added, and none is
    /// ever removed.
    pub(crate) fn index_in(self, network: NetworkId) -> Result<usize> {
        if self.network == network { Ok(self.index) } else { Err(Error::OtherNetwork) }
    }
}

/// An op on the outputs of earlier layers. Each of its own outputs is a [`Layer`].
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) op: Box<dyn Op>,
    /// The layers that enter, by index.
    pub(crate) inputs: Vec<usize>,
    pub(crate) input_shapes: Vec<Shape>,
    /// The index of the layer that is its first output. The others follow.
    pub(crate) first: usize,
    pub(crate) output_shapes: Vec<Shape>,
}

/// A named value: an output of a node.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) layout: Layout,
    /// The index of the node that gives it.
    pub(crate) node: usize,
}

/// A second name of a layer; see [`Builder::alias`](crate::Builder::alias).
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) layer: usize,
    pub(crate) stage: bool,
}

/// A layer of the reference implementation's own list; see
/// [`Builder::reference`](crate::Builder::reference).
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// The last of the layers here that it stands for.
    pub(crate) layer: usize,
}

/// A classifier: layers in topological order, the first of which is the input.
#[derive(Debug)]
pub struct Network {
    pub(crate) id: NetworkId,
    pub(crate) nodes: Vec<Node>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) aliases: Vec<Alias>,
    pub(crate) references: Vec<Reference>,
    pub(crate) output: usize,
    /// Every name and second name.
    names: HashMap<String, usize>,
    /// For each part of a name that ends before a dot, the first layer of that group.
    groups: HashMap<String, usize>,
    /// For each layer, how often it enters another.
    pub(crate) uses: Vec<usize>,
    /// For each layer, whether it depends on the input; constants do not.
    from_input: Vec<bool>,
    /// For each node, the op that does its work and that of the node before it, made on first use.
    pub(crate) folded: Vec<OnceLock<Option<Box<dyn Op>>>>,
    pub(crate) plans: Plans,
}

impl Network {
    pub(crate) fn new(
        id: NetworkId,
        nodes: Vec<Node>,
        layers: Vec<Layer>,
        aliases: Vec<Alias>,
        references: Vec<Reference>,
        output: usize,
    ) -> Self {
        let (mut names, mut groups) = (HashMap::new(), HashMap::new());
        for (index, layer) in layers.iter().enumerate() {
            names.insert(layer.name.clone(), index);
            for (dot, _) in layer.name.match_indices('.') {
                groups.entry(layer.name[..dot].to_owned()).or_insert(index);
            }
        }
        names.extend(aliases.iter().map(|alias| (alias.name.clone(), alias.layer)));
        let mut uses = vec![0; layers.len()];
        let mut from_input = vec![false; layers.len()];
        for (index, node) in nodes.iter().enumerate() {
            node.inputs.iter().for_each(|input| uses[*input] += 1);
            let depends = index == 0 || node.inputs.iter().any(|input| from_input[*input]);
            node.layers().for_each(|layer| from_input[layer] = depends);
        }
        let folded = nodes.iter().map(|_| OnceLock::new()).collect();
        let plans = Plans::default();
        Self { id, nodes, layers, aliases, references, output, names, groups, uses, from_input, folded, plans }
    }

    /// The same network with its parameters on another device. Layers keep their ids.
    #[must_use]
    pub fn to_device(&self, device: &Device) -> Self {
        let move_node = |node: &Node| Node {
            op: node.op.to_device(device),
            inputs: node.inputs.clone(),
            input_shapes: node.input_shapes.clone(),
            first: node.first,
            output_shapes: node.output_shapes.clone(),
        };
        let nodes = self.nodes.iter().map(move_node).collect();
        let (aliases, references) = (self.aliases.clone(), self.references.clone());
        Self::new(self.id, nodes, self.layers.clone(), aliases, references, self.output)
    }

    /// The layer that is fed by default.
    #[must_use]
    pub fn input(&self) -> LayerId {
        self.layer_id(0)
    }

    /// The layer whose output is the network's answer: one score a class, before any softmax.
    #[must_use]
    pub fn output(&self) -> LayerId {
        self.layer_id(self.output)
    }

    /// The layer of this name or second name, or of this number in the reference implementation's
    /// list.
    ///
    /// # Errors
    /// [`Error::UnknownLayer`], which lists some of the names that outline the network.
    pub fn find(&self, name: &str) -> Result<LayerId> {
        let name = self.by_number(name);
        self.names.get(name).map(|index| self.layer_id(*index)).ok_or_else(|| {
            let stages = self.aliases.iter().filter(|alias| alias.stage).map(|alias| &alias.name);
            let known = stages.chain(self.references.iter().map(|reference| &reference.name));
            Error::UnknownLayer { name: name.to_owned(), known: known.cloned().collect() }
        })
    }

    /// The name of the layer of this number in the reference implementation's list, or in this
    /// network's own where there is no such list; a negative number counts from the end. Anything
    /// else is a name, and so is a number that an exporter has given as one.
    fn by_number<'a>(&'a self, name: &'a str) -> &'a str {
        let Ok(number) = name.parse::<i64>() else { return name };
        if self.names.contains_key(name) {
            return name;
        }
        let listed = !self.references.is_empty();
        let count = if listed { self.references.len() } else { self.layers.len() };
        let distance = usize::try_from(number.unsigned_abs()).ok();
        let index = if number < 0 { distance.and_then(|back| count.checked_sub(back)) } else { distance };
        let name_at = |index: usize| {
            if listed {
                self.references.get(index).map(|reference| reference.name.as_str())
            } else {
                self.layers.get(index).map(|layer| layer.name.as_str())
            }
        };
        index.and_then(name_at).unwrap_or(name)
    }

    /// The layer whose output enters the layer of this name, or the group of layers that share it:
    /// what enters `blocks.5.expand` is the output of `blocks.4`. Nothing enters the input but
    /// itself. Constants do not count.
    ///
    /// # Errors
    /// [`Error::UnknownLayer`]; [`Error::SeveralInputs`] for a layer that joins others.
    pub fn entry(&self, name: &str) -> Result<LayerId> {
        let name = self.by_number(name);
        let last = self.find(name)?.index;
        let first = self.groups.get(name).copied().unwrap_or(last);
        let inputs = &self.nodes[self.layers[first].node].inputs;
        let mut entries = inputs.iter().filter(|input| self.from_input[**input]);
        match (entries.next(), entries.next()) {
            (None, _) => Ok(self.layer_id(first)),
            (Some(entry), None) => Ok(self.layer_id(*entry)),
            _ => Err(Error::SeveralInputs(name.to_owned())),
        }
    }

    /// The name a layer was built with.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`]
    pub fn name(&self, layer: LayerId) -> Result<&str> {
        Ok(&self.layers[self.index(layer)?].name)
    }

    /// The shape of one example of a layer's output. No size in it is 0.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`]
    pub fn shape(&self, layer: LayerId) -> Result<&Shape> {
        Ok(&self.layers[self.index(layer)?].shape)
    }

    /// The layout of a layer's output.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`]
    pub fn layout(&self, layer: LayerId) -> Result<Layout> {
        Ok(self.layers[self.index(layer)?].layout)
    }

    /// The layers that every path from input to output passes (the dominators of the output). Only
    /// there can an activation be replaced and the rest of the network be a function of it alone.
    #[must_use]
    pub fn cuts(&self) -> Vec<LayerId> {
        let is_cut = self.is_cut();
        (0..self.layers.len()).filter(|index| is_cut[*index]).map(|index| self.layer_id(index)).collect()
    }

    /// For each layer, whether it is a cut.
    pub(crate) fn is_cut(&self) -> Vec<bool> {
        let on_a_path = self.on_a_path();
        // How far each layer's value is needed: to the last of its consumers that leads to the
        // output. The consumer is named by its first layer, as all outputs of a node are there at
        // once.
        let mut needed_until: Vec<usize> = (0..self.layers.len()).collect();
        for node in &self.nodes {
            if node.layers().any(|layer| on_a_path[layer]) {
                node.inputs.iter().for_each(|input| needed_until[*input] = node.first);
            }
        }
        let mut open_until = 0;
        let mut cuts = vec![false; self.layers.len()];
        for node in &self.nodes {
            let outputs: Vec<usize> = node.layers().filter(|layer| on_a_path[*layer]).collect();
            if let [only] = outputs[..] {
                cuts[only] = open_until <= node.first;
            }
            open_until = outputs.iter().fold(open_until, |until, layer| until.max(needed_until[*layer]));
        }
        cuts
    }

    /// Which layers lie between input and output.
    fn on_a_path(&self) -> Vec<bool> {
        let mut to_output = vec![false; self.layers.len()];
        to_output[self.output] = true;
        for node in self.nodes.iter().rev() {
            if node.layers().any(|layer| to_output[layer]) {
                node.inputs.iter().for_each(|input| to_output[*input] = true);
            }
        }
        self.from_input.iter().zip(to_output).map(|(from, to)| *from && to).collect()
    }

    /// How many values all layers give for one example: what a run may hold at most at any time.
    #[must_use]
    pub fn values_per_example(&self) -> usize {
        let values = self.layers.iter().map(|layer| layer.shape.iter().product::<usize>());
        values.fold(0, usize::saturating_add)
    }

    /// The number of values in the parameters: the trained ones, and the means and variances of
    /// batch norms.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        let parameters = self.nodes.iter().flat_map(|node| node.op.parameters());
        parameters.map(|parameter| parameter.shape.iter().product::<usize>()).sum()
    }

    pub(crate) fn layer_id(&self, index: usize) -> LayerId {
        LayerId { network: self.id, index }
    }

    pub(crate) fn index(&self, layer: LayerId) -> Result<usize> {
        layer.index_in(self.id)
    }
}

impl Node {
    /// The layers that are its outputs, by index.
    pub(crate) fn layers(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.output_shapes.len()
    }
}
