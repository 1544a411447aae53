//! NumPy arrays: one `.npy` file in, values in single precision out.
//!
//! The format is that of `numpy.lib.format`, versions 1 to 3. The header is a Python literal; the
//! parser takes the dict that NumPy writes for a plain array of numbers, and nothing else. The
//! limits of its length and of the array's size are checked before anything is allocated.

use half::f16;

use crate::axes::{Axes, scatter};
use crate::error::{Result, WeightsError};
use crate::quoted::quoted;
use crate::shape::{self, product};
use crate::source::{Source, Span};

/// The longest header in bytes. NumPy's own for four axes has 118.
const MAX_HEADER: u64 = 1024;

/// The most axes, which is NumPy's own limit.
const MAX_RANK: usize = 64;

/// Bytes that are read at a time. A multiple of every [`NpyKind::size`], so that no value is cut.
const BLOCK: usize = 1 << 20;

/// The signature of a file.
const MAGIC: &[u8] = b"\x93NUMPY";

/// The number format of an array's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NpyKind {
    /// float16
    F16,
    /// float32
    F32,
    /// float64
    F64,
    /// uint8
    U8,
    /// int16
    I16,
    /// int32
    I32,
}

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// Its shape; a single number has no axes.
    pub shape: Vec<usize>,
    /// Its values in C order, all finite. Large int32 and float64 values are rounded.
    pub values: Vec<f32>,
    /// The number format in the file.
    pub kind: NpyKind,
}

/// Reads an array of at most `most` values, which take four bytes each whatever their format in the
/// file. Both byte orders and both orders of axes (C and Fortran) are read.
///
/// # Errors
/// [`WeightsError::Npy`] for a file that is no `.npy`, is not as long as it says, has more
/// values than `most`, or holds other values than numbers, NaN, infinities, or float64 values
/// beyond single precision; [`WeightsError::Io`] if the source fails.
pub fn read(source: &dyn Source, most: usize) -> Result<NpyArray> {
    let (header, span) = split(source)?;
    let Header { kind, big, fortran, shape } = Header::parse(&header)?;
    let count = product(shape.iter().copied()).filter(|count| *count <= most);
    let bytes = count.and_then(|count| count.checked_mul(kind.size())).ok_or_else(|| {
        WeightsError::Npy(format!("an array of the shape {shape:?} has more than {most} values. Choose a smaller one"))
    })?;
    if bytes as u64 != span.len {
        return Err(WeightsError::Npy(format!(
            "expected {bytes} bytes of values, but there are {}. Save or copy the file again",
            span.len
        )));
    }
    let mut values = shape::zeros(bytes / kind.size())?;
    let axes = if fortran { reversed(&shape) } else { Vec::new() };
    let (mut run, mut strange) = (Vec::new(), 0);
    span.blocks(source, BLOCK, &mut |done, block| {
        kind.decode(big, block, &mut run);
        strange += run.iter().filter(|value| !value.is_finite()).count();
        let start = done / kind.size();
        if fortran {
            scatter(&axes, start, &run, &mut values);
        } else if let Some(place) = values.get_mut(start..start + run.len()) {
            place.copy_from_slice(&run);
        }
    })?;
    if strange > 0 {
        return Err(WeightsError::Npy(format!(
            "{strange} of its {} values are NaN, infinite, or beyond single precision. Look at how the array was made",
            values.len()
        )));
    }
    Ok(NpyArray { shape, values, kind })
}

/// The axes as Fortran stores them, the last first. The shape's product is known to be small.
fn reversed(shape: &[usize]) -> Axes {
    let mut stride = 1;
    let mut axes = Vec::new();
    for n in shape.iter().rev() {
        axes.push((*n, stride));
        stride *= n;
    }
    // A single number has no axes.
    if axes.is_empty() { vec![(1, 1)] } else { axes }
}

/// The text of the header, and where the values are.
fn split(source: &dyn Source) -> Result<(String, Span)> {
    let mut start = [0; 12];
    let known = start.len().min(usize::try_from(source.len()).unwrap_or(usize::MAX));
    source.read_at(0, &mut start[..known])?;
    let (length, place) = match &start[..known] {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, 0, a, b, ..] => (u64::from(u16::from_le_bytes([*a, *b])), 10),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, 0, a, b, c, d] => {
            (u64::from(u32::from_le_bytes([*a, *b, *c, *d])), 12)
        }
        other if other.starts_with(MAGIC) => {
            return Err(npy(
                "expected version 1, 2 or 3 of the format, but it is another, or the file ends. Save it again",
            ));
        }
        [b'P', b'K', 3, 4, ..] => {
            return Err(npy("expected one array (.npy), but it is an archive (.npz). Save one array with numpy.save"));
        }
        _ => {
            return Err(npy(
                "expected a NumPy file (.npy), but it does not begin as one. Save the array with numpy.save",
            ));
        }
    };
    let left = source.len().saturating_sub(place);
    if length > MAX_HEADER.min(left) {
        return Err(WeightsError::Npy(format!(
            "its header claims {length} bytes, where {MAX_HEADER} are the most that is read and {left} are there. \
             Save the array with numpy.save"
        )));
    }
    let header = Span { start: place, len: length }.read(source)?;
    let header =
        String::from_utf8(header).map_err(|_| npy("its header is not text. Save the array with numpy.save"))?;
    Ok((header, Span { start: place + length, len: left - length }))
}

