//! The subset of HDF5 that Keras writes: the layout that h5py has used since 2016 unless told
//! otherwise, and the superblocks, headers and small groups of newer files.
//!
//! A file is a graph of objects that point at each other by addresses, so a hostile one can be
//! endless, or name one part a million times. All structure is read through [`Reader::part`], which
//! counts bytes and reads against an allowance: reading ends when it is used up.

mod chunk_index;
mod dataset;
mod groups;
mod header;
mod messages;
mod reader;

pub(crate) use reader::Object;

use crate::bytes::Bytes;
use crate::error::{Result, WeightsError};
use crate::source::Source;
use crate::tensor::Tensor;
use header::Header;
use reader::Reader;

/// The signature of an HDF5 file.
pub(crate) const MAGIC: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// An HDF5 file.
pub(crate) struct Hdf5File<'a> {
    reader: Reader<'a>,
    root: Object,
}

impl<'a> Hdf5File<'a> {
    /// Reads the superblock.
    pub(crate) fn open(source: &'a dyn Source) -> Result<Self> {
        let reader = Reader::new(source);
        let start = reader.part(0, 12)?;
        if start[..8] != MAGIC {
            return Err(WeightsError::Unknown);
        }
        // Where the widths of addresses and lengths, the base address, and the root's address are.
        let (widths, base, root) = match start[8] {
            version @ (0 | 1) => (13, if version == 0 { 24 } else { 28 }, 4 * 8 + 8),
            2 | 3 => (9, 12, 3 * 8),
            _ => return Err(WeightsError::unsupported("an HDF5 file with a newer superblock")),
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
            return Err(WeightsError::unsupported("an HDF5 file with a user block"));
        }
        bytes.skip(usize::try_from(root - 8).unwrap_or(usize::MAX))?;
        let root = Object(bytes.u64()?);
        Ok(Self { reader, root })
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

    /// The members of a group, with their names.
    pub(crate) fn links(&self, group: Object) -> Result<Vec<(String, Object)>> {
        groups::links(&self.reader, &Header::read(&self.reader, group)?)
    }

    /// The texts of an attribute: one, or a list. `None` without the attribute, and for an empty
    /// list of other values.
    pub(crate) fn texts(&self, object: Object, name: &str) -> Result<Option<Vec<String>>> {
        Header::read(&self.reader, object)?.texts(&self.reader, name)
    }

    /// The tensor that an object is.
    pub(crate) fn tensor(&self, object: Object) -> Result<Tensor> {
        dataset::tensor(&self.reader, &Header::read(&self.reader, object)?)
    }
}
