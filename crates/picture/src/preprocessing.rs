//! From a picture to a network's input.

use burn::tensor::{Device, Tensor, TensorData};
use negah_network::{Band, CropMode, Preprocessing};

use crate::resample::Filter;
use crate::{Crop, Picture};

impl Picture {
    /// The part of the picture that the network gets, in the picture's pixels.
    ///
    /// `CentreCrop` leaves the smaller half of an odd margin above or to the left: `(W − s) // 2`.
    /// `Torchvision` crops after resizing, so its borders are rounded to the nearest pixel here.
    #[must_use]
    pub fn crop(&self, preprocessing: &Preprocessing) -> Crop {
        match preprocessing.crop {
            CropMode::CentreCrop => self.central(preprocessing),
            CropMode::Stretch | CropMode::Keras => self.whole(),
            CropMode::Torchvision => self.torchvision(preprocessing).in_pixels_of(self),
        }
    }

    /// The largest centred part of the input's aspect ratio.
    fn central(&self, preprocessing: &Preprocessing) -> Crop {
        let whole = self.whole();
        let (height, width) = (u64::from(preprocessing.size.0), u64::from(preprocessing.size.1));
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

    /// The part that the network gets, resized to its input, in levels.
    #[must_use]
    pub fn view(&self, preprocessing: &Preprocessing) -> Self {
        let to = (preprocessing.size.1, preprocessing.size.0);
        match preprocessing.crop {
            CropMode::CentreCrop | CropMode::Stretch => self.resized(self.crop(preprocessing), to),
            CropMode::Keras => self.nearest(to),
            CropMode::Torchvision => {
                let Resized { size, part } = self.torchvision(preprocessing);
                self.resampled(self.whole(), size, part, Filter::Bilinear)
            }
        }
    }

    /// torchvision's `Resize(round(side · 256 / 224))` followed by `CenterCrop(side)`, with the
    /// longer side of an oblong input.
    fn torchvision(&self, preprocessing: &Preprocessing) -> Resized {
        let (height, width) = preprocessing.size;
        let side = u64::from(height.max(width));
        let short = (side * 256 + 112) / 224;
        let (less, more) = (u64::from(self.width.min(self.height)), u64::from(self.width.max(self.height)));
        let fits = |length: u64| u32::try_from(length).unwrap_or(u32::MAX);
        let (short, long) = (fits(short), fits(short * more / less));
        let size = if self.width <= self.height { (short, long) } else { (long, short) };
        let part = Crop { x: margin(size.0, width), y: margin(size.1, height), width, height };
        Resized { size, part }
    }

    /// The values of the network's input: levels, shifted and scaled channel by channel.
    ///
    /// # Shapes
    /// channels × height × width.
    #[must_use]
    pub fn values(&self, preprocessing: &Preprocessing) -> Vec<f32> {
        self.view(preprocessing).scaled(preprocessing)
    }

    /// The levels of this picture as values of the network's input, without resizing it.
    fn scaled(&self, preprocessing: &Preprocessing) -> Vec<f32> {
        let (pixels, _) = self.pixels().as_chunks::<3>();
        let mut values = Vec::with_capacity(pixels.len() * preprocessing.channels.len());
        for channel in &preprocessing.channels {
            values.extend(pixels.iter().map(|pixel| channel.value(level(channel.band, *pixel))));
        }
        values
    }

    /// The network's input as a tensor, `[1, channels, height, width]`.
    #[must_use]
    pub fn input(&self, preprocessing: &Preprocessing, device: &Device) -> Tensor<4> {
        self.view(preprocessing).input_of_view(preprocessing, device)
    }

    /// The network's input from a picture that is a [view](Self::view) already, so that it is
    /// resized once for both. The shape is that of the view, `[1, channels, height, width]`.
    #[must_use]
    pub fn input_of_view(&self, preprocessing: &Preprocessing, device: &Device) -> Tensor<4> {
        let shape = [1, preprocessing.channels.len(), self.height as usize, self.width as usize];
        Tensor::from_data(TensorData::new(self.scaled(preprocessing), shape), device)
    }
}

/// A picture resized to `size` = (width, height), and a part of that.
struct Resized {
    size: (u32, u32),
    part: Crop,
}

impl Resized {
    /// The part in the pixels of the picture before it was resized, to the nearest.
    fn in_pixels_of(&self, picture: &Picture) -> Crop {
        let side = |start: u32, length: u32, from: u32, to: u32| {
            let scaled = |at: u32| f64::from(at) * f64::from(to) / f64::from(from);
            let first = (scaled(start).round() as u32).min(to - 1);
            let end = (scaled(start + length).round() as u32).clamp(first + 1, to);
            (first, end - first)
        };
        let (x, width) = side(self.part.x, self.part.width, self.size.0, picture.width);
        let (y, height) = side(self.part.y, self.part.height, self.size.1, picture.height);
        Crop { x, y, width, height }
    }
}

/// What `CenterCrop` leaves before a part: Python's `int(round((length - part) / 2))`, which rounds
/// a half to the even neighbour.
fn margin(length: u32, part: u32) -> u32 {
    let twice = length - part;
    twice / 2 + u32::from(twice % 4 == 3)
}

/// The level of a pixel's band. Luminance is rounded as Pillow's conversion to `L` rounds it.
fn level(band: Band, [red, green, blue]: [u8; 3]) -> f32 {
    match band {
        Band::Red => f32::from(red),
        Band::Green => f32::from(green),
        Band::Blue => f32::from(blue),
        Band::Grey => {
            let [red, green, blue] = [red, green, blue].map(u32::from);
            ((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as f32
        }
    }
}

#[cfg(test)]
mod tests {
    use negah_network::Channel;

    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        Picture::from_rgb(width, height, vec![100; (width * height * 3) as usize])
    }

    fn network(size: (u32, u32), crop: CropMode) -> Preprocessing {
        Preprocessing { size, crop, channels: Channel::rgb([127.0; 3], [128.0; 3]).to_vec() }
    }

    #[test]
    fn the_central_square_is_cut_out() {
        let network = network((224, 224), CropMode::CentreCrop);
        for (size, (x, y, side)) in [
            ((451, 300), (75, 0, 300)),
            ((452, 300), (76, 0, 300)),
            ((453, 300), (76, 0, 300)),
            ((300, 451), (0, 75, 300)),
            ((64, 64), (0, 0, 64)),
            ((8, 2000), (0, 996, 8)),
        ] {
            let expected = Crop { x, y, width: side, height: side };
            assert_eq!(picture(size.0, size.1).crop(&network), expected, "{size:?}");
        }
    }

    #[test]
    fn an_oblong_input_cuts_its_own_shape() {
        let network = network((100, 200), CropMode::CentreCrop);
        let crop = |x, y, width, height| Crop { x, y, width, height };
        assert_eq!(picture(400, 400).crop(&network), crop(0, 100, 400, 200));
        assert_eq!(picture(400, 100).crop(&network), crop(100, 0, 200, 100));
        assert_eq!(picture(40, 20).crop(&network), crop(0, 0, 40, 20));
    }

    #[test]
    fn stretching_shows_all() {
        for crop in [CropMode::Stretch, CropMode::Keras] {
            let crop = picture(451, 300).crop(&network((224, 224), crop));
            assert_eq!(crop, Crop { x: 0, y: 0, width: 451, height: 300 });
        }
    }

    #[test]
    fn torchvision_crops_seven_eighths_of_the_shorter_side() {
        let network = network((224, 224), CropMode::Torchvision);
        // `Resize(256)` makes 384×256 of the first, and `CenterCrop(224)` begins at 80 and 16.
        for (size, (x, y, width, height)) in [
            ((451, 300), (94, 19, 263, 262)),
            ((256, 256), (16, 16, 224, 224)),
            ((256, 257), (16, 16, 224, 224)),
            // A margin of 35 is halved to 18, one of 33 to 16.
            ((256, 259), (16, 18, 224, 224)),
            ((512, 514), (32, 32, 448, 448)),
            ((8, 2000), (1, 997, 7, 7)),
        ] {
            assert_eq!(picture(size.0, size.1).crop(&network), Crop { x, y, width, height }, "{size:?}");
        }
    }

    /// The picture that `Resize(256)` would make has 131 million pixels.
    #[test]
    fn torchvision_computes_only_what_it_crops() {
        let network = network((224, 224), CropMode::Torchvision);
        let picture = picture(8, 64_000);
        assert_eq!(picture.crop(&network).height, 7);
        assert_eq!(picture.view(&network), Picture::from_rgb(224, 224, vec![100; 224 * 224 * 3]));
    }

    #[test]
    fn keras_takes_the_nearest_pixels() {
        // The centres of 3 columns over 8 pixels lie at 1.33, 4 and 6.67, of 2 rows at 2 and 6.
        let levels = (0..64).flat_map(|pixel| [pixel; 3]).collect();
        let view = Picture::from_rgb(8, 8, levels).view(&network((2, 3), CropMode::Keras));
        let red: Vec<u8> = view.pixels().iter().step_by(3).copied().collect();
        assert_eq!(red, [17, 20, 22, 49, 52, 54]);
    }

    /// Pillow adds its steps up. In 25 of these columns the pixel is not that of `(i + ½)·n / s`.
    #[test]
    fn nearest_pixels_are_pillows_where_steps_add_up() {
        let levels = (0..8u32).flat_map(|_| (0..512u32).flat_map(|x| [(x / 2) as u8, (x % 2) as u8, 0])).collect();
        let view = Picture::from_rgb(512, 8, levels).view(&network((8, 224), CropMode::Keras));
        let (pixels, _) = view.pixels()[..224 * 3].as_chunks::<3>();
        let ours: Vec<u32> = pixels.iter().map(|[half, rest, _]| u32::from(*half) * 2 + u32::from(*rest)).collect();
        let exact = (0..224).map(|i| (2 * i + 1) * 512 / 448);
        assert_eq!(ours.iter().zip(exact).filter(|(ours, exact)| *ours != exact).count(), 25);
    }

    #[test]
    fn the_input_is_planar_and_scaled_channel_by_channel() {
        let levels = [10, 20, 30].repeat(16 * 8);
        let mut channels = Channel::rgb([0.0, 10.0, 20.0], [1.0, 2.0, 4.0]).to_vec();
        channels.reverse();
        let network = Preprocessing { size: (2, 3), crop: CropMode::Stretch, channels };
        let input = Picture::from_rgb(16, 8, levels).values(&network);
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

    #[test]
    fn a_grey_input_has_pillows_luminance() {
        // PIL.Image.new("RGB", (1, 1), colour).convert("L")
        for (colour, luminance) in
            [([255, 0, 0], 76.0), ([0, 255, 0], 150.0), ([0, 0, 255], 29.0), ([10, 200, 30], 124.0)]
        {
            let grey = Channel { band: Band::Grey, mean: 0.0, std: 1.0 };
            let network = Preprocessing { size: (2, 2), crop: CropMode::Stretch, channels: vec![grey] };
            let picture = Picture::from_rgb(8, 8, colour.repeat(64));
            assert_eq!(picture.values(&network), [luminance; 4]);
        }
    }
}
