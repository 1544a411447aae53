use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use negah_network::Param;
use negah_weights::{TensorMapping, WeightFile, WeightsError, quoted};

use crate::{Error, Result, seeded};

/// The largest tensor of a dense layer in bytes: every WebGPU device takes a buffer of this size.
const MAX_BUFFER: usize = 128 << 20;

/// A tensor that a network needs: its name and its shape.
pub type TensorSpec = (String, Vec<usize>);

/// The tensors of a network, which its builder takes one by one.
pub struct TensorLoader<'a> {
    origin: Origin<'a>,
    device: Device,
}

enum Origin<'a> {
    /// The tensors asked for are listed; nothing can be computed with them.
    ShapesOnly(Vec<TensorSpec>),
    /// Values made up from the names; see [`seeded`].
    Seeded(f32),
    File(WeightFile<'a>, BTreeMap<String, TensorMapping>),
}

impl<'a> TensorLoader<'a> {
    pub(crate) fn shapes_only() -> Self {
        Self { origin: Origin::ShapesOnly(Vec::new()), device: Device::flex() }
    }

    pub(crate) fn seeded(gain: f32, device: &Device) -> Self {
        Self { origin: Origin::Seeded(gain), device: device.clone() }
    }

    /// The tensors of a file, by the names that `mappings` has for them.
    pub(crate) fn file(file: WeightFile<'a>, mappings: Vec<TensorMapping>, device: &Device) -> Self {
        let mappings = mappings.into_iter().map(|mapping| (mapping.ours.clone(), mapping)).collect();
        Self { origin: Origin::File(file, mappings), device: device.clone() }
    }

    /// The tensors that were asked for.
    pub(crate) fn specs(self) -> Vec<TensorSpec> {
        match self.origin {
            Origin::ShapesOnly(specs) => specs,
            Origin::Seeded(_) | Origin::File(..) => Vec::new(),
        }
    }

    /// The tensor of this name, in single precision on the device.
    ///
    /// # Errors
    /// [`Error::Weights`] for a tensor that is missing or has another shape,
    /// [`Error::NegativeVariance`].
    pub(crate) fn param<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Result<Param<D>> {
        let tensor = match self.values(name, &shape)? {
            Some(values) => Tensor::from_data(TensorData::new(values, shape), &self.device),
            None => Tensor::<D>::zeros([1; D], &self.device).expand(shape),
        };
        Ok(Param { tensor, tensor_name: name.to_owned() })
    }

    /// The matrix of this name, `[rows, columns]`, in as many parts as a device needs, by rows.
    ///
    /// # Errors
    /// As [`TensorLoader::param`].
    pub(crate) fn rows(&mut self, name: &str, [rows, columns]: [usize; 2]) -> Result<Vec<Param<2>>> {
        let param = |tensor| Param { tensor, tensor_name: name.to_owned() };
        let Some(mut values) = self.values(name, &[rows, columns])? else {
            return Ok(vec![param(Tensor::<2>::zeros([1, 1], &self.device).expand([rows, columns]))]);
        };
        let parts = (rows * columns * size_of::<f32>()).div_ceil(MAX_BUFFER);
        let each = rows.div_ceil(parts.max(1));
        let mut tensors = Vec::new();
        // From the end, so that the memory of each part is freed once it is on the device.
        for first in (0..rows).step_by(each.max(1)).rev() {
            let part = if first == 0 { std::mem::take(&mut values) } else { values.split_off(first * columns) };
            let data = TensorData::new(part, [rows.min(first + each) - first, columns]);
            tensors.push(param(Tensor::from_data(data, &self.device)));
        }
        tensors.reverse();
        Ok(tensors)
    }

    /// The values of a tensor; `None` if only shapes are wanted.
    fn values(&mut self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>> {
        let values = match &mut self.origin {
            Origin::ShapesOnly(specs) => {
                specs.push((name.to_owned(), shape.to_vec()));
                return Ok(None);
            }
            Origin::Seeded(gain) => seeded::values(name, shape, *gain),
            Origin::File(file, mappings) => {
                let mapping = mappings.get(name).ok_or_else(|| WeightsError::missing(name))?;
                read(file, mapping, shape)?
            }
        };
        Ok(Some(values))
    }
}

/// The values of a tensor of a file, which must suit its role in the network.
///
/// A batch norm divides by √(variance + ε), ε > 0: a negative variance would give NaN, or nonsense.
pub(crate) fn read(file: &mut WeightFile<'_>, mapping: &TensorMapping, shape: &[usize]) -> Result<Vec<f32>> {
    let values = file.read(mapping, shape)?;
    if mapping.ours.ends_with(".running_var") {
        let count = values.iter().filter(|variance| **variance < 0.0).count();
        if count > 0 {
            return Err(Error::NegativeVariance { tensor: quoted(&mapping.theirs), count });
        }
    }
    Ok(values)
}
