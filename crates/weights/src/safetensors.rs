//! The header of a safetensors file, read without the values.

use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::source::{Source, Span};
use crate::tensor::Tensor;

/// The longest header in bytes. VGG-16's has three kibibytes.
const MAX_HEADER: u64 = 4 << 20;

/// The tensors by name, and the metadata.
pub(crate) fn open(source: &dyn Source) -> Result<(BTreeMap<String, Tensor>, BTreeMap<String, String>)> {
    let mut len = [0; 8];
    source.read_at(0, &mut len)?;
    let len = u64::from_le_bytes(len);
    if len > MAX_HEADER {
        return Err(WeightsError::damaged("the header is longer than 4 MiB"));
    }
    let header = Span { start: 8, len }.read(source)?;
    // The crate checks that tensors follow each other without gaps, in the sizes of their shapes.
    let metadata: Metadata =
        serde_json::from_slice(&header).map_err(|error| WeightsError::broken("the header is wrong", error))?;
    if (8 + len).checked_add(metadata.data_len() as u64) != Some(source.len()) {
        return Err(WeightsError::damaged("there are more values, or fewer, than the header says"));
    }
    let tensor = |(name, info): (String, &safetensors::tensor::TensorInfo)| {
        let kind = match info.dtype {
            Dtype::F32 => Kind::F32,
            Dtype::F16 => Kind::F16,
            Dtype::BF16 => Kind::Bf16,
            Dtype::F64 => Kind::F64,
            _ => Kind::Other,
        };
        let (start, end) = info.data_offsets;
        let span = Span::within(8 + len + start as u64, (end - start) as u64, source)?;
        Ok((name, Tensor::plain(info.shape.clone(), kind, span)?))
    };
    let notes = metadata.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok((metadata.tensors().into_iter().map(tensor).collect::<Result<_>>()?, notes))
}
