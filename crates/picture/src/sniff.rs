//! Formats by their first bytes, and sizes by their headers.
//!
//! A file's name and its declared type are not asked: browsers hand over pictures without either,
//! and both lie. Sizes are read here, before any decoder is made, because some decoders look for
//! the pixel data first, and a header alone must be enough to refuse a huge picture.

use super::error::{Foreign, NoPicture, PictureError};
use image::ImageFormat;

/// The formats that are decoded, with the names they go by in messages.
pub(super) fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        _ => "BMP",
    }
}

/// The format of a file that is to be decoded.
///
/// # Errors
/// `Empty`, `NotAnImage`, or `Unsupported` for a picture of another format.
pub(super) fn format(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(ImageFormat::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(ImageFormat::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(ImageFormat::WebP);
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Ok(ImageFormat::Gif);
    }
    if is_bmp(bytes) {
        return Ok(ImageFormat::Bmp);
    }
    Err(other(bytes))
}

/// "BM" begins many a text, so the length of the second header must be one that exists.
fn is_bmp(bytes: &[u8]) -> bool {
    const HEADERS: [u32; 7] = [12, 16, 40, 52, 56, 108, 124];
    bytes.starts_with(b"BM")
        && bytes
            .get(14..18)
            .and_then(|length| length.try_into().ok())
            .is_some_and(|length| HEADERS.contains(&u32::from_le_bytes(length)))
}

/// Width and height where the file's first bytes give them; `None` leaves it to the decoder.
pub(super) fn size(bytes: &[u8], format: ImageFormat) -> Option<(u32, u32)> {
    let u16_le = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let u32_be = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    match format {
        ImageFormat::Png if bytes.get(12..16) == Some(b"IHDR") => Some((u32_be(16)?, u32_be(20)?)),
        ImageFormat::Gif => Some((u16_le(6)?, u16_le(8)?)),
        ImageFormat::Jpeg => super::jpeg::survey(bytes).size,
        _ => None,
    }
}

/// Whether a file is of a variant that its decoder would call damaged instead of unsupported.
pub(super) fn is_rare(bytes: &[u8], format: ImageFormat) -> bool {
    format == ImageFormat::Jpeg && super::jpeg::survey(bytes).rare
}

/// Whether a file is all there, for the formats whose decoders would give a part of the picture, or the
/// picture without the orientation that stands behind it.
pub(super) fn is_whole(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => super::jpeg::survey(bytes).complete,
        ImageFormat::WebP => bytes
            .get(4..8)
            .and_then(|length| length.try_into().ok())
            .is_some_and(|length| u64::from(u32::from_le_bytes(length)) + 8 <= bytes.len() as u64),
        _ => true,
    }
}

/// The error for bytes that begin none of the decoded formats.
fn other(bytes: &[u8]) -> PictureError {
    // ISO base media files name their kind in the brand that follows "ftyp".
    if bytes.get(4..8) == Some(b"ftyp") {
        let found = match bytes.get(8..12).unwrap_or_default() {
            b"avif" | b"avis" => Foreign::Format("AVIF"),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Foreign::Heic,
            b"crx " => Foreign::Raw,
            _ => return PictureError::NotAnImage { found: NoPicture::Video },
        };
        return PictureError::Unsupported { found };
    }
    const PICTURES: [(&[u8], Foreign); 10] = [
        (b"II*\0", Foreign::TiffOrRaw),
        (b"MM\0*", Foreign::TiffOrRaw),
        (b"II+\0", Foreign::Format("TIFF")),
        (b"MM\0+", Foreign::Format("TIFF")),
        (b"8BPS", Foreign::Photoshop),
        (b"%PDF-", Foreign::Pdf),
        (b"\xff\x0a", Foreign::Format("JPEG XL")),
        (b"\0\0\0\x0cJXL ", Foreign::Format("JPEG XL")),
        (b"\0\0\0\x0cjP  ", Foreign::Format("JPEG 2000")),
        (b"\0\0\x01\0", Foreign::Icon),
    ];
    if let Some((_, found)) = PICTURES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return PictureError::Unsupported { found: *found };
    }
    if is_svg(bytes) {
        return PictureError::Unsupported { found: Foreign::Svg };
    }
    let found = if bytes.starts_with(b"PK\x03\x04") {
        NoPicture::Archive
    } else if is_text(bytes) {
        NoPicture::Text
    } else {
        NoPicture::Other
    };
    PictureError::NotAnImage { found }
}

/// SVG is text whose first element is `<svg`; declarations, doctypes and comments may come before.
fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with('<') && head.contains("<svg") && !head.to_ascii_lowercase().contains("<html")
}

fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character cut in two by the end of the window.
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.iter().any(|&byte| byte < 0x20 && !b"\t\n\r\x0c".contains(&byte))
}
