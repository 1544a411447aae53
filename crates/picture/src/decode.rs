//! From a file's bytes to upright, opaque 8-bit RGB.

use std::io::Cursor;

use image::error::ImageError;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageReader, Limits};

use crate::checks::{check_memory, check_size};
use crate::container::File;
use crate::error::{PictureError, UnsupportedFormat};
use crate::limits::MAX_BYTES;
use crate::{Picture, sniff};

/// Decodes a JPEG, PNG, WebP, GIF (its first frame) or BMP file.
///
/// The content determines the format. The picture is turned upright by its EXIF orientation, laid
/// over white where it is transparent, and converted to 8-bit RGB from grey, 16-bit and CMYK.
/// Colour profiles are not applied: the networks were trained without.
///
/// File contents are untrusted. A file is walked before it is decoded, and only the picture's own
/// data reaches a decoder, so memory and time are bounded by the limits of this crate.
///
/// # Errors
/// See [`PictureError`]. The limits on size apply to what the header states, before anything is
/// decoded.
pub fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    let file = File { bytes, format: sniff::format(bytes)? };
    let survey = file.survey()?;
    let fail = |error| failure(error, file);

    let mut reader = ImageReader::with_format(Cursor::new(&survey.picture), file.format);
    let mut limits = Limits::no_limits();
    // Decoders count their own buffers beside the picture's.
    limits.max_alloc = Some(2 * MAX_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(fail)?;

    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let colour = decoder.color_type();
    let length = check_memory(width, height, colour.bits_per_pixel().into())?;
    let mut pixels = vec![0; length];
    decoder.read_image(&mut pixels).map_err(fail)?;

    let pixels = to_rgb(pixels, colour)?;
    Ok(upright(Picture::from_rgb(width, height, pixels), orientation(survey.exif)))
}

/// Translates a decoder's error. Its own sentences are for programmers.
fn failure(error: ImageError, file: File<'_>) -> PictureError {
    match error {
        ImageError::Unsupported(_) => file.unsupported(),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => file.truncated(),
        _ => file.damaged(),
    }
}

/// The EXIF orientation; a missing or invalid one means upright.
fn orientation(exif: Option<&[u8]>) -> Orientation {
    exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

/// Converts decoded pixels to 8-bit RGB, in place where they shrink.
fn to_rgb(mut pixels: Vec<u8>, colour: ColorType) -> Result<Vec<u8>, PictureError> {
    let channels = match colour {
        ColorType::L8 | ColorType::L16 => 1,
        ColorType::La8 | ColorType::La16 => 2,
        ColorType::Rgb8 | ColorType::Rgb16 => 3,
        ColorType::Rgba8 | ColorType::Rgba16 => 4,
        _ => {
            return Err(PictureError::Unsupported { found: UnsupportedFormat::FloatingPoint });
        }
    };
    if matches!(colour, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
        for i in 0..pixels.len() / 2 {
            let sample = u32::from(u16::from_ne_bytes([pixels[2 * i], pixels[2 * i + 1]]));
            // 65535 is 255 × 257, so this rounds to the nearest level; the quotient fits a byte.
            pixels[i] = ((sample + 128) / 257) as u8;
        }
        pixels.truncate(pixels.len() / 2);
    }
    match channels {
        1 => return Ok(pixels.into_iter().flat_map(|grey| [grey; 3]).collect()),
        2 => {
            let (pixels, _) = pixels.as_chunks::<2>();
            return Ok(pixels.iter().flat_map(|&[grey, alpha]| [over_white(grey, alpha); 3]).collect());
        }
        3 => {}
        _ => {
            let count = pixels.len() / 4;
            for i in 0..count {
                let alpha = pixels[4 * i + 3];
                for channel in 0..3 {
                    pixels[3 * i + channel] = over_white(pixels[4 * i + channel], alpha);
                }
            }
            pixels.truncate(3 * count);
        }
    }
    Ok(pixels)
}

/// A level of opacity `alpha` (0 to 255) laid over white, rounded to the nearest.
fn over_white(level: u8, alpha: u8) -> u8 {
    let (level, alpha) = (u32::from(level), u32::from(alpha));
    // A weighted mean of two levels fits a byte.
    ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Undoes the rotation and reflection that the orientation names.
fn upright(picture: Picture, orientation: Orientation) -> Picture {
    let (width, height) = (picture.width as usize, picture.height as usize);
    // For the pixel in column x and row y of the upright picture: where it lies in the stored one.
    let source: fn(usize, usize, usize, usize) -> (usize, usize) = match orientation {
        Orientation::NoTransforms => return picture,
        Orientation::FlipHorizontal => |x, y, w, _| (w - 1 - x, y),
        Orientation::Rotate180 => |x, y, w, h| (w - 1 - x, h - 1 - y),
        Orientation::FlipVertical => |x, y, _, h| (x, h - 1 - y),
        Orientation::Rotate90FlipH => |x, y, _, _| (y, x),
        Orientation::Rotate90 => |x, y, _, h| (y, h - 1 - x),
        Orientation::Rotate270FlipH => |x, y, w, h| (w - 1 - y, h - 1 - x),
        Orientation::Rotate270 => |x, y, w, _| (w - 1 - y, x),
    };
    let turned = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (to_width, to_height) = if turned { (height, width) } else { (width, height) };
    let mut pixels = Vec::with_capacity(picture.pixels.len());
    for y in 0..to_height {
        for x in 0..to_width {
            let (from_x, from_y) = source(x, y, width, height);
            let at = (from_y * width + from_x) * 3;
            pixels.extend_from_slice(&picture.pixels[at..at + 3]);
        }
    }
    let (width, height) = if turned { (picture.height, picture.width) } else { (picture.width, picture.height) };
    Picture::from_rgb(width, height, pixels)
}
