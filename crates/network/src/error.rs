use crate::Shape;

/// What can go wrong when a network is built or asked a question.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No layer has this name.
    #[error("There is no layer named “{name}”. Known layers: {}.", some(known))]
    UnknownLayer {
        /// The name asked for.
        name: String,
        /// The names a reader may pick.
        known: Vec<String>,
    },
    /// A layer id, or a trace, of another network.
    #[error("The layer or the run belongs to another network: find the layer by its name in this one.")]
    OtherNetwork,
    /// A layer joins several others, so that no single value enters it.
    #[error("Several layers enter “{0}”, so there is no one value to look at. Choose one of the layers before it.")]
    SeveralInputs(String),
    /// Two layers, or a layer and an alias, would share a name.
    #[error("Two layers are named “{0}”: a name must stand for one layer.")]
    DuplicateName(String),
    /// A layer cannot follow the layers it is given.
    #[error("Layer “{layer}” cannot be built: {reason}.")]
    Build {
        /// The layer's name.
        layer: String,
        /// What does not fit, without a full stop.
        reason: String,
    },
    /// The parts of a model are inconsistent.
    #[error("The model “{model}” is inconsistent: {reason}.")]
    Model {
        /// The model's name.
        model: String,
        /// What does not fit, without a full stop.
        reason: String,
    },
    /// A tensor of the wrong shape was fed to a layer, or given as the seed of a backward pass.
    #[error("Layer “{layer}” takes a batch of {expected:?}, but the tensor given is {got:?}.")]
    Shape {
        /// The layer's name.
        layer: String,
        /// The shape of one example.
        expected: Shape,
        /// The shape given, batch included.
        got: Vec<usize>,
    },
    /// One layer was fed two values.
    #[error("Layer “{0}” is fed twice: give it one value.")]
    FedTwice(String),
    /// A batch whose values cannot be counted, or allocated, on this machine.
    #[error(
        "A batch of {batch} examples is too large for layer “{layer}”, whose shape is {shape:?}. Use a smaller batch."
    )]
    TooLarge {
        /// The layer's name.
        layer: String,
        /// The shape of one example.
        shape: Shape,
        /// The number of examples.
        batch: usize,
    },
    /// A fetched layer depends on an input that nobody fed.
    #[error("Layer “{0}” must be fed, because a requested layer depends on it.")]
    Unfed(String),
    /// A trace was asked for a layer that the run did not fetch.
    #[error("Layer “{0}” was not fetched by this run.")]
    NotFetched(String),
    /// A backward pass was asked to reach a layer for which the run kept nothing.
    #[error("This run was not recorded down to layer “{0}”: name it when recording.")]
    NotRecorded(String),
    /// The seeded layer does not depend on the layer whose gradient is wanted.
    #[error("“{of}” does not depend on “{wrt}”, so it has no gradient there.")]
    NoPath {
        /// The layer where the pass starts.
        of: String,
        /// The layer it should reach.
        wrt: String,
    },
    /// A value was asked for as a tensor of another rank.
    #[error("A tensor with {expected} axes was expected, but its shape is {got:?}.")]
    Rank {
        /// The number of axes expected, the batch's included.
        expected: usize,
        /// The shape, batch included.
        got: Vec<usize>,
    },
    /// Values cannot be combined or reshaped as requested.
    #[error("The values do not match: {0}.")]
    Value(String),
    /// An op failed, or did not give what it announced when the network was built.
    #[error("Layer “{layer}” could not be computed: {source}")]
    Compute {
        /// The layer's name.
        layer: String,
        /// What the op said.
        source: Box<Error>,
    },
}

/// The first names of a list, few enough to read.
#[must_use]
pub fn some(names: &[String]) -> String {
    const MOST: usize = 24;
    let more = if names.len() > MOST { ", …" } else { "" };
    names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ") + more
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
