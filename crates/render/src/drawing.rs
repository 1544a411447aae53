//! A whole explanation as pictures: all its maps with one range, or all its channels as one grid.

use serde::Deserialize;

use crate::{ChannelReduction, Colormap, Error, Grid, Image, Map, NoRange, Range, paint};

/// How an explanation is drawn. Its values do not depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The colours.
    pub colormap: &'static Colormap,
    /// How channels become one map.
    pub join: ChannelReduction,
    /// The percentile of the values at which the colours end, in 0..=100.
    pub percentile: f64,
    /// Whether each tile of a grid has a range of its own.
    pub tiles_apart: bool,
}

impl Style {
    /// For values where higher means more important: viridis over the whole range.
    pub const HEAT: Self =
        Self { colormap: Colormap::DEFAULT, join: ChannelReduction::Sum, percentile: 100.0, tiles_apart: false };

    /// This style with the given options.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownJoin`], [`Error::UnknownTiles`], [`Error::BadPercentile`],
    /// [`Error::UnknownColormap`]
    pub fn with(self, options: &StyleOptions) -> Result<Self, Error> {
        let join = match options.channels.as_deref() {
            None => self.join,
            Some(id) => ChannelReduction::find(id).ok_or_else(|| Error::UnknownJoin { got: id.to_owned() })?,
        };
        let tiles_apart = match options.tiles.as_deref() {
            None => self.tiles_apart,
            Some("together") => false,
            Some("apart") => true,
            Some(other) => return Err(Error::UnknownTiles { got: other.to_owned() }),
        };
        let percentile = options.percentile.unwrap_or(self.percentile);
        if !(0.0..=100.0).contains(&percentile) {
            return Err(Error::BadPercentile { got: percentile });
        }
        let colormap = options.colormap.as_deref().map_or(Ok(self.colormap), Colormap::find)?;
        Ok(Self { colormap, join, percentile, tiles_apart })
    }

    /// For values for and against a class, as SHAP draws them: blue and red, transparent between,
    /// up to the 99.9th percentile.
    pub const SIGNED: Self =
        Self { colormap: Colormap::SIGNED, join: ChannelReduction::Sum, percentile: 99.9, tiles_apart: false };
}

/// The parts of a style that a person chose, by ids. The others keep their defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyleOptions {
    /// The id of a [`Colormap`].
    pub colormap: Option<String>,
    /// The id of a [`ChannelReduction`].
    pub channels: Option<String>,
    /// The percentile at which the colours end, in 0..=100.
    pub percentile: Option<f64>,
    /// Whether the tiles of a grid share one range, `together`, or have their own, `apart`.
    pub tiles: Option<String>,
}

impl StyleOptions {
    /// The values of `tiles`.
    pub const TILES: [&'static str; 2] = ["together", "apart"];
}

/// A drawn explanation.
#[derive(Debug)]
pub struct RenderedExplanation {
    /// The maps, one for each target, with their channels joined; none for a grid.
    pub maps: Vec<Map>,
    /// A picture for each map, or one for the grid.
    pub pictures: Vec<Image>,
    /// The range of the colours in all pictures; `None` if no map has content, and for a grid in
    /// which each tile has its own.
    pub range: Option<Range>,
    /// For each picture, the sentence to show instead if it is blank.
    pub notes: Vec<Option<NoRange>>,
}

impl RenderedExplanation {
    /// The maps of several targets, with one range, at `size` = (width, height).
    ///
    /// # Shapes
    ///
    /// `values` is `[targets, channels, height, width]`.
    ///
    /// # Errors
    ///
    /// As [`Map::new`], for values of another shape and for the size.
    pub fn maps(values: &[f32], shape: [usize; 4], size: (usize, usize), style: Style) -> Result<Self, Error> {
        let [targets, _, height, width] = shape;
        let each = check(values, shape)? / targets;
        let join = |values| Map::joined(values, width, height, style.join);
        let maps = values.chunks(each).map(join).collect::<Result<Vec<_>, _>>()?;
        Self::of_maps(maps, size, style)
    }

    /// As [`RenderedExplanation::maps`], for maps with their channels joined.
    ///
    /// # Errors
    ///
    /// As [`Map::new`], for the size.
    pub fn of_maps(maps: Vec<Map>, (width, height): (usize, usize), style: Style) -> Result<Self, Error> {
        let range = Range::shared(&maps, style.colormap.signed, style.percentile).ok();
        let picture = |map: &Map| match range {
            Some(range) => paint(map, width, height, style.colormap, range),
            None => crate::picture::blank(width, height),
        };
        let pictures = maps.iter().map(picture).collect::<Result<_, _>>()?;
        let notes = maps.iter().map(NoRange::of).collect();
        Ok(Self { maps, pictures, range, notes })
    }

