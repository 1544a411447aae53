use burn::tensor::{Device, Tensor};

/// The shape of one example, without the batch: `[channels, height, width]` or `[features]`.
pub type Shape = Vec<usize>;

/// The value of a layer for a batch of examples. Burn's ranks are static; a graph's are not.
#[derive(Debug, Clone)]
pub enum Activation {
    /// `[batch, features]`
    Rank2(Tensor<2>),
    /// `[batch, channels, height, width]`
    Rank4(Tensor<4>),
}

impl Activation {
    /// All dimensions, the batch first.
    #[must_use]
    pub fn dims(&self) -> Vec<usize> {
        match self {
            Self::Rank2(tensor) => tensor.dims().to_vec(),
            Self::Rank4(tensor) => tensor.dims().to_vec(),
        }
    }

    /// The number of examples.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.dims()[0]
    }

    /// The same values on another device.
    #[must_use]
    pub fn to_device(self, device: &Device) -> Self {
        match self {
            Self::Rank2(tensor) => Self::Rank2(tensor.to_device(device)),
            Self::Rank4(tensor) => Self::Rank4(tensor.to_device(device)),
        }
    }

    /// The image-like value, `[batch, channels, height, width]`.
    ///
    /// # Panics
    /// If the value is of rank 2. Shapes are checked when a network is built, so an op of this crate
    /// that reaches a panic here has been given a layer its `output_shape` should have refused.
    #[must_use]
    pub fn into_rank4(self) -> Tensor<4> {
        match self {
            Self::Rank4(tensor) => tensor,
            Self::Rank2(tensor) => unreachable!("a rank-4 value was expected, not {:?}", tensor.dims()),
        }
    }

    /// The vector-like value, `[batch, features]`.
    ///
    /// # Panics
    /// If the value is of rank 4; see [`Activation::into_rank4`].
    #[must_use]
    pub fn into_rank2(self) -> Tensor<2> {
        match self {
            Self::Rank2(tensor) => tensor,
            Self::Rank4(tensor) => unreachable!("a rank-2 value was expected, not {:?}", tensor.dims()),
        }
    }

    /// The elementwise sum of two values of one shape.
    #[must_use]
    pub(crate) fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Rank2(a), Self::Rank2(b)) => Self::Rank2(a + b),
            (Self::Rank4(a), Self::Rank4(b)) => Self::Rank4(a + b),
            (a, b) => unreachable!("values of one rank were expected, not {:?} and {:?}", a.dims(), b.dims()),
        }
    }
}

impl From<Tensor<2>> for Activation {
    fn from(tensor: Tensor<2>) -> Self {
        Self::Rank2(tensor)
    }
}

impl From<Tensor<4>> for Activation {
    fn from(tensor: Tensor<4>) -> Self {
        Self::Rank4(tensor)
    }
}