fn npy(what: &str) -> WeightsError {
    WeightsError::Npy(what.to_owned())
}

impl NpyKind {
    /// The format and whether it is big-endian, by NumPy's name for it, such as `<f4`.
    fn named(name: &str) -> Option<(Self, bool)> {
        let (order, kind) = name.split_at_checked(1)?;
        let kind = match kind {
            "f2" => Self::F16,
            "f4" => Self::F32,
            "f8" => Self::F64,
            "u1" => Self::U8,
            "i2" => Self::I16,
            "i4" => Self::I32,
            _ => return None,
        };
        match order {
            "<" => Some((kind, false)),
            ">" => Some((kind, true)),
            // Without a byte order, as only single bytes are.
            "|" if kind == Self::U8 => Some((kind, false)),
            _ => None,
        }
    }

    /// Bytes of one value.
    const fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::F16 | Self::I16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 => 8,
        }
    }

    /// Replaces `values` by those in the bytes.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "rounded to single precision")]
    fn decode(self, big: bool, bytes: &[u8], values: &mut Vec<f32>) {
        fn each<const N: usize>(big: bool, bytes: &[u8], values: &mut Vec<f32>, decode: impl Fn([u8; N]) -> f32) {
            values.extend(bytes.as_chunks().0.iter().map(|bytes| {
                let mut bytes = *bytes;
                if big {
                    bytes.reverse();
                }
                decode(bytes)
            }));
        }
        values.clear();
        match self {
            Self::F16 => each(big, bytes, values, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Self::F32 => each(big, bytes, values, f32::from_le_bytes),
            Self::F64 => each(big, bytes, values, |bytes| f64::from_le_bytes(bytes) as f32),
            Self::U8 => each(big, bytes, values, |[byte]| f32::from(byte)),
            Self::I16 => each(big, bytes, values, |bytes| f32::from(i16::from_le_bytes(bytes))),
            Self::I32 => each(big, bytes, values, |bytes| i32::from_le_bytes(bytes) as f32),
        }
    }
}

/// What a header says.
struct Header {
    kind: NpyKind,
    big: bool,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Parses a dict of exactly `descr`, `fortran_order` and `shape`, in any order.
    fn parse(text: &str) -> Result<Self> {
        let other = || {
            let header = quoted(text.trim_ascii());
            WeightsError::Npy(format!(
                "expected a plain array of numbers, but its header describes something else: {header}. Save one array \
                 of numbers with numpy.save"
            ))
        };
        let mut words = Words(text);
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        words.take("{").ok_or_else(other)?;
        while words.take("}").is_none() {
            let key = words.string().ok_or_else(other)?;
            words.take(":").ok_or_else(other)?;
            match key {
                "descr" if descr.is_none() => descr = Some(words.string().ok_or_else(other)?),
                "fortran_order" if fortran.is_none() => fortran = Some(words.boolean().ok_or_else(other)?),
                "shape" if shape.is_none() => shape = Some(words.tuple().ok_or_else(other)?),
                _ => return Err(other()),
            }
            if words.take(",").is_none() {
                words.take("}").ok_or_else(other)?;
                break;
            }
        }
        if !words.0.trim_ascii().is_empty() {
            return Err(other());
        }
        let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else { return Err(other()) };
        let (kind, big) = NpyKind::named(descr).ok_or_else(|| {
            WeightsError::Npy(format!(
                "expected values of float16, float32, float64, uint8, int16 or int32, but they are {}. Convert the \
                 array: array.astype('float32')",
                quoted(descr)
            ))
        })?;
        Ok(Self { kind, big, fortran, shape })
    }
}

/// The rest of a header.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    /// Takes a mark, after any spaces.
    fn take(&mut self, mark: &str) -> Option<()> {
        self.0 = self.0.trim_ascii_start().strip_prefix(mark)?;
        Some(())
    }

    /// Takes a text in quotation marks of either kind, without escapes.
    fn string(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_ascii_start();
        let mark = rest.chars().next().filter(|mark| matches!(mark, '\'' | '"'))?;
        let (text, rest) = rest[1..].split_once(mark)?;
        self.0 = rest;
        (!text.contains('\\')).then_some(text)
    }

    fn boolean(&mut self) -> Option<bool> {
        let value = self.take("True").is_some();
        if !value {
            self.take("False")?;
        }
        Some(value)
    }

    /// Takes a tuple of sizes. Python 2 ends each in `L`.
    fn tuple(&mut self) -> Option<Vec<usize>> {
        self.take("(")?;
        let mut sizes = Vec::new();
        while self.take(")").is_none() {
            let rest = self.0.trim_ascii_start();
            let end = rest.find(|character: char| !character.is_ascii_digit())?;
            if sizes.len() == MAX_RANK {
                return None;
            }
            sizes.push(rest[..end].parse().ok()?);
            self.0 = rest[end..].strip_prefix('L').unwrap_or(&rest[end..]);
            if self.take(",").is_none() {
                // In Python, one number in brackets is no tuple without its comma.
                return (sizes.len() > 1 && self.take(")").is_some()).then_some(sizes);
            }
        }
        Some(sizes)
    }
}

#[cfg(test)]
mod tests;
