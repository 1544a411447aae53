//! A map as a coloured picture.

use crate::map::pixels;
use crate::{Colormap, Error, Map, NoRange, Range, upsample};

/// Pixels ready for a canvas or an image file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The number of columns.
    pub width: usize,
    /// The number of rows.
    pub height: usize,
    /// Red, green, blue and alpha for each pixel, row by row: `4 * width * height` bytes. The
    /// colours are not multiplied by alpha.
    pub data: Vec<u8>,
}

/// Colours a map at the given size.
///
/// The *values* are resampled and then coloured with the range of the map before resampling. Mixing
/// colours instead would give hues that stand for other values, and the range of the resampled map
/// may be narrower than the range that a colour bar states. Every pixel is opaque, except with a
/// [clear](Colormap::clear) colour map. The opacity over a photograph is chosen when the two are
/// composed.
///
/// A map that has a [`NoRange`](crate::NoRange) gives a transparent picture.
/// [`NoRange::of`](crate::NoRange::of) has the sentence to show instead.
///
/// # Errors
///
/// [`Error::EmptySize`] for a side of zero, [`Error::TooLarge`] above
/// [`MAX_PIXELS`](crate::MAX_PIXELS).
pub fn rgba(map: &Map, width: usize, height: usize, colormap: &Colormap) -> Result<Image, Error> {
    match Range::of(map, colormap.signed) {
        Ok(range) => paint(map, width, height, colormap, range),
        Err(_note) => blank(width, height),
    }
}

/// As [`rgba`], with a range that the map may share with others.
///
/// # Errors
///
/// As [`rgba`].
pub fn paint(map: &Map, width: usize, height: usize, colormap: &Colormap, range: Range) -> Result<Image, Error> {
    if NoRange::of(map).is_some() {
        return blank(width, height);
    }
    let sized = upsample(map, width, height)?;
    let colour = |&value: &f32| {
        let t = range.normalise(value);
        let [red, green, blue] = colormap.at(t);
        [red, green, blue, colormap.alpha(t)]
    };
    Ok(Image { width, height, data: sized.values().iter().flat_map(colour).collect() })
}

/// A transparent picture.
pub(crate) fn blank(width: usize, height: usize) -> Result<Image, Error> {
    Ok(Image { width, height, data: vec![0; 4 * pixels(width, height)?] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{COLORMAPS, NoRange};

    fn map(values: &[f32], width: usize, height: usize) -> Map {
        Map::new(values.to_vec(), width, height).unwrap()
    }

    fn colormap(id: &str) -> &'static Colormap {
        Colormap::find(id).unwrap()
    }

    #[test]
    fn values_become_colours_row_by_row() {
        // Normalised: 0, 1 / 0.2, 0.4 / 0.6, 0.8, and 255 times that.
        let picture = rgba(&map(&[-5.0, 5.0, -3.0, -1.0, 1.0, 3.0], 2, 3), 2, 3, colormap("grey")).unwrap();
        assert_eq!((picture.width, picture.height), (2, 3));
        #[rustfmt::skip]
        let expected = [
              0,   0,   0, 255,   255, 255, 255, 255,
             51,  51,  51, 255,   102, 102, 102, 255,
            153, 153, 153, 255,   204, 204, 204, 255,
        ];
        assert_eq!(picture.data, expected);
    }

    #[test]
    fn a_signed_map_is_blue_white_red() {
        let picture = rgba(&map(&[-2.0, 0.0, 2.0], 3, 1), 3, 1, colormap("red-blue")).unwrap();
        assert_eq!(picture.data, [5, 48, 97, 255, 247, 247, 247, 255, 103, 0, 31, 255]);
        // Half the magnitude on the negative side: zero is still near-white.
        let picture = rgba(&map(&[-1.0, 0.0, 2.0], 3, 1), 3, 1, colormap("red-blue")).unwrap();
        assert_eq!(picture.data[4..7], [247, 247, 247]);
    }

    #[test]
    fn a_clear_map_is_as_opaque_as_its_values_are_strong() {
        let picture = rgba(&map(&[-2.0, -1.0, 0.0, 1.0, 2.0], 5, 1), 5, 1, colormap("red-transparent-blue")).unwrap();
        let alphas: Vec<u8> = picture.data.chunks(4).map(|pixel| pixel[3]).collect();
        assert_eq!(alphas, [255, 128, 0, 128, 255]);
        assert_eq!(picture.data[4..7], [30, 136, 229]);
        assert_eq!(picture.data[12..15], [255, 13, 87]);
    }

    #[test]
    fn colours_follow_the_range_of_the_map_as_it_came() {
        // Two pixels of four: (0 + 10) / 2 = 5 and (0 + 0) / 2 = 0, half-way and none of
        // the way to 10. By the range of the resampled values, 5 would be white.
        let picture = rgba(&map(&[0.0, 10.0, 0.0, 0.0], 4, 1), 2, 1, colormap("grey")).unwrap();
        assert_eq!(picture.data, [128, 128, 128, 255, 0, 0, 0, 255]);
    }

    #[test]
    fn values_are_resampled_before_they_are_coloured() {
        // ¼ and ¾ of the way: viridis[63.75] and [191.25], not mixtures of its ends.
        let viridis = Colormap::DEFAULT;
        let picture = rgba(&map(&[0.0, 1.0], 2, 1), 4, 1, viridis).unwrap();
        let colours: Vec<&[u8]> = picture.data.chunks(4).map(|pixel| &pixel[..3]).collect();
        assert_eq!(colours, [viridis.at(0.0), viridis.at(0.25), viridis.at(0.75), viridis.at(1.0)]);
    }

    #[test]
    fn a_map_with_a_note_is_blank() {
        for values in [[0.0; 4], [0.7; 4], [1.0, f32::NAN, 2.0, 3.0], [f32::INFINITY; 4]] {
            let map = map(&values, 2, 2);
            assert!(NoRange::of(&map).is_some());
            for colormap in COLORMAPS {
                let picture = rgba(&map, 3, 5, colormap).unwrap();
                assert_eq!((picture.width, picture.height), (3, 5));
                assert_eq!(picture.data, [0; 4 * 3 * 5]);
            }
        }
        // A single value has nothing to be compared with.
        let picture = rgba(&map(&[7.0], 1, 1), 1, 1, Colormap::DEFAULT).unwrap();
        assert_eq!(picture.data, [0; 4]);
    }

    #[test]
    fn any_shape_is_opaque_and_complete() {
        for (width, height) in [(1, 2), (2, 1), (1, 7), (7, 1), (3, 5)] {
            let values: Vec<f32> = (0..width * height).map(|i| i as f32 - 3.0).collect();
            let map = map(&values, width, height);
            for (to_width, to_height) in [(1, 1), (1, 6), (6, 1), (8, 3)] {
                for colormap in COLORMAPS {
                    let picture = rgba(&map, to_width, to_height, colormap).unwrap();
                    assert_eq!(picture.data.len(), 4 * to_width * to_height);
                    assert!(colormap.clear || picture.data.chunks(4).all(|pixel| pixel[3] == 255));
                }
            }
        }
    }

    #[test]
    fn refuses_a_size_of_zero_for_blank_maps_too() {
        for values in [[0.0, 0.0], [0.0, 1.0]] {
            let error = rgba(&map(&values, 2, 1), 0, 3, Colormap::DEFAULT).unwrap_err();
            let (width, height) = (0, 3);
            assert_eq!(error, Error::EmptySize { width, height });
        }
    }
}
