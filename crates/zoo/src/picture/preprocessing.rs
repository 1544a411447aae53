//! From a picture to a network's input.

use burn::tensor::{Device, Tensor, TensorData};
use negah_network::Channel;

use super::{Crop, Picture};

/// What of a picture a network is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// The largest centred rectangle with the network's aspect ratio (for a square input the central
    /// square), undistorted; what lies outside is not seen.
    CentreCrop,
    /// All of it, with width and height scaled each by its own factor.
    Stretch,
    /// All of it, and for each pixel of the input the nearest of the picture: what `keras.utils.load_img` does unless
    /// told otherwise, so that figures made with Keras can be made again.
    Keras,
}

impl Framing {
    /// All of them, by their stable ids.
    pub const ALL: [(&'static str, Self); 3] =
        [("centre-crop", Self::CentreCrop), ("stretch", Self::Stretch), ("keras", Self::Keras)];

    /// Its stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, framing)| *framing == self).map_or("", |(id, _)| id)
    }

    /// The way of this id; `None` if there is none.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == id).map(|(_, framing)| framing)
    }
}

/// Red, green and blue, in this order.
pub(crate) const fn rgb(mean: [f32; 3], std: [f32; 3]) -> [Channel; 3] {
    [
        Channel { colour: 0, mean: mean[0], std: std[0] },
        Channel { colour: 1, mean: mean[1], std: std[1] },
        Channel { colour: 2, mean: mean[2], std: std[2] },
    ]
}

/// How one network wants its pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preprocessing {
    /// Height and width of the input, in pixels.
    pub size: (u32, u32),
    /// What of the picture is shown.
    pub framing: Framing,
    /// The input's channels, in its order.
    pub channels: [Channel; 3],
}

impl Preprocessing {
    /// The part of `picture` that the network sees, in its pixels.
    ///
    /// Where an odd number of pixels is left over, the smaller half lies above or to the left, as
    /// `(W − s) // 2` has it (torchvision's `CenterCrop` rounds such halves to the even neighbour, and
    /// so lies one pixel further on for every other width). Of a [preview](Picture::preview) it gives the
    /// same part, to the pixel.
    #[must_use]
    pub fn crop(&self, picture: &Picture) -> Crop {
        let whole = picture.whole();
        let Framing::CentreCrop = self.framing else {
            return whole;
        };
        let (height, width) = (u64::from(self.size.0), u64::from(self.size.1));
        // The longest side that fits, rounded down: at least one pixel, at most what is there.
        let fit = |other: u32, of: u64, to: u64, at_most: u32| {
            let side = (u64::from(other) * of / to).clamp(1, u64::from(at_most));
            u32::try_from(side).expect("a side no longer than the picture's")
        };
        let crop_width = fit(whole.height, width, height, whole.width);
        let crop_height = fit(whole.width, height, width, whole.height);
        Crop {
            x: (whole.width - crop_width) / 2,
            y: (whole.height - crop_height) / 2,
            width: crop_width,
            height: crop_height,
        }
    }

    /// What the network sees, resized to its input, still in levels.
    #[must_use]
    pub fn view(&self, picture: &Picture) -> Picture {
        let to = (self.size.1, self.size.0);
        match self.framing {
            Framing::CentreCrop | Framing::Stretch => picture.resized(self.crop(picture), to),
            Framing::Keras => picture.nearest(to),
        }
    }

    /// The network's input.
    ///
    /// # Shapes
    /// Returns 3 × height × width: all of the first channel, then of the others.
    #[must_use]
    pub fn apply(&self, picture: &Picture) -> Vec<f32> {
        let view = self.view(picture);
        let (pixels, _) = view.pixels().as_chunks::<3>();
        let mut input = Vec::with_capacity(pixels.len() * 3);
        for Channel { colour, mean, std } in self.channels {
            input.extend(pixels.iter().map(|pixel| (f32::from(pixel[colour]) - mean) / std));
        }
        input
    }

