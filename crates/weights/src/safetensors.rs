//! The header of a safetensors file, without the file.

use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use crate::source::{Source, Span};
use crate::tensor::{Kind, Tensor};
use crate::{Result, WeightsError};

/// A header is no longer than this; VGG-16's is three kibibytes.
const LONGEST: u64 = 4 << 20;

/// Every tensor by its name, and the notes that the file carries.
pub(crate) fn open(source: &dyn Source) -> Result<(BTreeMap<String, Tensor>, BTreeMap<String, String>)> {
    let mut len = [0; 8];
    source.read_at(0, &mut len)?;
    let len = u64::from_le_bytes(len);
    if len > LONGEST {
        return Err(WeightsError::damaged("the header is longer than a header can be"));
    }
    let header = Span { start: 8, len }.read(source)?;
    // The crate checks that tensors follow each other without gaps and are as long as their shapes say.
    let metadata: Metadata = serde_json::from_slice(&header)
        .map_err(|error| WeightsError::Damaged(format!("the header is wrong ({error})")))?;
    if (8 + len).checked_add(metadata.data_len() as u64) != Some(source.len()) {
        return Err(WeightsError::damaged("there is more, or less, than the header says"));
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
