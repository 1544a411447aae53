//! As much of Python's pickle as a state dict needs.
//!
//! A pickle is a program. This runs only what builds numbers, texts, lists, dicts and tensors' descriptions; the few
//! functions a state dict calls are known by name and done here, and any other is an error. Values live in an arena
//! and are named by their places, so that one which contains itself does no harm; each step makes at most one, so
//! that reading ends with the bytes.

use std::collections::HashMap;

use crate::bytes::Bytes;
use crate::tensor::{Axes, Kind};
use crate::{Result, WeightsError};

/// A value, or where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    None,
    Int(i64),
    /// A text's place.
    Text(usize),
    /// A tuple's, list's or dict's place; a dict alternates keys and values.
    Items(usize),
    Function(Function),
    /// What numbers a storage holds, without which storage.
    Type(Kind, usize),
    /// A storage's place.
    Storage(usize),
    /// A tensor's place.
    Tensor(usize),
    Mark,
}

/// What a state dict calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
}

/// Numbers kept apart from the pickle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) key: String,
    pub(crate) kind: Kind,
    /// Bytes of one number, also of kinds that are no weights.
    pub(crate) size: usize,
    /// How many numbers.
    pub(crate) count: u64,
}

/// A tensor: a part of a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The storage's place.
    pub(crate) storage: usize,
    /// Numbers before the first.
    pub(crate) offset: u64,
    pub(crate) shape: Vec<usize>,
    /// Its axes as they lie in the storage, where that is not in their order.
    pub(crate) moved: Option<Axes>,
}

/// A pickle's result, and all it points to.
pub(crate) struct Pickle {
    pub(crate) value: Value,
    pub(crate) texts: Vec<String>,
    pub(crate) items: Vec<Vec<Value>>,
    pub(crate) storages: Vec<Storage>,
    pub(crate) views: Vec<View>,
}

impl Pickle {
    /// Runs a pickle from the beginning of the bytes, and takes it from them.
    pub(crate) fn read(bytes: &mut Bytes<'_>) -> Result<Self> {
        let mut machine = Machine::default();
        while !machine.step(bytes)? {}
        let value = machine.pop()?;
        let Machine { texts, items, storages, views, .. } = machine;
        Ok(Self { value, texts, items, storages, views })
    }

    pub(crate) fn text(&self, value: Value) -> Option<&str> {
        if let Value::Text(place) = value { self.texts.get(place).map(String::as_str) } else { None }
    }

    /// The pairs of a dict, of which a list is one without sense.
    pub(crate) fn pairs(&self, value: Value) -> Vec<(&str, Value)> {
        let Value::Items(place) = value else { return Vec::new() };
        let pairs = self.items[place].as_chunks::<2>().0.iter();
        pairs.filter_map(|[key, value]| Some((self.text(*key)?, *value))).collect()
    }
}

/// Values in lists, tuples and dicts together. A list can be copied in few bytes, and so must not be often.
const MOST: usize = 1 << 20;

/// A state dict has no more tensors than this.
const STORAGES: usize = 1 << 14;

/// Names of storages are no longer than this.
const LONGEST: usize = 256;

#[derive(Default)]
struct Machine {
    /// Values in `items`.
    count: usize,
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
    texts: Vec<String>,
    items: Vec<Vec<Value>>,
    storages: Vec<Storage>,
    views: Vec<View>,
}

impl Machine {
    fn pop(&mut self) -> Result<Value> {
        self.stack.pop().ok_or_else(|| WeightsError::damaged("a pickle takes what is not there"))
    }

    /// What lies above the last mark.
    fn pop_mark(&mut self) -> Result<Vec<Value>> {
        let mark = self.stack.iter().rposition(|value| *value == Value::Mark);
        let values = mark.map(|mark| self.stack.split_off(mark + 1));
        self.pop()?;
        values.ok_or_else(|| WeightsError::damaged("a pickle takes what is not there"))
    }

    fn count(&mut self, more: usize) -> Result<()> {
        self.count += more;
        if self.count > MOST {
            Err(WeightsError::damaged("a pickle has more values than a state dict"))
        } else {
            Ok(())
        }
    }

