use std::cell::Cell;

use crate::error::{Result, WeightsError};
use crate::source::{Source, Span};

/// The address of what does not exist.
pub(super) const UNDEFINED: u64 = u64::MAX;

/// Trees are at most so high: a billion members need fewer levels.
pub(super) const MAX_HEIGHT: u8 = 16;

/// Bytes of structure that are read of one file. Xception needs half a mebibyte.
const ALLOWANCE: u64 = 8 << 20;

/// The cost of a read beside its bytes, so that empty reads end as well.
const READ: u64 = 64;

/// Where the header of an object is: of a group, or of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object(pub(super) u64);

/// The bytes of a file, and how many may still be read.
pub(super) struct Reader<'a> {
    pub(super) source: &'a dyn Source,
    left: Cell<u64>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { source, left: Cell::new(ALLOWANCE) }
    }

    /// Reads bytes of structure.
    pub(super) fn part(&self, start: u64, len: u64) -> Result<Vec<u8>> {
        let left = self.left.get().checked_sub(len.saturating_add(READ));
        self.left.set(left.ok_or_else(|| WeightsError::damaged("the structure is endless"))?);
        Span { start, len }.read(self.source)
    }
}
