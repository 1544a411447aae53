//! The device that computes, and the check for errors that a GPU reports.

use std::sync::Arc;

use burn::tensor::wgpu::wgpu;
use burn::tensor::{Device, Tensor};

use crate::error::Error;
use crate::failure::Result;

/// The CPU, or a GPU with the errors it has reported.
pub(crate) struct Compute {
    pub(crate) device: Device,
    gpu: Option<Gpu>,
}

struct Gpu {
    device: wgpu::Device,
    errors: ErrorLog,
}

/// The errors that a GPU reported. wgpu requires `Send` and `Sync`, although the worker has one
/// thread.
#[derive(Clone, Default)]
struct ErrorLog(Arc<std::sync::Mutex<Errors>>);

#[derive(Default)]
struct Errors {
    count: usize,
    last: String,
}

impl ErrorLog {
    fn record(&self, message: String) {
        let mut errors = self.0.lock().expect("a worker has one thread, so no holder can have panicked");
        errors.count += 1;
        errors.last = message;
    }

    fn count(&self) -> usize {
        self.0.lock().expect("a worker has one thread, so no holder can have panicked").count
    }

    fn last(&self) -> String {
        self.0.lock().expect("a worker has one thread, so no holder can have panicked").last.clone()
    }
}

impl Compute {
    pub(crate) fn cpu() -> Self {
        Self { device: Device::flex(), gpu: None }
    }

    /// The GPU that the browser prefers for heavy work. A module can set up wgpu only once.
    pub(crate) async fn gpu() -> Result<Self> {
        let options = Device::wgpu_options();
        let made = options.init_with_setup_async().await;
        let (device, setup) = made.map_err(|error| Error::NoGpu { detail: error.to_string() })?;
        let errors = ErrorLog::default();
        let log = errors.clone();
        // Burn's own handler panics. Here an error costs one result, not the session.
        setup.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| log.record(error.to_string())));
        Ok(Self { device, gpu: Some(Gpu { device: setup.device, errors }) })
    }

    pub(crate) fn is_gpu(&self) -> bool {
        self.gpu.is_some()
    }

    /// Reads a tensor back, and refuses it if the GPU reported an error since `mark`: a rejected
    /// shader runs nothing and leaves stale memory, which reads like a result.
    pub(crate) async fn read<const D: usize>(&self, tensor: Tensor<D>, mark: Mark) -> Result<Vec<f32>> {
        let data = tensor.into_data_async().await;
        if let Some(gpu) = &self.gpu {
            // Popping a scope waits until all errors of earlier work are reported.
            gpu.device.push_error_scope(wgpu::ErrorFilter::Validation).pop().await;
            if gpu.errors.count() != mark.0 {
                return Err(Error::GpuFailed { detail: gpu.errors.last() }.into());
            }
        }
        let data = data.map_err(|error| {
            let detail = error.to_string();
            if self.is_gpu() { Error::GpuLost { detail } } else { Error::CpuLost { detail } }
        })?;
        Ok(data.try_to_vec().map_err(|error| Error::NoResult { detail: error.to_string() })?)
    }

    /// The number of GPU errors before a computation starts.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.gpu.as_ref().map_or(0, |gpu| gpu.errors.count()))
    }
}

/// See [`Compute::mark`].
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);
