//! Whether a GPU computes what the CPU computes; see [`Network::probe`].
//!
//! The first use of a model on a GPU is compared with the CPU three times, because the content of
//! stale memory changes. This also compiles every shader, so that nothing is compiled later while
//! someone waits.

use negah_network::{Network, Probe};

use crate::compute::Compute;
use crate::error::Error;
use crate::failure::Result;

const ROUNDS: usize = 3;

/// Probes the network, which compiles all kernels that methods need.
pub(crate) async fn exercise(network: &Network, compute: &Compute) -> Result<Probe<Vec<f32>>> {
    let mark = compute.mark();
    let Probe { output, gradient } = network.probe(&compute.device)?;
    Ok(Probe { output: compute.read(output, mark).await?, gradient: compute.read(gradient, mark).await? })
}

/// Compares the network's device with the CPU, on which the same network gave `expected`.
pub(crate) async fn compare(
    network: &Network,
    compute: &Compute,
    expected: &Probe<Vec<f32>>,
    mut progress: impl AsyncFnMut(usize, usize) -> Result<()>,
) -> Result<()> {
    for round in 0..ROUNDS {
        progress(round, ROUNDS).await?;
        if let Some(disagreement) = exercise(network, compute).await?.disagreement(expected) {
            return Err(Error::GpuWrong(disagreement).into());
        }
    }
    progress(ROUNDS, ROUNDS).await
}
