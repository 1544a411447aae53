use negah_network::Shape;

use crate::{Kind, Value};

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
    #[error("The parameter “{parameter}” takes {}, not {got}.", kind.expected())]
    BadParameter {
        /// The parameter's name.
        parameter: &'static str,
        /// What it takes.
        kind: Kind,
        /// The value given.
        got: Value,
    },
    /// A window that is moved by more than its own size.
    #[error(
        "The parameter “stride” takes at most the window’s {window} pixels, so that no part of the picture is left out, \
         not {stride}."
    )]
    StrideBeyondWindow {
        /// The window's side, in pixels.
        window: usize,
        /// By how many it was to move.
        stride: usize,
    },
    /// No score has this id.
    #[error("A class has no score “{id}”. It has: {}.", known.join(", "))]
    UnknownScore {
        /// The id asked for.
        id: String,
        /// The ids there are.
        known: [&'static str; 3],
    },
    /// The network has fewer classes.
    #[error("There is no class {class}: this network tells {classes} classes apart, numbered from 0.")]
    UnknownClass {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// A job without a class to explain.
    #[error("No class was chosen: name at least one to explain.")]
    NoTarget,
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
    /// A layer was named for a method that looks at the picture.
    #[error("{method} looks at the picture itself, so it takes no layer. Leave “{layer}” out.")]
    NoLayer {
        /// The method's name.
        method: &'static str,
        /// The layer's name.
        layer: String,
    },
    /// What enters the layer does not decide the rest of the network by itself.
    #[error(
        "{method} works where all paths through the network meet; another path leads around what enters “{layer}”. \
         Choose a layer marked as a cut, such as {}.", known.join(", ")
    )]
    NotACut {
        /// The method's name.
        method: &'static str,
        /// The layer's name.
        layer: String,
        /// Some layers that would do.
        known: Vec<String>,
    },
    /// The method compares with a picture, and there is none.
    #[error("The baseline is to be a picture, but the request brings none. Give one, or choose another baseline.")]
    NoPicture,
    /// A tensor of another shape than the network's input.
    #[error("{what} should be of the shape {expected:?}, but is {got:?}.")]
    Shape {
        /// Which tensor it is.
        what: &'static str,
        /// The shape of one example of the network's input.
        expected: Shape,
        /// The shape that came, the number of examples first.
        got: Vec<usize>,
    },
    /// The network refused.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
