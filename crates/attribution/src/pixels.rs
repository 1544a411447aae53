use burn::tensor::{Tensor, TensorData};
use negah_network::Channel;

/// How the levels of a picture, 0 to 255, become a network's input: `(level − mean) / std`, channel by channel.
///
/// Whoever sets a baseline, a patch or an amount of noise thinks in levels, and every network scales them in its
/// own way: "black" is seldom zero once the mean has been taken off.
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

    /// The number of channels.
    #[must_use]
    pub fn count(&self) -> usize {
        self.channels.len()
    }

    /// One level a channel of the network's input, from levels of red, green and blue or from one for all.
    pub(crate) fn values(&self, levels: &[f64]) -> Vec<f32> {
        self.channels.iter().map(|channel| channel.value(channel.band.of(levels) as f32)).collect()
    }

    /// What a difference of `levels` is in each channel of the network's input.
    pub(crate) fn differences(&self, levels: f64) -> Vec<f32> {
        self.channels.iter().map(|channel| levels as f32 / channel.std).collect()
    }
}

/// One value a channel, spread over the shape of `like`, `[1, channels, height, width]`.
pub(crate) fn per_channel(values: Vec<f32>, like: &Tensor<4>) -> Tensor<4> {
    let shape = [1, values.len(), 1, 1];
    Tensor::<4>::from_data(TensorData::new(values, shape), &like.device()).expand(like.dims())
}

#[cfg(test)]
mod tests {
    use negah_network::Band;

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
}
