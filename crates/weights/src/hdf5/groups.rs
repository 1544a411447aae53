use super::header::{Header, kinds};
use super::reader::{MAX_HEIGHT, Object, Reader, UNDEFINED};
use crate::bytes::Bytes;
use crate::error::{Result, WeightsError};

/// Names of members are cut to so many bytes: a table can hold one name many times.
const MAX_NAME: usize = 256;

/// The most members of a group.
const MAX_LINKS: usize = 1 << 14;

/// The members of a group, in the encoding of older or of newer files.
pub(super) fn links(reader: &Reader<'_>, header: &Header) -> Result<Vec<(String, Object)>> {
    let mut links = Vec::new();
    for mut table in header.all(kinds::SYMBOL_TABLE) {
        let (tree, heap) = (table.u64()?, table.u64()?);
        let names = Names::read(reader, heap)?;
        node(reader, tree, MAX_HEIGHT, &names, &mut links)?;
    }
    for link in header.all(kinds::LINK) {
        links.extend(read_link(link)?);
    }
    for mut info in header.all(kinds::LINK_INFO) {
        info.skip(1)?;
        let ordered = info.u8()? & 1;
        info.skip(8 * usize::from(ordered))?;
        if info.u64()? != UNDEFINED {
            return Err(WeightsError::unsupported("an HDF5 file with a group in a heap (libver “latest”)"));
        }
    }
    Ok(links)
}

/// Adds the members of a node of an older group's tree, and of all nodes below.
fn node(reader: &Reader<'_>, address: u64, height: u8, names: &Names, links: &mut Vec<(String, Object)>) -> Result<()> {
    let head = reader.part(address, 24)?;
    let mut bytes = Bytes::new(&head);
    bytes.expect(b"TREE\0")?;
    let level = bytes.u8()?;
    if level >= height {
        return Err(WeightsError::damaged("a tree contains itself, or is too high"));
    }
    let entries = u64::from(bytes.u16()?);
    let body = reader.part(address.saturating_add(24), 8 + 16 * entries)?;
    let mut body = Bytes::new(&body);
    for _ in 0..entries {
        body.skip(8)?;
        let child = body.u64()?;
        if level > 0 {
            node(reader, child, level, names, links)?;
            continue;
        }
        let head = reader.part(child, 8)?;
        let mut head = Bytes::new(&head);
        head.expect(b"SNOD")?;
        head.skip(2)?;
        let count = u64::from(head.u16()?);
        let symbols = reader.part(child.saturating_add(8), 40 * count)?;
        let mut symbols = Bytes::new(&symbols);
        for _ in 0..count {
            let (name, object) = (symbols.u64()?, symbols.u64()?);
            if links.len() == MAX_LINKS {
                return Err(WeightsError::damaged("a group has too many members"));
            }
            // A soft link, which leads to a name instead of an object, has type 2.
            if symbols.u32()? != 2 {
                links.push((names.at(name)?, Object(object)));
            }
            symbols.skip(20)?;
        }
    }
    Ok(())
}

/// The names of the members of an older group.
struct Names(Vec<u8>);

impl Names {
    fn read(reader: &Reader<'_>, address: u64) -> Result<Self> {
        let head = reader.part(address, 32)?;
        let mut bytes = Bytes::new(&head);
        bytes.expect(b"HEAP")?;
        bytes.skip(4)?;
        let len = bytes.u64()?;
        bytes.skip(8)?;
        reader.part(bytes.u64()?, len).map(Self)
    }

    fn at(&self, offset: u64) -> Result<String> {
        let bytes = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..));
        bytes
            .map(|bytes| Bytes::text(&bytes[..bytes.len().min(MAX_NAME)]))
            .ok_or_else(|| WeightsError::damaged("a name is missing"))
    }
}

/// A member of a newer group; `None` for a soft link, and for one to another file.
fn read_link(mut bytes: Bytes<'_>) -> Result<Option<(String, Object)>> {
    bytes.expect(&[1])?;
    let flags = bytes.u8()?;
    let kind = if flags & 0x08 == 0 { 0 } else { bytes.u8()? };
    bytes.skip(if flags & 0x04 == 0 { 0 } else { 8 } + if flags & 0x10 == 0 { 0 } else { 1 })?;
    let len = match flags & 3 {
        0 => usize::from(bytes.u8()?),
        1 => usize::from(bytes.u16()?),
        2 => bytes.u32()? as usize,
        _ => bytes.size()?,
    };
    let name = bytes.take(len)?;
    let name = Bytes::text(&name[..len.min(MAX_NAME)]);
    if kind == 0 { Ok(Some((name, Object(bytes.u64()?)))) } else { Ok(None) }
}
