//! The format of a file, by its first bytes.
//!
//! A file's name and its declared type are ignored: browsers hand over pictures without either, and
//! both may be wrong.

use image::ImageFormat;

use crate::error::{FileKind, PictureError, UnsupportedFormat};

/// The format of a file to decode.
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

/// Texts begin with "BM" too, so the length of the second header must be one that exists.
fn is_bmp(bytes: &[u8]) -> bool {
    const HEADERS: [u32; 7] = [12, 16, 40, 52, 56, 108, 124];
    bytes.starts_with(b"BM")
        && bytes
            .get(14..18)
            .and_then(|length| length.try_into().ok())
            .is_some_and(|length| HEADERS.contains(&u32::from_le_bytes(length)))
}

/// The error for a file of none of the decoded formats.
fn other(bytes: &[u8]) -> PictureError {
    // ISO base media files name their kind in the brand that follows "ftyp".
    if bytes.get(4..8) == Some(b"ftyp") {
        let found = match bytes.get(8..12).unwrap_or_default() {
            b"avif" | b"avis" => UnsupportedFormat::Format("AVIF"),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => UnsupportedFormat::Heic,
            b"crx " => UnsupportedFormat::Raw,
            _ => return PictureError::NotAnImage { found: FileKind::Video },
        };
        return PictureError::Unsupported { found };
    }
    const PICTURES: [(&[u8], UnsupportedFormat); 10] = [
        (b"II*\0", UnsupportedFormat::TiffOrRaw),
        (b"MM\0*", UnsupportedFormat::TiffOrRaw),
        (b"II+\0", UnsupportedFormat::Format("TIFF")),
        (b"MM\0+", UnsupportedFormat::Format("TIFF")),
        (b"8BPS", UnsupportedFormat::Photoshop),
        (b"%PDF-", UnsupportedFormat::Pdf),
        (b"\xff\x0a", UnsupportedFormat::Format("JPEG XL")),
        (b"\0\0\0\x0cJXL ", UnsupportedFormat::Format("JPEG XL")),
        (b"\0\0\0\x0cjP  ", UnsupportedFormat::Format("JPEG 2000")),
        (b"\0\0\x01\0", UnsupportedFormat::Icon),
    ];
    if let Some((_, found)) = PICTURES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return PictureError::Unsupported { found: *found };
    }
    if is_svg(bytes) {
        return PictureError::Unsupported { found: UnsupportedFormat::Svg };
    }
    let found = if bytes.starts_with(b"PK\x03\x04") {
        FileKind::Archive
    } else if is_text(bytes) {
        FileKind::Text
    } else {
        FileKind::Other
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
