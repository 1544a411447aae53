//! JPEG: segments that begin with a marker, and the entropy-coded data of each scan.
//!
//! Decoders fill what is missing of a file with grey and report success, because a browser draws
//! pictures while they arrive. A classifier would then be asked about the grey. So every scan is
//! read to its last block here, see [`scan`]; and the end-of-image marker must be there.

mod bits;
mod scan;

use super::{File, Survey};
use crate::checks::check_size;
use crate::error::PictureError;
use crate::limits::MAX_JPEG_BLOCKS;
use scan::{Component, Fault, Frame, Scan, Tables};

/// Keeps the frame, its tables, its scans, and the Adobe segment, which names the colour space.
pub(super) fn survey(file: File<'_>) -> Result<Survey<'_>, PictureError> {
    let mut picture = file.slice(0, 2)?.to_vec();
    let (mut exif, mut adobe) = (None, false);
    let (mut frame, mut tables) = (None::<Frame>, Tables::default());
    let (mut blocks, mut scans) = (0, 0);
    let mut at = 2;
    loop {
        let marker;
        (marker, at) = next_marker(file, at)?;
        match marker {
            END => break,
            // Markers without a segment: TEM, RST0 to RST7, a second start of image.
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(file.array(at)?));
        // The size is checked even where the file ends inside the frame header.
        if is_frame(marker) && frame.is_none() {
            let [bits, h0, h1, w0, w1] = file.array(at + 2)?;
            check_size(u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into())?;
            if marker > PROGRESSIVE || bits != 8 {
                return Err(file.unsupported());
            }
        }
        let content = file.slice(at + 2, length.saturating_sub(2))?;
        let segment = file.slice(at - 2, length.max(2) + 2)?;
        at += length.max(2);
        let damaged = |fault| match fault {
            Fault::Truncated => file.truncated(),
            Fault::Damaged => file.damaged(),
        };
        match marker {
            _ if is_frame(marker) => {
                if frame.is_some() {
                    return Err(file.damaged());
                }
                frame = Some(parse_frame(content, marker == PROGRESSIVE).ok_or_else(|| file.damaged())?);
                picture.extend_from_slice(segment);
            }
            HUFFMAN_TABLES => {
                tables.define(content).map_err(damaged)?;
                picture.extend_from_slice(segment);
            }
            RESTART_INTERVAL => {
                let interval = content.first_chunk().ok_or_else(|| file.damaged())?;
                tables.restart = u16::from_be_bytes(*interval).into();
                picture.extend_from_slice(segment);
            }
            QUANTISATION_TABLES => picture.extend_from_slice(segment),
            APP1 if exif.is_none() => exif = content.strip_prefix(b"Exif\0\0"),
            APP14 if !adobe && content.starts_with(b"Adobe") => {
                adobe = true;
                picture.extend_from_slice(segment);
            }
            SCAN => {
                let frame = frame.as_mut().ok_or_else(|| file.damaged())?;
                let scan = Scan::parse(content, frame).ok_or_else(|| file.damaged())?;
                scans += 1;
                blocks += scan.blocks(frame);
                if blocks > MAX_JPEG_BLOCKS {
                    let (width, height) = (frame.width, frame.height);
                    return Err(PictureError::TooManyScans { width, height, scans });
                }
                let data = &file.bytes[at..];
                let end = at + scan.walk(data, frame, &tables).map_err(damaged)?;
                picture.extend_from_slice(segment);
                picture.extend_from_slice(&file.bytes[at..end]);
                at = end;
            }
            _ => {}
        }
    }
    if !frame.is_some_and(|frame| frame.is_coded()) {
        return Err(file.truncated());
    }
    picture.extend_from_slice(&[0xff, END]);
    Ok(Survey { picture: picture.into(), exif })
}

const PROGRESSIVE: u8 = 0xc2;
const HUFFMAN_TABLES: u8 = 0xc4;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const QUANTISATION_TABLES: u8 = 0xdb;
const RESTART_INTERVAL: u8 = 0xdd;
const APP1: u8 = 0xe1;
const APP14: u8 = 0xee;

/// The markers 0xc0 to 0xcf that are not tables.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, HUFFMAN_TABLES | 0xc8 | 0xcc)
}

/// The next marker from `at`, and the place behind it. Stray bytes before it are stepped over, as
/// decoders do.
fn next_marker(file: File<'_>, mut at: usize) -> Result<(u8, usize), PictureError> {
    loop {
        let stray = file.bytes[at.min(file.bytes.len())..].iter().position(|&byte| byte == 0xff);
        at += stray.ok_or_else(|| file.truncated())? + 1;
        let [marker] = file.array(at)?;
        // 0xff before a marker is a fill byte; 0xff 0x00 is data.
        if !matches!(marker, 0x00 | 0xff) {
            return Ok((marker, at + 1));
        }
    }
}

/// The frame header behind its length. `None` where it contradicts itself.
fn parse_frame(content: &[u8], progressive: bool) -> Option<Frame> {
    let (&[_, h0, h1, w0, w1, count], components) = content.split_first_chunk::<6>()?;
    let (components, rest) = components.as_chunks::<3>();
    if !(1..=4).contains(&count) || components.len() != usize::from(count) || !rest.is_empty() {
        return None;
    }
    let components: Vec<Component> = components
        .iter()
        .map(|&[id, sampling, _]| {
            let (across, down) = (sampling >> 4, sampling & 15);
            Component { id, across: across.into(), down: down.into(), coded: false }
        })
        .collect();
    if components.iter().any(|part| !(1..=4).contains(&part.across) || !(1..=4).contains(&part.down)) {
        return None;
    }
    let width = u16::from_be_bytes([w0, w1]).into();
    let height = u16::from_be_bytes([h0, h1]).into();
    Some(Frame::new(width, height, components, progressive))
}
