use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::pixels::per_channel;
use crate::{Result, Task};

/// The most memory that the activations of a background may take to be kept, in bytes. Those beyond
/// it are computed again when they are needed.
const KEPT_BYTES: usize = 128 << 20;

/// The pictures of a background, or the values of the task's layer for them.
#[derive(Debug)]
pub(crate) struct Background {
    pictures: Tensor<4>,
    /// The values of the layer, by the picture's index.
    kept: BTreeMap<usize, Tensor<4>>,
    /// How many are kept at most; 0 at the picture, where there is nothing to compute.
    most_kept: usize,
}

impl Background {
    /// The task's background; without one, a black picture.
    pub(crate) fn new(task: &Task<'_>, [channels, height, width]: [usize; 3]) -> Self {
        let black = || per_channel(task.pixels.values(&[0.0]), &task.input);
        let bytes = channels.saturating_mul(height).saturating_mul(width).saturating_mul(size_of::<f32>());
        let at_picture = task.layer == task.network.input();
        Self {
            pictures: task.background.clone().unwrap_or_else(black),
            kept: BTreeMap::new(),
            most_kept: if at_picture { 0 } else { KEPT_BYTES / bytes.max(1) },
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.pictures.dims()[0]
    }

    /// The values of the layer for the pictures of these indices, one after another. Each is
    /// computed by itself, so that it does not depend on the others to the last bit.
    ///
    /// # Shapes
    /// The result is `[indices, channels, height, width]`.
    pub(crate) fn values(&mut self, task: &Task<'_>, indices: &[usize]) -> Result<Tensor<4>> {
        let values = indices.iter().map(|index| self.value(task, *index)).collect::<Result<_>>()?;
        Ok(Tensor::cat(values, 0))
    }

    fn value(&mut self, task: &Task<'_>, index: usize) -> Result<Tensor<4>> {
        if let Some(value) = self.kept.get(&index) {
            return Ok(value.clone());
        }
        let value = task.activation(self.pictures.clone().narrow(0, index, 1))?;
        if self.kept.len() < self.most_kept {
            self.kept.insert(index, value.clone());
        }
        Ok(value)
    }
}
