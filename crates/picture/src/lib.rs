//! Pictures: from a file's bytes to the values of a network's input.
//!
//! The browser's worker, the command line and the tests decode, crop and resize with this code, and
//! get the same bytes. File contents are untrusted. [`decode`] walks each file's container before a
//! decoder sees it and bounds the memory and the time that a file can take; see [`MAX_PIXELS`],
//! [`MAX_BYTES`] and [`MAX_JPEG_BLOCKS`].

mod checks;
mod container;
mod decode;
mod error;
mod limits;
mod preprocessing;
mod resample;
mod sniff;

#[cfg(test)]
mod tests;

pub use decode::decode;
pub use error::{FileKind, PictureError, UnsupportedFormat, megapixels};
pub use limits::{MAX_BYTES, MAX_JPEG_BLOCKS, MAX_PIXELS, MIN_SIDE};
pub use resample::Crop;
use resample::Filter;

/// An upright, opaque picture: 8-bit RGB, row by row from the top left corner.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture from its pixels, in levels 0 to 255.
    ///
    /// # Shapes
    /// `pixels`: height × width × 3.
    ///
    /// # Panics
    /// If a side is 0 or the number of bytes is not width × height × 3.
    #[must_use]
    pub fn from_rgb(width: u32, height: u32, pixels: Vec<u8>) -> Self {
        assert!(width > 0 && height > 0, "a picture has pixels; this one is {width}×{height}");
        assert_eq!(
            pixels.len() as u64,
            u64::from(width) * u64::from(height) * 3,
            "an RGB picture of {width}×{height} has three bytes a pixel"
        );
        Self { width, height, pixels }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels: height × width × 3 levels.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels with an opaque fourth channel, for a canvas: height × width × 4.
    #[must_use]
    pub fn to_rgba(&self) -> Vec<u8> {
        let (pixels, _) = self.pixels.as_chunks::<3>();
        let mut rgba = vec![255; pixels.len() * 4];
        for (opaque, pixel) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
            opaque[..3].copy_from_slice(pixel);
        }
        rgba
    }

    /// A copy for display whose longer side has at most `max_side` pixels and whose shorter side
    /// has at least one. It is never enlarged.
    ///
    /// # Panics
    /// If `max_side` is 0.
    #[must_use]
    pub fn preview(&self, max_side: u32) -> Self {
        assert!(max_side > 0, "a preview has pixels");
        let longer = self.width.max(self.height);
        if longer <= max_side {
            return self.clone();
        }
        let scale = f64::from(max_side) / f64::from(longer);
        let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        self.resized(self.whole(), (side(self.width), side(self.height)))
    }

    /// All of the picture.
    fn whole(&self) -> Crop {
        Crop { x: 0, y: 0, width: self.width, height: self.height }
    }

    /// `frame` resampled to `to` = (width, height) with a bicubic filter.
    fn resized(&self, frame: Crop, to: (u32, u32)) -> Self {
        let all = Crop { x: 0, y: 0, width: to.0, height: to.1 };
        self.resampled(frame, to, all, Filter::Bicubic)
    }

    /// `part` of what `frame` resampled to `to` = (width, height) is.
    fn resampled(&self, frame: Crop, to: (u32, u32), part: Crop, filter: Filter) -> Self {
        let pixels = resample::resample(&self.pixels, (self.width, self.height), frame, to, part, filter);
        Self::from_rgb(part.width, part.height, pixels)
    }

    /// Resized to `to` = (width, height) by taking the nearest pixels, as Pillow's NEAREST does.
    fn nearest(&self, to: (u32, u32)) -> Self {
        let columns: Vec<usize> = nearest(self.width, to.0).collect();
        let (all, _) = self.pixels.as_chunks::<3>();
        let row = |y: usize| columns.iter().flat_map(move |x| all[y * self.width as usize + x]);
        Self::from_rgb(to.0, to.1, nearest(self.height, to.1).flat_map(row).collect())
    }
}

/// For each of `count` places over `length` pixels, the pixel under its centre.
///
/// Pillow adds steps up, and the sum differs from the product by rounding. This does the same.
fn nearest(length: u32, count: u32) -> impl Iterator<Item = usize> {
    let step = f64::from(length) / f64::from(count);
    let centres = std::iter::successors(Some(step * 0.5), move |centre| Some(centre + step));
    centres.take(count as usize).map(move |centre| (centre as usize).min(length as usize - 1))
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A failing assertion would print millions of levels.
        write!(f, "Picture({}×{})", self.width, self.height)
    }
}
