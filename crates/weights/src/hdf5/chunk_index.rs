use super::reader::{MAX_HEIGHT, Reader, UNDEFINED};
use crate::bytes::Bytes;
use crate::chunks::{Chunks, Filter};
use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::source::Span;

/// Reads the tree of a tensor's chunks, which its layout message points at.
pub(super) fn read(
    reader: &Reader<'_>,
    mut layout: Bytes<'_>,
    tensor: &[usize],
    kind: Kind,
    filters: Vec<Filter>,
) -> Result<Chunks> {
    let rank = usize::from(layout.u8()?);
    let tree = layout.u64()?;
    let mut shape = (0..rank).map(|_| layout.u32().map(|n| n as usize)).collect::<Result<Vec<_>>>()?;
    // The last axis is the bytes of a value.
    if shape.pop() != Some(kind.size()) {
        return Err(WeightsError::damaged("the chunks of a tensor do not fit it"));
    }
    let mut chunks = Chunks::new(shape, tensor, kind, filters)?;
    if tree != UNDEFINED {
        node(reader, tree, MAX_HEIGHT, &mut chunks)?;
    }
    chunks.finish()
}

/// Adds the chunks of a node of the tree, and of all nodes below.
fn node(reader: &Reader<'_>, address: u64, height: u8, chunks: &mut Chunks) -> Result<()> {
    let head = reader.part(address, 24)?;
    let mut bytes = Bytes::new(&head);
    bytes.expect(b"TREE\x01")?;
    let level = bytes.u8()?;
    if level >= height {
        return Err(WeightsError::damaged("a tree contains itself, or is too high"));
    }
    let entries = u64::from(bytes.u16()?);
    // The length, the filters left out, the indices and the address of each.
    let entry = 8 + 8 * (chunks.rank() as u64 + 1) + 8;
    let body = reader.part(address.saturating_add(24), entries * entry)?;
    let mut body = Bytes::new(&body);
    for _ in 0..entries {
        let (len, skipped) = (u64::from(body.u32()?), body.u32()?);
        let origin = (0..chunks.rank()).map(|_| body.size()).collect::<Result<Vec<_>>>()?;
        body.skip(8)?;
        let child = body.u64()?;
        if level > 0 {
            node(reader, child, level, chunks)?;
        } else {
            chunks.push(&origin, skipped, Span::within(child, len, reader.source)?)?;
        }
    }
    Ok(())
}
