//! The architectures that ship with Negah.
//!
//! An architecture is one builder function, which returns a [`Network`](negah_network::Network)
//! with the layers of the reference implementation, and one line in [`ARCHITECTURES`]. Its weights
//! come from files that other libraries wrote; tables in `naming` map the tensors' names. A file is
//! verified before anything is loaded: every tensor of the network must be there in its shape, and
//! there must be no others.

mod architecture;
mod efficientnet_lite;
mod error;
mod imagenet;
mod keras;
mod loader;
mod naming;
pub mod seeded;
mod vgg;
mod xception;

pub use architecture::{ARCHITECTURES, Architecture, VerifiedWeights, find, identify};
pub use error::{Error, Few, Mismatch, Misshapen, Result};
pub use imagenet::IMAGENET;
pub use loader::{TensorLoader, TensorSpec};

#[cfg(test)]
mod tests;
