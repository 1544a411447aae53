//! A classifier as a graph of named layers over Burn tensors.
//!
//! Every explanation method asks the same few questions of a network: what are the activations at
//! layer L, what would the logits be if L's activation were this, what is the gradient of a score
//! with respect to L. A chain of structs with a `forward` method answers none of them, so a network
//! here is data: a list of named layers in topological order, any of which can be fed, fetched, or
//! differentiated with respect to.
//!
//! * [`Network::forward`] runs the segment between what is fed and what is fetched, and no more.
//! * [`Network::record`] does the same and keeps what a backward pass will need.
//! * [`Network::backward`] goes from a seed down to any layer, under a [`Rule`]: the plain
//!   gradient, or a modified propagation that automatic differentiation cannot express.
//!
//! A layer is one output of an op. An op with several outputs (such as [`ops::Split`]) is several
//! layers, `split`, `split:1`, …, so that a [`LayerId`] always names one value, whoever feeds,
//! fetches or differentiates it. A constant is a layer without inputs ([`ops::Constant`]): it
//! enters others as any layer does, and a run repeats it for every example.
//!
//! A [`Value`] has any rank, so an op gives out tensors of the rank it knows and leaves other ranks
//! alone; the layout of its values ([`Layout`]) is known beside the shape, because `[196, 768]` may
//! be a grid of tokens and `[12, 196, 196]` may not be an image.
//!
//! The graph keeps every layer of the reference model, batch norms included, because methods look
//! between them. Fusion belongs to a run: a convolution whose batch norm follows it, with nobody
//! looking in between, runs with folded weights. Which steps a run takes is planned once for each
//! set of layers that is fed, fetched and recorded, and kept.
//!
//! Nothing here is ever in training mode, and nothing reads a value back from the device. Whatever
//! a builder or a file asks for is checked when a layer is added (shapes, sizes, an op's own
//! parameters) or when values are fed, and refused with a sentence: no Burn operation can panic
//! later. Values are never read back, so they are not checked: a negative variance gives NaN.

mod builder;
mod channel;
mod error;
mod labels;
mod layout;
mod model;
mod network;
mod op;
pub mod ops;
mod plan;
mod planner;
mod preprocessing;
mod probe;
mod run;
mod shape;
mod summary;
mod value;

pub use builder::{Builder, MOST_VALUES};
pub use channel::{Band, Channel};
pub use error::{Error, Result, some};
pub use labels::{Class, Labels};
pub use layout::Layout;
pub use model::Model;
pub use network::{LayerId, Network};
pub use op::{Affine, Backward, Op, Param, ParameterInfo, Rule};
pub use preprocessing::{CropMode, Preprocessing};
pub use probe::{Disagreement, GRADIENTS_MAY_DIFFER, Probe, SCORES_MAY_DIFFER};
pub use run::Trace;
pub use shape::Shape;
pub use summary::{LayerSummary, ReferenceSummary};
pub use value::{Elementwise, Value};

#[cfg(test)]
mod tests;
