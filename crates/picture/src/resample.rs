//! Bicubic resampling with antialiasing, number for number what Pillow computes.
//!
//! A classifier's published figures hold for the resizing it was evaluated with, and for most that is
//! Pillow's `Image.resize(size, BICUBIC, box=…)` on 8-bit pictures. So this follows its arithmetic:
//! the kernel (a = −0.5) is stretched by the scale when a side shrinks, weights are rounded to 22
//! fractional bits, rows are resampled before columns, and the picture between the two passes is
//! rounded to 8 bits again. Pixels outside the box take part where the kernel reaches them. (Pillow from
//! 13 on takes the columns of some tall pictures first; every published figure is older than that.)
//! Resizers that use 16-bit weights or take columns first are faster and differ by a level here and
//! there; the goldens in `goldens/resize` hold this one to no difference at all.

use std::ops::Range;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    /// Left edge, counted from the picture's.
    pub x: u32,
    /// Top edge, counted from the picture's.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

/// 32 bits, less 8 for the value and 2 for what negative weights overshoot.
const PRECISION: u32 = 32 - 8 - 2;
const HALF: i32 = 1 << (PRECISION - 1);
/// How far the kernel reaches to either side, in pixels of the coarser grid.
const SUPPORT: f64 = 2.0;

/// Resamples `frame` of an RGB picture.
///
/// # Shapes
/// `pixels`: height × width × 3, row by row, with `size` = (width, height). Returns
/// `to.1` × `to.0` × 3.
pub(super) fn resample(pixels: &[u8], size: (u32, u32), frame: Crop, to: (u32, u32)) -> Vec<u8> {
    let across = Weights::new(size.0, frame.x, frame.width, to.0);
    let down = Weights::new(size.1, frame.y, frame.height, to.1);
    let (stride, to_stride) = (size.0 as usize * 3, to.0 as usize * 3);
    let mut output = Vec::with_capacity(to.1 as usize * to_stride);
    // Only the rows that the next output row needs are kept, so that a tall and narrow picture,
    // whose rows grow, takes no more memory than a photograph.
    let mut window: Vec<u8> = Vec::new();
    let mut rows = 0..0;
    let mut sums = vec![0; to_stride];
    for (first, span) in &down.spans {
        let passed = first.min(&rows.end) - rows.start;
        window.drain(..passed * to_stride);
        rows = *first..rows.end.max(*first);
        while rows.end < first + span.len() {
            let row = &pixels[rows.end * stride..][..stride];
            across.resample_row(row, &mut window);
            rows.end += 1;
        }
        sums.fill(HALF);
        for (row, weight) in window.chunks_exact(to_stride).zip(&down.values[span.clone()]) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += i32::from(*value) * weight;
            }
        }
        output.extend(sums.iter().map(|sum| level(*sum)));
    }
    output
}

/// For each pixel of the output, the pixels of the input that make it and their weights.
struct Weights {
    spans: Vec<(usize, Range<usize>)>,
    values: Vec<i32>,
}

impl Weights {
    /// Weights that take `length` pixels from `start`, of `input` pixels, to `output` pixels.
    fn new(input: u32, start: u32, length: u32, output: u32) -> Self {
        let scale = f64::from(length) / f64::from(output);
        let stretch = scale.max(1.0);
        let reach = SUPPORT * stretch;
        let mut weights = Self { spans: Vec::with_capacity(output as usize), values: Vec::new() };
        let mut kernel = Vec::new();
        for i in 0..output {
            let centre = f64::from(start) + (f64::from(i) + 0.5) * scale;
            // Truncation towards zero after adding a half is Pillow's rounding; the cast of a
            // negative value gives 0, the picture's edge.
            let first = (centre - reach + 0.5) as u32;
            let last = ((centre + reach + 0.5) as u32).min(input);
            kernel.clear();
            kernel.extend((first..last).map(|x| cubic((f64::from(x) - centre + 0.5) * (1.0 / stretch))));
            let total: f64 = kernel.iter().sum();
            let begin = weights.values.len();
            weights
                .values
                .extend(kernel.iter().map(|weight| fixed(if total == 0.0 { *weight } else { weight / total })));
            weights.spans.push((first as usize, begin..weights.values.len()));
        }
        weights
    }

    /// Resamples one row, three bytes a pixel, to the end of `output`.
    fn resample_row(&self, row: &[u8], output: &mut Vec<u8>) {
        for (first, span) in &self.spans {
            let values = &self.values[span.clone()];
            let (pixels, _) = row[first * 3..(first + values.len()) * 3].as_chunks::<3>();
            let mut sums = [HALF; 3];
            for (pixel, weight) in pixels.iter().zip(values) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += i32::from(*value) * weight;
                }
            }
            output.extend(sums.map(level));
        }
    }
}

