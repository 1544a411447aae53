use crate::axes::Axes;
use crate::chunks::Chunks;
use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::shape;
use crate::source::{Source, Span};

/// Where the values of a tensor are.
#[derive(Clone, Debug)]
pub(crate) enum Storage {
    /// One after the other, in the order of the axes.
    Plain(Span),
    /// One after the other with the axes in another order, as PyTorch saves channels-last kernels.
    Permuted(Span, Axes),
    /// In chunks, which may be compressed.
    Chunked(Chunks),
    /// There are none: HDF5 does not store a tensor that was never written.
    Unwritten,
}

/// A tensor that was found in a file, but not read.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Its shape, in the file's order of axes.
    pub shape: Vec<usize>,
    /// The number format of its values.
    pub kind: Kind,
    pub(crate) storage: Storage,
}

/// Bytes that are read at a time. A multiple of every [`Kind::size`], so that no value is cut.
const BLOCK: usize = 1 << 20;

impl Tensor {
    /// A tensor whose bytes lie one after the other: as many as its shape needs, within the source.
    pub(crate) fn plain(shape: Vec<usize>, kind: Kind, span: Span) -> Result<Self> {
        let bytes = shape::count(&shape)?.checked_mul(kind.size());
        if kind != Kind::Other && bytes.is_none_or(|bytes| bytes as u64 != span.len) {
            return Err(WeightsError::damaged("the shape and the size of a tensor disagree"));
        }
        Ok(Self { shape, kind, storage: Storage::Plain(span) })
    }

    /// Such a tensor with its axes in another order.
    pub(crate) fn permuted(self, axes: Axes) -> Self {
        match self.storage {
            Storage::Plain(span) => Self { storage: Storage::Permuted(span, axes), ..self },
            _ => self,
        }
    }

    /// Checks that the file has every value, before memory is allocated for them.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.storage {
            Storage::Plain(_) | Storage::Permuted(..) => Ok(()),
            Storage::Chunked(chunks) => chunks.check(),
            Storage::Unwritten => Err(WeightsError::damaged("a tensor was never written")),
        }
    }

    /// Reads every value once, in runs. The sink gets the index of the first value of a run, in the
    /// file's order, and the run.
    ///
    /// At most a mebibyte, or a chunk, is in memory at a time.
    pub(crate) fn stream(&self, source: &dyn Source, sink: &mut dyn FnMut(usize, &[f32])) -> Result<()> {
        self.check()?;
        match &self.storage {
            Storage::Plain(span) | Storage::Permuted(span, _) => {
                let mut values = Vec::new();
                span.blocks(source, BLOCK, &mut |done, block| {
                    self.kind.decode(block, &mut values);
                    sink(done / self.kind.size().max(1), &values);
                })
            }
            Storage::Chunked(chunks) => chunks.stream(&self.shape, self.kind, source, sink),
            Storage::Unwritten => Ok(()),
        }
    }
}
