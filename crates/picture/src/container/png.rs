//! PNG: chunks of a length, a type, data and a checksum.

use super::{File, Survey, index};
use crate::checks::{check_memory, check_size};
use crate::error::PictureError;

const SIGNATURE: usize = 8;
/// Length, type and checksum of a chunk.
const FRAME: usize = 12;

/// Keeps the header, palette, transparency and pixel data. The other chunks are dropped unread:
/// colour profiles and texts, which are compressed, and the further frames of an animation.
pub(super) fn survey(file: File<'_>) -> Result<Survey<'_>, PictureError> {
    let mut picture = file.slice(0, SIGNATURE)?.to_vec();
    let mut exif = None;
    let (mut smallest, mut data) = (0, 0);
    let mut at = SIGNATURE;
    loop {
        let length = index(u32::from_be_bytes(file.array(at)?));
        let kind: [u8; 4] = file.array(at + 4)?;
        // The header is checked even where the file ends inside it.
        if at == SIGNATURE && &kind == b"IHDR" {
            smallest = check_header(file)?;
        }
        let chunk = file.slice(at, length.saturating_add(FRAME))?;
        match &kind {
            b"IHDR" | b"PLTE" | b"tRNS" => picture.extend_from_slice(chunk),
            b"IDAT" => {
                data += length;
                picture.extend_from_slice(chunk);
            }
            b"IEND" => {
                if data < smallest {
                    return Err(file.truncated());
                }
                picture.extend_from_slice(chunk);
                return Ok(Survey { picture: picture.into(), exif });
            }
            b"eXIf" => exif = exif.or(Some(&chunk[8..8 + length])),
            _ => {}
        }
        at += chunk.len();
    }
}

/// Checks the sizes and returns the smallest number of bytes that the pixel data can have.
fn check_header(file: File<'_>) -> Result<usize, PictureError> {
    let width = u32::from_be_bytes(file.array(SIGNATURE + 8)?);
    let height = u32::from_be_bytes(file.array(SIGNATURE + 12)?);
    let [depth, colour] = file.array(SIGNATURE + 16)?;
    let channels = match colour {
        2 | 3 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };
    check_size(width, height)?;
    // Depths below 8 are expanded to 8, and a palette to RGB.
    let bits = if colour == 3 { 8 } else { u32::from(depth).max(8) };
    check_memory(width, height, channels * bits)?;
    // Deflate codes at most 258 bytes in two bits.
    let samples = if colour == 3 { 1 } else { channels };
    let bytes = u64::from(width) * u64::from(height) * u64::from(samples * u32::from(depth)) / 8;
    usize::try_from(bytes / (4 * 258)).map_err(|_| file.truncated())
}
