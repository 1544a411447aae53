//! The classifiers there are, and what they need: architectures, weight files, pictures made ready, and
//! the names of their classes.
//!
//! A model is one line in [`MODELS`] and one builder function, which returns a
//! [`Network`](negah_network::Network) with the reference implementation's own layers. Weight files come
//! from anywhere, so nothing in them is believed: every tensor is looked up by name, checked for shape and
//! for values that are not numbers, and what is left over is an error too.

mod efficientnet_lite;
mod keras;
pub mod labels;
mod model;
pub mod picture;
mod prediction;
pub mod seeded;
mod vgg;
mod weights;
mod xception;

pub use model::{Loaded, MODELS, Model, Opened, find, identify};
pub use prediction::{Prediction, Scored, UnknownClass};
pub(crate) use weights::Weights;
pub use weights::{Cached, Few, Mismatch, Misshapen, Source, WeightsError};
