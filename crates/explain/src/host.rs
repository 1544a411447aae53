use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use burn::tensor::Tensor;
use negah_attribution::Progress;

use crate::{Error, Explanation};

/// Drives a computation. It reads tensors, receives progress and can cancel.
#[expect(async_fn_in_trait, reason = "the futures stay on one thread: a browser's worker has no other")]
pub trait Host {
    /// The error that ends a computation.
    type Error: From<Error>;

    /// The values of a tensor.
    ///
    /// # Errors
    /// Where the device fails.
    async fn read<const D: usize>(&self, tensor: Tensor<D>) -> Result<Vec<f32>, Self::Error>;

    /// Receives the progress after each step.
    ///
    /// # Errors
    /// Any error cancels the run.
    async fn progress(&self, progress: Progress) -> Result<(), Self::Error>;

    /// Whether tensors are only enqueued when a step returns, so that a read has to wait for them
    /// before progress is reported.
    fn is_asynchronous(&self) -> bool {
        false
    }

    /// Whether a partial result is due.
    fn wants_partial(&self) -> bool {
        false
    }

    /// Receives a partial result.
    ///
    /// # Errors
    /// Any error cancels the run.
    async fn partial(&self, explanation: Explanation) -> Result<(), Self::Error> {
        let _ = explanation;
        Ok(())
    }
}

/// A host that computes on this thread and passes progress to a function.
#[derive(Debug)]
pub struct NativeHost<F>(pub F);

impl<F: Fn(Progress)> Host for NativeHost<F> {
    type Error = Error;

    async fn read<const D: usize>(&self, tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
        tensor.into_data().try_to_vec().map_err(|error| Error::Read(error.to_string()))
    }

    async fn progress(&self, progress: Progress) -> Result<(), Error> {
        (self.0)(progress);
        Ok(())
    }
}

/// Runs a future whose every read is ready at once, as a [`NativeHost`]'s is.
///
/// # Panics
/// If the future waits for something else.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a native host is ready at once"),
    }
}
