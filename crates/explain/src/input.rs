use burn::tensor::{Device, Tensor, TensorData};
use negah_attribution::Pixels;
use negah_network::{Band, Channel, CropMode, Preprocessing};

use crate::{Error, Result};

/// What the values of an array are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrayValues {
    /// The network's input, preprocessed already, its channels in the network's order.
    Preprocessed,
    /// Levels 0 to 255 of red, green and blue (or of grey), which are preprocessed here.
    Levels,
}

impl ArrayValues {
    /// Each with its stable id.
    pub const ALL: [(&'static str, Self); 2] = [("preprocessed", Self::Preprocessed), ("levels", Self::Levels)];
}

/// The crop mode of this id.
///
/// # Errors
/// [`Error::UnknownCrop`], which lists the crop modes.
pub fn crop_mode(id: &str) -> Result<CropMode> {
    CropMode::find(id).ok_or_else(|| {
        let known = CropMode::ALL.iter().map(|(id, _)| *id).collect();
        Error::UnknownCrop { id: id.to_owned(), known }
    })
}

/// The preprocessing of levels, for the methods.
#[must_use]
pub fn pixels_of(preprocessing: &Preprocessing) -> Pixels {
    Pixels::new(preprocessing.channels.clone())
}

/// The same preprocessing without scaling, its channels in the order red, green, blue: the network
/// gets the levels themselves.
#[must_use]
pub fn unscaled(preprocessing: &Preprocessing) -> Preprocessing {
    let channels = match preprocessing.channels.len() {
        3 => Channel::rgb([0.0; 3], [1.0; 3]).to_vec(),
        _ => preprocessing.channels.iter().map(|channel| Channel { mean: 0.0, std: 1.0, ..*channel }).collect(),
    };
    Preprocessing { channels, ..preprocessing.clone() }
}

/// The network's input from an array of pictures.
///
/// # Shapes
/// `values` are in C order of `shape`: `[N, channels, height, width]` or
/// `[N, height, width, channels]`, or one picture without the first axis. Where both fit, channels
/// come first. The result is `[N, channels, height, width]`.
///
/// # Errors
/// [`Error::ArrayShape`] for any other shape.
pub fn input_of_array(
    shape: &[usize],
    values: Vec<f32>,
    meaning: ArrayValues,
    preprocessing: &Preprocessing,
    device: &Device,
) -> Result<Tensor<4>> {
    let (height, width) = (preprocessing.size.0 as usize, preprocessing.size.1 as usize);
    let channels = preprocessing.channels.len();
    let refused = || Error::ArrayShape { got: shape.to_vec(), channels, height, width };
    let (count, sides) = match shape {
        [count, sides @ ..] if sides.len() == 3 => (*count, sides),
        sides => (1, sides),
    };
    let expected = [count, channels, height, width].into_iter().try_fold(1usize, |all, side| all.checked_mul(side));
    if values.is_empty() || expected != Some(values.len()) {
        return Err(refused());
    }
    let channels_last = match sides {
        sides if *sides == [channels, height, width] => false,
        sides if *sides == [height, width, channels] => true,
        _ => return Err(refused()),
    };
    let tensor = if channels_last {
        let data = TensorData::new(values, [count, height, width, channels]);
        Tensor::<4>::from_data(data, device).permute([0, 3, 1, 2])
    } else {
        Tensor::from_data(TensorData::new(values, [count, channels, height, width]), device)
    };
    Ok(match meaning {
        ArrayValues::Preprocessed => tensor,
        ArrayValues::Levels => preprocessed(tensor, preprocessing),
    })
}

/// Levels of red, green and blue, or of as many bands as the network has channels, preprocessed.
fn preprocessed(levels: Tensor<4>, preprocessing: &Preprocessing) -> Tensor<4> {
    let channel = |(index, channel): (usize, &Channel)| {
        let band = match channel.band {
            Band::Red => 0,
            Band::Green => 1,
            Band::Blue => 2,
            Band::Grey => index,
        };
        let band = band.min(preprocessing.channels.len().saturating_sub(1));
        (levels.clone().narrow(1, band, 1) - channel.mean) / channel.std
    };
    Tensor::cat(preprocessing.channels.iter().enumerate().map(channel).collect(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preprocessing() -> Preprocessing {
        let channel = |band, mean| Channel { band, mean, std: 2.0 };
        let channels = vec![channel(Band::Blue, 3.0), channel(Band::Green, 2.0), channel(Band::Red, 1.0)];
        Preprocessing { size: (1, 2), crop: CropMode::Keras, channels }
    }

    fn read(shape: &[usize], values: &[f32], meaning: ArrayValues) -> Result<Vec<f32>> {
        let tensor = input_of_array(shape, values.to_vec(), meaning, &preprocessing(), &Device::flex())?;
        Ok(tensor.into_data().try_to_vec().unwrap())
    }

    #[test]
    fn channels_may_come_first_or_last() {
        let first = [1.0, 2.0, 10.0, 20.0, 100.0, 200.0];
        let last = [1.0, 10.0, 100.0, 2.0, 20.0, 200.0];
        for shape in [&[1, 3, 1, 2][..], &[3, 1, 2]] {
            assert_eq!(read(shape, &first, ArrayValues::Preprocessed).unwrap(), first);
        }
        for shape in [&[1, 1, 2, 3][..], &[1, 2, 3]] {
            assert_eq!(read(shape, &last, ArrayValues::Preprocessed).unwrap(), first);
        }
        let two: Vec<f32> = [last, last].concat();
        assert_eq!(read(&[2, 1, 2, 3], &two, ArrayValues::Preprocessed).unwrap(), [first, first].concat());
    }

    #[test]
    fn levels_are_preprocessed_in_the_networks_order() {
        // Blue (level − 3)/2, green (level − 2)/2, red (level − 1)/2.
        let levels = [1.0, 3.0, 2.0, 4.0, 3.0, 5.0];
        let expected = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        assert_eq!(read(&[1, 3, 1, 2], &levels, ArrayValues::Levels).unwrap(), expected);
    }

    #[test]
    fn a_network_without_channels_or_pixels_is_refused() {
        let sound = preprocessing();
        for (preprocessing, shape) in [
            (Preprocessing { channels: Vec::new(), ..sound.clone() }, [1, 0, 1, 2]),
            (Preprocessing { size: (0, 2), ..sound }, [1, 3, 0, 2]),
        ] {
            for meaning in [ArrayValues::Preprocessed, ArrayValues::Levels] {
                let input = input_of_array(&shape, Vec::new(), meaning, &preprocessing, &Device::flex());
                assert!(matches!(input, Err(Error::ArrayShape { .. })), "{shape:?}");
            }
        }
    }

    #[test]
    fn another_shape_is_refused() {
        for (shape, count) in [(&[1, 3, 2, 1][..], 6), (&[0, 3, 1, 2], 0), (&[6], 6), (&[1, 1, 3, 1, 2], 6)] {
            let error = read(shape, &vec![0.0; count], ArrayValues::Levels).unwrap_err().to_string();
            let expected =
                format!("The array has the shape {shape:?}; the network takes (N, 3, 1, 2) or (N, 1, 2, 3).");
            assert_eq!(error, expected);
        }
    }
}
