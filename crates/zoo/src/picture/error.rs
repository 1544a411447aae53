//! What can be wrong with a file that should have been a picture.

use thiserror::Error;

/// Why a file was not accepted as a picture.
///
/// Each message is a full sentence for the person who chose the file: what was expected, what
/// came, and what to do. [`PictureError::code`] is the short name for programs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file has no bytes.
    #[error(
        "Expected a picture, but the file is empty (0 bytes). It may not have been downloaded or copied \
         completely: fetch it again."
    )]
    Empty,

    /// The bytes begin like no picture format.
    #[error("Expected a picture (JPEG, PNG, WebP, GIF or BMP), but this file holds {found}. Choose a picture file.")]
    NotAnImage {
        /// What the file seems to hold, with its article: "text", "a ZIP archive", …
        found: &'static str,
    },

    /// A picture, but of a format, or a variant of a format, that is not decoded here.
    #[error("Expected JPEG, PNG, WebP, GIF or BMP, but this is {found}, which cannot be read here. {advice}")]
    Unsupported {
        /// What the file is, with its article: "a TIFF picture".
        found: String,
        /// What to do about it: a full sentence.
        advice: &'static str,
    },

    /// The format is known and the data is not all there, or contradicts itself.
    #[error("Expected a whole {format} picture, but {found}. Download or copy the file again.")]
    Truncated {
        /// The format by which the file begins.
        format: &'static str,
        /// What was seen: "its data ends early, after 512 bytes".
        found: String,
    },

    /// One side is shorter than [`MIN_SIDE`](super::MIN_SIDE).
    #[error(
        "Expected a picture at least {min} pixels wide and {min} pixels high, but this one is {width}×{height}. \
         Choose a larger picture.",
        min = super::MIN_SIDE
    )]
    TooSmall {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
    },

    /// More than [`MAX_PIXELS`](super::MAX_PIXELS).
    #[error(
        "Expected a picture of at most {max} megapixels, but this one is {width}×{height}, {megapixels} megapixels. \
         Make a smaller copy and choose that.",
        max = super::MAX_PIXELS / 1_000_000,
        megapixels = megapixels(*width, *height)
    )]
    TooLarge {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
    },

    /// Few enough pixels, but more than [`MAX_BYTES`](super::MAX_BYTES) to decode them.
    #[error(
        "Expected a picture that needs at most {max} MiB to decode, but this one, {width}×{height} at \
         {bits} bits a pixel, needs more. Save it with 8 bits a channel, or make a smaller copy, and choose that.",
        max = super::MAX_BYTES >> 20
    )]
    TooMuchMemory {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
        /// Bits a decoded pixel takes: 64 for 16-bit RGB with transparency.
        bits: u32,
    },
}

impl PictureError {
    /// The error's stable name, as the JavaScript API spells it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty-file",
            Self::NotAnImage { .. } => "not-an-image",
            Self::Unsupported { .. } => "unsupported-image",
            Self::Truncated { .. } => "truncated-image",
            Self::TooSmall { .. } => "image-too-small",
            Self::TooLarge { .. } | Self::TooMuchMemory { .. } => "image-too-large",
        }
    }
}

/// Megapixels, rounded up so that a picture just above the limit is not said to be at it.
fn megapixels(width: u32, height: u32) -> u64 {
    (u64::from(width) * u64::from(height)).div_ceil(1_000_000)
}