/// Keys's cubic convolution kernel with a = −0.5.
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn fixed(weight: f64) -> i32 {
    (weight * f64::from(1 << PRECISION) + 0.5_f64.copysign(weight)) as i32
}

fn level(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use negah_network::{Channel, CropMode, Preprocessing};

    use super::super::{Picture, decode};
    use super::*;

    /// The input of the goldens, as `goldens/resize/make.py` makes it.
    fn pattern(width: u32, height: u32) -> Vec<u8> {
        let mut pixels = Vec::new();
        for y in 0..height {
            for x in 0..width {
                for c in 0..3 {
                    let level = (x / 3 * 73 + y / 2 * 151 + c * 89 + x * y % 41 * 6) % 512;
                    pixels.push(level.saturating_sub(128).min(255) as u8);
                }
            }
        }
        pixels
    }

    /// The bytes of a .npy file of bytes.
    fn golden(file: &[u8]) -> &[u8] {
        assert!(file.starts_with(b"\x93NUMPY\x01\0"), "a version 1 .npy file");
        let header = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
        assert!(file[..header].windows(3).any(|part| part == b"|u1"), "an array of bytes");
        &file[header..]
    }

    /// No tolerance: every level is Pillow's.
    fn assert_same(name: &str, ours: &[u8], pillow: &[u8]) {
        assert_eq!(ours.len(), pillow.len(), "{name}: number of levels");
        let differences: Vec<_> = (0..ours.len()).filter(|&i| ours[i] != pillow[i]).collect();
        assert!(
            differences.is_empty(),
            "{name}: {} of {} levels differ, the first at {}: {} here, {} from Pillow. If the golden is to change, \
             run `python crates/picture/goldens/resize/make.py`.",
            differences.len(),
            ours.len(),
            differences[0],
            ours[differences[0]],
            pillow[differences[0]],
        );
    }

    macro_rules! case {
        ($name:ident, $size:expr, $frame:expr, $to:expr) => {
            #[test]
            fn $name() {
                let (size, frame) = ($size, $frame);
                let file = include_bytes!(concat!("../goldens/resize/", stringify!($name), ".npy"));
                let frame = Crop { x: frame.0, y: frame.1, width: frame.2, height: frame.3 };
                let ours = resample(&pattern(size.0, size.1), size, frame, $to);
                assert_same(stringify!($name), &ours, golden(file));
            }
        };
    }

    case!(down, (61, 47), (0, 0, 61, 47), (24, 24));
    case!(down_much, (640, 427), (0, 0, 640, 427), (48, 40));
    case!(up, (19, 13), (0, 0, 19, 13), (32, 45));
    case!(down_and_up, (100, 9), (0, 0, 100, 9), (30, 31));
    case!(narrow, (8, 300), (0, 0, 8, 300), (16, 16));
    case!(same, (24, 20), (0, 0, 24, 20), (24, 20));
    case!(odd_box, (61, 47), (7, 0, 47, 47), (24, 24));
    case!(odd_box_tall, (40, 83), (0, 21, 40, 40), (28, 28));
    case!(box_up, (33, 30), (10, 11, 11, 11), (40, 40));
    case!(box_same, (50, 40), (5, 0, 40, 40), (40, 40));
    case!(photograph, (451, 300), (75, 0, 300, 300), (96, 96));

    /// Decoding, framing and resizing together, on two photographs of the gallery.
    #[test]
    fn photographs() {
        let network = Preprocessing {
            size: (224, 224),
            crop: CropMode::CentreCrop,
            channels: Channel::rgb([127.0; 3], [128.0; 3]).to_vec(),
        };
        let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo names the folder of the crate it tests");
        let samples = format!("{here}/../../www/samples/");
        for (name, file) in [
            ("chelsea", &include_bytes!("../goldens/resize/chelsea_green.npy")[..]),
            ("coffee", &include_bytes!("../goldens/resize/coffee_green.npy")[..]),
        ] {
            let bytes = std::fs::read(format!("{samples}{name}.png")).expect("the gallery has the photograph");
            let view = decode(&bytes).unwrap().view(&network);
            let green: Vec<_> = view.pixels().iter().skip(1).step_by(3).copied().collect();
            assert_same(name, &green, golden(file));
        }
    }

    #[test]
    fn an_even_picture_stays_even() {
        for to in [(8, 8), (100, 30), (9, 31)] {
            let picture = Picture::from_rgb(40, 30, [255, 128, 1].repeat(40 * 30));
            let resized = picture.resized(picture.whole(), to);
            assert_eq!(resized, Picture::from_rgb(to.0, to.1, [255, 128, 1].repeat((to.0 * to.1) as usize)));
        }
    }
}
