//! The directory of a zip archive. PyTorch and Keras store their files in it uncompressed, so that each is a range
//! of the archive's bytes; nothing is ever inflated.

use std::collections::BTreeMap;
use std::io;

use rawzip::{CompressionMethod, ZipLocator};

use crate::source::{Source, Span};
use crate::{Result, WeightsError};

/// A zip archive begins like this, unless it is empty.
pub(crate) const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// More entries than this are not listed; Xception has 277 tensors.
const MOST: usize = 1 << 14;

/// Names are no longer than this.
const LONGEST: usize = 1024;

/// Where the directory's end is looked for, from the end: its longest comment, and itself.
const TAIL: u64 = (1 << 16) + 128;

/// rawzip's view of a source.
struct Archive<'a>(&'a dyn Source);

impl rawzip::ReaderAt for Archive<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.0.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        self.0.read_at(offset, &mut buffer[..count])?;
        Ok(count)
    }
}

/// The uncompressed entries: where they are, by their names.
///
/// # Errors
/// For a broken directory, and if weights are compressed, which neither library does.
pub(crate) fn open(source: &dyn Source) -> Result<BTreeMap<String, Span>> {
    let broken = |error: rawzip::Error| WeightsError::Damaged(format!("the archive is broken ({error})"));
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let locator = ZipLocator::new().max_search_space(TAIL);
    let archive =
        locator.locate_in_reader(Archive(source), &mut buffer, source.len()).map_err(|(_, error)| broken(error))?;
    let mut found = Vec::new();
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        if found.len() == MOST || entry.file_path().as_ref().len() > LONGEST {
            return Err(WeightsError::damaged("the archive has more entries than a network has tensors"));
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        if entry.compression_method() == CompressionMethod::STORE {
            found.push((name, entry.wayfinder()));
        } else if name.ends_with(".h5") || name.ends_with(".pkl") {
            return Err(WeightsError::unsupported("a compressed archive"));
        }
    }
    let place = |(name, wayfinder)| {
        let entry = archive.get_entry(wayfinder).map_err(broken)?;
        let (start, end) = entry.compressed_data_range();
        Ok((name, Span::within(start, end.saturating_sub(start), source)?))
    };
    found.into_iter().map(place).collect()
}
