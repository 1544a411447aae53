use std::borrow::Cow;

use crate::axes::Axes;
use crate::kind::Kind;

/// A value, or where it is in the [`Pickle`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    /// `None`, and anything that a state dict needs no more of, such as a learning rate.
    None,
    Int(i64),
    /// The index of a text.
    Text(u32),
    /// The index of a tuple, list or dict. A dict alternates keys and values.
    Items(u32),
    Function(Function),
    /// The values of a storage, and the bytes of one of them.
    StorageType(Kind, u8),
    /// The index of a storage.
    Storage(u32),
    /// The index of a tensor.
    Tensor(u32),
    Mark,
}

/// A function that a state dict calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
}

/// PyTorch's storage: the values of one tensor or more, outside the pickle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TorchStorage {
    /// The index of the text that names it.
    pub(crate) key: u32,
    pub(crate) kind: Kind,
    /// Bytes of one value, also of kinds that are never read.
    pub(crate) size: u8,
    /// The number of values.
    pub(crate) count: u64,
}

/// A tensor: a view of a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The index of the storage.
    pub(crate) storage: u32,
    /// The number of values before the first.
    pub(crate) offset: u64,
    pub(crate) shape: Vec<usize>,
    /// The axes as they lie in the storage, where that is not their own order.
    pub(crate) permuted: Option<Axes>,
}

/// The result of a pickle, and everything it refers to.
#[derive(Default)]
pub(crate) struct Pickle<'a> {
    pub(crate) texts: Vec<Cow<'a, str>>,
    pub(crate) items: Vec<Vec<Value>>,
    pub(crate) storages: Vec<TorchStorage>,
    pub(crate) views: Vec<View>,
}

impl Pickle<'_> {
    pub(crate) fn text(&self, value: Value) -> Option<&str> {
        if let Value::Text(index) = value { self.texts.get(index as usize).map(|text| &**text) } else { None }
    }

    pub(crate) fn items(&self, value: Value) -> Option<&[Value]> {
        if let Value::Items(index) = value { self.items.get(index as usize).map(Vec::as_slice) } else { None }
    }

    /// The pairs of a dict whose keys are texts.
    pub(crate) fn pairs(&self, value: Value) -> impl Iterator<Item = (&str, Value)> {
        let pairs = self.items(value).unwrap_or_default().as_chunks::<2>().0.iter();
        pairs.filter_map(|[key, value]| Some((self.text(*key)?, *value)))
    }
}
