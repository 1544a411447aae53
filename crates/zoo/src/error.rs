use std::fmt;

use negah_weights::WeightsError;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong when a model is loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The weight file cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file's tensors are not the network's.
    #[error("{0}")]
    Mismatch(Box<Mismatch>),
    /// A batch norm would take the square root of a negative number.
    #[error(
        "The tensor “{tensor}” holds the variances of a batch norm, which cannot be negative. Negative values: {count}. Fetch the file again."
    )]
    NegativeVariance {
        /// Its name in the file.
        tensor: String,
        /// The number of negative values.
        count: usize,
    },
    /// The tensors do not make a network.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
}

/// How the tensors of a file differ from a network's, with at most three names of each kind.
///
/// Names of the file are stored as [`quoted`](negah_weights::quoted) gives them.
#[derive(Debug, Default)]
pub struct Mismatch {
    /// The network that was asked for.
    pub model: &'static str,
    /// The network that the file looks like, if it is another.
    pub looks_like: Option<&'static str>,
    /// Tensors of the network that are not in the file.
    pub missing: Few<String>,
    /// Tensors of the file that are not part of the network.
    pub surplus: Few<String>,
    /// Tensors of another shape.
    pub misshapen: Few<Misshapen>,
}

/// The first three of some tensors, and how many there are.
#[derive(Debug)]
pub struct Few<T> {
    /// The number of tensors.
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
        write!(f, "{} {:?} instead of {:?}", self.name, self.got, self.expected)
    }
}

// A derived `Default` would require one of `T`.
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

    /// A sentence with the number of the tensors, what they are, and the first; empty without any.
    fn sentence(&self, one: &str, many: &str) -> String {
        let number = match self.count {
            0 => return String::new(),
            1 => format!("One tensor {one}"),
            2 => format!("Two tensors {many}"),
            count => format!("{count} tensors {many}"),
        };
        let first: Vec<String> = self.first.iter().map(T::to_string).collect();
        let more = if self.count > first.len() { ", …" } else { "." };
        format!(" {number}: {}{more}", first.join(", "))
    }
}

impl Mismatch {
    pub(crate) fn is_none(&self) -> bool {
        self.missing.count + self.surplus.count + self.misshapen.count == 0
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.looks_like {
            None => write!(f, "The weights do not belong to {}.", self.model)?,
            Some(other) => write!(
                f,
                "The weights do not belong to {}, but look like those of {other}: choose that network, or another file.",
                self.model
            )?,
        }
        f.write_str(&self.missing.sentence("is missing", "are missing"))?;
        f.write_str(&self.surplus.sentence("is not part of the network", "are not part of the network"))?;
        f.write_str(&self.misshapen.sentence("has another shape", "have another shape"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_says_how_many_and_which() {
        let few = |names: &[&str], count| Few { count, first: names.iter().map(|name| (*name).to_owned()).collect() };
        let tensor = Misshapen { name: "d".to_owned(), expected: vec![2, 3], got: vec![3, 2] };
        let mismatch = Mismatch {
            model: "VGG-16",
            looks_like: None,
            missing: few(&["a", "b", "c"], 236),
            surplus: few(&["x", "y"], 2),
            misshapen: Few { count: 1, first: vec![tensor] },
        };
        assert_eq!(
            mismatch.to_string(),
            "The weights do not belong to VGG-16. 236 tensors are missing: a, b, c, … Two tensors are not part of the \
             network: x, y. One tensor has another shape: d [3, 2] instead of [2, 3]."
        );
    }
}
