//! Files that hold tensors: safetensors, PyTorch, HDF5 and Keras archives.
//!
//! [`WeightFile::open`] finds out the format by content and lists the tensors; each tensor is read
//! when it is asked for, straight into the network's order of axes. A file is read through a
//! [`Source`], never as a whole, so that beside the network only one tensor is in memory.
//!
//! File contents are untrusted. Metadata is limited in bytes and steps, a tensor is allocated only
//! after its shape has matched the network's, values must be finite, and nothing in a pickle runs.

mod archive;
mod bytes;
mod error;
mod file;
mod hdf5;
mod keras;
mod layout;
mod mapping;
mod pickle;
mod safetensors;
mod source;
mod tensor;
mod torch;

pub use error::WeightsError;
pub use file::WeightFile;
pub use layout::Layout;
pub use mapping::TensorMapping;
pub use source::{Cached, Source};
pub use tensor::{Kind, Tensor};

pub(crate) type Result<T> = std::result::Result<T, WeightsError>;
