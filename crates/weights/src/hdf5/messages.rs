use std::collections::HashMap;

use super::reader::Reader;
use crate::bytes::Bytes;
use crate::chunks::Filter;
use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::shape;

/// The longest name in bytes.
const MAX_NAME: usize = 1024;

/// The most axes, which is HDF5's own limit.
const MAX_RANK: usize = 32;

/// The type of the values of an attribute or a tensor.
pub(super) enum Datatype {
    Floats(Kind),
    /// Texts of so many bytes each.
    Texts(usize),
    /// Texts of any length, in a heap.
    HeapTexts,
    Other,
}

/// The shape of a tensor. A single value has no axes.
pub(super) fn dataspace(mut bytes: Bytes<'_>) -> Result<Vec<usize>> {
    let version = bytes.u8()?;
    let rank = usize::from(bytes.u8()?);
    bytes.skip(match version {
        1 => 6,
        2 => 2,
        _ => return Err(WeightsError::unsupported("an HDF5 file with a newer dataspace")),
    })?;
    if rank > MAX_RANK {
        return Err(WeightsError::damaged("a tensor has more than 32 axes"));
    }
    (0..rank).map(|_| bytes.size()).collect()
}

pub(super) fn datatype(mut bytes: Bytes<'_>) -> Result<Datatype> {
    let class = bytes.u8()? & 0x0f;
    let bits = bytes.u8()?;
    bytes.skip(2)?;
    let size = bytes.u32()? as usize;
    Ok(match class {
        1 => {
            let layout = (size, bytes.u16()?, bytes.u16()?, bytes.take(4)?, bytes.u32()?);
            // Bits 0 and 6 give the byte order.
            let kind = match layout {
                _ if bits & 0x41 != 0 => return Err(WeightsError::unsupported("an HDF5 file with big-endian values")),
                (4, 0, 32, [23, 8, 0, 23], 127) => Kind::F32,
                (8, 0, 64, [52, 11, 0, 52], 1023) => Kind::F64,
                (2, 0, 16, [10, 5, 0, 10], 15) => Kind::F16,
                (2, 0, 16, [7, 8, 0, 7], 127) => Kind::Bf16,
                _ => return Err(WeightsError::unsupported("an HDF5 file with unusual floating-point numbers")),
            };
            Datatype::Floats(kind)
        }
        3 => Datatype::Texts(size),
        9 if bits & 0x0f == 1 => Datatype::HeapTexts,
        _ => Datatype::Other,
    })
}

pub(super) fn filters(mut bytes: Bytes<'_>) -> Result<Vec<Filter>> {
    let version = bytes.u8()?;
    let count = bytes.u8()?;
    if version == 1 {
        bytes.skip(6)?;
    }
    let mut ids = Vec::new();
    for _ in 0..count {
        let id = bytes.u16()?;
        let name = if version == 1 || id >= 256 { usize::from(bytes.u16()?) } else { 0 };
        bytes.skip(2)?;
        let values = usize::from(bytes.u16()?);
        bytes.skip(if version == 1 { name.next_multiple_of(8) } else { name })?;
        bytes.skip(4 * if version == 1 { values.next_multiple_of(2) } else { values })?;
        ids.push(id);
    }
    Filter::pipeline(&ids)
}

/// An attribute in its message.
pub(super) struct Attribute<'a> {
    pub(super) name: String,
    datatype: Datatype,
    count: usize,
    data: Bytes<'a>,
}

pub(super) fn attribute(mut bytes: Bytes<'_>) -> Result<Attribute<'_>> {
    let version = bytes.u8()?;
    let flags = bytes.u8()?;
    if !(1..=3).contains(&version) || (version > 1 && flags & 3 != 0) {
        return Err(WeightsError::unsupported("an HDF5 file with newer attributes"));
    }
    let sizes = [bytes.u16()?, bytes.u16()?, bytes.u16()?].map(usize::from);
    if version == 3 {
        bytes.skip(1)?;
    }
    let mut part = |size: usize| {
        let padded = if version == 1 { size.next_multiple_of(8) } else { size };
        bytes.take(padded).map(|part| &part[..size])
    };
    let (name, kind, space) = (part(sizes[0])?, part(sizes[1])?, part(sizes[2])?);
    let shape = dataspace(Bytes::new(space))?;
    let count = shape::count(&shape)?;
    // Version 2 of a dataspace distinguishes an empty one from a single value; neither is needed.
    Ok(Attribute { name: Bytes::text(name), datatype: datatype(Bytes::new(kind))?, count, data: bytes })
}

impl Attribute<'_> {
    /// The texts; `None` for other values: Keras writes an empty list of numbers for a layer
    /// without weights.
    pub(super) fn texts(mut self, reader: &Reader<'_>) -> Result<Option<Vec<String>>> {
        let mut heaps = HashMap::new();
        let mut texts = Vec::new();
        match self.datatype {
            Datatype::Texts(size @ 1..=MAX_NAME) => {
                for _ in 0..self.count {
                    texts.push(Bytes::text(self.data.take(size)?));
                }
            }
            Datatype::HeapTexts => {
                for _ in 0..self.count {
                    let len = self.data.u32()? as usize;
                    let (address, index) = (self.data.u64()?, self.data.u32()?);
                    if len > MAX_NAME {
                        return Err(WeightsError::damaged("a name is too long"));
                    }
                    if len == 0 {
                        texts.push(String::new());
                        continue;
                    }
                    let heap: &Heap = match heaps.entry(address) {
                        std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                        std::collections::hash_map::Entry::Vacant(entry) => entry.insert(Heap::read(reader, address)?),
                    };
                    texts.push(heap.text(index, len)?);
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(texts))
    }
}

/// A collection of texts that attributes point at.
struct Heap {
    bytes: Vec<u8>,
    places: HashMap<u32, (usize, usize)>,
}

impl Heap {
    fn read(reader: &Reader<'_>, address: u64) -> Result<Self> {
        let start = reader.part(address, 16)?;
        let mut head = Bytes::new(&start);
        head.expect(b"GCOL")?;
        head.skip(4)?;
        let bytes = reader.part(address, head.u64()?)?;
        let mut places = HashMap::new();
        let mut rest = Bytes::new(&bytes);
        rest.skip(16)?;
        while rest.left() >= 16 {
            let index = u32::from(rest.u16()?);
            rest.skip(6)?;
            let size = rest.size()?;
            // Object 0 is the free space.
            if index == 0 || size > rest.left() {
                break;
            }
            places.insert(index, (bytes.len() - rest.left(), size));
            rest.skip(size.next_multiple_of(8).min(rest.left()))?;
        }
        Ok(Self { bytes, places })
    }

    fn text(&self, index: u32, len: usize) -> Result<String> {
        let place = self.places.get(&index).filter(|(_, size)| len <= *size);
        let (start, _) = place.ok_or_else(|| WeightsError::damaged("a name is missing"))?;
        Ok(Bytes::text(&self.bytes[*start..start + len]))
    }
}
