//! The failures of a batch: each is told, the rest goes on, and the command fails at its end.

use anyhow::{Error, Result, bail};

/// The failures so far.
#[derive(Debug)]
pub struct Failures {
    all: usize,
    failed: usize,
    /// The failure of the only file, which is the command's own.
    only: Option<Error>,
}

impl Failures {
    /// No failure yet, of `all` files.
    pub fn of(all: usize) -> Self {
        Self { all, failed: 0, only: None }
    }

    /// The result of an outcome; `None` for a failure, which is told.
    pub fn take<T>(&mut self, outcome: Result<T>) -> Option<T> {
        let error = match outcome {
            Ok(result) => return Some(result),
            Err(error) => error,
        };
        self.failed += 1;
        if self.all == 1 {
            self.only = Some(error);
        } else {
            eprintln!("error: {error:#}");
        }
        None
    }

    /// Ends the command.
    ///
    /// # Errors
    /// Where any file failed.
    pub fn end(self) -> Result<()> {
        match self.only {
            Some(error) => Err(error),
            None if self.failed > 0 => bail!("{} of {} images failed", self.failed, self.all),
            None => Ok(()),
        }
    }
}
