//! The files of `torch.save`: a ZIP archive since 2020, and one stream before. torchvision's VGG-16
//! (`vgg16-397923af.pth`) is still a stream.

use std::collections::{BTreeMap, HashMap};

use crate::bytes::Bytes;
use crate::error::{Result, WeightsError};
use crate::pickle::{self, Pickle, Value};
use crate::shape;
use crate::source::{Source, Span};
use crate::tensor::Tensor;

/// The longest pickle in bytes. VGG-16's has three kibibytes.
const MAX_PICKLE: u64 = 4 << 20;

/// A stream begins with the pickle of this number.
const STREAM: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// The keys of a checkpoint under which its state dict may be.
const NESTED: [&str; 5] = ["state_dict", "model", "model_state_dict", "net", "params"];

/// Whether a file begins as a pickle of protocol 2 to 5.
pub(crate) fn is_pickle(start: &[u8]) -> bool {
    matches!(start, [0x80, 2..=5, ..])
}

/// The tensors of an archive with these entries.
pub(crate) fn open_archive(source: &dyn Source, entries: &BTreeMap<String, Span>) -> Result<BTreeMap<String, Tensor>> {
    let pickle = entries.iter().find_map(|(name, span)| Some((name.strip_suffix("data.pkl")?, span)));
    let (folder, span) = pickle.ok_or(WeightsError::Unknown)?;
    if let Some(order) = entries.get(&format!("{folder}byteorder"))
        && (order.len > 16 || order.read(source)?.trim_ascii() != b"little")
    {
        return Err(WeightsError::unsupported("a file with big-endian values"));
    }
    if span.len > MAX_PICKLE {
        return Err(WeightsError::damaged("the pickle is longer than 4 MiB, which no state dict's is"));
    }
    let bytes = span.read(source)?;
    let (pickle, value) = pickle::read(&mut Bytes::new(&bytes))?;
    tensors(&pickle, value, source, |key| entries.get(&format!("{folder}data/{key}")).copied())
}

/// The tensors of a stream: three pickles about the format and the machine, that of the weights,
/// one with the names of the storages, and the storages.
pub(crate) fn open_stream(source: &dyn Source) -> Result<BTreeMap<String, Tensor>> {
    let head = Span { start: 0, len: MAX_PICKLE.min(source.len()) }.read(source)?;
    let mut bytes = Bytes::new(&head);
    bytes.skip(2)?;
    // Protocols 4 and 5 have the length of a frame first.
    if head.get(2) == Some(&0x95) {
        bytes.skip(9)?;
    }
    if bytes.take(STREAM.len().min(bytes.left()))? != STREAM {
        return Err(WeightsError::unsupported("a pickle that torch.save did not write"));
    }
    pickle::read(&mut bytes)?;
    let (system, value) = pickle::read(&mut bytes)?;
    if system.pairs(value).any(|(key, value)| key == "little_endian" && value != Value::Int(1)) {
        return Err(WeightsError::unsupported("a file with big-endian values"));
    }
    let (pickle, value) = pickle::read(&mut bytes)?;
    let (order, keys) = pickle::read(&mut bytes)?;
    let keys = order.items(keys).ok_or_else(|| WeightsError::damaged("the names of the storages are missing"))?;
    if keys.len() > pickle.storages.len() {
        return Err(WeightsError::damaged("there are more storages than tensors"));
    }
    let name = |storage: &pickle::TorchStorage| pickle.text(Value::Text(storage.key)).unwrap_or_default();
    let sizes: HashMap<&str, u8> = pickle.storages.iter().map(|storage| (name(storage), storage.size)).collect();
    let mut places = HashMap::new();
    let mut place = (head.len() - bytes.left()) as u64;
    for key in keys {
        let key = order.text(*key).unwrap_or_default();
        let mut count = [0; 8];
        source.read_at(place, &mut count)?;
        let size = *sizes.get(key).ok_or_else(|| WeightsError::damaged("the description of a storage is missing"))?;
        let len = u64::from_le_bytes(count).checked_mul(size.into());
        let len = len.ok_or_else(|| WeightsError::damaged("a storage does not fit into memory"))?;
        let span = Span::within(place + 8, len, source)?;
        place = span.start + span.len;
        places.insert(key, span);
    }
    tensors(&pickle, value, source, |key| places.get(key).copied())
}

/// The tensors of a state dict, which may be in a checkpoint with other things.
fn tensors(
    pickle: &Pickle<'_>,
    mut value: Value,
    source: &dyn Source,
    place: impl Fn(&str) -> Option<Span>,
) -> Result<BTreeMap<String, Tensor>> {
    let nested = pickle.pairs(value).find(|(key, value)| NESTED.contains(key) && matches!(value, Value::Items(_)));
    if let Some((_, nested)) = nested {
        value = nested;
    }
    let mut tensors = BTreeMap::new();
    for (name, value) in pickle.pairs(value) {
        let Value::Tensor(view) = value else { continue };
        let view = &pickle.views[view as usize];
        let storage = &pickle.storages[view.storage as usize];
        let key = pickle.text(Value::Text(storage.key)).unwrap_or_default();
        let span = place(key).ok_or_else(|| WeightsError::damaged("a storage is missing"))?;
        let size = u64::from(storage.size);
        let count = shape::count(&view.shape)? as u64;
        let (start, len) = view.offset.checked_mul(size).zip(count.checked_mul(size)).unwrap_or((0, u64::MAX));
        // Within its storage, whose stated size must be the real one.
        if Some(span.len) != storage.count.checked_mul(size) || start.checked_add(len).is_none_or(|end| end > span.len)
        {
            return Err(WeightsError::damaged("the shape and the size of a tensor disagree"));
        }
        let span = Span::within(span.start + start, len, source)?;
        let tensor = Tensor::plain(view.shape.clone(), storage.kind, span)?;
        let tensor = match &view.permuted {
            Some(axes) => tensor.permuted(axes.clone()),
            None => tensor,
        };
        tensors.insert(name.to_owned(), tensor);
    }
    if tensors.is_empty() {
        return Err(WeightsError::unsupported("a file without a state dict"));
    }
    Ok(tensors)
}
