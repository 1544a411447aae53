use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::{Result, WeightsError};

/// Bytes that can be read at any place: a file that is too large to hold, or a part of one.
///
/// It is read through `&self`, so that tensors of one file can be looked at side by side; in a browser's
/// worker a slice of a `File` is read synchronously.
pub trait Source {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Fills the buffer from `offset` on.
    ///
    /// # Errors
    /// Any, also if fewer bytes are left than asked for.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Whether there are none.
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
    /// None where the system cannot tell: nothing is then read.
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
    /// The range, if the source has it.
    pub(crate) fn within(start: u64, len: u64, source: &dyn Source) -> Result<Self> {
        match start.checked_add(len) {
            Some(end) if end <= source.len() => Ok(Self { start, len }),
            _ => Err(WeightsError::damaged("a part lies beyond its end")),
        }
    }

    /// All of it at once. Its length must have been limited before: nothing larger than the file is ever
    /// asked for, but files are large.
    pub(crate) fn read(self, source: &dyn Source) -> Result<Vec<u8>> {
        let Self { start, len } = Self::within(self.start, self.len, source)?;
        let mut bytes =
            vec![0; usize::try_from(len).map_err(|_| WeightsError::damaged("a part is larger than memory"))?];
        source.read_at(start, &mut bytes)?;
        Ok(bytes)
    }
}

/// Blocks that are kept.
const BLOCKS: usize = 32;

/// Bytes of a block.
const BLOCK: u64 = 1 << 14;

/// A source that keeps the blocks it was last asked for: what describes tensors comes in thousands of small pieces
/// that lie together, and in a browser each read has a price.
pub struct Cached<S> {
    source: S,
    blocks: RefCell<VecDeque<(u64, Vec<u8>)>>,
}

impl<S: Source> Cached<S> {
    /// A source before which small pieces are kept.
    pub fn new(source: S) -> Self {
        Self { source, blocks: RefCell::default() }
    }

    /// Copies out of a block as much as the buffer wants and the block has from `offset` on.
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

/// A part of a source as a source of its own: a file that lies uncompressed in an archive.
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
