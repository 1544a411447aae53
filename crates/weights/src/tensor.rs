use half::{bf16, f16};

use crate::hdf5::Chunks;
use crate::source::{Source, Span};
use crate::{Result, WeightsError};

/// The numbers a tensor is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of a single.
    Bf16,
    /// IEEE double precision.
    F64,
    /// Anything else: counters and indices, which are not weights.
    Other,
}

impl Kind {
    /// Bytes a value takes; 0 for what is never read.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Other => 0,
        }
    }

    /// The values in single precision. Bytes that make no whole value are left out.
    pub(crate) fn decode(self, bytes: &[u8], values: &mut Vec<f32>) {
        values.clear();
        match self {
            Self::F32 => values.extend(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))),
            Self::F16 => values.extend(bytes.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32())),
            Self::Bf16 => values.extend(bytes.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32())),
            #[expect(clippy::cast_possible_truncation, reason = "weights are computed with in single precision")]
            Self::F64 => values.extend(bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32)),
            Self::Other => {}
        }
    }
}

/// A tensor's axes as they lie in a file, each with its length and how far apart neighbours along it are where they belong.
pub(crate) type Axes = Vec<(usize, usize)>;

/// Where a tensor's bytes are.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// One after the other.
    Plain(Span),
    /// One after the other with the axes in another order, as PyTorch keeps kernels whose channels are last.
    Moved(Span, Axes),
    /// In pieces that may be compressed.
    Chunks(Chunks),
    /// Nowhere: HDF5 does not store what was never written.
    Nowhere,
}

/// A tensor that has been found in a file, but not read.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Its shape, in the file's order of axes.
    pub shape: Vec<usize>,
    /// What it holds.
    pub kind: Kind,
    pub(crate) place: Place,
}

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 20;

impl Tensor {
    /// How many values the shape has, if it is a number at all.
    pub(crate) fn count(shape: &[usize]) -> Result<usize> {
        shape
            .iter()
            .try_fold(1usize, |count, n| count.checked_mul(*n))
            .ok_or_else(|| WeightsError::damaged("a tensor is larger than memory"))
    }

    /// A tensor whose bytes lie one after the other; they must be within the source, and as many as the shape needs.
    pub(crate) fn plain(shape: Vec<usize>, kind: Kind, span: Span) -> Result<Self> {
        let bytes = Self::count(&shape)?.checked_mul(kind.size());
        if kind != Kind::Other && bytes.is_none_or(|bytes| bytes as u64 != span.len) {
            return Err(WeightsError::damaged("a tensor's shape and size disagree"));
        }
        Ok(Self { shape, kind, place: Place::Plain(span) })
    }

    /// Such a tensor with its axes in another order.
    pub(crate) fn moved(self, axes: Axes) -> Self {
        match self.place {
            Place::Plain(span) => Self { place: Place::Moved(span, axes), ..self },
            _ => self,
        }
    }

    /// Reads the values in runs: the sink is told where a run begins, in the order in which they lie.
    ///
    /// No more than a mebibyte, or a chunk, is held at a time.
    pub(crate) fn stream(&self, source: &dyn Source, sink: &mut dyn FnMut(usize, &[f32])) -> Result<()> {
        match &self.place {
            Place::Plain(span) | Place::Moved(span, _) => {
                let mut block = vec![0; BLOCK.min(usize::try_from(span.len).unwrap_or(BLOCK))];
                let mut values = Vec::new();
                let mut done = 0;
                while done < span.len {
                    let len = block.len().min(usize::try_from(span.len - done).unwrap_or(BLOCK));
                    source.read_at(span.start + done, &mut block[..len])?;
                    self.kind.decode(&block[..len], &mut values);
                    // `BLOCK` is a multiple of every size, so a value is never cut.
                    sink(usize::try_from(done).unwrap_or(usize::MAX) / self.kind.size().max(1), &values);
                    done += len as u64;
                }
                Ok(())
            }
            Place::Chunks(chunks) => chunks.stream(&self.shape, self.kind, source, sink),
            Place::Nowhere => Err(WeightsError::damaged("a tensor has no values")),
        }
    }
}
