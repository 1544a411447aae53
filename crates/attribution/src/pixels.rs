use burn::tensor::{Tensor, TensorData};
use negah_network::{Band, Channel};

/// How the levels of a picture, 0 to 255, become a network's input: `(level − mean) / std`, channel
/// by channel.
///
/// Baselines, fills and amounts of noise are given in levels, and networks scale levels
/// differently: black is seldom zero after the mean is subtracted.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels {
    channels: Vec<Channel>,
}

impl Pixels {
    /// The channels in the network's order, which need not be red, green, blue.
    #[must_use]
    pub fn new(channels: Vec<Channel>) -> Self {
        Self { channels }
    }

    /// Red, green and blue, each with its own mean and divisor.
    #[must_use]
    pub fn rgb(mean: [f32; 3], std: [f32; 3]) -> Self {
        Self::new(Channel::rgb(mean, std).to_vec())
    }

    /// For an input that holds levels, unscaled: three channels are red, green and blue, others
    /// grey.
    #[must_use]
    pub fn identity(channels: usize) -> Self {
        match channels {
            3 => Self::rgb([0.0; 3], [1.0; 3]),
            _ => Self::new(vec![Channel { band: Band::Grey, mean: 0.0, std: 1.0 }; channels]),
        }
    }

    /// The number of channels.
    #[must_use]
    pub fn count(&self) -> usize {
        self.channels.len()
    }

    /// The value of each channel of the network's input, from levels of red, green and blue, or
    /// from one level for all.
    pub(crate) fn values(&self, levels: &[f64]) -> Vec<f32> {
        self.channels.iter().map(|channel| channel.value(channel.band.of(levels) as f32)).collect()
    }

    /// What a difference of `levels` is in each channel of the network's input.
    pub(crate) fn differences(&self, levels: f64) -> Vec<f32> {
        self.channels.iter().map(|channel| levels as f32 / channel.std).collect()
    }
}

/// What single precision makes of a range of zero levels when they are scaled and scaled back.
const NO_RANGE: f64 = 1e-4;

/// Largest less smallest level of `input`, over all channels: `[1, 1, 1, 1]`.
pub(crate) fn range_of_levels(pixels: &Pixels, input: &Tensor<4>) -> Tensor<4> {
    let parts = |part: fn(&Channel) -> f32| per_channel(pixels.channels.iter().map(part).collect(), input);
    let levels = input.clone() * parts(|channel| channel.std) + parts(|channel| channel.mean);
    let range = levels.clone().max() - levels.min();
    let none = range.clone().lower_equal_scalar(NO_RANGE);
    range.mask_fill(none, 0.0).reshape([1, 1, 1, 1])
}

/// One value a channel, spread over the shape of `like`, `[1, channels, height, width]`.
pub(crate) fn per_channel(values: Vec<f32>, like: &Tensor<4>) -> Tensor<4> {
    let shape = [1, values.len(), 1, 1];
    Tensor::<4>::from_data(TensorData::new(values, shape), &like.device()).expand(like.dims())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_become_values_in_the_networks_order() {
        let blue_first = Pixels::new(vec![
            Channel { band: Band::Blue, mean: 100.0, std: 1.0 },
            Channel { band: Band::Green, mean: 0.0, std: 2.0 },
            Channel { band: Band::Red, mean: 10.0, std: 10.0 },
        ]);
        assert_eq!(blue_first.values(&[255.0, 128.0, 0.0]), [-100.0, 64.0, 24.5]);
        assert_eq!(blue_first.values(&[0.0]), [-100.0, 0.0, -1.0]);
        assert_eq!(blue_first.differences(20.0), [20.0, 10.0, 2.0]);
    }

    #[test]
    fn levels_stay_levels_where_nothing_is_scaled() {
        assert_eq!(Pixels::identity(3).values(&[255.0, 128.0, 0.0]), [255.0, 128.0, 0.0]);
        assert_eq!(Pixels::identity(1).values(&[127.5]), [127.5]);
        assert_eq!(Pixels::identity(4).differences(20.0), [20.0; 4]);
    }
}
