use std::borrow::Cow;
use std::collections::HashMap;

use super::globals::global;
use super::strides::{Order, order};
use super::value::{Function, Pickle, TorchStorage, Value, View};
use crate::bytes::Bytes;
use crate::error::{Result, WeightsError};

/// The memory that a pickle may use, in bytes; vectors that grow take at most twice as much. The
/// pickle of Xception's 277 tensors uses half a mebibyte.
const BUDGET: usize = 32 << 20;

/// The most storages.
const MAX_STORAGES: usize = 1 << 14;

/// The longest name of a storage, a module or a function in bytes.
const MAX_NAME: usize = 256;

/// The most axes of a tensor.
const MAX_RANK: usize = 32;

/// What one entry of the memo costs: a hash table is at least half empty after it has grown.
const MEMO: usize = 48;

/// Runs a pickle from the beginning of the bytes and takes it from them. Returns its value.
pub(crate) fn read<'a>(bytes: &mut Bytes<'a>) -> Result<(Pickle<'a>, Value)> {
    let mut machine = Machine::default();
    while !machine.step(bytes)? {}
    let value = machine.pop()?;
    Ok((machine.built, value))
}

#[derive(Default)]
struct Machine<'a> {
    built: Pickle<'a>,
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
    /// The bytes of memory used so far. What is freed is not refunded, so that it bounds time too.
    spent: usize,
}

fn empty() -> WeightsError {
    WeightsError::damaged("a pickle takes from an empty stack")
}

/// The index that the next element of a vector gets. The budget keeps it far below the limit.
fn next<T>(values: &[T]) -> Result<u32> {
    u32::try_from(values.len()).map_err(|_| too_large())
}

fn too_large() -> WeightsError {
    WeightsError::damaged("a pickle needs more than 32 MiB of memory, which no state dict does")
}

