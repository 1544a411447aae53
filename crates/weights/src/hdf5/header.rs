use super::messages::{self, Numbers};
use super::{Chunks, NOWHERE, Object, Reader};
use crate::bytes::Bytes;
use crate::source::Span;
use crate::tensor::{Kind, Place, Tensor};
use crate::{Result, WeightsError};

/// What kinds of messages there are.
pub(super) mod kinds {
    pub(crate) const DATASPACE: u16 = 0x01;
    pub(crate) const LINK_INFO: u16 = 0x02;
    pub(crate) const DATATYPE: u16 = 0x03;
    pub(crate) const LINK: u16 = 0x06;
    pub(crate) const LAYOUT: u16 = 0x08;
    pub(crate) const FILTERS: u16 = 0x0b;
    pub(crate) const ATTRIBUTE: u16 = 0x0c;
    pub(crate) const CONTINUATION: u16 = 0x10;
    pub(crate) const SYMBOL_TABLE: u16 = 0x11;
    pub(crate) const ATTRIBUTE_INFO: u16 = 0x15;
}

/// A message whose body lies elsewhere.
const SHARED: u8 = 2;

/// The messages of an object, which say all there is to it.
pub(super) struct Header {
    messages: Vec<(u16, Vec<u8>)>,
}

impl Reader<'_> {
    /// Reads an object's header with all its continuations.
    pub(super) fn header(&self, object: Object) -> Result<Header> {
        let start = self.part(object.0, 16)?;
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
            let field = self.part(object.0 + before, width)?;
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
            let block = self.part(start, len)?;
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
            // What is left may be a gap, and in newer headers the sum that guards a continuation.
            while bytes.left() >= head {
                let kind = if newer { u16::from(bytes.u8()?) } else { bytes.u16()? };
                let size = usize::from(bytes.u16()?);
                let flags = bytes.u8()?;
                bytes.skip(head - if newer { 4 } else { 5 })?;
                if size > bytes.left() {
                    break;
                }
                let body = bytes.take(size)?;
                if kind == kinds::CONTINUATION {
                    let mut body = Bytes::new(body);
                    blocks.push((body.u64()?, body.u64()?));
                } else if flags & SHARED == 0 {
                    messages.push((kind, body.to_vec()));
                } else if matches!(kind, kinds::DATATYPE | kinds::DATASPACE | kinds::LAYOUT) {
                    return Err(WeightsError::unsupported("an HDF5 file with types of its own"));
                }
            }
        }
        Ok(Header { messages })
    }
}

impl Header {
    /// The bodies of the messages of a kind.
    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = Bytes<'_>> {
        self.messages.iter().filter(move |(other, _)| *other == kind).map(|(_, body)| Bytes::new(body))
    }

    fn one(&self, kind: u16) -> Result<Bytes<'_>> {
        self.all(kind).next().ok_or_else(|| WeightsError::damaged("a tensor is not described"))
    }

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
            if info.u64()? != NOWHERE {
                return Err(WeightsError::unsupported("an HDF5 file with attributes in a heap"));
            }
        }
        Ok(None)
    }

    pub(super) fn tensor(&self, reader: &Reader<'_>) -> Result<Tensor> {
        let shape = messages::dataspace(self.one(kinds::DATASPACE)?)?;
        let kind = match messages::datatype(self.one(kinds::DATATYPE)?)? {
            Numbers::Floats(kind) => kind,
            _ => Kind::Other,
        };
        let mut layout = self.one(kinds::LAYOUT)?;
        let version = layout.u8()?;
        if !matches!(version, 3 | 4) {
            return Err(WeightsError::unsupported("an HDF5 file of before 2004"));
        }
        match (layout.u8()?, version) {
            (0, _) => Err(WeightsError::unsupported("an HDF5 file with a tensor in its description")),
            (1, _) => {
                let (start, len) = (layout.u64()?, layout.u64()?);
                if start == NOWHERE {
                    return Ok(Tensor { shape, kind, place: Place::Nowhere });
                }
                Tensor::plain(shape, kind, Span::within(start, len, reader.source)?)
            }
            (2, 3) => {
                let filters = self.all(kinds::FILTERS).next().map(messages::filters).transpose()?.unwrap_or_default();
                let chunks = Chunks::find(reader, layout, &shape, kind, filters)?;
                Ok(Tensor { shape, kind, place: Place::Chunks(chunks) })
            }
            _ => Err(WeightsError::unsupported("an HDF5 file with chunks of a newer kind")),
        }
    }
}
