//! The classifiers there are, and what they need: architectures, weight files, pictures made ready, and
//! the names of their classes.
//!
//! A model is one line in [`MODELS`] and one builder function, which returns a
//! [`Network`](negah_network::Network) with the reference implementation's own layers. Weight files come
//! from anywhere, so nothing in them is believed: every tensor is looked up by name, checked for shape and
//! for values that are not numbers, and what is left over is an error too.

mod efficientnet_lite;
pub mod labels;
mod model;
pub mod picture;
mod prediction;
mod weights;

pub use model::{MODELS, Model, find};
pub use prediction::{Prediction, Scored, UnknownClass};
pub use weights::{Weights, WeightsError};
