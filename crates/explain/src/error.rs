use negah_attribution::MOST_TARGETS;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a request cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network refuses it.
    #[error(transparent)]
    Network(#[from] negah_network::Error),
    /// The method refuses it.
    #[error(transparent)]
    Attribution(#[from] negah_attribution::Error),
    /// It names an unknown class.
    #[error(transparent)]
    Class(#[from] UnknownClass),
    /// Its maps cannot be drawn.
    #[error(transparent)]
    Render(#[from] negah_render::Error),
    /// An array file cannot be read.
    #[error(transparent)]
    Array(#[from] negah_weights::WeightsError),
    /// A batch of no samples.
    #[error("A batch has at least one sample, not 0.")]
    EmptyBatch,
    /// An unknown crop mode.
    #[error("Pictures cannot be cropped as “{id}”. Known crop modes: {}.", known.join(", "))]
    UnknownCrop {
        /// What was asked for.
        id: String,
        /// The ids of the crop modes.
        known: Vec<&'static str>,
    },
    /// More background pictures than fit in the memory that is set aside for them.
    #[error("A background of this network's pictures has at most {most}; this one has more. Leave some out.")]
    LargeBackground {
        /// How many fit.
        most: usize,
    },
    /// A method ended without values.
    #[error("{method} ended without a map.")]
    NoMap {
        /// The method's name.
        method: &'static str,
    },
    /// An array that is neither `[pictures, channels, height, width]` nor `[pictures, height,
    /// width, channels]`.
    #[error(
        "The array has the shape {got:?}; the network takes (N, {channels}, {height}, {width}) or \
         (N, {height}, {width}, {channels})."
    )]
    ArrayShape {
        /// The array's shape.
        got: Vec<usize>,
        /// The network's channels.
        channels: usize,
        /// Its height.
        height: usize,
        /// Its width.
        width: usize,
    },
    /// Values do not make up the maps whose sizes came with them.
    #[error("The values do not make up maps of the sizes given with them.")]
    MapSizes,
    /// The device's memory cannot be read.
    #[error("The device gave no result: {0}.")]
    Read(String),
    /// A record cannot be serialised.
    #[error("The record cannot be written: {0}.")]
    Record(String),
}

/// The classes of a request cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum UnknownClass {
    /// An index beyond the last class.
    #[error("There is no class “{asked}”: the classes are numbered from 0 to {last}.")]
    Number {
        /// What was asked for.
        asked: String,
        /// The index of the last class.
        last: usize,
    },
    /// A name of no class.
    #[error(
        "There is no class “{asked}”: none of the {classes} classes has this name. Best classes for this picture: {}.",
        best.join(", ")
    )]
    Name {
        /// What was asked for.
        asked: String,
        /// How many classes there are.
        classes: usize,
        /// The names of the best classes of the picture.
        best: Vec<String>,
    },
    /// A name of several classes.
    #[error("“{asked}” names more than one class: {}. Ask for one of these numbers.", classes.join(", "))]
    Shared {
        /// What was asked for.
        asked: String,
        /// The indices and names of the classes.
        classes: Vec<String>,
    },
    /// More classes than one request may name.
    #[error("{asked} classes were asked for; one request explains at most {MOST_TARGETS}. Ask for fewer.")]
    TooMany {
        /// How many were asked for.
        asked: usize,
    },
}
