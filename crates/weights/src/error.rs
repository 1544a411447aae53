use crate::quoted::{quoted, shortened};

/// A result of this crate.
pub(crate) type Result<T> = std::result::Result<T, WeightsError>;

/// What can be wrong with a file of tensors before the network is known.
///
/// Text from a file is stored as [`quoted`] gives it.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The source failed.
    #[error("The weights could not be read: {0}. Choose the file again.")]
    Io(#[from] std::io::Error),
    /// The file begins like none of the formats.
    #[error(
        "The weights are in no format that is known here. Choose a .safetensors, .pth, .pt, .h5, .weights.h5 or .keras file."
    )]
    Unknown,
    /// The file contradicts itself, or its length.
    #[error("The weights cannot be read: in the file, {0}. Fetch the file again.")]
    Damaged(String),
    /// The file may be valid, but uses a feature that is not read here.
    #[error("The weights cannot be read: {0} is not supported. Save them again as safetensors.")]
    Unsupported(String),
    /// A pickle asks for a function or a class. It is never run.
    #[error(
        "The weights cannot be read: the file asks Python for “{0}”, which is not a tensor, and nothing in it is run. Save a state dict: torch.save(model.state_dict(), …)."
    )]
    Code(String),
    /// A tensor holds NaN or infinity.
    #[error("The tensor “{0}” holds values that are not finite numbers. Fetch the file again.")]
    NotFinite(String),
    /// A tensor that the naming expects is not in the file.
    #[error("The weights lack the tensor “{0}”: they belong to another network.")]
    Missing(String),
    /// A tensor's shape is not the network's.
    #[error("The tensor “{name}” should have the shape {expected:?}, but has {got:?}: it belongs to another network.")]
    Shape {
        /// Its name in the file.
        name: String,
        /// The network's shape, in the file's order.
        expected: Vec<usize>,
        /// The file's shape.
        got: Vec<usize>,
    },
    /// A tensor's values are not floating-point numbers.
    #[error("The tensor “{name}” holds {got} values; weights are F32, F16, BF16 or F64.")]
    Kind {
        /// Its name in the file.
        name: String,
        /// What it holds.
        got: String,
    },
    /// A NumPy array cannot be read: what was expected, what was found, and what to do.
    #[error("The NumPy array cannot be read: {0}.")]
    Npy(String),
}

impl WeightsError {
    /// An error for a tensor that is not in the file, by the file's name for it.
    #[must_use]
    pub fn missing(name: &str) -> Self {
        Self::Missing(quoted(name))
    }

    pub(crate) fn damaged(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }

    /// As [`WeightsError::damaged`], with a library's reason, which may quote the file.
    pub(crate) fn broken(what: &str, reason: impl ToString) -> Self {
        Self::Damaged(format!("{what} ({})", shortened(&reason.to_string(), 200)))
    }

    pub(crate) fn unsupported(what: &str) -> Self {
        Self::Unsupported(what.to_owned())
    }
}
