/// What can be wrong with a weight file before it is known what network it is for.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The source failed.
    #[error("The weights could not be read: {0}. Choose the file again.")]
    Io(#[from] std::io::Error),
    /// None of the formats begins like this.
    #[error(
        "The weights are in no format that is known here. Choose a .safetensors, .pth, .pt, .h5, .weights.h5 or .keras file."
    )]
    Unknown,
    /// The file contradicts itself, or its length.
    #[error("The weights cannot be read: in the file, {0}. Fetch the file again.")]
    Damaged(String),
    /// The file may be sound, but nobody writes weights this way.
    #[error("The weights cannot be read: {0} is not supported. Save them again as safetensors.")]
    Unsupported(String),
    /// A pickle asks for code, which is never run.
    #[error(
        "The weights cannot be read: the file asks Python for “{0}”, which is not a tensor, and nothing in it is run. Save a state dict: torch.save(model.state_dict(), …)."
    )]
    Code(String),
    /// A tensor holds NaN or infinity.
    #[error("The tensor “{0}” holds values that are not finite numbers. Fetch the file again.")]
    NotFinite(String),
    /// A tensor that the naming promises is not in the file.
    #[error("The weights lack the tensor “{0}”: they belong to another network.")]
    Missing(String),
    /// A tensor has another number of values than the network's.
    #[error("The tensor “{name}” should have the shape {expected:?}, but has {got:?}: it belongs to another network.")]
    Shape {
        /// Its name in the file.
        name: String,
        /// The network's shape, in the file's order.
        expected: Vec<usize>,
        /// The file's shape.
        got: Vec<usize>,
    },
    /// A tensor's numbers are of a kind that weights are not made of.
    #[error("The tensor “{name}” holds {got} values; weights are F32, F16, BF16 or F64.")]
    Kind {
        /// Its name in the file.
        name: String,
        /// What it holds.
        got: String,
    },
}

impl WeightsError {
    pub(crate) fn damaged(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }

    pub(crate) fn unsupported(what: &str) -> Self {
        Self::Unsupported(what.to_owned())
    }
}