    /// All channels of a layer as a grid, in the order of `order` or in their own.
    ///
    /// # Shapes
    ///
    /// `values` is `[1, channels, height, width]`.
    ///
    /// # Errors
    ///
    /// As [`Map::new`] for values of another shape, and as [`Grid::new`] and [`Grid::picture`].
    pub fn grid(values: &[f32], shape: [usize; 4], order: Option<&[usize]>, style: Style) -> Result<Self, Error> {
        let [_, channels, height, width] = shape;
        // Before the order is allocated: the shape may come from outside.
        check(values, shape)?;
        let order = order.map_or_else(|| (0..channels).collect(), <[usize]>::to_vec);
        let grid = Grid::new(values, width, height, &order, style.colormap)?;
        let all = Map::new(values.to_vec(), values.len(), 1)?;
        let range = if style.tiles_apart { None } else { grid.range() };
        let pictures = vec![grid.picture(style.tiles_apart)?];
        Ok(Self { maps: Vec::new(), pictures, range, notes: vec![NoRange::of(&all)] })
    }
}

/// The number of values.
///
/// # Errors
///
/// [`Error::WrongLength`] if it is not that of the shape.
fn check(values: &[f32], [targets, channels, height, width]: [usize; 4]) -> Result<usize, Error> {
    let size = crate::map::pixels(width, height)?;
    let count = targets.checked_mul(channels).and_then(|maps| maps.checked_mul(size));
    if values.is_empty() || Some(values.len()) != count {
        return Err(Error::WrongLength { values: values.len(), width, height });
    }
    Ok(values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_share_one_range() {
        // Two targets of two channels of 1 × 2: sums 4 and 0, then −8 and 2.
        let values = [1.0, 1.0, 3.0, -1.0, -8.0, 1.0, 0.0, 1.0];
        let style = Style { percentile: 100.0, ..Style::SIGNED };
        let drawing = RenderedExplanation::maps(&values, [2, 2, 1, 2], (2, 1), style).unwrap();
        assert_eq!(drawing.maps[0].values(), [4.0, 0.0]);
        assert_eq!(drawing.maps[1].values(), [-8.0, 2.0]);
        assert_eq!(drawing.range.map(|range| (range.low(), range.high())), Some((-8.0, 8.0)));
        let alphas: Vec<u8> = drawing.pictures.iter().flat_map(|picture| [picture.data[3], picture.data[7]]).collect();
        assert_eq!(alphas, [128, 0, 255, 64]);
    }

    #[test]
    fn a_blank_map_has_its_words_and_leaves_the_others() {
        let drawing = RenderedExplanation::maps(&[0.0, 0.0, 1.0, 2.0], [2, 1, 1, 2], (2, 1), Style::HEAT).unwrap();
        assert_eq!(drawing.notes, [Some(NoRange::Zero), None]);
        assert_eq!(drawing.range.map(|range| range.high()), Some(2.0));
        assert_eq!(drawing.pictures[0].data, [0; 8]);
    }

    #[test]
    fn what_is_chosen_replaces_what_is_usual() {
        let options = StyleOptions { channels: Some("largest".to_owned()), ..StyleOptions::default() };
        let style = Style::SIGNED.with(&options).unwrap();
        assert_eq!((style.join, style.percentile), (ChannelReduction::Largest, 99.9));
        let refusal = |options: StyleOptions| Style::HEAT.with(&options).unwrap_err().to_string();
        assert_eq!(
            refusal(StyleOptions { channels: Some("most".to_owned()), ..StyleOptions::default() }),
            "“channels” takes sum, magnitude, largest, not “most”."
        );
        assert_eq!(
            refusal(StyleOptions { tiles: Some("own".to_owned()), ..StyleOptions::default() }),
            "“tiles” takes together or apart, not “own”."
        );
        assert_eq!(
            refusal(StyleOptions { percentile: Some(f64::NAN), ..StyleOptions::default() }),
            "“percentile” takes a number from 0 to 100, not “NaN”."
        );
    }

    #[test]
    fn without_an_order_the_channels_keep_their_own() {
        let values = [0.0, 1.0, 2.0, 3.0];
        let grid = |order| RenderedExplanation::grid(&values, [1, 4, 1, 1], order, Style::HEAT).unwrap();
        assert_eq!(grid(None).pictures, grid(Some(&[0, 1, 2, 3])).pictures);
        assert_ne!(grid(None).pictures, grid(Some(&[3, 2, 1, 0])).pictures);
    }

    #[test]
    fn values_of_another_shape_are_refused() {
        assert!(RenderedExplanation::maps(&[0.0; 7], [2, 2, 1, 2], (2, 1), Style::HEAT).is_err());
        assert!(RenderedExplanation::grid(&[0.0; 4], [1, 0, 2, 2], Some(&[]), Style::HEAT).is_err());
        // An order of so many channels would take 8 GiB.
        for channels in [1 << 30, usize::MAX] {
            assert!(RenderedExplanation::grid(&[0.0; 8], [0, channels, 2, 2], None, Style::HEAT).is_err());
        }
        assert!(RenderedExplanation::maps(&[0.0; 4], [usize::MAX, 2, 1, 2], (2, 1), Style::HEAT).is_err());
        assert!(RenderedExplanation::of_maps(Vec::new(), (2, 1), Style::HEAT).unwrap().pictures.is_empty());
    }
}
