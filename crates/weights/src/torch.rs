//! What `torch.save` wrote: a zip archive since 2020, and one stream before, in which torchvision's VGG-16
//! (`vgg16-397923af.pth`) still comes.

use std::collections::{BTreeMap, HashMap};

use crate::bytes::Bytes;
use crate::pickle::{Pickle, Value};
use crate::source::{Source, Span};
use crate::tensor::Tensor;
use crate::{Result, WeightsError};

/// A pickle is no longer than this: VGG-16's has three kibibytes.
const LONGEST: u64 = 4 << 20;

/// A stream begins with the pickle of a number: protocol 2, ten bytes.
pub(crate) const STREAM: [u8; 14] = *b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// Where a state dict may be within what was saved.
const NESTED: [&str; 5] = ["state_dict", "model", "model_state_dict", "net", "params"];

/// The tensors of an archive whose entries these are.
pub(crate) fn open_archive(source: &dyn Source, entries: &BTreeMap<String, Span>) -> Result<BTreeMap<String, Tensor>> {
    let pickle = entries.iter().find_map(|(name, span)| Some((name.strip_suffix("data.pkl")?, span)));
    let (folder, span) = pickle.ok_or(WeightsError::Unknown)?;
    if let Some(order) = entries.get(&format!("{folder}byteorder"))
        && (order.len > 16 || order.read(source)?.trim_ascii() != b"little")
    {
        return Err(WeightsError::unsupported("a file with big-endian values"));
    }
    if span.len > LONGEST {
        return Err(WeightsError::damaged("the pickle is longer than a state dict's can be"));
    }
    let bytes = span.read(source)?;
    let pickle = Pickle::read(&mut Bytes::new(&bytes))?;
    tensors(&pickle, source, |key| entries.get(&format!("{folder}data/{key}")).copied())
}

/// The tensors of a stream: three pickles about the machine, that of the weights, one of the storages' names, and
/// the storages.
pub(crate) fn open_stream(source: &dyn Source) -> Result<BTreeMap<String, Tensor>> {
    let head = Span { start: 0, len: LONGEST.min(source.len()) }.read(source)?;
    let mut bytes = Bytes::new(&head);
    bytes.skip(STREAM.len() + 1)?;
    Pickle::read(&mut bytes)?;
    let system = Pickle::read(&mut bytes)?;
    if system.pairs(system.value).iter().any(|(key, value)| *key == "little_endian" && *value != Value::Int(1)) {
        return Err(WeightsError::unsupported("a file with big-endian values"));
    }
    let pickle = Pickle::read(&mut bytes)?;
    let order = Pickle::read(&mut bytes)?;
    let Value::Items(keys) = order.value else { return Err(WeightsError::damaged("the storages are not named")) };
    if order.items[keys].len() > pickle.storages.len() {
        return Err(WeightsError::damaged("there are more storages than tensors"));
    }
    let sizes: HashMap<&str, usize> = pickle.storages.iter().map(|storage| (&*storage.key, storage.size)).collect();
    let mut places = HashMap::new();
    let mut place = (head.len() - bytes.left()) as u64;
    for key in &order.items[keys] {
        let key = order.text(*key).unwrap_or_default();
        let mut count = [0; 8];
        source.read_at(place, &mut count)?;
        let size = *sizes.get(key).ok_or_else(|| WeightsError::damaged("a storage is not described"))? as u64;
        let len = u64::from_le_bytes(count).checked_mul(size);
        let len = len.ok_or_else(|| WeightsError::damaged("a storage is larger than memory"))?;
        let span = Span::within(place + 8, len, source)?;
        place = span.start + span.len;
        places.insert(key, span);
    }
    tensors(&pickle, source, |key| places.get(key).copied())
}

/// The tensors of a state dict, which may be within a dict of other things.
fn tensors(
    pickle: &Pickle,
    source: &dyn Source,
    place: impl Fn(&str) -> Option<Span>,
) -> Result<BTreeMap<String, Tensor>> {
    let mut pairs = pickle.pairs(pickle.value);
    let nested = pairs.iter().find(|(key, value)| NESTED.contains(key) && matches!(value, Value::Items(_)));
    if let Some((_, value)) = nested {
        pairs = pickle.pairs(*value);
    }
    let mut tensors = BTreeMap::new();
    for (name, value) in pairs {
        let Value::Tensor(view) = value else { continue };
        let view = &pickle.views[view];
        let storage = &pickle.storages[view.storage];
        let span = place(&storage.key).ok_or_else(|| WeightsError::damaged("a storage is missing"))?;
        let size = storage.size as u64;
        let count = Tensor::count(&view.shape)? as u64;
        let (start, len) = view.offset.checked_mul(size).zip(count.checked_mul(size)).unwrap_or((0, u64::MAX));
        // Within its storage, whose declared size must be the real one.
        if Some(span.len) != storage.count.checked_mul(size) || start.checked_add(len).is_none_or(|end| end > span.len)
        {
            return Err(WeightsError::damaged("a tensor's shape and size disagree"));
        }
        let span = Span::within(span.start + start, len, source)?;
        let tensor = Tensor::plain(view.shape.clone(), storage.kind, span)?;
        tensors.insert(
            name.to_owned(),
            match &view.moved {
                Some(axes) => tensor.moved(axes.clone()),
                None => tensor,
            },
        );
    }
    if tensors.is_empty() {
        return Err(WeightsError::unsupported("a file without a state dict"));
    }
    Ok(tensors)
}
