//! Numbers to pictures: the last step of every explanation.
//!
//! A method returns a small grid of signed, unscaled numbers. A person needs colours at the size of
//! a photograph. Several mistakes in between are hard to see in the result: rows and columns
//! swapped, a map scaled again after it was resized, a constant map divided by its range of zero,
//! red for negative values. This crate makes these decisions in one place, where they are tested
//! with numbers worked out by hand.
//!
//! A [`Map`] is resized by [`upsample`], scaled by its [`Range`] and coloured by a [`Colormap`].
//! [`rgba`] does all three; [`paint`] does them with a range that several maps share. Values with
//! many channels are first joined to one map, or drawn as a [`Grid`]. A map without content,
//! because it is constant or not finite, gives a [`NoRange`]: a sentence for the reader and a
//! transparent picture.
//!
//! The crate knows no tensors, no files and no browser, so the page and the command draw the same
//! picture.

#![deny(missing_docs)]

mod channels;
mod colormap;
mod compose;
mod drawing;
mod map;
mod picture;
mod range;
mod upsample;

pub use channels::{ChannelReduction, Grid, ranked};
pub use colormap::{COLORMAPS, Colormap};
pub use drawing::{RenderedExplanation, Style, StyleOptions};
pub use map::{MAX_PIXELS, Map};
pub use picture::{Image, paint, rgba};
pub use range::{NoRange, Range};
pub use upsample::upsample;

/// Why something cannot be drawn.
///
/// A map without content is not an error but a result, with a [`NoRange`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The number of values is not width times height.
    #[error(
        "A map of {width} by {height} needs width times height values, but {values} came. \
         Pass the values row by row with the map's own width and height."
    )]
    WrongLength {
        /// The number of values given.
        values: usize,
        /// The width given with them.
        width: usize,
        /// The height given with them.
        height: usize,
    },
    /// A width or a height is zero.
    #[error(
        "Width and height must be at least 1, but the size given is {width} by {height}. \
         Give the size in pixels."
    )]
    EmptySize {
        /// The width given.
        width: usize,
        /// The height given.
        height: usize,
    },
    /// More than [`MAX_PIXELS`] pixels.
    #[error(
        "A picture may have at most {MAX_PIXELS} pixels, but the size given is {width} by {height}. \
         Draw it smaller and let the display enlarge it."
    )]
    TooLarge {
        /// The width given.
        width: usize,
        /// The height given.
        height: usize,
    },
    /// There is no such way to join channels.
    #[error("“channels” takes {}, not “{got}”.", ChannelReduction::ALL.map(|(id, _)| id).join(", "))]
    UnknownJoin {
        /// The id given.
        got: String,
    },
    /// There is no such way to scale the tiles of a grid.
    #[error("“tiles” takes {}, not “{got}”.", StyleOptions::TILES.join(" or "))]
    UnknownTiles {
        /// The id given.
        got: String,
    },
    /// A percentile beyond 0 to 100.
    #[error("“percentile” takes a number from 0 to 100, not “{got}”.")]
    BadPercentile {
        /// The number given.
        got: f64,
    },
    /// The order of a grid names a channel beyond the last.
    #[error("There is no channel {channel}: the layer has {channels}, numbered from 0.")]
    UnknownChannel {
        /// The number given.
        channel: usize,
        /// The number of channels.
        channels: usize,
    },
    /// The order of a grid names more channels than there are.
    #[error("The order names {got} channels, but the layer has {channels}. Name each at most once.")]
    LongOrder {
        /// The number of channels it names.
        got: usize,
        /// The number of channels.
        channels: usize,
    },
    /// No colour map has this id.
    #[error("There is no colour map \"{id}\". Use one of these: {}.", colormap::known_ids())]
    UnknownColormap {
        /// The id given.
        id: String,
    },
}
