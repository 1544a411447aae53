use super::messages;
use super::reader::{Object, Reader, UNDEFINED};
use crate::bytes::Bytes;
use crate::error::{Result, WeightsError};

/// The numbers of the messages that are read.
pub(super) mod kinds {
    pub(crate) const DATASPACE: u16 = 0x01;
    pub(crate) const LINK_INFO: u16 = 0x02;
    pub(crate) const DATATYPE: u16 = 0x03;
    pub(crate) const LINK: u16 = 0x06;
    pub(crate) const EXTERNAL_FILES: u16 = 0x07;
    pub(crate) const LAYOUT: u16 = 0x08;
    pub(crate) const FILTERS: u16 = 0x0b;
    pub(crate) const ATTRIBUTE: u16 = 0x0c;
    pub(crate) const CONTINUATION: u16 = 0x10;
    pub(crate) const SYMBOL_TABLE: u16 = 0x11;
    pub(crate) const ATTRIBUTE_INFO: u16 = 0x15;
}

/// The flag of a message whose body lies elsewhere.
const SHARED: u8 = 2;

/// The most messages of a header.
const MAX_MESSAGES: usize = 1 << 14;

/// The messages that describe an object.
pub(super) struct Header {
    messages: Vec<(u16, Vec<u8>)>,
}

impl Header {
    /// Reads the header of an object with all its continuations.
    pub(super) fn read(reader: &Reader<'_>, object: Object) -> Result<Self> {
        let start = reader.part(object.0, 16)?;
        let newer = start.starts_with(b"OHDR");
        let mut ordered = false;
        let mut blocks = if newer {
            let mut bytes = Bytes::new(&start);
            bytes.skip(5)?;
            let flags = bytes.u8()?;
            ordered = flags & 4 != 0;
            let before = 6 + if flags & 0x20 == 0 { 0 } else { 16 } + if flags & 0x10 == 0 { 0 } else { 4 };
            let width = 1 << (flags & 3);
            let mut len = [0; 8];
            let field = reader.part(object.0 + before, width)?;
            len[..field.len()].copy_from_slice(&field);
            vec![(object.0 + before + width, u64::from_le_bytes(len))]
        } else {
            let mut bytes = Bytes::new(&start);
            bytes.expect(&[1])?;
            bytes.skip(7)?;
            vec![(object.0 + 16, u64::from(bytes.u32()?))]
        };
        let mut messages = Vec::new();
        while let Some((start, len)) = blocks.pop() {
            let block = reader.part(start, len)?;
            let mut bytes = Bytes::new(&block);
            if newer && block.starts_with(b"OCHK") {
                bytes.skip(4)?;
            }
            let head = if !newer {
                8
            } else if ordered {
                6
            } else {
                4
            };
            // The rest may be a gap, and in newer headers the checksum of a continuation.
            while bytes.left() >= head {
                let kind = if newer { u16::from(bytes.u8()?) } else { bytes.u16()? };
                let size = usize::from(bytes.u16()?);
                let flags = bytes.u8()?;
                bytes.skip(head - if newer { 4 } else { 5 })?;
                if size > bytes.left() {
                    break;
                }
                let body = bytes.take(size)?;
                if messages.len() == MAX_MESSAGES {
                    return Err(WeightsError::damaged("an object has too many messages"));
                }
                if kind == kinds::CONTINUATION {
                    let mut body = Bytes::new(body);
                    blocks.push((body.u64()?, body.u64()?));
                } else if flags & SHARED == 0 {
                    messages.push((kind, body.to_vec()));
                } else if matches!(kind, kinds::DATATYPE | kinds::DATASPACE | kinds::LAYOUT) {
                    return Err(WeightsError::unsupported("an HDF5 file with named types"));
                }
            }
        }
        Ok(Self { messages })
    }

    /// The bodies of the messages of a kind.
    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = Bytes<'_>> {
        self.messages.iter().filter(move |(other, _)| *other == kind).map(|(_, body)| Bytes::new(body))
    }

    /// The body of the message of a kind.
    pub(super) fn one(&self, kind: u16) -> Result<Bytes<'_>> {
        self.all(kind).next().ok_or_else(|| WeightsError::damaged("the description of a tensor is missing"))
    }

    /// The texts of the attribute of this name.
    pub(super) fn texts(&self, reader: &Reader<'_>, name: &str) -> Result<Option<Vec<String>>> {
        for body in self.all(kinds::ATTRIBUTE) {
            let attribute = messages::attribute(body)?;
            if attribute.name == name {
                return attribute.texts(reader);
            }
        }
        for mut info in self.all(kinds::ATTRIBUTE_INFO) {
            info.skip(1)?;
            let ordered = info.u8()? & 1;
            info.skip(2 * usize::from(ordered))?;
            if info.u64()? != UNDEFINED {
                return Err(WeightsError::unsupported("an HDF5 file with attributes in a heap"));
            }
        }
        Ok(None)
    }
}
