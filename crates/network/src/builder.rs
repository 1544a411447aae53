use crate::network::{Alias, Reference};
use crate::ops::Input;
use crate::{Error, Layer, LayerId, Network, Op, Result, Shape};

/// Builds a [`Network`] layer by layer, from the input up, checking every shape on the way.
#[derive(Debug)]
pub struct Builder {
    layers: Vec<Layer>,
    aliases: Vec<Alias>,
    references: Vec<Reference>,
}

impl Builder {
    /// A network whose input, named `input`, takes examples of this shape.
    #[must_use]
    pub fn new(input: Shape) -> Self {
        let layer = Layer {
            name: "input".to_owned(),
            op: Box::new(Input { shape: input.clone() }),
            inputs: Vec::new(),
            shape: input,
        };
        Self { layers: vec![layer], aliases: Vec::new(), references: Vec::new() }
    }

    /// The input layer.
    #[must_use]
    pub fn input(&self) -> LayerId {
        LayerId(0)
    }

    /// The shape of one example of a layer's output.
    #[must_use]
    pub fn shape(&self, layer: LayerId) -> &Shape {
        &self.layers[layer.0].shape
    }

    /// Adds a layer that takes the outputs of `inputs`.
    ///
    /// # Errors
    /// [`Error::Build`] where the inputs do not fit the op, [`Error::DuplicateName`] for a name in use.
    pub fn layer(&mut self, name: impl Into<String>, op: impl Op + 'static, inputs: &[LayerId]) -> Result<LayerId> {
        let name = self.unused(name.into())?;
        let shapes: Vec<Shape> = inputs.iter().map(|input| self.shape(*input).clone()).collect();
        let shape = op.output_shape(&shapes).map_err(|reason| Error::Build { layer: name.clone(), reason })?;
        self.layers.push(Layer { name, op: Box::new(op), inputs: inputs.to_vec(), shape });
        Ok(LayerId(self.layers.len() - 1))
    }

    /// Gives a layer a second name: the one under which a reader knows the group that it closes, such as
    /// `blocks.5.expand` for the last of its convolution, batch norm and rectifier.
    ///
    /// # Errors
    /// [`Error::DuplicateName`] for a name in use.
    pub fn alias(&mut self, name: impl Into<String>, layer: LayerId) -> Result<()> {
        self.name(name.into(), layer, false)
    }

    /// As [`Builder::alias`], for the few names that outline the network: `stem`, `blocks.5`, `head`.
    ///
    /// # Errors
    /// [`Error::DuplicateName`] for a name in use.
    pub fn stage(&mut self, name: impl Into<String>, layer: LayerId) -> Result<()> {
        self.name(name.into(), layer, true)
    }

    /// Says that a layer ends the next layer of the reference implementation's own list, which calls it `name`, of the
    /// kind `kind`: the list's numbers can then be used as names, and a summary can be what the reference prints.
    ///
    /// # Errors
    /// [`Error::DuplicateName`] for a name in use by another layer.
    pub fn reference(&mut self, name: impl Into<String>, kind: &'static str, layer: LayerId) -> Result<()> {
        let name = name.into();
        if self.layers[layer.0].name != name {
            self.alias(name.clone(), layer)?;
        }
        self.references.push(Reference { name, kind, layer });
        Ok(())
    }

    /// The network, whose answer is the output of `output`.
    #[must_use]
    pub fn finish(self, output: LayerId) -> Network {
        Network::new(self.layers, self.aliases, self.references, output)
    }

    fn name(&mut self, name: String, layer: LayerId, stage: bool) -> Result<()> {
        let name = self.unused(name)?;
        self.aliases.push(Alias { name, layer, stage });
        Ok(())
    }

    fn unused(&self, name: String) -> Result<String> {
        let used =
            self.layers.iter().any(|layer| layer.name == name) || self.aliases.iter().any(|alias| alias.name == name);
        if used { Err(Error::DuplicateName(name)) } else { Ok(name) }
    }
}
