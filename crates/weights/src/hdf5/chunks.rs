use std::io::Read;

use flate2::read::ZlibDecoder;

use super::groups::HEIGHT;
use super::{NOWHERE, Reader};
use crate::bytes::Bytes;
use crate::source::{Source, Span};
use crate::tensor::{Kind, Tensor};
use crate::{Result, WeightsError};

/// A chunk is no larger than this: h5py makes them a mebibyte at most.
const LARGEST: usize = 64 << 20;

/// What compressing adds at most to a chunk that cannot be compressed, beside an eighth of it.
const SLACK: usize = 1024;

/// Trees with more chunks than this are none.
const MOST: usize = 1 << 16;

/// What was done to a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Deflate,
    Shuffle,
    /// A sum of four bytes at the end.
    Fletcher,
}

impl Filter {
    pub(super) fn of(id: u16) -> Result<Self> {
        match id {
            1 => Ok(Self::Deflate),
            2 => Ok(Self::Shuffle),
            3 => Ok(Self::Fletcher),
            id => Err(WeightsError::Unsupported(format!("an HDF5 file compressed by filter {id}"))),
        }
    }
}

/// The pieces of a tensor.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    /// A piece's shape.
    shape: Vec<usize>,
    filters: Vec<Filter>,
    pieces: Vec<Piece>,
}

/// How many pieces there can be, and how long each in the file.
struct Limits {
    pieces: usize,
    bytes: u64,
}

#[derive(Clone, Debug)]
struct Piece {
    span: Span,
    /// Filters that were left out.
    mask: u32,
    /// The index of its first value along each axis.
    origin: Vec<usize>,
}

impl Chunks {
    /// Finds all pieces of a tensor by its layout message.
    pub(super) fn find(
        reader: &Reader<'_>,
        mut layout: Bytes<'_>,
        tensor: &[usize],
        kind: Kind,
        filters: Vec<Filter>,
    ) -> Result<Self> {
        let rank = usize::from(layout.u8()?);
        let tree = layout.u64()?;
        let mut shape = (0..rank).map(|_| layout.u32().map(|n| n as usize)).collect::<Result<Vec<_>>>()?;
        // No piece is larger than the tensor, so that all together are not much larger.
        let right = rank == tensor.len() + 1 && shape.pop() == Some(kind.size());
        if !right || shape.iter().zip(tensor).any(|(piece, n)| !(1..=*n).contains(piece)) {
            return Err(WeightsError::damaged("a tensor's pieces do not fit it"));
        }
        let size = Tensor::count(&shape)?.saturating_mul(kind.size());
        if size > LARGEST {
            return Err(WeightsError::unsupported("an HDF5 file in pieces of more than 64 MiB"));
        }
        let grid: Vec<usize> = tensor.iter().zip(&shape).map(|(n, piece)| n.div_ceil(*piece)).collect();
        let most = Limits { pieces: Tensor::count(&grid)?.min(MOST), bytes: (size + size / 8 + SLACK) as u64 };
        let mut chunks = Self { shape, filters, pieces: Vec::new() };
        if tree != NOWHERE {
            chunks.node(reader, tree, HEIGHT, &most)?;
        }
        Ok(chunks)
    }

    fn node(&mut self, reader: &Reader<'_>, address: u64, height: u8, most: &Limits) -> Result<()> {
        let head = reader.part(address, 24)?;
        let mut bytes = Bytes::new(&head);
        bytes.expect(b"TREE\x01")?;
        let level = bytes.u8()?;
        if level >= height {
            return Err(WeightsError::damaged("a tree is not one"));
        }
        let entries = u64::from(bytes.u16()?);
        let key = 8 + 8 * (self.shape.len() as u64 + 1);
        let body = reader.part(address.saturating_add(24), entries * (key + 8))?;
        let mut body = Bytes::new(&body);
        for _ in 0..entries {
            let (len, mask) = (u64::from(body.u32()?), body.u32()?);
            let origin = (0..self.shape.len()).map(|_| body.size()).collect::<Result<Vec<_>>>()?;
            body.skip(8)?;
            let child = body.u64()?;
            if level > 0 {
                self.node(reader, child, level, most)?;
            } else if self.pieces.len() == most.pieces || len > most.bytes {
                return Err(WeightsError::damaged("a tensor has too many pieces"));
            } else {
                self.pieces.push(Piece { span: Span::within(child, len, reader.source)?, mask, origin });
            }
        }
        Ok(())
    }

