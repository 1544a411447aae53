use std::fmt;

use negah_weights::WeightsError;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong when a model of the registry is loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The weight file cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file's tensors are not the network's.
    #[error("{0}")]
    Mismatch(Box<Mismatch>),
    /// The tensors do not make a network.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
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
