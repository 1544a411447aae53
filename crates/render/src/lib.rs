//! Numbers to pictures: the last step of every explanation.
//!
//! An explanation method returns a small grid of signed, unscaled numbers; a
//! person needs colours the size of a photograph. What lies between is where
//! heatmaps quietly go wrong: rows and columns swapped on the way up, a map
//! rescaled after it was resized, a constant map divided by its own zero range
//! into noise, red taken for positive when it was negative. Those decisions
//! are made here, once, where they are tested with numbers worked out by hand.
//!
//! The way is always the same: a [`Map`] is brought to size by [`upsample`],
//! scaled by its [`Range`] and coloured by a [`Colormap`]; [`rgba`] does all
//! three, and [`paint`] does them by a range that several maps share. Values of
//! many channels are joined to one map before that, or drawn as a [`Grid`]. A map that has nothing to show, because it is constant, empty or not
//! finite, gives a [`Note`]: a sentence for the reader and a transparent
//! picture, never an invented pattern.
//!
//! The crate knows no tensors, no files and no browser: plain numbers in, plain
//! bytes out, so the page and the command line draw the same picture.

#![deny(missing_docs)]

mod channels;
mod colormap;
mod compose;
mod drawing;
mod map;
mod picture;
mod range;
mod upsample;

pub use channels::{Grid, Join, ranked};
pub use colormap::{COLORMAPS, Colormap};
pub use drawing::{Drawing, Style, StyleOptions};
pub use map::{MAX_PIXELS, Map};
pub use picture::{Picture, paint, rgba};
pub use range::{Note, Range};
pub use upsample::upsample;

/// What a caller can get wrong.
///
/// A map with nothing to show is not among these: that is a result, and a
/// [`Note`] tells it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The number of values is not width times height.
    #[error(
        "A map of {width} by {height} needs width times height values, but {values} came. \
         Pass the values row by row with the map's own width and height."
    )]
    WrongLength {
        /// How many values came.
        values: usize,
        /// The width that came with them.
        width: usize,
        /// The height that came with them.
        height: usize,
    },
    /// A width or a height is zero.
    #[error(
        "Width and height must be at least 1, but the size given is {width} by {height}. \
         Give the size in pixels."
    )]
    EmptySize {
        /// The width that came.
        width: usize,
        /// The height that came.
        height: usize,
    },
    /// More than [`MAX_PIXELS`] pixels.
    #[error(
        "A picture may have at most {MAX_PIXELS} pixels, but the size given is {width} by {height}. \
         Draw it smaller and let the display enlarge it."
    )]
    TooLarge {
        /// The width that came.
        width: usize,
        /// The height that came.
        height: usize,
    },
    /// Channels cannot be joined this way.
    #[error("“channels” takes {}, not “{got}”.", Join::ALL.map(|(id, _)| id).join(", "))]
    UnknownJoin {
        /// The id that came.
        got: String,
    },
    /// Tiles of a grid cannot be scaled this way.
    #[error("“tiles” takes {}, not “{got}”.", StyleOptions::TILES.join(" or "))]
    UnknownTiles {
        /// The id that came.
        got: String,
    },
    /// Colours cannot end at this percentile.
    #[error("“percentile” takes a number from 0 to 100, not “{got}”.")]
    BadPercentile {
        /// The number that came.
        got: f64,
    },
    /// A grid is to be in an order that names a channel beyond the last.
    #[error("There is no channel {channel}: the layer has {channels}, numbered from 0.")]
    UnknownChannel {
        /// The number that came.
        channel: usize,
        /// How many channels there are.
        channels: usize,
    },
    /// A grid is to show a channel more than once, so that it has more tiles than channels.
    #[error("The order names {got} channels, but the layer has {channels}. Name each at most once.")]
    LongOrder {
        /// How many it names.
        got: usize,
        /// How many channels there are.
        channels: usize,
    },
    /// No colour map has this id.
    #[error("There is no colour map \"{id}\". Use one of these: {}.", colormap::known_ids())]
    UnknownColormap {
        /// The id that came.
        id: String,
    },
}
