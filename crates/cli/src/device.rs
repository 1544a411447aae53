//! What computes.

use anyhow::Result;
use burn::tensor::Device;
use clap::ValueEnum;

/// What was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// The CPU: small pictures gain little from a GPU, and every machine has one
    #[default]
    Auto,
    /// The CPU
    Cpu,
    /// The GPU, if the command was built with it
    Gpu,
}

impl Choice {
    /// The device, and its name for reports.
    ///
    /// # Errors
    /// Where a GPU is asked for and the command was built without.
    pub fn device(self) -> Result<(Device, &'static str)> {
        match self {
            Self::Auto | Self::Cpu => Ok((Device::flex(), "cpu")),
            Self::Gpu => gpu(),
        }
    }
}

#[cfg(feature = "gpu")]
fn gpu() -> Result<(Device, &'static str)> {
    let refused = |error| anyhow::anyhow!("the GPU cannot be used: {error}. Leave --device out to use the CPU");
    Ok((Device::wgpu_options().init().map_err(refused)?, "gpu"))
}

#[cfg(not(feature = "gpu"))]
fn gpu() -> Result<(Device, &'static str)> {
    anyhow::bail!(
        "this command was built without a GPU. Build it with `cargo build --release --package negah --features gpu`, \
         or leave --device out"
    )
}