impl<'a> Machine<'a> {
    /// Counts memory before it is used.
    fn charge(&mut self, bytes: usize) -> Result<()> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > BUDGET { Err(too_large()) } else { Ok(()) }
    }

    fn push(&mut self, value: Value) -> Result<()> {
        self.charge(size_of::<Value>())?;
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value> {
        self.stack.pop().ok_or_else(empty)
    }

    /// The values above the last mark, which is removed with them.
    fn pop_mark(&mut self) -> Result<Vec<Value>> {
        let mark = self.stack.iter().rposition(|value| *value == Value::Mark).ok_or_else(empty)?;
        let values = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(values)
    }

    fn push_items(&mut self, items: Vec<Value>) -> Result<()> {
        self.charge(size_of::<Vec<Value>>() + size_of_val(items.as_slice()))?;
        let index = next(&self.built.items)?;
        self.built.items.push(items);
        self.push(Value::Items(index))
    }

    fn push_text(&mut self, bytes: &'a [u8]) -> Result<()> {
        let text = String::from_utf8_lossy(bytes);
        let owned = if let Cow::Owned(text) = &text { text.len() } else { 0 };
        self.charge(size_of::<Cow<'_, str>>() + owned)?;
        let index = next(&self.built.texts)?;
        self.built.texts.push(text);
        self.push(Value::Text(index))
    }

    /// Appends to the list or dict on top of the stack.
    fn extend(&mut self, values: &[Value]) -> Result<()> {
        self.charge(size_of_val(values))?;
        let Some(Value::Items(index)) = self.stack.last() else {
            return Err(WeightsError::damaged("a pickle appends to a value that is not a list"));
        };
        self.built.items[*index as usize].extend(values);
        Ok(())
    }

    fn memoize(&mut self, index: u32) -> Result<()> {
        self.charge(MEMO)?;
        let top = *self.stack.last().ok_or_else(empty)?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn recall(&mut self, index: u32) -> Result<()> {
        let value = self.memo.get(&index);
        let value = *value.ok_or_else(|| WeightsError::damaged("a pickle recalls a value that it did not store"))?;
        self.push(value)
    }

    /// Runs one instruction; true at the end of the program. The names are those of pickletools.
    fn step(&mut self, bytes: &mut Bytes<'a>) -> Result<bool> {
        match bytes.u8()? {
            // STOP
            b'.' => return Ok(true),
            // PROTO, FRAME
            0x80 => bytes.skip(1)?,
            0x95 => bytes.skip(8)?,
            // MARK, POP
            b'(' => self.push(Value::Mark)?,
            b'0' => {
                self.pop()?;
            }
            // NONE, NEWTRUE, NEWFALSE
            b'N' => self.push(Value::None)?,
            code @ (0x88 | 0x89) => self.push(Value::Int(i64::from(code == 0x88)))?,
            // BININT1, BININT2, BININT, LONG1
            b'K' => {
                let value = bytes.u8()?;
                self.push(Value::Int(value.into()))?;
            }
            b'M' => {
                let value = bytes.u16()?;
                self.push(Value::Int(value.into()))?;
            }
            b'J' => {
                let value = bytes.u32()?.cast_signed();
                self.push(Value::Int(value.into()))?;
            }
            0x8a => {
                let len = bytes.u8()?;
                self.push(long(bytes.take(len.into())?))?;
            }
            // BINFLOAT: such as a learning rate, never a weight.
            b'G' => {
                bytes.skip(8)?;
                self.push(Value::None)?;
            }
            // BINUNICODE, BINSTRING, BINBYTES
            b'X' | b'T' | b'B' => {
                let len = bytes.u32()? as usize;
                self.push_text(bytes.take(len)?)?;
            }
            // SHORT_BINUNICODE, SHORT_BINSTRING, SHORT_BINBYTES
            0x8c | b'U' | b'C' => {
                let len = bytes.u8()?;
                self.push_text(bytes.take(len.into())?)?;
            }
            // EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT; TUPLE, LIST, DICT; TUPLE1, TUPLE2, TUPLE3
            b')' | b']' | b'}' => self.push_items(Vec::new())?,
            b't' | b'l' | b'd' => {
                let items = self.pop_mark()?;
                self.push_items(items)?;
            }
            code @ 0x85..=0x87 => {
                let first = self.stack.len().checked_sub(usize::from(code - 0x84)).ok_or_else(empty)?;
                let items = self.stack.split_off(first);
                self.push_items(items)?;
            }
            // APPEND, SETITEM; APPENDS, SETITEMS
            b'a' => {
                let value = self.pop()?;
                self.extend(&[value])?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend(&[key, value])?;
            }
            b'e' | b'u' => {
                let values = self.pop_mark()?;
                self.extend(&values)?;
            }
            // BINPUT, LONG_BINPUT, MEMOIZE; BINGET, LONG_BINGET
            b'q' => self.memoize(bytes.u8()?.into())?,
            b'r' => self.memoize(bytes.u32()?)?,
            0x94 => self.memoize(u32::try_from(self.memo.len()).map_err(|_| too_large())?)?,
            b'h' => self.recall(bytes.u8()?.into())?,
            b'j' => self.recall(bytes.u32()?)?,
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (bytes.line(MAX_NAME)?, bytes.line(MAX_NAME)?);
                self.push(global(&String::from_utf8_lossy(module), &String::from_utf8_lossy(name))?)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let text = |value| self.built.text(value).filter(|text| text.len() <= MAX_NAME).unwrap_or("?");
                let function = global(text(module), text(name))?;
                self.push(function)?;
            }
            // REDUCE
            b'R' => self.call()?,
            // BUILD: the attributes of a dict, where PyTorch stores versions.
            b'b' => {
                self.pop()?;
            }
            // BINPERSID
            b'Q' => self.storage()?,
            code => return Err(WeightsError::Code(format!("pickle instruction {code:#04x}"))),
        }
        Ok(false)
    }

    /// A storage by its persistent id: ("storage", type, key, device, count), and None in older
    /// files.
    fn storage(&mut self) -> Result<()> {
        let wrong = || WeightsError::damaged("a pickle does not describe a storage");
        let id = self.pop()?;
        let (kind, size, key, count) = match *self.built.items(id).ok_or_else(wrong)? {
            [_, Value::StorageType(kind, size), Value::Text(key), _, Value::Int(count)]
            | [_, Value::StorageType(kind, size), Value::Text(key), _, Value::Int(count), Value::None] => {
                (kind, size, key, count)
            }
            _ => return Err(wrong()),
        };
        if self.built.texts[key as usize].len() > MAX_NAME || self.built.storages.len() == MAX_STORAGES {
            return Err(wrong());
        }
        let count = u64::try_from(count).map_err(|_| wrong())?;
        self.charge(size_of::<TorchStorage>())?;
        let index = next(&self.built.storages)?;
        self.built.storages.push(TorchStorage { key, kind, size, count });
        self.push(Value::Storage(index))
    }

    fn call(&mut self) -> Result<()> {
        let wrong = || WeightsError::damaged("a pickle does not describe a tensor");
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Value::Function(function) = function else { return Err(wrong()) };
        match (function, self.built.items(arguments).ok_or_else(wrong)?) {
            (Function::OrderedDict, []) => self.push_items(Vec::new()),
            // Python 2 gives a list of pairs.
            (Function::OrderedDict, &[list]) => {
                let len = self.built.items(list).ok_or_else(wrong)?.len();
                self.charge(2 * size_of::<Value>() * len)?;
                let mut pairs = Vec::with_capacity(2 * len);
                for pair in self.built.items(list).unwrap_or_default() {
                    match self.built.items(*pair) {
                        Some(pair @ [_, _]) => pairs.extend(pair),
                        _ => return Err(wrong()),
                    }
                }
                self.push_items(pairs)
            }
            (Function::RebuildParameter, &[tensor @ Value::Tensor(_), ..]) => self.push(tensor),
            (
                Function::RebuildTensor,
                &[Value::Storage(storage), Value::Int(offset), shape @ Value::Items(_), strides @ Value::Items(_), ..],
            ) => {
                let offset = u64::try_from(offset).map_err(|_| wrong())?;
                let (shape, strides) = self.numbers(shape).zip(self.numbers(strides)).ok_or_else(wrong)?;
                if shape.len() != strides.len() {
                    return Err(wrong());
                }
                let permuted = match order(&shape, &strides) {
                    Some(Order::Plain) => None,
                    Some(Order::Permuted(axes)) => Some(axes),
                    Some(Order::Scattered) => {
                        return Err(WeightsError::unsupported("a tensor that is a view with gaps or repetitions"));
                    }
                    None => return Err(WeightsError::damaged("a tensor does not fit into memory")),
                };
                self.charge(size_of::<View>() + 3 * size_of_val(shape.as_slice()))?;
                let index = next(&self.built.views)?;
                self.built.views.push(View { storage, offset, shape, permuted });
                self.push(Value::Tensor(index))
            }
            _ => Err(wrong()),
        }
    }

    /// The sizes or strides of a tensor.
    fn numbers(&self, value: Value) -> Option<Vec<usize>> {
        let numbers = self.built.items(value).filter(|numbers| numbers.len() <= MAX_RANK)?;
        let number = |value: &Value| if let Value::Int(n) = value { usize::try_from(*n).ok() } else { None };
        numbers.iter().map(number).collect()
    }
}

/// A whole number of any length. One that is longer than an `i64` is only used as a signature.
fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::None;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut number = [if negative { 0xff } else { 0 }; 8];
    number[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> WeightsError {
        read(&mut Bytes::new(bytes)).err().unwrap()
    }

    #[test]
    fn code_is_refused_by_name() {
        assert_eq!(
            refusal(b"cos\nsystem\n(X\x02\0\0\0lstR.").to_string(),
            "The weights cannot be read: the file asks Python for “os.system”, which is not a tensor, and nothing in it is run. Save a state dict: torch.save(model.state_dict(), …)."
        );
        // The same through the stack, and by instructions that make objects.
        for code in [&b"X\x02\0\0\0osX\x06\0\0\0system\x93."[..], b"(ios\nsystem\n.", b"(cos\nsystem\no.", b"\x81."] {
            assert!(matches!(refusal(code), WeightsError::Code(_)), "{code:?}");
        }
        let escaped = refusal(b"c\x1b[2J\nsystem\n.").to_string();
        assert!(escaped.contains("“\\u{1b}[2J.system”"), "{escaped}");
    }

    #[test]
    fn a_list_within_itself_ends() {
        let (pickle, value) = read(&mut Bytes::new(b"]q\0h\0a.")).unwrap();
        assert_eq!((value, &pickle.items[0][..]), (Value::Items(0), &[Value::Items(0)][..]));
    }

    #[test]
    fn memory_is_bounded() {
        // [(a, a), …], stored, and made a dict of again and again.
        let mut copies = b"]q\0".to_vec();
        copies.extend(b"NN\x86a".repeat(10_000));
        copies.extend(b"ccollections\nOrderedDict\nq\x010");
        copies.extend(b"h\x01h\0\x85R0".repeat(100_000));
        // Four mebibytes of empty tuples; of empty texts; and of entries of the memo.
        for bytes in
            [copies, b")".repeat(4 << 20), b"U\0".repeat(2 << 20), [&b"N"[..], &b"\x94".repeat(4 << 20)].concat()]
        {
            let error = refusal(&bytes).to_string();
            assert!(error.contains("a pickle needs more than 32 MiB of memory"), "{error}");
        }
    }

    #[test]
    fn a_value_is_small() {
        assert_eq!(size_of::<Value>(), 16);
    }

    #[test]
    fn whole_numbers_are_read() {
        assert_eq!(long(&[]), Value::Int(0));
        assert_eq!(long(&[0xff]), Value::Int(-1));
        assert_eq!(long(&[0xff, 0]), Value::Int(255));
        assert_eq!(long(&[1; 9]), Value::None);
    }
}
