//! Standard error, and a standard output that nobody reads any more.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use anyhow::{Error, Result};
use negah_weights::escaped;

/// Writes lines to standard error. A failure is ignored: there is nowhere to report it.
pub fn tell(lines: impl Display) {
    let _ = writeln!(io::stderr(), "{}", visible(&lines.to_string()));
}

/// Lines in which every character is seen: names of files may hold some that move the cursor.
pub fn visible(lines: &str) -> String {
    lines.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// Whether the reader of the standard output has gone, as `head` does.
pub fn is_closed_pipe(error: &Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// The standard output of a batch.
pub struct Printer {
    open: bool,
    /// Whether the batch goes on without a reader, because it writes files as well.
    goes_on: bool,
}

impl Printer {
    pub fn new(goes_on: bool) -> Self {
        Self { open: true, goes_on }
    }

    /// Prints `text`, unless the reader has gone.
    ///
    /// # Errors
    /// Where it cannot be written; a reader that has gone is an error only if nothing else is
    /// written.
    pub fn print(&mut self, text: &[u8]) -> Result<()> {
        if !self.open {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        match out.write_all(text).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe && self.goes_on => {
                self.open = false;
                Ok(())
            }
            written => Ok(written?),
        }
    }
}
