//! Files that hold tensors: safetensors, PyTorch, HDF5 and Keras archives, and NumPy arrays.
//!
//! [`WeightFile::open`] recognises the format by content and lists the tensors. Each tensor is read
//! on request, straight into the network's order of axes. A file is read through a [`Source`],
//! never as a whole: beside the network only one tensor is in memory. [`npy`] reads one array.
//!
//! File contents are untrusted. Structure is limited in bytes and steps, the size of a tensor is
//! checked against the file before it is allocated, values must be finite, and nothing in a pickle
//! runs. Text from a file is escaped and shortened before it enters an error.
//!
//! Modules import only modules above them in this list:
//!
//! 1. `quoted`, `error`;
//! 2. `source` (bytes at a place), `bytes` (a cursor), `kind` (number formats), `shape`;
//! 3. `axes` (permutations), `chunks` (HDF5's compressed pieces);
//! 4. `tensor`, `layout`, `mapping`;
//! 5. `hdf5` (`reader`, `messages`, `header`, then `groups`, `chunk_index` and `dataset`), `pickle`
//!    (`value`, `globals` and `strides`, then `machine`), `archive`, `npy`;
//! 6. `keras`, `torch`, `safetensors`;
//! 7. `file`.

mod archive;
mod axes;
mod bytes;
mod chunks;
mod error;
mod file;
mod hdf5;
mod keras;
mod kind;
mod layout;
mod mapping;
pub mod npy;
mod pickle;
mod quoted;
mod safetensors;
mod shape;
mod source;
mod tensor;
mod torch;

pub use error::WeightsError;
pub use file::WeightFile;
pub use kind::Kind;
pub use layout::AxisMapping;
pub use mapping::TensorMapping;
pub use quoted::{escaped, quoted};
pub use source::{Cached, Source};
pub use tensor::Tensor;
