//! A file of the visitor's, read where it is asked for.

use std::cell::Cell;
use std::io;

use js_sys::{Function, Uint8Array};
use negah_zoo::Source;
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

use crate::failure::{Failure, Result};

/// How many bytes are read between two reports.
const BETWEEN_REPORTS: u64 = 4 << 20;

/// A `Blob`, which the browser keeps outside of the module's memory. Only a worker can read it synchronously.
pub(crate) struct File<'a> {
    blob: Blob,
    reader: FileReaderSync,
    /// Hears how many bytes of how many have been read.
    progress: &'a Function,
    done: Cell<u64>,
}

impl<'a> File<'a> {
    pub(crate) fn new(blob: Blob, progress: &'a Function) -> Result<Self> {
        let reader = FileReaderSync::new()
            .map_err(|error| Failure::new("bad-request", format!("Files cannot be read here: {error:?}.")))?;
        Ok(Self { blob, reader, progress, done: Cell::new(0) })
    }

    fn count(&self, bytes: u64) {
        let before = self.done.replace(self.done.get() + bytes);
        let now = self.done.get();
        if now / BETWEEN_REPORTS > before / BETWEEN_REPORTS {
            let (now, all) = (now.min(self.len()) as f64, self.len() as f64);
            // That nobody listens is no reason to stop.
            let _ = self.progress.call3(&JsValue::NULL, &"load".into(), &now.into(), &all.into());
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