    /// Reads piece after piece; the sink gets each piece's rows.
    pub(crate) fn stream(
        &self,
        tensor: &[usize],
        kind: Kind,
        source: &dyn Source,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<()> {
        let count = Tensor::count(&self.shape)?;
        let mut values = Vec::new();
        for piece in &self.pieces {
            let bytes = self.unpack(piece, count * kind.size(), kind.size(), source)?;
            kind.decode(&bytes, &mut values);
            let fits = piece
                .origin
                .iter()
                .zip(tensor)
                .zip(&self.shape)
                .all(|((start, n), piece)| start < n && start % piece == 0);
            if values.len() != count || !fits {
                return Err(WeightsError::damaged("a tensor's pieces do not fit it"));
            }
            let (row, _) = self.shape.split_last().map_or((1, &[][..]), |(row, rest)| (*row, rest));
            for (number, run) in values.chunks_exact(row).enumerate() {
                if let Some((start, len)) = self.row(piece, tensor, number) {
                    sink(start, &run[..len]);
                }
            }
        }
        Ok(())
    }

    /// Where a piece's row begins in the tensor, and how much of it is within; none if nothing is.
    fn row(&self, piece: &Piece, tensor: &[usize], number: usize) -> Option<(usize, usize)> {
        let Some(last) = self.shape.len().checked_sub(1) else { return Some((0, 1)) };
        let mut rest = number;
        let mut start = piece.origin[last];
        let mut stride = tensor[last];
        for axis in (0..last).rev() {
            let index = piece.origin[axis].checked_add(rest % self.shape[axis])?;
            rest /= self.shape[axis];
            if index >= tensor[axis] {
                return None;
            }
            start = start.checked_add(index.checked_mul(stride)?)?;
            stride = stride.checked_mul(tensor[axis])?;
        }
        Some((start, self.shape[last].min(tensor[last] - piece.origin[last])))
    }

    /// Undoes the filters, the last first. No more is inflated than a piece is large.
    fn unpack(&self, piece: &Piece, size: usize, element: usize, source: &dyn Source) -> Result<Vec<u8>> {
        let mut bytes = piece.span.read(source)?;
        for (number, filter) in self.filters.iter().enumerate().rev() {
            if piece.mask & (1u32.checked_shl(u32::try_from(number).unwrap_or(u32::MAX)).unwrap_or(0)) != 0 {
                continue;
            }
            match filter {
                Filter::Deflate => {
                    let mut inflated = Vec::new();
                    // Four more, for a sum that was made before.
                    ZlibDecoder::new(bytes.as_slice())
                        .take(size as u64 + 4)
                        .read_to_end(&mut inflated)
                        .map_err(|_| WeightsError::damaged("a compressed piece is broken"))?;
                    bytes = inflated;
                }
                Filter::Shuffle => bytes = unshuffle(&bytes, element),
                Filter::Fletcher => bytes.truncate(bytes.len().saturating_sub(4)),
            }
        }
        Ok(bytes)
    }
}

/// First bytes of all values, then all second bytes, and so on: back to values.
fn unshuffle(bytes: &[u8], element: usize) -> Vec<u8> {
    let count = bytes.len().checked_div(element).unwrap_or(0);
    let mut values = bytes.to_vec();
    for place in 0..element {
        for (value, byte) in bytes[place * count..(place + 1) * count].iter().enumerate() {
            values[value * element + place] = *byte;
        }
    }
    values
}
