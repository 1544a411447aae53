//! WebP: a RIFF file of chunks, each of a name, a length and data padded to an even length.

use super::{File, Survey, index};
use crate::checks::check_size;
use crate::error::PictureError;

/// "RIFF", the length of what follows, and "WEBP".
const HEADER: usize = 12;
/// The flags of a VP8X chunk that say what the file holds.
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const ANIMATION: u8 = 0x02;

/// A chunk whose data is all there.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
}

/// Keeps the picture, or the first frame of an animation. The decoder gets no colour profile, EXIF
/// or XMP data.
pub(super) fn survey(file: File<'_>) -> Result<Survey<'_>, PictureError> {
    let length = index(u32::from_le_bytes(file.array(4)?));
    // Chunk by chunk until the picture is found, so that a header alone can refuse a file.
    let end = length.saturating_add(8);
    let first = chunk(file, HEADER, end)?;
    let (kept, mut exif) = match &first.name {
        b"VP8 " | b"VP8L" => {
            let (width, height) = size(file, first)?;
            check_size(width, height)?;
            (vec![first], None)
        }
        b"VP8X" => extended(file, first, end)?,
        _ => return Err(file.damaged()),
    };
    // EXIF stands at the end: a file that is cut is refused rather than shown unturned.
    if end > file.bytes.len() {
        return Err(file.truncated());
    }
    // Some files keep the prefix that marks the segment in a JPEG.
    exif = exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    Ok(Survey { picture: riff(&kept).into(), exif })
}

/// The chunks of an extended file that make its first picture, and its EXIF data.
fn extended<'a>(
    file: File<'a>,
    first: Chunk<'a>,
    end: usize,
) -> Result<(Vec<Chunk<'a>>, Option<&'a [u8]>), PictureError> {
    let &[flags, _, _, _, w0, w1, w2, h0, h1, h2] = first.data.first_chunk::<10>().ok_or_else(|| file.damaged())?;
    let canvas = (u24([w0, w1, w2]) + 1, u24([h0, h1, h2]) + 1);
    check_size(canvas.0, canvas.1)?;

    let mut chunks = Vec::new();
    let mut at = HEADER + 8 + padded(first.data.len());
    while at.saturating_add(8) <= end {
        let chunk = chunk(file, at, end)?;
        at += 8 + padded(chunk.data.len());
        // The first of each name counts, so this list stays short.
        let used = matches!(&chunk.name, b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"EXIF");
        if used && !chunks.iter().any(|other: &Chunk<'_>| other.name == chunk.name) {
            chunks.push(chunk);
        }
    }
    let find = |name: &[u8; 4]| chunks.iter().copied().find(|chunk| chunk.name == *name);
    let exif = find(b"EXIF").map(|chunk| chunk.data);
    if flags & EXIF != 0 && exif.is_none() {
        // The orientation would be missing.
        return Err(file.truncated());
    }
    let mut kept = vec![first];
    if flags & ANIMATION != 0 {
        let missing = || file.damaged();
        let frame = find(b"ANMF").ok_or_else(missing)?;
        check_frame(file, frame, canvas)?;
        kept.extend([find(b"ANIM").ok_or_else(missing)?, frame]);
    } else {
        let picture = find(b"VP8 ").or_else(|| find(b"VP8L")).ok_or_else(|| file.damaged())?;
        if size(file, picture)? != canvas {
            return Err(file.damaged());
        }
        kept.extend(find(b"ALPH").filter(|_| flags & ALPHA != 0 && picture.name == *b"VP8 "));
        kept.push(picture);
    }
    Ok((kept, exif))
}

/// Checks that a frame lies on the canvas and that its picture is as large as the frame says.
fn check_frame(file: File<'_>, frame: Chunk<'_>, canvas: (u32, u32)) -> Result<(), PictureError> {
    let &[x0, x1, x2, y0, y1, y2, w0, w1, w2, h0, h1, h2, _, _, _, _] =
        frame.data.first_chunk::<16>().ok_or_else(|| file.damaged())?;
    let (x, y) = (2 * u24([x0, x1, x2]), 2 * u24([y0, y1, y2]));
    let (width, height) = (u24([w0, w1, w2]) + 1, u24([h0, h1, h2]) + 1);
    if x + width > canvas.0 || y + height > canvas.1 {
        return Err(file.damaged());
    }
    // The frame's chunks, read as a file of their own: transparency may come before the picture.
    let inner = File { bytes: &frame.data[16..], ..file };
    let damaged = |_| file.damaged();
    let mut picture = chunk(inner, 0, inner.bytes.len()).map_err(damaged)?;
    if picture.name == *b"ALPH" {
        picture = chunk(inner, 8 + padded(picture.data.len()), inner.bytes.len()).map_err(damaged)?;
    }
    if size(file, picture)? != (width, height) {
        return Err(file.damaged());
    }
    Ok(())
}

/// The chunk at `at`, which may not reach beyond `end` or the file.
fn chunk(file: File<'_>, at: usize, end: usize) -> Result<Chunk<'_>, PictureError> {
    let name = file.array(at)?;
    let length = index(u32::from_le_bytes(file.array(at + 4)?));
    if length > end.saturating_sub(at + 8) {
        return Err(if end > file.bytes.len() { file.truncated() } else { file.damaged() });
    }
    Ok(Chunk { name, data: file.slice(at + 8, length)? })
}

/// Width and height as the header of a `VP8 ` or `VP8L` chunk states them.
fn size(file: File<'_>, chunk: Chunk<'_>) -> Result<(u32, u32), PictureError> {
    let damaged = || file.damaged();
    match &chunk.name {
        b"VP8 " => {
            let &[w0, w1, h0, h1] = chunk.data.get(6..).and_then(<[u8]>::first_chunk).ok_or_else(damaged)?;
            let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
            Ok((side([w0, w1]), side([h0, h1])))
        }
        b"VP8L" => {
            let bits = chunk.data.get(1..).and_then(<[u8]>::first_chunk).ok_or_else(damaged)?;
            let bits = u32::from_le_bytes(*bits);
            Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => Err(damaged()),
    }
}

/// A RIFF file of these chunks. A VP8X chunk keeps the flags of what is still there.
fn riff(chunks: &[Chunk<'_>]) -> Vec<u8> {
    let has = |names: &[&[u8; 4]]| chunks.iter().any(|chunk| names.contains(&&chunk.name));
    let flags = if has(&[b"ALPH", b"VP8L", b"ANMF"]) { ALPHA } else { 0 } | if has(&[b"ANMF"]) { ANIMATION } else { 0 };
    let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
    for chunk in chunks {
        bytes.extend_from_slice(&chunk.name);
        // A chunk's length was read from 32 bits.
        bytes.extend_from_slice(&(chunk.data.len() as u32).to_le_bytes());
        let start = bytes.len();
        bytes.extend_from_slice(chunk.data);
        if chunk.name == *b"VP8X" {
            bytes[start] &= flags;
        }
        if chunk.data.len() % 2 == 1 {
            bytes.push(0);
        }
    }
    let length = (bytes.len() - 8) as u32;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes
}

fn padded(length: usize) -> usize {
    length + length % 2
}

fn u24([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}
