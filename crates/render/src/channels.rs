//! Values with many channels as something to draw: one map, or a tile for each channel.

use crate::picture::blank;
use crate::{Colormap, Error, Image, Map, Range, paint};

/// How the channels at each position become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelReduction {
    /// Their sum, which keeps the sign and the total, as SHAP does.
    #[default]
    Sum,
    /// The sum of their magnitudes: how much the position counts, for or against.
    Magnitude,
    /// The largest magnitude, as in the saliency paper (Simonyan et al., 2014).
    Largest,
}

impl ChannelReduction {
    /// Each with its stable id.
    pub const ALL: [(&'static str, Self); 3] =
        [("sum", Self::Sum), ("magnitude", Self::Magnitude), ("largest", Self::Largest)];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Magnitude => "magnitude",
            Self::Largest => "largest",
        }
    }

    /// The one with this id; `None` if there is none.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == id).map(|(_, join)| join)
    }
}

impl Map {
    /// One map from channels in sequence: `values[(channel * height + y) * width + x]`.
    ///
    /// # Shapes
    ///
    /// `values` is `[channels, height, width]`.
    ///
    /// # Errors
    ///
    /// As [`Map::new`], if the number of values is no multiple of width times height.
    pub fn joined(values: &[f32], width: usize, height: usize, join: ChannelReduction) -> Result<Self, Error> {
        let size = crate::map::pixels(width, height)?;
        if values.is_empty() || !values.len().is_multiple_of(size) {
            return Err(Error::WrongLength { values: values.len(), width, height });
        }
        let mut sums = vec![0f64; size];
        for channel in values.chunks(size) {
            for (sum, value) in sums.iter_mut().zip(channel) {
                let value = f64::from(*value);
                match join {
                    ChannelReduction::Sum => *sum += value,
                    ChannelReduction::Magnitude => *sum += value.abs(),
                    // Not `max`, which would lose a NaN.
                    ChannelReduction::Largest if value.abs() <= *sum => {}
                    ChannelReduction::Largest => *sum = value.abs(),
                }
            }
        }
        Self::new(sums.into_iter().map(|sum| sum as f32).collect(), width, height)
    }
}

/// The indices of channels by their ranking, highest first.
pub fn ranked(ranking: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ranking.len()).collect();
    order.sort_by(|a, b| ranking[*b].total_cmp(&ranking[*a]));
    order
}

/// Channels as tiles, row by row in a square with ⌈√channels⌉ tiles a side, as tf-explain lays them
/// out.
#[derive(Debug)]
pub struct Grid<'a> {
    tiles: Vec<Map>,
    colormap: &'a Colormap,
}

impl<'a> Grid<'a> {
    /// A grid of the channels in `values`, in the order of the indices in `order`.
    ///
    /// # Shapes
    ///
    /// `values` is `[channels, height, width]`.
    ///
    /// # Errors
    ///
    /// As [`Map::new`], if the number of values is no multiple of width times height.
    ///
    /// [`Error::UnknownChannel`] if `order` names a channel beyond the last, [`Error::LongOrder`]
    /// if it names more than there are.
    pub fn new(
        values: &[f32],
        width: usize,
        height: usize,
        order: &[usize],
        colormap: &'a Colormap,
    ) -> Result<Self, Error> {
        let size = crate::map::pixels(width, height)?;
        if order.is_empty() || !values.len().is_multiple_of(size) {
            return Err(Error::WrongLength { values: values.len(), width, height });
        }
        let channels: Vec<&[f32]> = values.chunks(size).collect();
        if order.len() > channels.len() {
            return Err(Error::LongOrder { got: order.len(), channels: channels.len() });
        }
        let tile = |index: &usize| match channels.get(*index) {
            Some(channel) => Map::new(channel.to_vec(), width, height),
            None => Err(Error::UnknownChannel { channel: *index, channels: channels.len() }),
        };
        Ok(Self { tiles: order.iter().map(tile).collect::<Result<_, _>>()?, colormap })
    }

    /// The number of tiles in a row, and of rows.
    pub fn side(&self) -> usize {
        // `isqrt` is exact for any number of channels.
        let root = self.tiles.len().isqrt();
        if root * root == self.tiles.len() { root } else { root + 1 }
    }

    /// The range of all tiles together; `None` if they are constant or not finite.
    pub fn range(&self) -> Option<Range> {
        let values: Vec<f32> = self.tiles.iter().flat_map(|tile| tile.values().iter().copied()).collect();
        let width = values.len();
        Map::new(values, width, 1).ok().and_then(|all| Range::of(&all, self.colormap.signed).ok())
    }

