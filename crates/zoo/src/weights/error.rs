use std::fmt;

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
    /// The tensors are not those of the network.
    #[error("{0}")]
    Mismatch(Box<Mismatch>),
    /// The tensors are there, but do not make a network.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
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

/// What does not fit between a file and a network, three names at most of each kind.
#[derive(Debug, Default)]
pub struct Mismatch {
    /// The network that was asked for.
    pub model: &'static str,
    /// The network that the file looks like, if it is another.
    pub looks_like: Option<&'static str>,
    /// Tensors of the network that the file lacks: how many, and the first.
    pub missing: Few<String>,
    /// Tensors of the file that the network lacks.
    pub surplus: Few<String>,
    /// Tensors of another shape, with both.
    pub misshapen: Few<Misshapen>,
}

/// The first three of some tensors, and how many there are.
#[derive(Debug)]
pub struct Few<T> {
    /// How many there are.
    pub count: usize,
    /// The first three.
    pub first: Vec<T>,
}

/// A tensor of another shape than the network's.
#[derive(Debug)]
pub struct Misshapen {
    /// Its name in the file.
    pub name: String,
    /// The network's shape.
    pub expected: Vec<usize>,
    /// The file's shape.
    pub got: Vec<usize>,
}

impl fmt::Display for Misshapen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} for {:?}", self.name, self.got, self.expected)
    }
}

// Derived, it would ask for a default tensor.
impl<T> Default for Few<T> {
    fn default() -> Self {
        Self { count: 0, first: Vec::new() }
    }
}

impl<T: fmt::Display> Few<T> {
    pub(crate) fn push(&mut self, tensor: impl FnOnce() -> T) {
        self.count += 1;
        if self.first.len() < 3 {
            self.first.push(tensor());
        }
    }

    /// How many there are and which, after what is said of them; nothing where there is none.
    fn said(&self, what: &str) -> String {
        if self.count == 0 {
            return String::new();
        }
        let first: Vec<String> = self.first.iter().map(T::to_string).collect();
        let more = if self.count > first.len() { ", …" } else { "" };
        format!(". They {what} {} of the tensors: {}{more}", self.count, first.join(", "))
    }
}

impl Mismatch {
    pub(crate) fn is_none(&self) -> bool {
        self.missing.count + self.surplus.count + self.misshapen.count == 0
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The weights do not belong to {}", self.model)?;
        if let Some(other) = self.looks_like {
            write!(f, ", but look like those of {other}: choose that network, or another file")?;
        }
        let (missing, surplus) = (self.missing.said("lack"), self.surplus.said("have to spare"));
        write!(f, "{missing}{surplus}{}.", self.misshapen.said("have otherwise"))
    }
}

impl WeightsError {
    pub(crate) fn damaged(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }

    pub(crate) fn unsupported(what: &str) -> Self {
        Self::Unsupported(what.to_owned())
    }
}
