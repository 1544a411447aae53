use std::collections::BTreeSet;

use burn::tensor::{Device, Tensor, TensorData};
use half::{bf16, f16};
use negah_network::Param;
use safetensors::{Dtype, SafeTensors};

/// What can be wrong with a weight file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Not a safetensors file, or one whose header contradicts itself or its length.
    #[error("The weights cannot be read: they should be a safetensors file, but {0}. Fetch the file again.")]
    NotSafetensors(String),
    /// The network has a tensor that the file does not.
    #[error("The weights lack the tensor “{0}”: they belong to another network.")]
    Missing(String),
    /// The file has tensors that the network does not.
    #[error(
        "The weights hold {count} tensors this network does not know, such as {names}: they belong to another network."
    )]
    Surplus {
        /// How many there are.
        count: usize,
        /// The first three.
        names: String,
    },
    /// A tensor has another shape than the network's.
    #[error("The tensor “{name}” should have the shape {expected:?}, but has {got:?}: it belongs to another network.")]
    Shape {
        /// Its name.
        name: String,
        /// The network's shape.
        expected: Vec<usize>,
        /// The file's shape.
        got: Vec<usize>,
    },
    /// A tensor's numbers are of a kind that weights are not made of.
    #[error("The tensor “{name}” holds {got:?} values; weights are F32, F16 or BF16.")]
    Kind {
        /// Its name.
        name: String,
        /// What it holds.
        got: Dtype,
    },
    /// A tensor holds NaN or infinity.
    #[error("The tensor “{0}” holds values that are not finite numbers. Fetch the file again.")]
    NotFinite(String),
    /// The tensors are there, but do not make a network.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
}

/// The tensors of a safetensors file, taken one by one by their names.
#[derive(Debug)]
pub struct Weights<'a> {
    tensors: SafeTensors<'a>,
    left: BTreeSet<String>,
}

impl<'a> Weights<'a> {
    /// Reads the header; no tensor is copied yet.
    ///
    /// # Errors
    /// [`WeightsError::NotSafetensors`]
    pub fn read(file: &'a [u8]) -> Result<Self, WeightsError> {
        let tensors =
            SafeTensors::deserialize(file).map_err(|error| WeightsError::NotSafetensors(error.to_string()))?;
        let left = tensors.names().into_iter().map(str::to_owned).collect();
        Ok(Self { tensors, left })
    }

    /// The tensor of this name in single precision, on the device.
    ///
    /// # Errors
    /// [`WeightsError::Missing`], [`WeightsError::Shape`], [`WeightsError::Kind`], [`WeightsError::NotFinite`]
    pub fn param<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
        device: &Device,
    ) -> Result<Param<D>, WeightsError> {
        let view = self.tensors.tensor(name).map_err(|_| WeightsError::Missing(name.to_owned()))?;
        if view.shape() != shape {
            let (expected, got) = (shape.to_vec(), view.shape().to_vec());
            return Err(WeightsError::Shape { name: name.to_owned(), expected, got });
        }
        let bytes = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            Dtype::F16 => bytes.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
            Dtype::BF16 => bytes.as_chunks::<2>().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
            got => return Err(WeightsError::Kind { name: name.to_owned(), got }),
        };
        if !values.iter().all(|value| value.is_finite()) {
            return Err(WeightsError::NotFinite(name.to_owned()));
        }
        self.left.remove(name);
        Ok(Param { tensor: Tensor::from_data(TensorData::new(values, shape), device), source: name.to_owned() })
    }

    /// Checks that nothing is left over.
    ///
    /// # Errors
    /// [`WeightsError::Surplus`]
    pub fn finish(self) -> Result<(), WeightsError> {
        if self.left.is_empty() {
            return Ok(());
        }
        let names = self.left.iter().take(3).map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ");
        Err(WeightsError::Surplus { count: self.left.len(), names })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use safetensors::serialize;
    use safetensors::tensor::TensorView;

    use super::*;

    fn file(dtype: Dtype, bytes: &[u8], shape: &[usize]) -> Vec<u8> {
        let view = TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
        serialize(HashMap::from([("scale", view)]), None).unwrap()
    }

    fn read<const D: usize>(file: &[u8], name: &str, shape: [usize; D]) -> Result<Vec<f32>, WeightsError> {
        let mut weights = Weights::read(file)?;
        let values = weights.param(name, shape, &Device::flex())?.tensor.into_data().try_to_vec().unwrap();
        weights.finish().map(|()| values)
    }

    #[test]
    fn every_precision_is_read_as_single() {
        let values = [1.5f32, -0.25, 3.0];
        let single: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let half: Vec<u8> = values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
        let brain: Vec<u8> = values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect();
        for (dtype, bytes) in [(Dtype::F32, single), (Dtype::F16, half), (Dtype::BF16, brain)] {
            assert_eq!(read(&file(dtype, &bytes, &[3]), "scale", [3]).unwrap(), values);
        }
    }

    #[test]
    fn a_file_of_another_network_is_refused_in_words() {
        let good = file(Dtype::F32, &[0; 8], &[2]);
        assert_eq!(
            read(&good, "shift", [2]).unwrap_err().to_string(),
            "The weights lack the tensor “shift”: they belong to another network."
        );
        assert_eq!(
            read(&good, "scale", [1, 2]).unwrap_err().to_string(),
            "The tensor “scale” should have the shape [1, 2], but has [2]: it belongs to another network."
        );
        assert_eq!(
            Weights::read(&good).unwrap().finish().unwrap_err().to_string(),
            "The weights hold 1 tensors this network does not know, such as “scale”: they belong to another network."
        );
        let whole = file(Dtype::I64, &[0; 8], &[1]);
        assert!(matches!(read(&whole, "scale", [1]), Err(WeightsError::Kind { .. })));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let good = file(Dtype::F32, &[0; 8], &[2]);
        for length in 0..good.len() {
            assert!(matches!(Weights::read(&good[..length]), Err(WeightsError::NotSafetensors(_))), "{length} bytes");
        }
        // A header that claims to be longer than memory.
        let mut huge = good.clone();
        huge[..8].copy_from_slice(&(1u64 << 60).to_le_bytes());
        assert!(matches!(Weights::read(&huge), Err(WeightsError::NotSafetensors(_))));
        let nan: Vec<u8> = [1.0f32, f32::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert!(matches!(read(&file(Dtype::F32, &nan, &[2]), "scale", [2]), Err(WeightsError::NotFinite(_))));
    }
}
