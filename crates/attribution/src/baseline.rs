use burn::tensor::{Tensor, TensorData};

use crate::pixels::per_channel;
use crate::{Pixels, Random};

/// A picture that stands for the absence of the object: what an attribution compares the picture
/// with.
///
/// There is no neutral choice (Sturmfels et al., 2020): black hides what is black. All of them are
/// in levels of the raw picture, 0 to 255, before normalisation.
#[derive(Debug, Clone, PartialEq)]
pub enum Baseline {
    /// A single colour: one level, or one each of red, green and blue. Black is 0, white 255, grey
    /// 127.5.
    Levels(Vec<f64>),
    /// The picture's own mean colour.
    Mean,
    /// The picture under a Gaussian blur of an eighth of its shorter side, which leaves its colours
    /// and no shape.
    Blur,
    /// Each value drawn uniformly from 0 to 255.
    Noise,
    /// The first picture of the task's background.
    Picture,
}

impl Baseline {
    /// The words that name one.
    pub const WORDS: [&'static str; 7] = ["black", "white", "grey", "mean", "blur", "noise", "picture"];

    /// The baseline that a word or some levels name; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "black" => Self::Levels(vec![0.0]),
            "white" => Self::Levels(vec![255.0]),
            "grey" => Self::Levels(vec![127.5]),
            "mean" => Self::Mean,
            "blur" => Self::Blur,
            "noise" => Self::Noise,
            "picture" => Self::Picture,
            _ => {
                let levels: Option<Vec<f64>> = text.split(',').map(|level| level.trim().parse().ok()).collect();
                let levels = levels.filter(|levels| matches!(levels.len(), 1 | 3))?;
                let inside = levels.iter().all(|level| (0.0..=255.0).contains(level));
                return inside.then_some(Self::Levels(levels));
            }
        })
    }

    /// The baseline for `input`, on its device; `None` if it is a picture and there is no
    /// background.
    ///
    /// # Shapes
    /// `input` and the result are `[1, channels, height, width]`; `background` may hold several
    /// pictures.
    pub(crate) fn tensor(
        &self,
        input: &Tensor<4>,
        pixels: &Pixels,
        background: Option<&Tensor<4>>,
        random: &mut Random,
    ) -> Option<Tensor<4>> {
        let shape = input.dims();
        Some(match self {
            Self::Levels(levels) => per_channel(pixels.values(levels), input),
            Self::Mean => input.clone().mean_dims(&[2, 3]).expand(shape),
            Self::Blur => blur(input.clone()),
            Self::Noise => {
                let count = shape.iter().product();
                let unit = (0..count).map(|_| random.uniform() as f32).collect::<Vec<_>>();
                let unit = Tensor::<4>::from_data(TensorData::new(unit, shape), &input.device());
                unit * per_channel(pixels.differences(255.0), input) + per_channel(pixels.values(&[0.0]), input)
            }
            Self::Picture => background?.clone().narrow(0, 0, 1),
        })
    }
}

/// A Gaussian blur as two matrix products. The weights of each row sum to 1 at the borders too.
fn blur(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let sigma = height.min(width) as f64 / 8.0;
    let device = x.device();
    let matrix = |size: usize| {
        let row = |centre: usize| {
            let weight = |other: usize| (-0.5 * ((other as f64 - centre as f64) / sigma).powi(2)).exp();
            let sum: f64 = (0..size).map(weight).sum();
            (0..size).map(move |other| (weight(other) / sum) as f32).collect::<Vec<_>>()
        };
        let values: Vec<f32> = (0..size).flat_map(row).collect();
        Tensor::<2>::from_data(TensorData::new(values, [size, size]), &device).reshape([1, 1, size, size])
    };
    matrix(height).matmul(x).matmul(matrix(width).swap_dims(2, 3))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use negah_network::{Band, Channel};

    use super::*;

    /// Two channels of 2 × 3 pixels, scaled by (level − 100) / 50 and level / 255.
    fn input() -> (Tensor<4>, Pixels) {
        let values: Vec<f32> = (0..12).map(|i| i as f32 / 4.0).collect();
        let input = Tensor::from_data(TensorData::new(values, [1, 2, 2, 3]), &Device::flex());
        let channel = |band, mean, std| Channel { band, mean, std };
        (input, Pixels::new(vec![channel(Band::Red, 100.0, 50.0), channel(Band::Green, 0.0, 255.0)]))
    }

    fn values(text: &str) -> Vec<f32> {
        let (input, pixels) = input();
        let baseline = Baseline::parse(text).unwrap();
        let tensor = baseline.tensor(&input, &pixels, None, &mut Random::new(0)).unwrap();
        assert_eq!(tensor.dims(), input.dims());
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn black_is_black_in_levels() {
        assert_eq!(values("black"), [[-2.0; 6], [0.0; 6]].concat());
        assert_eq!(values("white"), [[3.1; 6], [1.0; 6]].concat());
        assert_eq!(values("grey"), [[0.55; 6], [0.5; 6]].concat());
        assert_eq!(values("200, 51, 7"), [[2.0; 6], [0.2; 6]].concat());
    }

    #[test]
    fn the_mean_is_each_channels_own() {
        assert_eq!(values("mean"), [[0.625; 6], [2.125; 6]].concat());
    }

    #[test]
    fn noise_lies_between_black_and_white() {
        let noise = values("noise");
        assert!(noise[..6].iter().all(|value| (-2.0..=3.1).contains(value)));
        assert!(noise[6..].iter().all(|value| (0.0..=1.0).contains(value)));
        // NumPy's first draw of seed 0 is 0.5488135.
        assert!((noise[0] - (0.548_813_5 * 5.1 - 2.0)).abs() < 1e-6);
    }

    #[test]
    fn a_blur_keeps_a_flat_picture_and_the_order_of_rows() {
        let device = Device::flex();
        let flat = blur(Tensor::<4>::full([1, 1, 9, 16], 0.7, &device)).into_data().try_to_vec::<f32>().unwrap();
        assert!(flat.iter().all(|value| (value - 0.7).abs() < 1e-6));
        let mut values = vec![0f32; 16 * 24];
        values[5 * 24 + 17] = 1.0;
        let point = Tensor::<4>::from_data(TensorData::new(values, [1, 1, 16, 24]), &device);
        let blurred = blur(point).into_data().try_to_vec::<f32>().unwrap();
        let at = |y: usize, x: usize| blurred[y * 24 + x];
        // σ is 2 pixels, and away from the border the weights are those of the whole Gaussian.
        let weight = |d: f32| (-d * d / 8.0).exp();
        let sum: f32 = (-20..=20).map(|d| weight(d as f32)).sum();
        assert!((at(8, 17) / (weight(3.0) * weight(0.0) / (sum * sum)) - 1.0).abs() < 0.02, "{}", at(8, 17));
        assert!(at(5, 17) > at(5, 14) && at(5, 14) > at(12, 17));
    }

    #[test]
    fn a_picture_has_to_be_there() {
        let (input, pixels) = input();
        let mut random = Random::new(0);
        assert!(Baseline::Picture.tensor(&input, &pixels, None, &mut random).is_none());
        let two = Tensor::cat(vec![input.clone() * 2.0, input.clone()], 0);
        let first = Baseline::Picture.tensor(&input, &pixels, Some(&two), &mut random).unwrap();
        assert_eq!(first.into_data(), (input * 2.0).into_data());
    }

    #[test]
    fn other_words_name_nothing() {
        for text in ["", "gray sky", "1,2", "1,2,3,4", "-1", "256", "NaN", "0;0;0"] {
            assert_eq!(Baseline::parse(text), None, "{text}");
        }
    }
}
