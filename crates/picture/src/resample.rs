//! Resampling with antialiasing, number for number what Pillow computes.
//!
//! A classifier's published figures hold for the resizing it was evaluated with, which for most is
//! Pillow's `Image.resize` on 8-bit pictures. This follows Pillow's arithmetic: the kernel is
//! stretched by the scale where a side shrinks, weights are rounded to 22 fractional bits, rows are
//! resampled before columns, and the picture between the two passes is rounded to 8 bits. Pixels
//! outside the box contribute where the kernel reaches them.
//!
//! Pillow resamples the columns of some tall pictures first from version 13 on. The published
//! figures are older, so rows always come first here. Faster resizers that use 16-bit weights
//! differ by a level here and there; the goldens in `goldens/resize` allow no difference.

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

/// A resampling kernel, by Pillow's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    /// A triangle.
    Bilinear,
    /// Keys's cubic convolution with a = −0.5.
    Bicubic,
}

impl Filter {
    /// How far the kernel reaches to either side, in pixels of the coarser grid.
    fn support(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
        }
    }

    /// The kernel at `x`.
    fn at(self, x: f64) -> f64 {
        const A: f64 = -0.5;
        let x = x.abs();
        match self {
            Self::Bilinear => (1.0 - x).max(0.0),
            Self::Bicubic if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
            Self::Bicubic => 0.0,
        }
    }
}

/// The bits of a weight's fraction: 32, less 8 for the value and 2 because the weights of one
/// pixel, with negative ones among them, may add up to more than 1.
const PRECISION: u32 = 32 - 8 - 2;
const HALF: i32 = 1 << (PRECISION - 1);

/// Resamples `frame` of an RGB picture to `to` = (width, height) and returns `part` of the result.
/// Only that part is computed.
///
/// # Shapes
/// `pixels`: height × width × 3, row by row, with `size` = (width, height). Returns `part.height` ×
/// `part.width` × 3.
pub(super) fn resample(
    pixels: &[u8],
    size: (u32, u32),
    frame: Crop,
    to: (u32, u32),
    part: Crop,
    filter: Filter,
) -> Vec<u8> {
    let across = Weights::new(filter, size.0, frame.x..frame.x + frame.width, to.0, part.x..part.x + part.width);
    let down = Weights::new(filter, size.1, frame.y..frame.y + frame.height, to.1, part.y..part.y + part.height);
    let (stride, to_stride) = (size.0 as usize * 3, part.width as usize * 3);
    let mut output = Vec::with_capacity(part.height as usize * to_stride);
    // Only the rows that the next output row needs are kept: the rows of a tall and narrow picture
    // grow, and all of them together would take more memory than a photograph.
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
    /// Weights that resample the pixels `frame`, of `input` pixels, to `output` pixels, of which
    /// `part` is wanted.
    fn new(filter: Filter, input: u32, frame: Range<u32>, output: u32, part: Range<u32>) -> Self {
        let scale = f64::from(frame.end - frame.start) / f64::from(output);
        let stretch = scale.max(1.0);
        let reach = filter.support() * stretch;
        let mut weights = Self { spans: Vec::with_capacity(part.len()), values: Vec::new() };
        let mut kernel = Vec::new();
        for i in part {
            let centre = f64::from(frame.start) + (f64::from(i) + 0.5) * scale;
            // Pillow rounds by truncating after adding a half. The cast of a negative value gives
            // 0, the picture's edge.
            let first = (centre - reach + 0.5) as u32;
            let last = ((centre + reach + 0.5) as u32).min(input);
            kernel.clear();
            kernel.extend((first..last).map(|x| filter.at((f64::from(x) - centre + 0.5) * (1.0 / stretch))));
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

fn fixed(weight: f64) -> i32 {
    (weight * f64::from(1 << PRECISION) + 0.5_f64.copysign(weight)) as i32
}

fn level(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests;
