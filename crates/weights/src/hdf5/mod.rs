//! As much of HDF5 as Keras writes: the layout that h5py has used since 2016 unless asked for another, and the
//! superblocks, headers and small groups of newer ones.
//!
//! A file is a graph of objects that point at each other by their addresses, so a hostile one can be endless, or
//! name one part a million times. Everything but the tensors' values is read through [`Reader::part`], which counts
//! bytes and calls against an allowance: whatever a file says, reading ends when that is used up.

mod chunks;
mod groups;
mod header;
mod messages;

use std::cell::Cell;

pub(crate) use chunks::Chunks;

use crate::bytes::Bytes;
use crate::source::{Source, Span};
use crate::tensor::Tensor;
use crate::{Result, WeightsError};

/// Every HDF5 file begins like this.
pub(crate) const MAGIC: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// The address of what is not there.
const NOWHERE: u64 = u64::MAX;

/// Bytes of structure that are read of one file; Xception needs half a mebibyte.
const ALLOWANCE: u64 = 8 << 20;

/// What a call costs beside its bytes, so that small reads end as well.
const CALL: u64 = 64;

/// An HDF5 file.
pub(crate) struct Reader<'a> {
    source: &'a dyn Source,
    left: Cell<u64>,
    root: Object,
}

/// Where an object's header is: a group, or a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object(u64);

impl<'a> Reader<'a> {
    /// Reads the superblock.
    pub(crate) fn open(source: &'a dyn Source) -> Result<Self> {
        let mut reader = Self { source, left: Cell::new(ALLOWANCE), root: Object(NOWHERE) };
        let start = reader.part(0, 12)?;
        if start[..8] != MAGIC {
            return Err(WeightsError::Unknown);
        }
        let (widths, base, root) = match start[8] {
            version @ (0 | 1) => (13, if version == 0 { 24 } else { 28 }, 4 * 8 + 8),
            2 | 3 => (9, 12, 3 * 8),
            _ => return Err(WeightsError::unsupported("an HDF5 file of a newer kind")),
        };
        let block = reader.part(0, base + root + 8)?;
        let mut bytes = Bytes::new(&block);
        bytes.skip(widths)?;
        if (bytes.u8()?, bytes.u8()?) != (8, 8) {
            return Err(WeightsError::unsupported("an HDF5 file with addresses of other than 64 bits"));
        }
        let mut bytes = Bytes::new(&block);
        bytes.skip(usize::try_from(base).unwrap_or(usize::MAX))?;
        if bytes.u64()? != 0 {
            return Err(WeightsError::unsupported("an HDF5 file with something before it"));
        }
        bytes.skip(usize::try_from(root - 8).unwrap_or(usize::MAX))?;
        reader.root = Object(bytes.u64()?);
        Ok(reader)
    }

    /// The group that has all others.
    pub(crate) fn root(&self) -> Object {
        self.root
    }

    /// The object at a path of names below a group, if there is one.
    pub(crate) fn find(&self, group: Object, path: &str) -> Result<Option<Object>> {
        let mut object = group;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let links = self.links(object)?;
            match links.into_iter().find(|(link, _)| link == name) {
                Some((_, next)) => object = next,
                None => return Ok(None),
            }
        }
        Ok(Some(object))
    }

    /// A group's members and their names.
    pub(crate) fn links(&self, group: Object) -> Result<Vec<(String, Object)>> {
        groups::links(self, &self.header(group)?)
    }

    /// An attribute that is a text, or a list of texts. None if there is none, or an empty list of anything.
    pub(crate) fn texts(&self, object: Object, name: &str) -> Result<Option<Vec<String>>> {
        self.header(object)?.texts(self, name)
    }

    /// The tensor that an object is.
    pub(crate) fn tensor(&self, object: Object) -> Result<Tensor> {
        self.header(object)?.tensor(self)
    }

    /// Bytes of structure.
    fn part(&self, start: u64, len: u64) -> Result<Vec<u8>> {
        let cost = len.saturating_add(CALL);
        let left = self.left.get().checked_sub(cost);
        self.left.set(left.ok_or_else(|| WeightsError::damaged("the structure is endless"))?);
        Span { start, len }.read(self.source)
    }
}
