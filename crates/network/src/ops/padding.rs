/// What lies around the input of a window that moves over it: zeros for a convolution, nothing for a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// No border.
    Valid,
    /// TensorFlow's SAME: as much as makes the output `⌈size / stride⌉`, the odd pixel at the end. At
    /// stride 2 this is not symmetric, and a network trained so computes something else when it is.
    Same,
    /// `[(top, bottom), (start, end)]`
    Explicit([(usize, usize); 2]),
}

impl Padding {
    /// The border in numbers, for an input of this size and a window that reaches this far.
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

    /// The size of the output.
    ///
    /// # Errors
    /// Says why the window does not fit.
    pub(super) fn output(self, size: [usize; 2], reach: [usize; 2], stride: [usize; 2]) -> Result<[usize; 2], String> {
        let border = self.border(size, reach, stride);
        let mut output = [0; 2];
        for axis in 0..2 {
            let (before, after) = border[axis];
            if before >= reach[axis] || after >= reach[axis] {
                return Err(format!("a border of {before} and {after} lies outside a kernel of {}", reach[axis]));
            }
            let padded = size[axis] + before + after;
            if padded < reach[axis] {
                return Err(format!("a kernel of {} does not fit into {padded} pixels", reach[axis]));
            }
            output[axis] = (padded - reach[axis]) / stride[axis] + 1;
        }
        Ok(output)
    }
}
