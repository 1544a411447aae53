use negah_network::Shape;

use crate::{Kind, Setting};

/// What can go wrong when a method is asked for, or runs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No method has this id.
    #[error("There is no method “{id}”. Known methods: {}.", known.join(", "))]
    UnknownMethod {
        /// The id asked for.
        id: String,
        /// The ids there are.
        known: Vec<&'static str>,
    },
    /// The method has no parameter with this name.
    #[error(
        "{method} has no parameter “{parameter}”. {}",
        if known.is_empty() { "It has none.".to_owned() } else { format!("Known parameters: {}.", known.join(", ")) }
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
        got: Setting,
    },
    /// A window that moves by more than its own size.
    #[error(
        "The parameter “stride” takes at most the window’s {} pixels, so that no part of the picture is left out, \
         not {}.",
        size(window),
        size(stride)
    )]
    StrideBeyondWindow {
        /// The window's height and width, in pixels.
        window: [usize; 2],
        /// How far it was to move, down and to the right.
        stride: [usize; 2],
    },
    /// The parameters were checked for another method.
    #[error("The parameters are those of {got}, but the method is {method}.")]
    OtherParameters {
        /// The id of the method that was started.
        method: &'static str,
        /// The id of the method whose parameters came.
        got: &'static str,
    },
    /// No score has this id.
    #[error("There is no score “{id}”. Known scores: {}.", known.join(", "))]
    UnknownScore {
        /// The id asked for.
        id: String,
        /// The ids there are.
        known: [&'static str; 3],
    },
    /// The network has fewer classes.
    #[error("There is no class {class}: this network has {classes} classes, numbered from 0.")]
    UnknownClass {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// A task without a class to explain.
    #[error("No class was chosen: name at least one to explain.")]
    NoTarget,
    /// A task whose maps would take too much memory.
    #[error("{count} classes were asked for, but at most {most} can be explained at once here. Ask for fewer.")]
    TooManyTargets {
        /// How many were asked for.
        count: usize,
        /// How many can be explained at once, by this method at this layer.
        most: usize,
    },
    /// The method needs a spatial layer, and this one is not.
    #[error(
        "{method} needs a layer with height and width; “{layer}” gives {shape:?}. Choose a layer before the pooling."
    )]
    FlatLayer {
        /// The method's name.
        method: &'static str,
        /// The layer's name.
        layer: String,
        /// The shape of one example of its output.
        shape: Shape,
    },
    /// The layer is spatial, but its channels do not come first.
    #[error(
        "{method} needs a layer with its channels first; “{layer}” gives {shape:?}, with its channels last. Choose \
         another layer."
    )]
    ChannelsLast {
        /// The method's name.
        method: &'static str,
        /// The layer's name.
        layer: String,
        /// The shape of one example of its output.
        shape: Shape,
    },
    /// A layer was named for a method that attributes to the picture.
    #[error("{method} looks at the picture itself, so it takes no layer. Leave “{layer}” out.")]
    NoLayer {
        /// The method's name.
        method: &'static str,
        /// The layer's name.
        layer: String,
    },
    /// What enters the layer does not determine the output by itself.
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
    #[error(
        "The baseline `picture` needs a background, but the request has none. Give one, or choose another baseline."
    )]
    NoPicture,
    /// The task's trace does not start at the input of the task's network, or is of several
    /// pictures.
    #[error("The trace given is not a run of this network from a single picture on.")]
    ForeignTrace,
    /// A tensor of another shape than the network's input.
    #[error("{what} has the shape {got:?}; expected [pictures, {}].", sides(expected))]
    Shape {
        /// Which tensor it is.
        what: &'static str,
        /// The shape of one example of the network's input.
        expected: Shape,
        /// The shape that came, the number of examples first.
        got: Vec<usize>,
    },
    /// The scaling of levels has another number of channels than the network's input.
    #[error("The network’s input has {expected} channels, but the scaling of levels has {got}.")]
    Channels {
        /// The channels of the network's input.
        expected: usize,
        /// The channels of [`Pixels`](crate::Pixels).
        got: usize,
    },
    /// Too many random numbers would have to be skipped to reach the picture's own.
    #[error(
        "Skipping the random numbers of {pictures} earlier pictures takes too long. Use a seed for each picture \
         instead, or take fewer samples."
    )]
    StreamOffset {
        /// How many pictures come before.
        pictures: usize,
    },
    /// A run has no share with this index.
    #[error("There is no share {share}: this run has {shares} shares, numbered from 0.")]
    UnknownShare {
        /// The index asked for.
        share: usize,
        /// How many there are.
        shares: usize,
    },
    /// A partial result belongs to another run.
    #[error("The partial result of share {share} belongs to another run: {reason}.")]
    ForeignPartial {
        /// The index of the share.
        share: usize,
        /// What does not fit, without a full stop.
        reason: String,
    },
    /// The network refused.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
}

/// The sizes of a shape, to stand after others: `3, 224, 224`.
fn sides(shape: &Shape) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// A side in pixels, or height and width where they differ.
fn size([height, width]: &[usize; 2]) -> String {
    if height == width { height.to_string() } else { format!("{height}x{width}") }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
