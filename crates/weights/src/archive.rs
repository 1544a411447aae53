//! The directory of a ZIP archive. PyTorch and Keras store their files in it uncompressed, so that
//! each is a range of the archive's bytes. Nothing is inflated.

use std::collections::BTreeMap;
use std::io;

use rawzip::{CompressionMethod, ZipLocator};

use crate::error::{Result, WeightsError};
use crate::source::{Source, Span};

/// The signature of a ZIP archive that is not empty.
pub(crate) const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// The most entries. Xception has 277 tensors.
const MAX_ENTRIES: usize = 1 << 14;

/// The longest name in bytes.
const MAX_NAME: usize = 1024;

/// Bytes at the end of the file that are searched for the end of the directory, which may have a
/// comment.
const TAIL: u64 = (1 << 16) + 128;

/// A source as rawzip reads it.
struct Archive<'a>(&'a dyn Source);

impl rawzip::ReaderAt for Archive<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.0.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        self.0.read_at(offset, &mut buffer[..count])?;
        Ok(count)
    }
}

/// The uncompressed entries by name.
///
/// # Errors
/// For a broken directory, and for compressed weights, which neither library writes.
pub(crate) fn open(source: &dyn Source) -> Result<BTreeMap<String, Span>> {
    let broken = |error: rawzip::Error| WeightsError::broken("the archive is broken", error);
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let locator = ZipLocator::new().max_search_space(TAIL);
    let archive =
        locator.locate_in_reader(Archive(source), &mut buffer, source.len()).map_err(|(_, error)| broken(error))?;
    let mut found = Vec::new();
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        if found.len() == MAX_ENTRIES || entry.file_path().as_ref().len() > MAX_NAME {
            return Err(WeightsError::damaged("the archive has too many entries, or one with too long a name"));
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
