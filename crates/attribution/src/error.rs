use negah_network::Shape;

/// What can go wrong when a method is asked for, or runs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No method has this id.
    #[error("There is no method “{id}”. There is: {}.", known.join(", "))]
    UnknownMethod {
        /// The id asked for.
        id: String,
        /// The ids there are.
        known: Vec<&'static str>,
    },
    /// The method has no parameter of this name.
    #[error(
        "{method} has no parameter “{parameter}”. {}",
        if known.is_empty() { "It has none.".to_owned() } else { format!("It has: {}.", known.join(", ")) }
    )]
    UnknownParameter {
        /// The method's id.
        method: &'static str,
        /// The name given.
        parameter: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// A parameter has a value it cannot take.
    #[error("The parameter “{parameter}” takes {expected}, not {got}.")]
    BadParameter {
        /// The parameter's name.
        parameter: &'static str,
        /// What it takes.
        expected: String,
        /// The value given.
        got: String,
    },
    /// The network has fewer classes.
    #[error("There is no class {class}: this network tells {classes} classes apart, numbered from 0.")]
    UnknownClass {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// The method reads a picture-like layer, and this one is not.
    #[error(
        "{method} needs a layer of rank 4, with height and width; “{layer}” gives {shape:?}. Choose one before the pooling."
    )]
    FlatLayer {
        /// The method's name.
        method: &'static str,
        /// The layer's name.
        layer: String,
        /// The shape of one example of its output.
        shape: Shape,
    },
    /// The network refused.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
