use super::chunk_index;
use super::header::{Header, kinds};
use super::messages::{self, Datatype};
use super::reader::{Reader, UNDEFINED};
use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::source::Span;
use crate::tensor::{Storage, Tensor};

/// The tensor that a header describes.
pub(super) fn tensor(reader: &Reader<'_>, header: &Header) -> Result<Tensor> {
    let shape = messages::dataspace(header.one(kinds::DATASPACE)?)?;
    let kind = match messages::datatype(header.one(kinds::DATATYPE)?)? {
        Datatype::Floats(kind) => kind,
        _ => Kind::Other,
    };
    if header.all(kinds::EXTERNAL_FILES).next().is_some() {
        return Err(WeightsError::unsupported("an HDF5 file whose values are in another file"));
    }
    if kind == Kind::Other {
        // Never read, so that its layout does not matter.
        return Ok(Tensor { shape, kind, storage: Storage::Unwritten });
    }
    if shape.contains(&0) {
        return Tensor::plain(shape, kind, Span { start: 0, len: 0 });
    }
    let mut layout = header.one(kinds::LAYOUT)?;
    let version = layout.u8()?;
    if !matches!(version, 3..=5) {
        return Err(WeightsError::unsupported("an HDF5 file from before 2004"));
    }
    match (layout.u8()?, version) {
        (0, _) => Err(WeightsError::unsupported("an HDF5 file with compact storage")),
        (1, _) => {
            let (start, len) = (layout.u64()?, layout.u64()?);
            if start == UNDEFINED {
                return Ok(Tensor { shape, kind, storage: Storage::Unwritten });
            }
            Tensor::plain(shape, kind, Span::within(start, len, reader.source)?)
        }
        (2, 3) => {
            let filters = header.all(kinds::FILTERS).next().map(messages::filters).transpose()?.unwrap_or_default();
            let chunks = chunk_index::read(reader, layout, &shape, kind, filters)?;
            Ok(Tensor { shape, kind, storage: Storage::Chunked(chunks) })
        }
        (2, _) => Err(WeightsError::unsupported("an HDF5 file with a newer index of chunks (libver “latest”)")),
        (3, _) => Err(WeightsError::unsupported("an HDF5 file with a virtual dataset")),
        _ => Err(WeightsError::damaged("a tensor has an unknown layout")),
    }
}
