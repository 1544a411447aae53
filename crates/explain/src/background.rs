use burn::tensor::{Device, Tensor};
use negah_network::Preprocessing;
use negah_picture::Picture;

use crate::{Error, Result};

/// The limit of a background's preprocessed pictures, in bytes.
pub const MOST_BACKGROUND_BYTES: usize = 256 << 20;

/// The pictures of a background, added one by one so that only one is decoded at a time.
#[derive(Debug)]
pub struct Background {
    preprocessing: Preprocessing,
    device: Device,
    inputs: Vec<Tensor<4>>,
}

impl Background {
    /// No pictures yet.
    #[must_use]
    pub fn new(preprocessing: &Preprocessing, device: &Device) -> Self {
        Self { preprocessing: preprocessing.clone(), device: device.clone(), inputs: Vec::new() }
    }

    /// How many pictures a background of this preprocessing may have.
    #[must_use]
    pub fn capacity(preprocessing: &Preprocessing) -> usize {
        let (height, width) = preprocessing.size;
        let values = (preprocessing.channels.len() as u64 * u64::from(height)).saturating_mul(u64::from(width));
        let most = MOST_BACKGROUND_BYTES as u64 / values.saturating_mul(size_of::<f32>() as u64).max(1);
        usize::try_from(most).unwrap_or(usize::MAX).max(1)
    }

    /// Adds a picture.
    ///
    /// # Errors
    /// [`Error::LargeBackground`] beyond [`Background::capacity`].
    pub fn push(&mut self, picture: &Picture) -> Result<()> {
        let most = Self::capacity(&self.preprocessing);
        if self.inputs.len() >= most {
            return Err(Error::LargeBackground { most });
        }
        self.inputs.push(picture.input(&self.preprocessing, &self.device));
        Ok(())
    }

    /// All pictures, `[pictures, channels, height, width]`; `None` where there are none.
    #[must_use]
    pub fn into_tensor(self) -> Option<Tensor<4>> {
        (!self.inputs.is_empty()).then(|| Tensor::cat(self.inputs, 0))
    }
}

#[cfg(test)]
mod tests {
    use negah_network::{Channel, CropMode};

    use super::*;

    #[test]
    fn a_background_is_bounded_in_memory() {
        // A picture of 3 × 4096 × 4096 values takes 192 MiB, so one fits.
        let channels = Channel::rgb([0.0; 3], [1.0; 3]).to_vec();
        let preprocessing = Preprocessing { size: (4096, 4096), crop: CropMode::Keras, channels };
        assert_eq!(Background::capacity(&preprocessing), 1);
        let preprocessing = Preprocessing { size: (224, 224), ..preprocessing };
        assert_eq!(Background::capacity(&preprocessing), 445);
        let small = Preprocessing { size: (2, 3), ..preprocessing };
        let mut background = Background::new(&small, &Device::flex());
        assert!(Background::new(&small, &Device::flex()).into_tensor().is_none());
        for level in [10, 20] {
            background.push(&Picture::from_rgb(8, 8, vec![level; 192])).unwrap();
        }
        let tensor = background.into_tensor().unwrap();
        assert_eq!(tensor.dims(), [2, 3, 2, 3]);
        assert_eq!(tensor.into_data().try_to_vec::<f32>().unwrap(), [[10.0; 18], [20.0; 18]].concat());
    }

    #[test]
    fn one_picture_too_many_is_refused() {
        let channels = Channel::rgb([0.0; 3], [1.0; 3]).to_vec();
        let large = Preprocessing { size: (4096, 4096), crop: CropMode::Keras, channels };
        let mut background = Background::new(&large, &Device::flex());
        // Stands for a picture that was added: what is counted is their number.
        background.inputs.push(Tensor::zeros([1, 1, 1, 1], &Device::flex()));
        let error = background.push(&Picture::from_rgb(8, 8, vec![0; 192])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "A background of this network's pictures has at most 1; this one has more. Leave some out."
        );
    }
}
