//! Errors of decoding a picture.

use std::fmt;

use thiserror::Error;

/// Why a file was not accepted as a picture.
///
/// Each message tells the person who chose the file what was expected, what came, and what to do.
/// [`PictureError::code`] is the short name for programs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    /// The file has no bytes.
    #[error(
        "Expected a picture, but the file is empty (0 bytes). It may not have been downloaded or copied \
         completely: fetch it again."
    )]
    Empty,

    /// The first bytes are those of no picture format.
    #[error("Expected a picture (JPEG, PNG, WebP, GIF or BMP), but this file holds {found}. Choose a picture file.")]
    NotAnImage {
        /// What the file holds, by its first bytes.
        found: FileKind,
    },

    /// A picture of a format, or of a variant of a format, that is not decoded.
    #[error("Expected JPEG, PNG, WebP, GIF or BMP, but this is {found}, which cannot be read here. {}", found.advice())]
    Unsupported {
        /// What the file is.
        found: UnsupportedFormat,
    },

    /// The format is known and the data ends early.
    #[error(
        "Expected a whole {format} picture, but its data ends early, after {}. Download or copy the file again.",
        count(*bytes)
    )]
    Truncated {
        /// The format that the first bytes name.
        format: &'static str,
        /// The file's length.
        bytes: usize,
    },

    /// The format is known and the data contradicts itself.
    #[error(
        "Expected a whole {format} picture, but its data ({}) is damaged or ends early. Download or copy the file again.",
        count(*bytes)
    )]
    Damaged {
        /// The format that the first bytes name.
        format: &'static str,
        /// The file's length.
        bytes: usize,
    },

    /// One side is shorter than [`MIN_SIDE`](crate::MIN_SIDE).
    #[error(
        "Expected a picture at least {min} pixels wide and {min} pixels high, but this one is {width}×{height}. \
         Choose a larger picture.",
        min = crate::limits::MIN_SIDE
    )]
    TooSmall {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
    },

    /// More than [`MAX_PIXELS`](crate::MAX_PIXELS).
    #[error(
        "Expected a picture of at most {max} megapixels, but this one is {width}×{height}, {megapixels} megapixels. \
         Make a smaller copy and choose that.",
        max = crate::limits::MAX_PIXELS / 1_000_000,
        megapixels = megapixels(*width, *height)
    )]
    TooLarge {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
    },

    /// Decoding takes more than [`MAX_BYTES`](crate::MAX_BYTES).
    #[error(
        "Expected a picture that needs at most {max} MiB to decode, but this one, {width}×{height} at \
         {bits} bits a pixel, needs more. Save it with 8 bits a channel, or make a smaller copy, and choose that.",
        max = crate::limits::MAX_BYTES >> 20
    )]
    TooMuchMemory {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
        /// Bits of a decoded pixel: 64 for 16-bit RGB with transparency.
        bits: u32,
    },

    /// A JPEG whose scans visit more than [`MAX_JPEG_BLOCKS`](crate::MAX_JPEG_BLOCKS).
    #[error(
        "Expected a JPEG picture whose scans visit at most {max} million blocks of 8×8 pixels, but the first {scans} \
         scans of this one, {width}×{height}, visit more. Save it as a baseline JPEG, or make a smaller copy, and \
         choose that.",
        max = crate::limits::MAX_JPEG_BLOCKS / 1_000_000
    )]
    TooManyScans {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
        /// The number of scans whose blocks exceed the limit.
        scans: u32,
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
            Self::Truncated { .. } | Self::Damaged { .. } => "truncated-image",
            Self::TooSmall { .. } => "image-too-small",
            Self::TooLarge { .. } | Self::TooMuchMemory { .. } | Self::TooManyScans { .. } => "image-too-large",
        }
    }
}

/// What a file that is not a picture holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Text, web pages included.
    Text,
    /// A ZIP archive; office documents are ZIP archives.
    Archive,
    /// A video.
    Video,
    /// Data of another kind.
    Other,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Archive => "a ZIP archive or an office document",
            Self::Video => "a video",
            Self::Other => "data of another kind",
        })
    }
}

/// A format, or a variant of a format, that is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedFormat {
    /// A picture format, by its name.
    Format(&'static str),
    /// The format of iPhone photographs.
    Heic,
    /// A camera's raw picture.
    Raw,
    /// A TIFF picture, or a raw picture with the same first bytes.
    TiffOrRaw,
    /// A Photoshop document.
    Photoshop,
    /// A PDF document.
    Pdf,
    /// An SVG drawing.
    Svg,
    /// An icon.
    Icon,
    /// A variant of a decoded format, by the format's name.
    Variant(&'static str),
    /// A picture with floating-point colours.
    FloatingPoint,
}

impl UnsupportedFormat {
    /// The sentence that says what to do.
    fn advice(self) -> &'static str {
        match self {
            Self::Heic => {
                "Export it as JPEG and choose that (iPhones take JPEG photographs when Settings › Camera › Formats \
                 is set to Most Compatible)."
            }
            Self::Pdf | Self::Svg => "Export the drawing or page as PNG and choose that.",
            Self::Variant(_) => "Open it in a picture editor, save it as an ordinary PNG or JPEG, and choose that.",
            Self::FloatingPoint => "Save it as an ordinary PNG or JPEG and choose that.",
            Self::Format(_) | Self::Raw | Self::TiffOrRaw | Self::Photoshop | Self::Icon => {
                "Open it in a picture editor, save it as PNG or JPEG, and choose that."
            }
        }
    }
}

impl fmt::Display for UnsupportedFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format(name) => {
                let article = if name.starts_with('A') { "an" } else { "a" };
                return write!(f, "{article} {name} picture");
            }
            Self::Variant(name) => return write!(f, "a {name} picture of a rare kind"),
            Self::Heic => "a HEIC picture",
            Self::Raw => "a camera's raw picture",
            Self::TiffOrRaw => "a TIFF picture (or a camera's raw one)",
            Self::Photoshop => "a Photoshop document",
            Self::Pdf => "a PDF document",
            Self::Svg => "an SVG drawing",
            Self::Icon => "an icon",
            Self::FloatingPoint => "a picture with floating-point colours",
        })
    }
}

/// Megapixels, rounded up: a picture just above the limit is not said to be at the limit.
#[must_use]
pub fn megapixels(width: u32, height: u32) -> u64 {
    (u64::from(width) * u64::from(height)).div_ceil(1_000_000)
}

fn count(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}
