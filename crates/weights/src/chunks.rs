//! Tensors that HDF5 stores in chunks: equal boxes on a grid, each compressed by itself.

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::shape;
use crate::source::{Source, Span};

/// The largest chunk in bytes. h5py makes them a mebibyte at most unless told otherwise.
const MAX_CHUNK: usize = 64 << 20;

/// A chunk that is larger than its tensor, as of a resizable one, is no larger than this.
const MAX_PADDED: usize = 1 << 20;

/// The most chunks of a tensor.
const MAX_CHUNKS: usize = 1 << 16;

/// The most filters. Each of the known ones makes sense once.
const MAX_FILTERS: usize = 3;

/// The largest ratio by which Deflate compresses.
const MAX_RATIO: u64 = 1032;

/// What was done to a chunk before it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    Deflate,
    /// The first bytes of all values, then all second bytes, and so on.
    Shuffle,
    /// A checksum of four bytes at the end.
    Fletcher32,
}

impl Filter {
    /// The filters of these HDF5 numbers, in the order in which they were applied.
    pub(crate) fn pipeline(ids: &[u16]) -> Result<Vec<Self>> {
        let mut filters = Vec::new();
        for id in ids {
            let filter = match id {
                1 => Self::Deflate,
                2 => Self::Shuffle,
                3 => Self::Fletcher32,
                id => return Err(WeightsError::Unsupported(format!("an HDF5 file compressed by filter {id}"))),
            };
            if filters.len() == MAX_FILTERS || filters.contains(&filter) {
                return Err(WeightsError::unsupported("an HDF5 file that applies a filter twice"));
            }
            filters.push(filter);
        }
        Ok(filters)
    }
}

/// The chunks of a tensor.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    /// The shape of a chunk. At the edges a part of it lies outside the tensor.
    shape: Vec<usize>,
    /// The number of chunks along each axis.
    grid: Vec<usize>,
    /// Bytes of a chunk without filters.
    size: usize,
    filters: Vec<Filter>,
    chunks: Vec<Chunk>,
}

#[derive(Clone, Debug)]
struct Chunk {
    span: Span,
    /// The filters that were left out, a bit each.
    skipped: u32,
    /// Its index on the grid, in the order of the axes.
    cell: usize,
}

impl Chunks {
    /// No chunks yet, of a tensor of the shape `tensor`.
    pub(crate) fn new(shape: Vec<usize>, tensor: &[usize], kind: Kind, filters: Vec<Filter>) -> Result<Self> {
        if shape.len() != tensor.len() || shape.contains(&0) {
            return Err(WeightsError::damaged("the chunks of a tensor do not fit it"));
        }
        let bytes = |shape: &[usize]| shape::count(shape)?.checked_mul(kind.size()).ok_or_else(too_large);
        let (size, whole) = (bytes(&shape)?, bytes(tensor)?);
        if size > MAX_CHUNK || size > whole.max(MAX_PADDED) {
            return Err(too_large());
        }
        let grid: Vec<usize> = tensor.iter().zip(&shape).map(|(n, chunk)| n.div_ceil(*chunk)).collect();
        if shape::count(&grid)? > MAX_CHUNKS {
            return Err(WeightsError::unsupported("an HDF5 file with a tensor in more than 65536 chunks"));
        }
        Ok(Self { shape, grid, size, filters, chunks: Vec::new() })
    }

    /// The number of axes.
    pub(crate) fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Adds the chunk whose first value has these indices.
    pub(crate) fn push(&mut self, origin: &[usize], skipped: u32, span: Span) -> Result<()> {
        let mut cell = 0;
        for ((start, length), n) in origin.iter().zip(&self.shape).zip(&self.grid) {
            if start % length != 0 || start / length >= *n {
                return Err(WeightsError::damaged("a chunk is not aligned to the tensor's chunk grid"));
            }
            cell = cell * n + start / length;
        }
        let ratio = if self.filters.contains(&Filter::Deflate) { MAX_RATIO } else { 1 };
        // Compressing adds little to data that cannot be compressed.
        let longest = self.size as u64 + self.size as u64 / 8 + 1024;
        if self.size as u64 > span.len.saturating_mul(ratio) || span.len > longest {
            return Err(WeightsError::damaged("a chunk has an impossible length"));
        }
        // Each cell at most once, which `finish` verifies: more are never needed.
        if self.chunks.len() == MAX_CHUNKS {
            return Err(WeightsError::damaged("a tensor has too many chunks"));
        }
        self.chunks.push(Chunk { span, skipped, cell });
        Ok(())
    }

