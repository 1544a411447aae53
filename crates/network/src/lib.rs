//! A classifier as a graph of named layers over Burn tensors.
//!
//! Every explanation method asks the same few questions of a network: what are the activations at
//! layer L, what would the logits be if L's activation were this, what is the gradient of a score
//! with respect to L. A chain of structs with a `forward` method answers none of them, so a network
//! here is data: a list of [`Layer`]s in topological order, any of which can be fed, fetched, or
//! differentiated with respect to.
//!
//! * [`Network::forward`] runs the segment between what is fed and what is fetched, and no more.
//! * [`Network::record`] does the same and keeps what a backward walk will need.
//! * [`Network::backward`] walks from a seed down to any layer, under a [`Rule`]: the plain gradient,
//!   or a modified propagation that automatic differentiation cannot express.
//!
//! The graph keeps every layer of the reference model, batch norms included, because methods look
//! between them. Fusion belongs to a run: a convolution whose batch norm follows it, with nobody
//! looking in between, runs with folded weights.
//!
//! Nothing here is ever in training mode, nothing reads a value back from the device, and all
//! shapes are checked when a network is built or fed, so that no Burn operation can panic later.

mod activation;
mod builder;
mod channel;
mod error;
mod labels;
mod model;
mod network;
mod op;
pub mod ops;
mod preprocessing;
mod probe;
mod run;

pub use activation::{Activation, Shape};
pub use builder::Builder;
pub use channel::{Band, Channel};
pub use error::{Error, Result, some};
pub use labels::{Class, Labels};
pub use model::Model;
pub use network::{Layer, LayerId, LayerSummary, Network, ReferenceSummary};
pub use op::{Affine, Backward, Op, Param, Parameter, Rule};
pub use preprocessing::{CropMode, Preprocessing};
pub use probe::{Disagreement, GRADIENTS_MAY_DIFFER, Probe, SCORES_MAY_DIFFER};
pub use run::Trace;

#[cfg(test)]
mod tests;
