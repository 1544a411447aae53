//! The failures of a batch. Each failure is printed and the batch continues; the command fails at
//! its end.

use anyhow::{Error, Result, bail};
use negah_weights::escaped;

use crate::terminal::tell;

#[derive(Debug)]
pub struct Failures {
    all: usize,
    failed: usize,
    /// The failure of the only picture, with which the command ends.
    only: Option<Error>,
}

impl Failures {
    /// No failures yet, of `all` pictures.
    pub fn of(all: usize) -> Self {
        Self { all, failed: 0, only: None }
    }

    /// The result for the picture `name`; `None` for a failure, which is printed.
    pub fn take<T>(&mut self, name: String, outcome: Result<T>) -> Option<T> {
        let error = match outcome {
            Ok(result) => return Some(result),
            Err(error) => error.context(escaped(&name)),
        };
        self.failed += 1;
        if self.all == 1 {
            self.only = Some(error);
        } else {
            tell(format_args!("error: {error:#}"));
        }
        None
    }

    /// Ends the command.
    ///
    /// # Errors
    /// Where a picture failed.
    pub fn end(self) -> Result<()> {
        match self.only {
            Some(error) => Err(error),
            None if self.failed > 0 => bail!("{} of {} images failed", self.failed, self.all),
            None => Ok(()),
        }
    }
}
