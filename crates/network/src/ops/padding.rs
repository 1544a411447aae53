use crate::builder::MOST_VALUES;
use crate::value::number_of_values;

/// What lies around the input of a window that moves over it: zeros for a convolution, nothing for
/// a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// No border.
    Valid,
    /// TensorFlow's SAME: as much as makes the output `⌈size / stride⌉`, the odd pixel at the end.
    /// At stride 2 this is not symmetric, and a network trained so computes something else when it
    /// is.
    Same,
    /// `[(top, bottom), (start, end)]`
    Explicit([(usize, usize); 2]),
}

impl Padding {
    /// The border in numbers, for an input of this size and a window that reaches this far: what
    /// [`Padding::output`] has accepted.
    pub(super) fn border(self, size: [usize; 2], reach: [usize; 2], stride: [usize; 2]) -> [(usize, usize); 2] {
        match self {
            Self::Valid => [(0, 0); 2],
            Self::Explicit(border) => border,
            Self::Same => std::array::from_fn(|axis| {
                let last = (size[axis].div_ceil(stride[axis]) - 1) * stride[axis];
                let total = (last + reach[axis]).saturating_sub(size[axis]);
                (total / 2, total - total / 2)
            }),
        }
    }

    /// The height and width of the output for an input `[channels, height, width]`.
    ///
    /// # Errors
    /// Says why the window does not fit.
    pub(super) fn output(
        self,
        [channels, height, width]: [usize; 3],
        reach: [usize; 2],
        stride: [usize; 2],
    ) -> Result<[usize; 2], String> {
        let size = [height, width];
        if [size, reach, stride].concat().contains(&0) {
            return Err("its input, window and stride are at least 1".to_owned());
        }
        // With this, no sum or product below overflows.
        if [size, reach, stride].concat().iter().any(|length| *length > MOST_VALUES) {
            return Err(format!("its input, window and stride are at most {MOST_VALUES}"));
        }
        let border = self.border(size, reach, stride);
        let (mut output, mut padded) = ([0; 2], [0; 2]);
        for axis in 0..2 {
            let (before, after) = border[axis];
            if before >= reach[axis] || after >= reach[axis] {
                return Err(format!("a border of {before} and {after} lies outside a kernel of {}", reach[axis]));
            }
            padded[axis] = size[axis] + before + after;
            if padded[axis] < reach[axis] {
                return Err(format!("a kernel of {} does not fit into {} pixels", reach[axis], padded[axis]));
            }
            output[axis] = (padded[axis] - reach[axis]) / stride[axis] + 1;
        }
        // A backward step spreads the gradient out by the stride.
        fits_memory(&[channels, padded[0] + stride[0], padded[1] + stride[1]])?;
        Ok(output)
    }
}

/// Refuses what an op would need as a single allocation.
pub(super) fn fits_memory(dims: &[usize]) -> Result<(), String> {
    match number_of_values(dims) {
        Some(count) if count <= MOST_VALUES => Ok(()),
        _ => Err(format!("with its border, stride and dilation it takes more than {MOST_VALUES} values at once")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_is_answered() {
        let sizes = [0, 1, 2, 3, 7, 1 << 20, MOST_VALUES, MOST_VALUES + 1, usize::MAX / 2, usize::MAX];
        for size in sizes {
            for reach in sizes {
                for stride in sizes {
                    for padding in [Padding::Valid, Padding::Same, Padding::Explicit([(size, reach), (stride, 0)])] {
                        let Ok(output) = padding.output([1, size, 1], [reach, 1], [stride, 1]) else { continue };
                        assert!(output[0] >= 1 && output[0] <= size + 2 * reach);
                    }
                }
            }
        }
    }
}
