use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::error::{Result, WeightsError};

/// Bytes that can be read at any offset: a file that is too large for memory, or a part of one.
///
/// It is read through `&self`, so that several tensors of one file can be borrowed at once. In a
/// browser's worker, a slice of a `File` is read synchronously.
pub trait Source {
    /// The number of bytes.
    fn len(&self) -> u64;

    /// Fills the buffer with the bytes from `offset` on.
    ///
    /// # Errors
    /// Those of the system, and [`io::ErrorKind::UnexpectedEof`] if too few bytes are left.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        (**self).read_at(offset, buffer)
    }
}

impl Source for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let end = start.and_then(|start| start.checked_add(buffer.len()));
        let bytes = start.zip(end).and_then(|(start, end)| self.get(start..end));
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Source::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.as_slice().read_at(offset, buffer)
    }
}

impl Source for File {
    /// 0 where the system cannot tell: nothing is then read.
    fn len(&self) -> u64 {
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut file = self;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}

/// A range of bytes in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) len: u64,
}

impl Span {
    /// The range, if it lies within the source.
    pub(crate) fn within(start: u64, len: u64, source: &dyn Source) -> Result<Self> {
        match start.checked_add(len) {
            Some(end) if end <= source.len() => Ok(Self { start, len }),
            _ => Err(WeightsError::damaged("a part lies beyond the end")),
        }
    }

    /// All of its bytes. The caller limits the length: it is never more than the file's, but files
    /// are large.
    pub(crate) fn read(self, source: &dyn Source) -> Result<Vec<u8>> {
        let Self { start, len } = Self::within(self.start, self.len, source)?;
        let mut bytes =
            vec![0; usize::try_from(len).map_err(|_| WeightsError::damaged("a part does not fit into memory"))?];
        source.read_at(start, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads its bytes in blocks. The sink gets the offset of a block in the range, and the block.
    pub(crate) fn blocks(self, source: &dyn Source, size: usize, sink: &mut dyn FnMut(usize, &[u8])) -> Result<()> {
        let Self { start, len } = Self::within(self.start, self.len, source)?;
        let len = usize::try_from(len).map_err(|_| WeightsError::damaged("a part does not fit into memory"))?;
        let mut buffer = vec![0; size.min(len)];
        let mut done = 0;
        while done < len {
            let block = buffer.len().min(len - done);
            source.read_at(start + done as u64, &mut buffer[..block])?;
            sink(done, &buffer[..block]);
            done += block;
        }
        Ok(())
    }
}

/// Blocks in the cache.
const BLOCKS: usize = 32;

/// Bytes of a block.
const BLOCK: u64 = 1 << 14;

/// A source with a cache of the blocks that were read last.
///
/// The structure of a file is thousands of small pieces that lie together, and each read of a
/// browser's `File` is slow.
pub struct Cached<S> {
    source: S,
    blocks: RefCell<VecDeque<(u64, Vec<u8>)>>,
}

impl<S: Source> Cached<S> {
    /// Puts a cache before a source.
    pub fn new(source: S) -> Self {
        Self { source, blocks: RefCell::default() }
    }

    /// Copies from one block as many of the bytes from `offset` on as it has; returns their number.
    fn copy(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = offset - offset % BLOCK;
        let mut blocks = self.blocks.borrow_mut();
        let block = match blocks.iter().position(|(other, _)| *other == start) {
            Some(place) => blocks.remove(place),
            None => None,
        };
        let block = if let Some((_, bytes)) = block {
            bytes
        } else {
            let len = BLOCK.min(self.source.len().saturating_sub(start));
            let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
            self.source.read_at(start, &mut bytes)?;
            bytes
        };
        let within = usize::try_from(offset - start).ok().and_then(|place| block.get(place..)).unwrap_or_default();
        let count = within.len().min(buffer.len());
        buffer[..count].copy_from_slice(&within[..count]);
        blocks.truncate(BLOCKS - 1);
        blocks.push_front((start, block));
        if count == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(count) }
    }
}

impl<S: Source> Source for Cached<S> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        if buffer.len() as u64 >= BLOCK {
            return self.source.read_at(offset, buffer);
        }
        let mut done = 0;
        while done < buffer.len() {
            let place = offset.checked_add(done as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
            done += self.copy(place, &mut buffer[done..])?;
        }
        Ok(())
    }
}

/// A part of a source as a source of its own: a file in an uncompressed archive.
pub(crate) struct Window<'a> {
    source: &'a dyn Source,
    span: Span,
}

impl<'a> Window<'a> {
    pub(crate) fn new(source: &'a dyn Source, span: Span) -> Self {
        Self { source, span }
    }
}

impl Source for Window<'_> {
    fn len(&self) -> u64 {
        self.span.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match offset.checked_add(buffer.len() as u64) {
            Some(end) if end <= self.span.len => self.source.read_at(self.span.start + offset, buffer),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_gives_what_is_there_and_no_more() {
        let bytes: Vec<u8> = (0..3 * BLOCK + 5).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let cached = Cached::new(&bytes);
        for (start, len) in [(0, 10), (BLOCK - 3, 7), (3 * BLOCK, 5), (7, 2 * BLOCK), (BLOCK, BLOCK - 1), (0, 0)] {
            let mut buffer = vec![0; usize::try_from(len).unwrap()];
            cached.read_at(start, &mut buffer).unwrap();
            let start = usize::try_from(start).unwrap();
            assert_eq!(buffer, bytes[start..start + buffer.len()]);
        }
        for start in [3 * BLOCK + 1, 4 * BLOCK, u64::MAX, u64::MAX - 2] {
            assert!(cached.read_at(start, &mut [0; 5]).is_err(), "{start}");
        }
    }
}