    /// The picture, with one range for all tiles or with a range for each. A tile without a range
    /// of its own is transparent, and so are the unused positions.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above [`MAX_PIXELS`](crate::MAX_PIXELS).
    pub fn picture(&self, each_its_own: bool) -> Result<Image, Error> {
        let side = self.side();
        let (width, height) = (self.tiles[0].width(), self.tiles[0].height());
        let mut picture = blank(side * width, side * height)?;
        let shared = self.range();
        for (index, tile) in self.tiles.iter().enumerate() {
            let range = if each_its_own { Range::of(tile, self.colormap.signed).ok() } else { shared };
            let Some(range) = range else { continue };
            let painted = if each_its_own {
                paint(tile, width, height, self.colormap, range)?
            } else {
                // With the shared range, the colour of a constant tile has a meaning.
                self.flat(tile, range)
            };
            let (left, top) = (index % side * width, index / side * height);
            for (y, row) in painted.data.chunks(4 * width).enumerate() {
                let start = 4 * ((top + y) * picture.width + left);
                picture.data[start..start + row.len()].copy_from_slice(row);
            }
        }
        Ok(picture)
    }

    /// A tile at its own size, also if it is constant. Values that are not finite are transparent.
    fn flat(&self, tile: &Map, range: Range) -> Image {
        let colour = |&value: &f32| {
            let t = range.normalise(value);
            let [red, green, blue] = self.colormap.at(t);
            [red, green, blue, if value.is_finite() { self.colormap.alpha(t) } else { 0 }]
        };
        let data = tile.values().iter().flat_map(colour).collect();
        Image { width: tile.width(), height: tile.height(), data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_joined_place_by_place() {
        // Two channels of 1 × 2.
        let values = [1.0, -2.0, -3.0, 0.5];
        let joined = |join| Map::joined(&values, 2, 1, join).unwrap().into_values();
        assert_eq!(joined(ChannelReduction::Sum), [-2.0, -1.5]);
        assert_eq!(joined(ChannelReduction::Magnitude), [4.0, 2.5]);
        assert_eq!(joined(ChannelReduction::Largest), [3.0, 2.0]);
        assert!(Map::joined(&values, 3, 1, ChannelReduction::Sum).is_err());
        let nan = Map::joined(&[1.0, f32::NAN], 1, 1, ChannelReduction::Largest).unwrap();
        assert!(nan.values()[0].is_nan());
    }

    #[test]
    fn channels_are_ranked_from_the_most_to_the_least() {
        assert_eq!(ranked(&[0.5, -2.0, 7.0, 0.5]), [2, 0, 3, 1]);
    }

    #[test]
    fn an_order_beyond_the_channels_is_refused() {
        let grid = |order: &[usize]| Grid::new(&[0.0; 4], 2, 1, order, Colormap::DEFAULT).unwrap_err().to_string();
        assert_eq!(grid(&[0, 2]), "There is no channel 2: the layer has 2, numbered from 0.");
        assert_eq!(
            grid(&[usize::MAX]),
            format!("There is no channel {}: the layer has 2, numbered from 0.", usize::MAX)
        );
        assert_eq!(grid(&[0, 1, 0]), "The order names 3 channels, but the layer has 2. Name each at most once.");
    }

    #[test]
    fn tiles_stand_row_by_row_in_a_square() {
        // Five channels of 2 × 1 in a square of 3: values 0 to 9, grey.
        let values: Vec<f32> = (0..10).map(|i| i as f32).collect();
        let grey = Colormap::find("grey").unwrap();
        let grid = Grid::new(&values, 2, 1, &[4, 0, 1, 2, 3], grey).unwrap();
        assert_eq!(grid.side(), 3);
        let picture = grid.picture(false).unwrap();
        assert_eq!((picture.width, picture.height), (6, 3));
        let level = |value: f32| (value / 9.0 * 255.0).round() as u8;
        let reds: Vec<u8> = picture.data.chunks(4).map(|pixel| pixel[0]).collect();
        assert_eq!(reds[..6], [8.0, 9.0, 0.0, 1.0, 2.0, 3.0].map(level));
        assert_eq!(reds[6..10], [4.0, 5.0, 6.0, 7.0].map(level));
        let alphas: Vec<u8> = picture.data.chunks(4).map(|pixel| pixel[3]).collect();
        assert_eq!(alphas, [[255; 10].as_slice(), &[0; 8]].concat());
    }

    #[test]
    fn a_tile_by_its_own_range_uses_all_colours_and_a_constant_one_is_blank() {
        let values = [0.0, 1.0, 100.0, 300.0, 7.0, 7.0];
        let grid = Grid::new(&values, 2, 1, &[0, 1, 2], Colormap::find("grey").unwrap()).unwrap();
        let own = grid.picture(true).unwrap();
        assert_eq!(own.data[..16], [0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 255]);
        assert_eq!(own.data[16..24], [0; 8]);
        let shared = grid.picture(false).unwrap();
        assert_eq!(shared.data[16..24], [6, 6, 6, 255, 6, 6, 6, 255]);
    }

    #[test]
    fn a_constant_layer_is_blank() {
        let grid = Grid::new(&[3.0; 8], 2, 2, &[0, 1], Colormap::DEFAULT).unwrap();
        assert_eq!(grid.range(), None);
        assert!(grid.picture(false).unwrap().data.iter().all(|byte| *byte == 0));
    }
}