    /// Checks that no two chunks are the same part of the tensor.
    pub(crate) fn finish(mut self) -> Result<Self> {
        self.chunks.sort_unstable_by_key(|chunk| chunk.cell);
        if self.chunks.windows(2).any(|pair| pair[0].cell == pair[1].cell) {
            return Err(WeightsError::damaged("two chunks are the same part of a tensor"));
        }
        Ok(self)
    }

    /// Checks that every part of the tensor has its chunk. All lie on the grid, and no two on one
    /// cell, so their number decides.
    pub(crate) fn check(&self) -> Result<()> {
        if self.chunks.len() == shape::count(&self.grid)? {
            Ok(())
        } else {
            Err(WeightsError::damaged("a tensor is not complete"))
        }
    }

    /// Reads chunk after chunk; the sink gets the rows of each that lie in the tensor.
    pub(crate) fn stream(
        &self,
        tensor: &[usize],
        kind: Kind,
        source: &dyn Source,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<()> {
        let mut values = Vec::new();
        for chunk in &self.chunks {
            kind.decode(&self.unpack(chunk, kind.size(), source)?, &mut values);
            let origin = self.origin(chunk.cell);
            let row = self.shape.last().copied().unwrap_or(1);
            for (number, run) in values.chunks_exact(row).enumerate() {
                if let Some((start, len)) = self.row(&origin, tensor, number) {
                    sink(start, &run[..len]);
                }
            }
        }
        Ok(())
    }

    /// The indices of the first value of the chunk on a cell.
    fn origin(&self, cell: usize) -> Vec<usize> {
        let mut rest = cell;
        let mut origin = vec![0; self.shape.len()];
        for ((start, length), n) in origin.iter_mut().zip(&self.shape).zip(&self.grid).rev() {
            *start = rest % n * length;
            rest /= n;
        }
        origin
    }

    /// Where a row of a chunk begins in the tensor, and its length there; `None` for one outside.
    fn row(&self, origin: &[usize], tensor: &[usize], number: usize) -> Option<(usize, usize)> {
        let Some(last) = self.shape.len().checked_sub(1) else { return Some((0, 1)) };
        let mut rest = number;
        let mut start = origin[last];
        let mut stride = tensor[last];
        for axis in (0..last).rev() {
            let index = origin[axis] + rest % self.shape[axis];
            rest /= self.shape[axis];
            if index >= tensor[axis] {
                return None;
            }
            start += index * stride;
            stride *= tensor[axis];
        }
        Some((start, self.shape[last].min(tensor[last] - origin[last])))
    }

    /// The bytes of a chunk, with its filters undone, the last first.
    fn unpack(&self, chunk: &Chunk, element: usize, source: &dyn Source) -> Result<Vec<u8>> {
        let mut bytes = chunk.span.read(source)?;
        for (number, filter) in self.filters.iter().enumerate().rev() {
            if chunk.skipped & (1 << number) != 0 {
                continue;
            }
            bytes = match filter {
                Filter::Deflate => inflate(&bytes, self.size)?,
                Filter::Shuffle => unshuffle(&bytes, element),
                Filter::Fletcher32 => checked(bytes)?,
            };
        }
        if bytes.len() == self.size {
            Ok(bytes)
        } else {
            Err(WeightsError::damaged("a chunk differs in size from the others of its tensor"))
        }
    }
}

fn too_large() -> WeightsError {
    WeightsError::unsupported("an HDF5 file with chunks of more than 64 MiB, or much larger than their tensor")
}

/// Inflates no more than a chunk, and a checksum that was added before.
fn inflate(bytes: &[u8], size: usize) -> Result<Vec<u8>> {
    let most = size + 4;
    let mut inflated = Vec::with_capacity(most);
    // One more byte than allowed shows that there are more.
    ZlibDecoder::new(bytes)
        .take(most as u64 + 1)
        .read_to_end(&mut inflated)
        .map_err(|_| WeightsError::damaged("a compressed chunk is broken"))?;
    Ok(inflated)
}

/// Back from the order of [`Filter::Shuffle`].
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

/// The bytes without their checksum, which must be right.
fn checked(mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    let Some((data, sum)) = bytes.split_last_chunk() else {
        return Err(WeightsError::damaged("a chunk ends before its checksum"));
    };
    let (sum, right) = (u32::from_le_bytes(*sum), fletcher32(data));
    // HDF5 before 1.6.3 wrote the bytes of each half in the other order on little-endian machines.
    let swapped = (right & 0x00ff_00ff) << 8 | (right & 0xff00_ff00) >> 8;
    if sum != right && sum != swapped {
        return Err(WeightsError::damaged("a chunk has a wrong checksum"));
    }
    bytes.truncate(bytes.len() - 4);
    Ok(bytes)
}

/// Fletcher's checksum as HDF5 computes it: of big-endian words, modulo 65535.
fn fletcher32(bytes: &[u8]) -> u32 {
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (words, odd) = bytes.as_chunks();
    let (mut low, mut high) = (0u32, 0u32);
    // So many words cannot overflow.
    for words in words.chunks(360) {
        for word in words {
            low += u32::from(u16::from_be_bytes(*word));
            high += low;
        }
        (low, high) = (fold(low), fold(high));
    }
    if let [byte] = odd {
        low += u32::from(*byte) << 8;
        high += low;
        (low, high) = (fold(low), fold(high));
    }
    fold(high) << 16 | fold(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(shape: &[usize], tensor: &[usize]) -> Result<Chunks> {
        Chunks::new(shape.to_vec(), tensor, Kind::F32, Vec::new())
    }

    fn message(error: WeightsError) -> String {
        error.to_string()
    }

    #[test]
    fn two_chunks_at_one_place_are_refused() {
        let mut twice = chunks(&[2], &[4]).unwrap();
        let span = Span { start: 0, len: 8 };
        twice.push(&[0], 0, span).unwrap();
        twice.push(&[0], 0, span).unwrap();
        assert!(message(twice.finish().unwrap_err()).contains("two chunks are the same part"));
        let mut one = chunks(&[2], &[4]).unwrap();
        one.push(&[2], 0, span).unwrap();
        let one = one.finish().unwrap();
        assert!(message(one.check().unwrap_err()).contains("a tensor is not complete"));
    }

    #[test]
    fn chunks_off_the_grid_are_refused() {
        let span = Span { start: 0, len: 16 };
        for origin in [[1, 0], [0, 1], [4, 0], [0, 4], [usize::MAX - 1, 0]] {
            let error = chunks(&[2, 2], &[3, 4]).unwrap().push(&origin, 0, span).unwrap_err();
            assert!(message(error).contains("not aligned"), "{origin:?}");
        }
    }

    #[test]
    fn sizes_are_checked_before_anything_is_allocated() {
        for (shape, tensor) in [
            (&[usize::MAX, 2][..], &[usize::MAX, 2][..]),
            (&[1 << 25], &[1 << 25]),
            (&[1 << 20], &[5]),
            (&[1], &[(1 << 16) + 1]),
            (&[0], &[5]),
            (&[1], &[5, 1]),
        ] {
            assert!(chunks(shape, tensor).is_err(), "{shape:?} {tensor:?}");
        }
        // A chunk that says it holds a mebibyte, in one byte without compression.
        let error = chunks(&[1 << 18], &[1 << 18]).unwrap().push(&[0], 0, Span { start: 0, len: 1 }).unwrap_err();
        assert!(message(error).contains("an impossible length"));
    }

    #[test]
    fn a_filter_is_applied_once() {
        assert_eq!(Filter::pipeline(&[2, 1, 3]).unwrap(), [Filter::Shuffle, Filter::Deflate, Filter::Fletcher32]);
        assert!(message(Filter::pipeline(&[1; 32]).unwrap_err()).contains("applies a filter twice"));
        assert!(message(Filter::pipeline(&[6]).unwrap_err()).contains("compressed by filter 6"));
    }

    #[test]
    fn chunks_larger_than_their_tensor_are_cut() {
        let mut one = chunks(&[2, 4], &[3, 3]).unwrap();
        let bytes: Vec<u8> = (0..16).flat_map(|i| (i as f32).to_le_bytes()).collect();
        one.push(&[0, 0], 0, Span { start: 0, len: 32 }).unwrap();
        one.push(&[2, 0], 0, Span { start: 32, len: 32 }).unwrap();
        let one = one.finish().unwrap();
        let mut read = vec![-1.0; 9];
        one.stream(&[3, 3], Kind::F32, &bytes, &mut |start, run| read[start..start + run.len()].copy_from_slice(run))
            .unwrap();
        assert_eq!(read, [0.0, 1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 9.0, 10.0]);
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        // 0x0102 + 0x0304, and 0x0102 + 0x0406.
        assert_eq!(fletcher32(&[1, 2, 3, 4]), 0x0508_0406);
        assert_eq!(fletcher32(&[1, 2, 3]), 0x0504_0402);
        let mut bytes = vec![1, 2, 3, 4];
        bytes.extend(fletcher32(&bytes).to_le_bytes());
        assert_eq!(checked(bytes.clone()).unwrap(), [1, 2, 3, 4]);
        bytes[0] ^= 1;
        assert!(message(checked(bytes).unwrap_err()).contains("a wrong checksum"));
    }
}