    fn push_items(&mut self, items: Vec<Value>) -> Result<()> {
        self.count(items.len())?;
        self.stack.push(Value::Items(self.items.len()));
        self.items.push(items);
        Ok(())
    }

    fn push_text(&mut self, bytes: &[u8]) {
        self.stack.push(Value::Text(self.texts.len()));
        self.texts.push(String::from_utf8_lossy(bytes).into_owned());
    }

    /// Adds to the list or dict on top.
    fn extend(&mut self, values: Vec<Value>) -> Result<()> {
        let Some(Value::Items(place)) = self.stack.last() else {
            return Err(WeightsError::damaged("a pickle adds to what is no list"));
        };
        self.items[*place].extend(&values);
        self.count(values.len())
    }

    fn memoize(&mut self, index: u32) -> Result<()> {
        let top = *self.stack.last().ok_or_else(|| WeightsError::damaged("a pickle keeps what is not there"))?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn recall(&mut self, index: u32) -> Result<()> {
        let value = self.memo.get(&index).ok_or_else(|| WeightsError::damaged("a pickle recalls what was not kept"))?;
        self.stack.push(*value);
        Ok(())
    }

    /// One step; true at the end.
    fn step(&mut self, bytes: &mut Bytes<'_>) -> Result<bool> {
        match bytes.u8()? {
            b'.' => return Ok(true),
            0x80 => bytes.skip(1)?,
            0x95 => bytes.skip(8)?,
            b'(' => self.stack.push(Value::Mark),
            b'0' => {
                self.pop()?;
            }
            b'N' => self.stack.push(Value::None),
            code @ (0x88 | 0x89) => self.stack.push(Value::Int(i64::from(code == 0x88))),
            b'K' => {
                let value = bytes.u8()?;
                self.stack.push(Value::Int(value.into()));
            }
            b'M' => {
                let value = bytes.u16()?;
                self.stack.push(Value::Int(value.into()));
            }
            b'J' => {
                let value = bytes.u32()?.cast_signed();
                self.stack.push(Value::Int(value.into()));
            }
            0x8a => {
                let len = bytes.u8()?;
                let value = bytes.take(len.into())?;
                self.stack.push(long(value));
            }
            b'G' => {
                // A number with a fraction, such as a learning rate: not a weight.
                bytes.skip(8)?;
                self.stack.push(Value::None);
            }
            b'X' | b'T' | b'B' => {
                let len = bytes.u32()? as usize;
                self.push_text(bytes.take(len)?);
            }
            0x8c | b'U' | b'C' => {
                let len = bytes.u8()?;
                self.push_text(bytes.take(len.into())?);
            }
            b')' | b']' | b'}' => self.push_items(Vec::new())?,
            b't' | b'l' | b'd' => {
                let items = self.pop_mark()?;
                self.push_items(items)?;
            }
            code @ 0x85..=0x87 => {
                let first = self.stack.len().checked_sub(usize::from(code - 0x84));
                let first = first.ok_or_else(|| WeightsError::damaged("a pickle takes what is not there"))?;
                let items = self.stack.split_off(first);
                self.push_items(items)?;
            }
            b'a' => {
                let value = self.pop()?;
                self.extend(vec![value])?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend(vec![key, value])?;
            }
            b'e' | b'u' => {
                let values = self.pop_mark()?;
                self.extend(values)?;
            }
            b'q' => self.memoize(bytes.u8()?.into())?,
            b'r' => self.memoize(bytes.u32()?)?,
            0x94 => self.memoize(u32::try_from(self.memo.len()).unwrap_or(u32::MAX))?,
            b'h' => self.recall(bytes.u8()?.into())?,
            b'j' => self.recall(bytes.u32()?)?,
            b'c' => {
                let (module, name) = (line(bytes)?, line(bytes)?);
                self.stack.push(global(&format!("{module}.{name}"))?);
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let text = |value| if let Value::Text(place) = value { self.texts[place].as_str() } else { "?" };
                let function = global(&format!("{}.{}", text(module), text(name)))?;
                self.stack.push(function);
            }
            b'R' => self.call()?,
            // A dict's attributes, where PyTorch keeps versions.
            b'b' => {
                self.pop()?;
            }
            b'Q' => self.storage()?,
            code => return Err(WeightsError::Code(format!("pickle instruction {code:#04x}"))),
        }
        Ok(false)
    }

    /// A storage by its persistent id: ("storage", type, key, device, count), and None in older files.
    fn storage(&mut self) -> Result<()> {
        let wrong = || WeightsError::damaged("a pickle's storage is not described");
        let Value::Items(place) = self.pop()? else { return Err(wrong()) };
        let (kind, size, key, count) = match self.items[place][..] {
            [_, Value::Type(kind, size), Value::Text(key), _, Value::Int(count)]
            | [_, Value::Type(kind, size), Value::Text(key), _, Value::Int(count), Value::None] => {
                (kind, size, key, count)
            }
            _ => return Err(wrong()),
        };
        if self.texts[key].len() > LONGEST || self.storages.len() == STORAGES {
            return Err(wrong());
        }
        let (key, count) = (self.texts[key].clone(), u64::try_from(count).map_err(|_| wrong())?);
        self.stack.push(Value::Storage(self.storages.len()));
        self.storages.push(Storage { key, kind, size, count });
        Ok(())
    }

    fn call(&mut self) -> Result<()> {
        let wrong = || WeightsError::damaged("a pickle's tensor is not described");
        let Value::Items(arguments) = self.pop()? else { return Err(wrong()) };
        let Value::Function(function) = self.pop()? else { return Err(wrong()) };
        match (function, &self.items[arguments][..]) {
            (Function::OrderedDict, []) => self.push_items(Vec::new())?,
            // Python 2 gives a list of pairs.
            (Function::OrderedDict, [Value::Items(list)]) => {
                let mut pairs = Vec::new();
                if self.items[*list].len() > MOST - self.count {
                    return Err(WeightsError::damaged("a pickle has more values than a state dict"));
                }
                for pair in &self.items[*list] {
                    match pair {
                        Value::Items(pair) if self.items[*pair].len() == 2 => pairs.extend(&self.items[*pair]),
                        _ => return Err(wrong()),
                    }
                }
                self.push_items(pairs)?;
            }
            (Function::RebuildParameter, [tensor @ Value::Tensor(_), ..]) => {
                let tensor = *tensor;
                self.stack.push(tensor);
            }
            (
                Function::RebuildTensor,
                [Value::Storage(storage), Value::Int(offset), Value::Items(shape), Value::Items(stride), ..],
            ) => {
                if self.items[*shape].len() > 32 || self.items[*shape].len() != self.items[*stride].len() {
                    return Err(wrong());
                }
                let numbers = |place: usize| -> Option<Vec<usize>> {
                    let number =
                        |value: &Value| if let Value::Int(n) = value { usize::try_from(*n).ok() } else { None };
                    self.items[place].iter().map(number).collect()
                };
                let (shape, stride) = numbers(*shape).zip(numbers(*stride)).ok_or_else(wrong)?;
                let moved = order(&shape, &stride).ok_or_else(|| WeightsError::unsupported("a strided tensor"))?;
                let offset = u64::try_from(*offset).map_err(|_| wrong())?;
                let view = View { storage: *storage, offset, shape, moved };
                self.stack.push(Value::Tensor(self.views.len()));
                self.views.push(view);
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

/// The axes in the order in which they lie, if it is another one than theirs; `None` if the values do not lie one after
/// the other. Axes of length 1 do not matter.
fn order(shape: &[usize], stride: &[usize]) -> Option<Option<Axes>> {
    // How far apart neighbours along each axis are if the values lie in the order of the axes.
    let mut usual = Vec::new();
    let mut next = 1usize;
    for n in shape.iter().rev() {
        usual.push(next);
        next = next.checked_mul(*n)?;
    }
    let axes = shape.iter().zip(stride).zip(usual.into_iter().rev()).filter(|((n, _), _)| **n > 1);
    let mut axes: Vec<_> = axes.map(|((n, stride), usual)| (*stride, *n, usual)).collect();
    if axes.iter().all(|(stride, _, usual)| stride == usual) {
        return Some(None);
    }
    axes.sort_unstable_by(|a, b| b.cmp(a));
    let mut next = 1usize;
    for (stride, n, _) in axes.iter().rev() {
        if *stride != next {
            return None;
        }
        next = next.checked_mul(*n)?;
    }
    Some(Some(axes.into_iter().map(|(_, n, usual)| (n, usual)).collect()))
}

/// A text up to the end of the line.
fn line(bytes: &mut Bytes<'_>) -> Result<String> {
    let mut text = Vec::new();
    loop {
        match bytes.u8()? {
            b'\n' => return Ok(String::from_utf8_lossy(&text).into_owned()),
            _ if text.len() == 256 => return Err(WeightsError::damaged("a name is too long")),
            byte => text.push(byte),
        }
    }
}

/// A whole number of any length; those that are longer than ours matter only as magic.
fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::None;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut number = [if negative { 0xff } else { 0 }; 8];
    number[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(number))
}

/// What a name stands for, if a state dict needs it.
fn global(name: &str) -> Result<Value> {
    Ok(match name {
        "collections.OrderedDict" => Value::Function(Function::OrderedDict),
        "torch._utils._rebuild_tensor_v2" | "torch._utils._rebuild_tensor" => Value::Function(Function::RebuildTensor),
        "torch._utils._rebuild_parameter" => Value::Function(Function::RebuildParameter),
        "torch.FloatStorage" => Value::Type(Kind::F32, 4),
        "torch.HalfStorage" => Value::Type(Kind::F16, 2),
        "torch.BFloat16Storage" => Value::Type(Kind::Bf16, 2),
        "torch.DoubleStorage" => Value::Type(Kind::F64, 8),
        "torch.LongStorage" => Value::Type(Kind::Other, 8),
        "torch.IntStorage" => Value::Type(Kind::Other, 4),
        "torch.ShortStorage" => Value::Type(Kind::Other, 2),
        "torch.ByteStorage" | "torch.CharStorage" | "torch.BoolStorage" => Value::Type(Kind::Other, 1),
        _ => return Err(WeightsError::Code(name.chars().take(100).collect())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_refused_by_name() {
        let error = Pickle::read(&mut Bytes::new(b"cos\nsystem\n(X\x02\0\0\0lstR.")).err().unwrap();
        assert_eq!(
            error.to_string(),
            "The weights cannot be read: the file asks Python for “os.system”, which is not a tensor, and nothing in it is run. Save a state dict: torch.save(model.state_dict(), …)."
        );
        // The same by way of the stack, and by instructions that make objects.
        for code in [&b"X\x02\0\0\0osX\x06\0\0\0system\x93."[..], b"(ios\nsystem\n.", b"(cos\nsystem\no.", b"\x81."] {
            assert!(matches!(Pickle::read(&mut Bytes::new(code)), Err(WeightsError::Code(_))), "{code:?}");
        }
    }

    #[test]
    fn a_list_within_itself_ends() {
        let pickle = Pickle::read(&mut Bytes::new(b"]q\0h\0a.")).unwrap();
        assert_eq!((pickle.value, &pickle.items[0][..]), (Value::Items(0), &[Value::Items(0)][..]));
    }

    #[test]
    fn a_list_that_is_copied_a_million_times_is_refused() {
        // [(a, a), …], kept, and made a dict of again and again.
        let mut bytes = b"]q\0".to_vec();
        bytes.extend(b"NN\x86a".repeat(10_000));
        bytes.extend(b"ccollections\nOrderedDict\nq\x010");
        bytes.extend(b"h\x01h\0\x85R0".repeat(100_000));
        assert!(matches!(Pickle::read(&mut Bytes::new(&bytes)), Err(WeightsError::Damaged(_))));
    }

    #[test]
    fn whole_numbers_are_read() {
        assert_eq!(long(&[]), Value::Int(0));
        assert_eq!(long(&[0xff]), Value::Int(-1));
        assert_eq!(long(&[0xff, 0]), Value::Int(255));
        assert_eq!(long(&[1; 9]), Value::None);
    }
}
