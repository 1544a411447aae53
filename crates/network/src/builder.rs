use std::collections::HashSet;

use crate::network::{Alias, Layer, NetworkId, Node, Reference};
use crate::ops::Input;
use crate::value::number_of_values;
use crate::{Error, LayerId, Layout, Network, Op, Result, Shape};

/// The most values that a layer may give for one example: 1 GiB of them, more than any classifier
/// needs.
pub const MOST_VALUES: usize = 1 << 28;

/// Builds a [`Network`] layer by layer, from the input up, checking every shape on the way.
#[derive(Debug)]
pub struct Builder {
    id: NetworkId,
    nodes: Vec<Node>,
    layers: Vec<Layer>,
    aliases: Vec<Alias>,
    references: Vec<Reference>,
    names: HashSet<String>,
}

impl Builder {
    /// A network whose input, named `input`, takes examples of this shape.
    ///
    /// # Errors
    /// [`Error::Build`] for a shape with a size of 0, or with more than [`MOST_VALUES`] values.
    pub fn new(input: Shape) -> Result<Self> {
        let mut builder = Self {
            id: NetworkId::unique(),
            nodes: Vec::new(),
            layers: Vec::new(),
            aliases: Vec::new(),
            references: Vec::new(),
            names: HashSet::new(),
        };
        builder.layer("input", Input { shape: input }, &[])?;
        Ok(builder)
    }

    /// The input layer.
    #[must_use]
    pub fn input(&self) -> LayerId {
        LayerId { network: self.id, index: 0 }
    }

    /// The shape of one example of a layer's output.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`]
    pub fn shape(&self, layer: LayerId) -> Result<&Shape> {
        Ok(&self.get(layer)?.shape)
    }

    /// The layout of a layer's values.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`]
    pub fn layout(&self, layer: LayerId) -> Result<Layout> {
        Ok(self.get(layer)?.layout)
    }

    /// Sets the layout of a layer whose op cannot derive it: an input that has its channels last,
    /// or a reshaping to tokens. Layers that are added later derive theirs from it.
    ///
    /// # Errors
    /// [`Error::Build`] if the layout is not valid for the layer's shape; [`Error::OtherNetwork`].
    pub fn set_layout(&mut self, layer: LayerId, layout: Layout) -> Result<()> {
        let index = self.index(layer)?;
        let layer = &mut self.layers[index];
        if !layout.fits(&layer.shape) {
            let reason = format!("its shape {:?} does not fit the layout {layout:?}", layer.shape);
            return Err(Error::Build { layer: layer.name.clone(), reason });
        }
        layer.layout = layout;
        Ok(())
    }

    /// Adds a layer that takes the outputs of `inputs`. Of an op with several outputs it is the
    /// first.
    ///
    /// # Errors
    /// [`Error::Build`] where the inputs do not fit the op, [`Error::DuplicateName`] for a name in
    /// use, [`Error::OtherNetwork`].
    pub fn layer(&mut self, name: impl Into<String>, op: impl Op + 'static, inputs: &[LayerId]) -> Result<LayerId> {
        let first = self.layers.len();
        self.layers(name, op, inputs)?;
        Ok(LayerId { network: self.id, index: first })
    }

