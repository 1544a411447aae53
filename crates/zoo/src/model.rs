use burn::tensor::{Device, Tensor, TensorData};
use negah_network::Network;

use crate::efficientnet_lite;
use crate::picture::{Picture, Preprocessing};
use crate::{Weights, WeightsError};

/// A classifier that can be loaded.
#[derive(Debug)]
pub struct Model {
    /// The stable id, such as `efficientnet-lite0`.
    pub id: &'static str,
    /// The name in the field.
    pub name: &'static str,
    /// How a picture becomes its input.
    pub preprocessing: Preprocessing,
    /// The layer at which methods look unless told otherwise: the last with height and width.
    pub layer: &'static str,
    build: fn(&mut Weights<'_>, &Device) -> Result<Network, WeightsError>,
}

/// Every model.
pub const MODELS: &[&Model] = &[&Model {
    id: "efficientnet-lite0",
    name: "EfficientNet-Lite0",
    preprocessing: efficientnet_lite::PREPROCESSING,
    layer: "head",
    build: efficientnet_lite::lite0,
}];

/// The model of this id; `None` if there is none.
#[must_use]
pub fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().copied().find(|model| model.id == id)
}

impl Model {
    /// The network with the weights in a safetensors file.
    ///
    /// # Errors
    /// [`WeightsError`] for a file that is damaged or belongs to another network.
    pub fn load(&self, file: &[u8], device: &Device) -> Result<Network, WeightsError> {
        let mut weights = Weights::read(file)?;
        let network = (self.build)(&mut weights, device)?;
        weights.finish()?;
        Ok(network)
    }

    /// The picture as this network's input, `[1, 3, height, width]`.
    #[must_use]
    pub fn input(&self, picture: &Picture, device: &Device) -> Tensor<4> {
        let (height, width) = self.preprocessing.size;
        let shape = [1, 3, height as usize, width as usize];
        Tensor::from_data(TensorData::new(self.preprocessing.apply(picture), shape), device)
    }
}
