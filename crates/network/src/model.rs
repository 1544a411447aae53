use std::sync::Arc;

use burn::tensor::Device;

use crate::{Channel, Error, Labels, Network, Preprocessing, Result};

/// A classifier that is ready to use: a network with everything that is needed to ask it about a
/// picture. It is the same whether an architecture of the zoo or an imported file gave it.
#[derive(Debug)]
#[non_exhaustive]
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
    /// A model whose parts are consistent. `layer` is the default layer.
    ///
    /// # Errors
    /// [`Error::Model`] if the labels, the channels or the size do not match the network, or if a
    /// channel cannot be computed; [`Error::UnknownLayer`] if there is no layer of this name.
    pub fn new(
        id: &str,
        name: &str,
        origin: &str,
        network: Network,
        layer: &str,
        preprocessing: Preprocessing,
        labels: Arc<Labels>,
    ) -> Result<Self> {
        let (id, name, layer, origin) = (id.to_owned(), name.to_owned(), layer.to_owned(), origin.to_owned());
        let model = Self { id, name, network, preprocessing, labels, layer, origin };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<()> {
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
        for (index, channel) in self.preprocessing.channels.iter().enumerate() {
            let Channel { mean, std, .. } = channel;
            if !mean.is_finite() || !std.is_finite() || *std == 0.0 {
                return refuse(format!("channel {index} of its input has the mean {mean} and the divisor {std}"));
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Flatten, GlobalAveragePool};
    use crate::{Builder, CropMode};

    /// Builds a model of an input `[3, 2, 4]` and three classes, after a change of its parts.
    fn build(layer: &str, change: impl Fn(&mut Preprocessing, &mut Labels)) -> Result<Model> {
        let mut builder = Builder::new(vec![3, 2, 4]).unwrap();
        let x = builder.input();
        let x = builder.layer("pool", GlobalAveragePool, &[x]).unwrap();
        let x = builder.layer("flatten", Flatten, &[x]).unwrap();
        let channels = Channel::rgb([127.5; 3], [127.5; 3]).to_vec();
        let mut preprocessing = Preprocessing { size: (2, 4), crop: CropMode::Stretch, channels };
        let mut labels = Labels::numbered(3);
        change(&mut preprocessing, &mut labels);
        let network = builder.finish(x).unwrap();
        Model::new("small", "Small", "a test", network, layer, preprocessing, Arc::new(labels))
    }

    #[test]
    fn consistent_parts_make_a_model() {
        assert_eq!(build("pool", |_, _| ()).unwrap().layer, "pool");
        // A channel may be inverted.
        assert!(build("pool", |preprocessing, _| preprocessing.channels[0].std = -1.0).is_ok());
    }

    #[test]
    fn inconsistent_parts_are_refused() {
        let refused = |reason: &str, change: &dyn Fn(&mut Preprocessing, &mut Labels)| {
            let refusal = build("pool", change).unwrap_err().to_string();
            assert_eq!(refusal, format!("The model “Small” is inconsistent: {reason}."));
        };
        refused("it has 0 labels, but its output is [3]", &|_, labels| *labels = Labels::numbered(0));
        refused("it has 4 labels, but its output is [3]", &|_, labels| *labels = Labels::numbered(4));
        refused("its preprocessing makes [0, 2, 4], but its input is [3, 2, 4]", &|made, _| made.channels.clear());
        refused("its preprocessing makes [3, 0, 4], but its input is [3, 2, 4]", &|made, _| made.size = (0, 4));
        refused("its preprocessing makes [3, 4, 2], but its input is [3, 2, 4]", &|made, _| made.size = (4, 2));
        for (mean, std) in [(0.0, 0.0), (0.0, -0.0), (0.0, f32::NAN), (0.0, f32::INFINITY), (f32::NAN, 1.0)] {
            let reason = format!("channel 1 of its input has the mean {mean} and the divisor {std}");
            refused(&reason, &|made, _| (made.channels[1].mean, made.channels[1].std) = (mean, std));
        }
        assert!(matches!(build("head", |_, _| ()), Err(Error::UnknownLayer { .. })));
    }
}
