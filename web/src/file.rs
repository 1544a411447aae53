//! A visitor's file, read at any offset.

use std::cell::Cell;
use std::io;

use js_sys::{Function, Uint8Array};
use negah_weights::Source;
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

use crate::error::Error;
use crate::failure::Result;

/// The number of bytes read between two reports.
const BETWEEN_REPORTS: u64 = 4 << 20;

/// A `Blob`, which the browser keeps outside the module's memory. Only a worker can read it
/// synchronously.
pub(crate) struct File<'a> {
    blob: &'a Blob,
    reader: FileReaderSync,
    progress: Option<&'a Function>,
    /// How many times the whole file will be read.
    times: u64,
    done: Cell<u64>,
}

impl<'a> File<'a> {
    /// A file that will be read `times` times. `progress` is called with the stage `load`, the
    /// number of bytes read so far and the number of all.
    pub(crate) fn new(blob: &'a Blob, times: u64, progress: Option<&'a Function>) -> Result<Self> {
        let reader = FileReaderSync::new().map_err(|error| Error::NoFiles { detail: format!("{error:?}") })?;
        Ok(Self { blob, reader, progress, times, done: Cell::new(0) })
    }

    /// The SHA-256 of the file, in hexadecimal digits.
    pub(crate) fn sha256(&self) -> Result<String> {
        let unreadable = |error: io::Error| Error::File { detail: error.to_string() };
        let mut hash = Sha256::new();
        let mut buffer = vec![0; BETWEEN_REPORTS as usize];
        for start in (0..self.len()).step_by(buffer.len()) {
            let left = (self.len() - start).min(BETWEEN_REPORTS) as usize;
            self.read_at(start, &mut buffer[..left]).map_err(unreadable)?;
            hash.update(&buffer[..left]);
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// All of its bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let unreadable = |error: io::Error| Error::File { detail: error.to_string() };
        let length = usize::try_from(self.len()).map_err(|_| unreadable(io::ErrorKind::FileTooLarge.into()))?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| unreadable(io::ErrorKind::OutOfMemory.into()))?;
        bytes.resize(length, 0);
        self.read_at(0, &mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    fn count(&self, bytes: u64) {
        let before = self.done.replace(self.done.get() + bytes);
        let now = self.done.get();
        if let Some(progress) = self.progress
            && now / BETWEEN_REPORTS > before / BETWEEN_REPORTS
        {
            let all = self.len() * self.times;
            let (now, all) = (now.min(all) as f64, all as f64);
            // A failing callback does not stop the reading.
            let _ = progress.call3(&JsValue::NULL, &"load".into(), &now.into(), &all.into());
        }
    }
}

impl Source for File<'_> {
    fn len(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let failed = |error: JsValue| io::Error::other(format!("{error:?}"));
        let end = offset + buffer.len() as u64;
        if end > self.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let slice = self.blob.slice_with_f64_and_f64(offset as f64, end as f64).map_err(failed)?;
        let bytes = Uint8Array::new(&self.reader.read_as_array_buffer(&slice).map_err(failed)?.into());
        if bytes.length() as usize != buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.copy_to(buffer);
        self.count(buffer.len() as u64);
        Ok(())
    }
}
