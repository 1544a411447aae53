use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Result, WeightsError};
use crate::hdf5::{self, Hdf5File};
use crate::mapping::TensorMapping;
use crate::source::{Source, Span, Window};
use crate::tensor::Tensor;
use crate::{archive, keras, safetensors, torch};

/// The tensors of a file, read one by one.
pub struct WeightFile<'a> {
    source: Window<'a>,
    tensors: BTreeMap<String, Tensor>,
    left: BTreeSet<String>,
    /// The metadata of a safetensors file.
    metadata: BTreeMap<String, String>,
}

/// What wrappers of a model put before every name.
const PREFIXES: [&str; 4] = ["module.", "model.", "timm_model.", "_orig_mod."];

impl<'a> WeightFile<'a> {
    /// Recognises the format of a file and lists its tensors. Their values are not read.
    ///
    /// # Errors
    /// [`WeightsError`] for a format that is unknown or not supported, and for a damaged file.
    pub fn open(source: &'a dyn Source) -> Result<Self> {
        let mut start = [0; 14];
        let known = start.len().min(usize::try_from(source.len()).unwrap_or(usize::MAX));
        source.read_at(0, &mut start[..known])?;
        let whole = Window::new(source, Span { start: 0, len: source.len() });
        if start.starts_with(&hdf5::MAGIC) {
            let tensors = keras::open(&Hdf5File::open(&whole)?)?;
            return Ok(Self::new(whole, tensors));
        }
        if start.starts_with(&archive::MAGIC) {
            let entries = archive::open(source)?;
            let Some(inner) = entries.get("model.weights.h5") else {
                let tensors = torch::open_archive(source, &entries)?;
                return Ok(Self::new(whole, tensors));
            };
            let inner = Window::new(source, *inner);
            let tensors = keras::open(&Hdf5File::open(&inner)?)?;
            return Ok(Self::new(inner, tensors));
        }
        if torch::is_pickle(&start) {
            let tensors = torch::open_stream(source)?;
            return Ok(Self::new(whole, tensors));
        }
        if start[8] == b'{' {
            let (tensors, metadata) = safetensors::open(source)?;
            return Ok(Self { metadata, ..Self::new(whole, tensors) });
        }
        // HDF5 may begin after a user block, whose length is a power of two.
        for shift in 9..=16 {
            let mut start = hdf5::MAGIC.map(|_| 0);
            if source.read_at(1 << shift, &mut start).is_ok() && start == hdf5::MAGIC {
                return Err(WeightsError::unsupported("an HDF5 file with a user block"));
            }
        }
        Err(WeightsError::Unknown)
    }

    fn new(source: Window<'a>, mut tensors: BTreeMap<String, Tensor>) -> Self {
        for prefix in PREFIXES {
            if !tensors.is_empty() && tensors.keys().all(|name| name.starts_with(prefix)) {
                tensors = tensors.into_iter().map(|(name, tensor)| (name[prefix.len()..].to_owned(), tensor)).collect();
            }
        }
        // PyTorch stores this training counter with the weights of a batch norm.
        let left = tensors.keys().filter(|name| !name.ends_with(".num_batches_tracked")).cloned().collect();
        Self { source, tensors, left, metadata: BTreeMap::new() }
    }

    /// The tensors by the file's names, which are untrusted text: see [`quoted`](crate::quoted).
    #[must_use]
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// An entry of a safetensors file's metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The values of a tensor in the network's order.
    ///
    /// # Shapes
    /// `shape` is the network's; the result has as many values.
    ///
    /// # Errors
    /// [`WeightsError::Missing`], [`WeightsError::Shape`], [`WeightsError::Kind`],
    /// [`WeightsError::NotFinite`], and those of reading.
    pub fn read(&mut self, mapping: &TensorMapping, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self.tensors.get(&mapping.theirs).ok_or_else(|| WeightsError::missing(&mapping.theirs))?;
        let values = mapping.layout.read(&mapping.theirs, tensor, shape, &self.source)?;
        self.left.remove(&mapping.theirs);
        Ok(values)
    }

    /// The names of tensors that have not been read.
    #[must_use]
    pub fn left(&self) -> &BTreeSet<String> {
        &self.left
    }
}