    /// As [`Builder::layer`], for an op with several outputs. Each is a layer of its own: the first
    /// is called `name`, the others `name:1`, `name:2`, ….
    ///
    /// # Errors
    /// As [`Builder::layer`].
    pub fn layers(
        &mut self,
        name: impl Into<String>,
        op: impl Op + 'static,
        inputs: &[LayerId],
    ) -> Result<Vec<LayerId>> {
        let name = name.into();
        let refuse = |reason: String| Error::Build { layer: name.clone(), reason };
        let inputs: Vec<usize> = inputs.iter().map(|input| self.index(*input)).collect::<Result<_>>()?;
        let shapes: Vec<Shape> = inputs.iter().map(|input| self.layers[*input].shape.clone()).collect();
        let outputs = op.output_shapes(&shapes).map_err(refuse)?;
        if outputs.is_empty() {
            return Err(refuse("it has no output".to_owned()));
        }
        outputs.iter().try_for_each(check_size).map_err(refuse)?;
        let lie: Vec<(&Shape, Layout)> =
            inputs.iter().zip(&shapes).map(|(input, shape)| (shape, self.layers[*input].layout)).collect();
        let layouts = op.layouts(&lie, &outputs);
        if layouts.len() != outputs.len() || layouts.iter().zip(&outputs).any(|(layout, shape)| !layout.fits(shape)) {
            return Err(refuse(format!("its outputs {outputs:?} do not fit the layouts {layouts:?}")));
        }
        let names: Vec<String> = (0..outputs.len())
            .map(|output| if output == 0 { name.clone() } else { format!("{name}:{output}") })
            .collect();
        if let Some(used) = names.iter().find(|name| self.names.contains(*name)) {
            return Err(Error::DuplicateName(used.clone()));
        }
        let first = self.layers.len();
        self.names.extend(names.iter().cloned());
        for ((name, shape), layout) in names.into_iter().zip(&outputs).zip(layouts) {
            self.layers.push(Layer { name, shape: shape.clone(), layout, node: self.nodes.len() });
        }
        self.nodes.push(Node { op: Box::new(op), inputs, input_shapes: shapes, first, output_shapes: outputs });
        Ok((first..self.layers.len()).map(|index| LayerId { network: self.id, index }).collect())
    }

    /// Gives a layer a second name: the one under which a reader knows the group that it closes,
    /// such as `blocks.5.expand` for the last of its convolution, batch norm and rectifier.
    ///
    /// # Errors
    /// [`Error::DuplicateName`] for a name in use; [`Error::OtherNetwork`].
    pub fn alias(&mut self, name: impl Into<String>, layer: LayerId) -> Result<()> {
        self.name(name.into(), layer, false)
    }

    /// As [`Builder::alias`], for the few names that outline the network: `stem`, `blocks.5`,
    /// `head`.
    ///
    /// # Errors
    /// As [`Builder::alias`].
    pub fn stage(&mut self, name: impl Into<String>, layer: LayerId) -> Result<()> {
        self.name(name.into(), layer, true)
    }

    /// Declares that a layer ends the next layer of the reference implementation's own list, which
    /// calls it `name`, of the kind `kind`: the list's numbers can then be used as names, and a
    /// summary can be what the reference prints.
    ///
    /// # Errors
    /// [`Error::DuplicateName`] for a name in use by another layer; [`Error::OtherNetwork`].
    pub fn reference(&mut self, name: impl Into<String>, kind: &'static str, layer: LayerId) -> Result<()> {
        let name = name.into();
        if self.get(layer)?.name != name {
            self.alias(name.clone(), layer)?;
        }
        self.references.push(Reference { name, kind, layer: self.index(layer)? });
        Ok(())
    }

    /// The network, whose answer is the output of `output`.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`]
    pub fn finish(self, output: LayerId) -> Result<Network> {
        let output = self.index(output)?;
        Ok(Network::new(self.id, self.nodes, self.layers, self.aliases, self.references, output))
    }

    fn name(&mut self, name: String, layer: LayerId, stage: bool) -> Result<()> {
        let layer = self.index(layer)?;
        if !self.names.insert(name.clone()) {
            return Err(Error::DuplicateName(name));
        }
        self.aliases.push(Alias { name, layer, stage });
        Ok(())
    }

    fn get(&self, layer: LayerId) -> Result<&Layer> {
        Ok(&self.layers[self.index(layer)?])
    }

    fn index(&self, layer: LayerId) -> Result<usize> {
        layer.index_in(self.id)
    }
}

/// Refuses what no batch could be made of, or what no memory holds.
fn check_size(shape: &Shape) -> std::result::Result<(), String> {
    if shape.contains(&0) {
        return Err(format!("its shape {shape:?} has no values"));
    }
    match number_of_values(shape) {
        Some(count) if count <= MOST_VALUES => Ok(()),
        _ => Err(format!("its shape {shape:?} has more than {MOST_VALUES} values")),
    }
}
