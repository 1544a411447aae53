//! GIF: a screen, then extensions and images, whose data lie in blocks of at most 255 bytes.

use super::{File, Survey};
use crate::checks::check_size;
use crate::error::PictureError;

/// Signature and screen descriptor.
const HEADER: usize = 13;
const TRAILER: u8 = 0x3b;

/// Keeps the screen, its colours, and the first image with the control block before it.
pub(super) fn survey(file: File<'_>) -> Result<Survey<'_>, PictureError> {
    let [w0, w1, h0, h1] = file.array(6)?;
    let screen = (u32::from(u16::from_le_bytes([w0, w1])), u32::from(u16::from_le_bytes([h0, h1])));
    check_size(screen.0, screen.1)?;
    let [flags] = file.array(10)?;
    let mut at = HEADER + colours(flags);
    let mut picture = file.slice(0, at)?.to_vec();
    let mut control: &[u8] = &[];
    loop {
        let [introducer] = file.array(at)?;
        match introducer {
            // An extension: its label, then blocks. Label 0xf9 is the control block.
            0x21 => {
                let [label] = file.array(at + 1)?;
                let end = skip_blocks(file, at + 2)?;
                if label == 0xf9 {
                    control = file.slice(at, end - at)?;
                }
                at = end;
            }
            0x2c => {
                let [x0, x1, y0, y1, w0, w1, h0, h1, flags] = file.array(at + 1)?;
                let [left, top, width, height] =
                    [[x0, x1], [y0, y1], [w0, w1], [h0, h1]].map(|side| u32::from(u16::from_le_bytes(side)));
                if width == 0 || height == 0 {
                    return Err(file.damaged());
                }
                // An image may reach beyond the screen, but not without bound.
                check_size(screen.0.max(left + width), screen.1.max(top + height))?;
                // The colours are followed by the code size, then by blocks.
                let end = skip_blocks(file, at + 10 + colours(flags) + 1)?;
                picture.extend_from_slice(control);
                picture.extend_from_slice(file.slice(at, end - at)?);
                picture.push(TRAILER);
                return Ok(Survey { picture: picture.into(), exif: None });
            }
            TRAILER => return Err(file.damaged()),
            // Stray zeros between blocks are written by some encoders.
            0 => at += 1,
            _ => return Err(file.damaged()),
        }
    }
}

/// Bytes of a colour table.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The place behind the blocks that begin at `at`.
fn skip_blocks(file: File<'_>, mut at: usize) -> Result<usize, PictureError> {
    loop {
        let [length] = file.array(at)?;
        at += 1 + usize::from(length);
        if length == 0 {
            return Ok(at);
        }
    }
}
