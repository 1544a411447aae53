//! Where the tensors of a network come from: a file in one of the formats that people have, or nowhere.
//!
//! A file is read through a [`Source`], never as a whole: opening finds the tensors, and each is read when it is
//! asked for, straight into the network's order of axes. Files come from anywhere, so nothing in them is believed.
//! What describes the tensors is limited in bytes and steps whatever it says, a tensor is only read if it has the
//! shape that the network gives it, and nothing a pickle asks for is run.

mod archive;
mod bytes;
mod error;
mod file;
mod hdf5;
mod keras;
mod layout;
mod naming;
mod pickle;
mod safetensors;
mod source;
mod tensor;
mod torch;

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use negah_network::Param;

use crate::seeded;

pub use error::{Few, Mismatch, Misshapen, WeightsError};
pub(crate) use file::WeightFile;
pub(crate) use naming::{Architecture, Line, Naming};
pub use source::{Cached, Source};

pub(crate) type Result<T> = std::result::Result<T, WeightsError>;

/// No tensor of a dense layer is larger than this, in bytes: what every WebGPU device takes as one buffer.
const LARGEST: usize = 128 << 20;

/// A tensor that a network needs: its name here, and its shape.
pub(crate) type Need = (String, Vec<usize>);

/// The tensors of a network, taken one by one as it is built.
pub struct Weights<'a> {
    origin: Origin<'a>,
    device: Device,
}

enum Origin<'a> {
    /// Nowhere: what is asked for is written down, and nothing is computed with it.
    Nowhere(Vec<Need>),
    /// Made up from the names; see [`seeded`].
    Seeded(f32),
    File(WeightFile<'a>, BTreeMap<String, Line>),
}

impl<'a> Weights<'a> {
    pub(crate) fn nowhere() -> Self {
        Self { origin: Origin::Nowhere(Vec::new()), device: Device::flex() }
    }

    pub(crate) fn seeded(gain: f32, device: &Device) -> Self {
        Self { origin: Origin::Seeded(gain), device: device.clone() }
    }

    /// The tensors of a file, by the names that `lines` has for them.
    pub(crate) fn file(file: WeightFile<'a>, lines: Vec<Line>, device: &Device) -> Self {
        let lines = lines.into_iter().map(|line| (line.ours.clone(), line)).collect();
        Self { origin: Origin::File(file, lines), device: device.clone() }
    }

    /// What has been asked for.
    pub(crate) fn needs(self) -> Vec<Need> {
        match self.origin {
            Origin::Nowhere(needs) => needs,
            Origin::Seeded(_) | Origin::File(..) => Vec::new(),
        }
    }

    /// The tensor of this name, in single precision on the device.
    ///
    /// # Errors
    /// [`WeightsError`] for a tensor that is not there, or not so.
    pub(crate) fn param<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Result<Param<D>> {
        let tensor = match self.values(name, &shape)? {
            Some(values) => Tensor::from_data(TensorData::new(values, shape), &self.device),
            None => Tensor::<D>::zeros([1; D], &self.device).expand(shape),
        };
        Ok(Param { tensor, source: name.to_owned() })
    }

    /// The matrix of this name, `[rows, columns]`, in as many parts as a device needs: some of its rows each.
    ///
    /// # Errors
    /// As [`Weights::param`].
    pub(crate) fn rows(&mut self, name: &str, [rows, columns]: [usize; 2]) -> Result<Vec<Param<2>>> {
        let param = |tensor| Param { tensor, source: name.to_owned() };
        let Some(mut values) = self.values(name, &[rows, columns])? else {
            return Ok(vec![param(Tensor::<2>::zeros([1, 1], &self.device).expand([rows, columns]))]);
        };
        let parts = (rows * columns * size_of::<f32>()).div_ceil(LARGEST);
        let each = rows.div_ceil(parts.max(1));
        let mut tensors = Vec::new();
        // From the end, so that what has been handed over is no longer held.
        for first in (0..rows).step_by(each.max(1)).rev() {
            let part = if first == 0 { std::mem::take(&mut values) } else { values.split_off(first * columns) };
            let data = TensorData::new(part, [rows.min(first + each) - first, columns]);
            tensors.push(param(Tensor::from_data(data, &self.device)));
        }
        tensors.reverse();
        Ok(tensors)
    }

    /// The values of a tensor; `None` where there are none to be had.
    fn values(&mut self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>> {
        let values = match &mut self.origin {
            Origin::Nowhere(needs) => {
                needs.push((name.to_owned(), shape.to_vec()));
                return Ok(None);
            }
            Origin::Seeded(gain) => seeded::values(name, shape, *gain),
            Origin::File(file, lines) => {
                let line = lines.get(name).ok_or_else(|| WeightsError::Missing(name.to_owned()))?;
                file.read(line, shape)?
            }
        };
        Ok(Some(values))
    }
}

#[cfg(test)]
mod tests;
