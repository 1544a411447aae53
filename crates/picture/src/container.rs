//! Containers: the chunks, segments and blocks that hold a picture's data.
//!
//! Decoders trust lengths that a file states: one allocates what a metadata chunk claims, another
//! inflates a colour profile of any size. So each container is walked here first, every length is
//! checked against the bytes that are there, and the decoder gets a new file that holds the first
//! picture and nothing else. Metadata never reaches a decoder.

mod bmp;
mod gif;
mod jpeg;
mod png;
mod webp;

use std::borrow::Cow;

use image::ImageFormat;

use crate::error::{PictureError, UnsupportedFormat};

/// A file and the format that its first bytes name.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub bytes: &'a [u8],
    pub format: ImageFormat,
}

/// What the walk of a container found.
pub(crate) struct Survey<'a> {
    /// A file of the same format with the first picture alone.
    pub picture: Cow<'a, [u8]>,
    /// The TIFF block of the EXIF metadata.
    pub exif: Option<&'a [u8]>,
}

impl<'a> File<'a> {
    /// Walks the container once.
    ///
    /// # Errors
    /// `TooSmall`, `TooLarge` and `TooMuchMemory` as soon as the header is read, then
    /// `Unsupported`, `Truncated`, `Damaged` and `TooManyScans`.
    pub fn survey(self) -> Result<Survey<'a>, PictureError> {
        match self.format {
            ImageFormat::Jpeg => jpeg::survey(self),
            ImageFormat::Png => png::survey(self),
            ImageFormat::WebP => webp::survey(self),
            ImageFormat::Gif => gif::survey(self),
            _ => bmp::survey(self),
        }
    }

    /// The format's name in error sentences.
    pub fn name(self) -> &'static str {
        match self.format {
            ImageFormat::Jpeg => "JPEG",
            ImageFormat::Png => "PNG",
            ImageFormat::WebP => "WebP",
            ImageFormat::Gif => "GIF",
            _ => "BMP",
        }
    }

    /// The error for data that ends early.
    pub fn truncated(self) -> PictureError {
        PictureError::Truncated { format: self.name(), bytes: self.bytes.len() }
    }

    /// The error for data that contradicts itself.
    pub fn damaged(self) -> PictureError {
        PictureError::Damaged { format: self.name(), bytes: self.bytes.len() }
    }

    /// The error for a variant of the format that is not decoded.
    pub fn unsupported(self) -> PictureError {
        PictureError::Unsupported { found: UnsupportedFormat::Variant(self.name()) }
    }

    /// `length` bytes from `at`.
    ///
    /// # Errors
    /// `Truncated` where the file is shorter.
    fn slice(self, at: usize, length: usize) -> Result<&'a [u8], PictureError> {
        at.checked_add(length).and_then(|end| self.bytes.get(at..end)).ok_or_else(|| self.truncated())
    }

    /// `N` bytes from `at`.
    ///
    /// # Errors
    /// `Truncated` where the file is shorter.
    fn array<const N: usize>(self, at: usize) -> Result<[u8; N], PictureError> {
        self.bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or_else(|| self.truncated())
    }
}

/// A length of 32 bits as an index. Saturated on a platform with smaller indices, where no file is
/// that long.
fn index(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
