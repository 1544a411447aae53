//! From a picture to a network's input.

use super::{Crop, Picture};

/// What of a picture a network is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// The largest centred rectangle with the network's aspect ratio (for a square input the central
    /// square), undistorted; what lies outside is not seen.
    CentreCrop,
    /// All of it, with width and height scaled each by its own factor.
    Stretch,
}

/// How one network wants its pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preprocessing {
    /// Height and width of the input, in pixels.
    pub size: (u32, u32),
    /// What of the picture is shown.
    pub framing: Framing,
    /// What is subtracted from each channel (red, green, blue), in levels 0 to 255.
    pub mean: [f32; 3],
    /// What each channel is divided by after that, in levels.
    pub std: [f32; 3],
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
        picture.resized(self.crop(picture), (self.size.1, self.size.0))
    }

    /// The network's input: (level − mean) / std.
    ///
    /// # Shapes
    /// Returns 3 × height × width: all of red, then green, then blue.
    #[must_use]
    pub fn apply(&self, picture: &Picture) -> Vec<f32> {
        let view = self.view(picture);
        let (pixels, _) = view.pixels().as_chunks::<3>();
        let mut input = Vec::with_capacity(pixels.len() * 3);
        for channel in 0..3 {
            let (mean, std) = (self.mean[channel], self.std[channel]);
            input.extend(pixels.iter().map(|pixel| (f32::from(pixel[channel]) - mean) / std));
        }
        input
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        Picture::from_rgb(width, height, vec![100; (width * height * 3) as usize])
    }

    fn network(size: (u32, u32), framing: Framing) -> Preprocessing {
        Preprocessing { size, framing, mean: [127.0; 3], std: [128.0; 3] }
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
        let crop = network((224, 224), Framing::Stretch).crop(&picture(451, 300));
        assert_eq!(crop, Crop { x: 0, y: 0, width: 451, height: 300 });
    }

    #[test]
    fn the_input_is_planar_and_scaled_channel_by_channel() {
        let levels = [10, 20, 30].repeat(16 * 8);
        let network =
            Preprocessing { size: (2, 3), framing: Framing::Stretch, mean: [0.0, 10.0, 20.0], std: [1.0, 2.0, 4.0] };
        let input = network.apply(&Picture::from_rgb(16, 8, levels));
        assert_eq!(input, [[10.0; 6], [5.0; 6], [2.5; 6]].concat());
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
