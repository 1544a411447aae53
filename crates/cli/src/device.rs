//! The device that computes.

use std::fmt::Display;

use anyhow::{Result, anyhow, ensure};
use burn::tensor::{Device, Tensor};
use clap::ValueEnum;

use crate::terminal::tell;

/// The device that was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DeviceChoice {
    /// The GPU if the command was built with one and the machine has one, or else the CPU
    #[default]
    Auto,
    /// The CPU
    Cpu,
    /// The GPU, one in software too
    Gpu,
}

/// The device that computes, and its name in reports.
#[derive(Debug, Clone)]
pub struct Compute {
    pub device: Device,
    pub name: String,
    pub is_gpu: bool,
    /// Whether the CPU may compute instead.
    pub replaceable: bool,
}

impl Compute {
    pub fn cpu() -> Self {
        Self { device: Device::flex(), name: "cpu".to_owned(), is_gpu: false, replaceable: false }
    }

    /// The note that the CPU computes instead, because this device's results differ from its own.
    ///
    /// # Errors
    /// If this device was asked for by name.
    pub fn distrust(&self, difference: &impl Display) -> Result<String> {
        let name = &self.name;
        ensure!(self.replaceable, "{name} does not compute what the CPU computes: {difference}. Use `--device cpu`");
        Ok(format!("the CPU computes, because {name} does not compute the same: {difference}"))
    }
}

impl DeviceChoice {
    /// The device that was asked for.
    ///
    /// # Errors
    /// Where a GPU is asked for that cannot be had.
    pub fn compute(self) -> Result<Compute> {
        match self {
            Self::Cpu => Ok(Compute::cpu()),
            Self::Gpu => gpu(true),
            Self::Auto => Ok(gpu(false).map(|gpu| Compute { replaceable: true, ..gpu }).unwrap_or_else(|error| {
                // A command that was built without a GPU has nothing to fall back from.
                if cfg!(feature = "gpu") {
                    tell(format_args!("note: the CPU computes, because {error}"));
                }
                Compute::cpu()
            })),
        }
    }
}

/// A GPU. A software renderer, which is slower than the CPU, is taken only with `software`.
#[cfg(feature = "gpu")]
fn gpu(software: bool) -> Result<Compute> {
    use std::sync::Arc;

    use burn::tensor::wgpu::wgpu;

    let refused = |error| anyhow::anyhow!("the GPU cannot be used: {error}. Use `--device cpu`");
    let (device, setup) = Device::wgpu_options().init_with_setup().map_err(refused)?;
    let wgpu::AdapterInfo { name, device_type, .. } = setup.adapter.get_info();
    ensure!(software || device_type != wgpu::DeviceType::Cpu, "{name} is a GPU in software");
    // Burn’s own handler panics. Results computed beside an error cannot be trusted.
    setup.device.on_uncaptured_error(Arc::new(|error: wgpu::Error| {
        tell(format_args!(
            "error: the GPU reported an error, so its results are not used: {error}. Use `--device cpu`"
        ));
        std::process::exit(1);
    }));
    Ok(Compute { device, name: format!("gpu: {name}"), is_gpu: true, replaceable: false })
}

#[cfg(not(feature = "gpu"))]
fn gpu(_software: bool) -> Result<Compute> {
    anyhow::bail!(
        "this command was built without a GPU. Build it with `cargo build --release --package negah --features gpu`, \
         or use `--device cpu`"
    )
}

/// The values of a tensor.
///
/// # Errors
/// Where the device fails.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.into_data().try_to_vec().map_err(|error| anyhow!("the device gave no result: {error:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(replaceable: bool) -> Compute {
        Compute { name: "gpu: A".to_owned(), is_gpu: true, replaceable, ..Compute::cpu() }
    }

    #[test]
    fn a_gpu_that_computes_something_else_is_replaced_unless_it_was_asked_for() {
        let note = gpu(true).distrust(&"a logit is 2 instead of 1").unwrap();
        assert_eq!(note, "the CPU computes, because gpu: A does not compute the same: a logit is 2 instead of 1");
        let error = gpu(false).distrust(&"a logit is 2 instead of 1").unwrap_err().to_string();
        assert!(error.ends_with("a logit is 2 instead of 1. Use `--device cpu`"), "{error}");
    }
}
