use std::sync::Arc;

use burn::tensor::Device;

use crate::{Error, Labels, Network, Preprocessing, Result};

/// A classifier that is ready to use: a network with everything that is needed to ask it about a
/// picture. It is the same whether an architecture of the zoo or an imported file gave it.
#[derive(Debug)]
pub struct Model {
    /// The stable id, such as `efficientnet-lite0`.
    pub id: String,
    /// The name to show.
    pub name: String,
    /// The network, whose output is one score a class.
    pub network: Network,
    /// How a picture becomes the network's input.
    pub preprocessing: Preprocessing,
    /// The classes, as many as the network's output has scores.
    pub labels: Arc<Labels>,
    /// The name of the layer at which methods look by default.
    pub layer: String,
    /// Where the weights came from, in a few words.
    pub origin: String,
}

impl Model {
    /// Checks that the parts belong together.
    ///
    /// # Errors
    /// [`Error::Model`] where the labels, the channels or the size are not the network's, and
    /// [`Error::UnknownLayer`] for a default layer that there is not.
    pub fn check(&self) -> Result<()> {
        let refuse = |reason: String| Err(Error::Model { model: self.name.clone(), reason });
        let classes = self.labels.classes().len();
        let output = self.network.shape(self.network.output())?;
        if output.as_slice() != [classes] {
            return refuse(format!("it has {classes} labels, but its output is {output:?}"));
        }
        let (height, width) = self.preprocessing.size;
        let expected = [self.preprocessing.channels.len(), height as usize, width as usize];
        let input = self.network.shape(self.network.input())?;
        if input.as_slice() != expected {
            return refuse(format!("its preprocessing makes {expected:?}, but its input is {input:?}"));
        }
        self.network.find(&self.layer).map(|_| ())
    }

    /// The same model with its parameters on another device.
    #[must_use]
    pub fn to_device(&self, device: &Device) -> Self {
        Self {
            id: self.id.clone(),
            name: self.name.clone(),
            network: self.network.to_device(device),
            preprocessing: self.preprocessing.clone(),
            labels: Arc::clone(&self.labels),
            layer: self.layer.clone(),
            origin: self.origin.clone(),
        }
    }
}