    /// The network's input as a tensor, `[1, 3, height, width]`.
    #[must_use]
    pub fn input(&self, picture: &Picture, device: &Device) -> Tensor<4> {
        let shape = [1, 3, self.size.0 as usize, self.size.1 as usize];
        Tensor::from_data(TensorData::new(self.apply(picture), shape), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        Picture::from_rgb(width, height, vec![100; (width * height * 3) as usize])
    }

    fn network(size: (u32, u32), framing: Framing) -> Preprocessing {
        Preprocessing { size, framing, channels: rgb([127.0; 3], [128.0; 3]) }
    }

    #[test]
    fn the_central_square_is_cut_out() {
        let network = network((224, 224), Framing::CentreCrop);
        for (size, (x, y, side)) in [
            ((451, 300), (75, 0, 300)),
            ((452, 300), (76, 0, 300)),
            ((453, 300), (76, 0, 300)),
            ((300, 451), (0, 75, 300)),
            ((64, 64), (0, 0, 64)),
            ((8, 2000), (0, 996, 8)),
        ] {
            let expected = Crop { x, y, width: side, height: side };
            assert_eq!(network.crop(&picture(size.0, size.1)), expected, "{size:?}");
        }
    }

    #[test]
    fn an_oblong_input_cuts_its_own_shape() {
        let network = network((100, 200), Framing::CentreCrop);
        let crop = |x, y, width, height| Crop { x, y, width, height };
        assert_eq!(network.crop(&picture(400, 400)), crop(0, 100, 400, 200));
        assert_eq!(network.crop(&picture(400, 100)), crop(100, 0, 200, 100));
        assert_eq!(network.crop(&picture(40, 20)), crop(0, 0, 40, 20));
    }

    #[test]
    fn stretching_shows_all() {
        for framing in [Framing::Stretch, Framing::Keras] {
            let crop = network((224, 224), framing).crop(&picture(451, 300));
            assert_eq!(crop, Crop { x: 0, y: 0, width: 451, height: 300 });
        }
    }

    #[test]
    fn keras_takes_the_nearest_pixels() {
        // The centres of 3 columns over 8 pixels lie at 1.33, 4 and 6.67; those of 2 rows over 8 at 2 and 6.
        let levels = (0..64).flat_map(|pixel| [pixel; 3]).collect();
        let view = network((2, 3), Framing::Keras).view(&Picture::from_rgb(8, 8, levels));
        let red: Vec<u8> = view.pixels().iter().step_by(3).copied().collect();
        assert_eq!(red, [17, 20, 22, 49, 52, 54]);
    }

    /// Pillow adds its steps up, and so lands on another side of a border than `(i + ½)·n / s` would: 25 columns of these.
    #[test]
    fn nearest_pixels_are_pillows_where_steps_add_up() {
        let levels = (0..8u32).flat_map(|_| (0..512u32).flat_map(|x| [(x / 2) as u8, (x % 2) as u8, 0])).collect();
        let view = network((8, 224), Framing::Keras).view(&Picture::from_rgb(512, 8, levels));
        let (pixels, _) = view.pixels()[..224 * 3].as_chunks::<3>();
        let ours: Vec<u32> = pixels.iter().map(|[half, rest, _]| u32::from(*half) * 2 + u32::from(*rest)).collect();
        let exact = (0..224).map(|i| (2 * i + 1) * 512 / 448);
        assert_eq!(ours.iter().zip(exact).filter(|(ours, exact)| *ours != exact).count(), 25);
    }

    #[test]
    fn the_input_is_planar_and_scaled_channel_by_channel() {
        let levels = [10, 20, 30].repeat(16 * 8);
        let mut channels = rgb([0.0, 10.0, 20.0], [1.0, 2.0, 4.0]);
        channels.reverse();
        let network = Preprocessing { size: (2, 3), framing: Framing::Stretch, channels };
        let input = network.apply(&Picture::from_rgb(16, 8, levels));
        assert_eq!(input, [[2.5; 6], [5.0; 6], [10.0; 6]].concat());
    }

    #[test]
    fn previews_shrink_and_never_grow() {
        let sides = |picture: Picture| (picture.width(), picture.height());
        assert_eq!(sides(picture(2000, 1000).preview(1024)), (1024, 512));
        assert_eq!(sides(picture(1000, 1999).preview(1024)), (512, 1024));
        assert_eq!(sides(picture(1024, 8).preview(1024)), (1024, 8));
        assert_eq!(sides(picture(9, 8).preview(1024)), (9, 8));
        assert_eq!(sides(picture(3000, 8).preview(100)), (100, 1), "a side never vanishes");
        assert_eq!(picture(30, 20).preview(10).to_rgba(), [100, 100, 100, 255].repeat(10 * 7));
    }
}
