//! The colour bar under a picture of maps: what its colours stand for.

use negah_render::{Colormap, Image, Range};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use crate::output::number;

/// The bar's height and the margins around it and its labels, in pixels.
const BAR: usize = 12;
const MARGIN: usize = 8;
const FONT: RasterHeight = RasterHeight::Size16;

/// Pictures of one size side by side on white; several are set apart, and have their names below.
pub fn side_by_side(pictures: &[Image], names: &[&str]) -> Image {
    let Some(first) = pictures.first() else { return Image { width: 0, height: 0, data: Vec::new() } };
    if pictures.len() == 1 {
        return first.clone();
    }
    let (step, height) = (first.width + MARGIN, first.height + MARGIN + FONT.val());
    let width = step * pictures.len() - MARGIN;
    let mut canvas = Image { width, height, data: vec![255; 4 * width * height] };
    for (index, picture) in pictures.iter().enumerate() {
        let left = step * index;
        for (y, row) in picture.data.chunks_exact(4 * picture.width).enumerate() {
            canvas.data[4 * (y * width + left)..][..row.len()].copy_from_slice(row);
        }
        let letters = first.width / get_raster_width(FontWeight::Regular, FONT);
        let name: String = names.get(index).copied().unwrap_or_default().chars().take(letters).collect();
        write(&mut canvas, &name, left, first.height + MARGIN / 2);
    }
    canvas
}

/// The picture with the bar of its colours below, labelled with the values at the two ends, and
/// with zero at its place where there is room.
pub fn with_legend(picture: &Image, colormap: &Colormap, range: Range) -> Image {
    let Image { width, height, .. } = *picture;
    let label_height = FONT.val();
    let full_height = height + 3 * MARGIN + BAR + label_height;
    let mut data = picture.data.clone();
    data.resize(4 * width * full_height, 255);
    let mut canvas = Image { width, height: full_height, data };
    let bar_width = width.saturating_sub(2 * MARGIN).max(1);
    for column in 0..bar_width.min(width) {
        let t = column as f32 / bar_width.saturating_sub(1).max(1) as f32;
        let [red, green, blue] = colormap.at(t);
        // On white, as the maps' own transparency would look.
        let alpha = f32::from(colormap.alpha(t)) / 255.0;
        let [red, green, blue] =
            [red, green, blue].map(|level| (f32::from(level) * alpha + 255.0 * (1.0 - alpha)).round() as u8);
        for row in 0..BAR {
            set(&mut canvas, MARGIN + column, height + MARGIN + row, [red, green, blue, 255]);
        }
    }
    let (low, high) = (number(range.low()), number(range.high()));
    let text_width = |text: &str| text.len() * get_raster_width(FontWeight::Regular, FONT);
    let top = height + 2 * MARGIN + BAR;
    let right = width.saturating_sub(MARGIN + text_width(&high));
    write(&mut canvas, &low, MARGIN, top);
    write(&mut canvas, &high, right, top);
    if range.low() < 0.0 && range.high() > 0.0 {
        let share = -range.low() / (range.high() - range.low());
        let place = MARGIN + (share * bar_width.saturating_sub(1) as f32).round() as usize;
        let left = place.saturating_sub(text_width("0") / 2);
        if left > MARGIN + text_width(&low) && left + text_width("0") < right {
            write(&mut canvas, "0", left, top);
        }
    }
    canvas
}

/// Writes ASCII text in black; what lies beyond the picture is cut off.
fn write(canvas: &mut Image, text: &str, left: usize, top: usize) {
    let mut x = left;
    for character in text.chars() {
        let Some(raster) = get_raster(character, FontWeight::Regular, FONT) else { continue };
        for (row, line) in raster.raster().iter().enumerate() {
            for (column, ink) in line.iter().enumerate() {
                let level = 255 - ink;
                set(canvas, x + column, top + row, [level, level, level, 255]);
            }
        }
        x += raster.width();
    }
}

fn set(canvas: &mut Image, x: usize, y: usize, colour: [u8; 4]) {
    if x < canvas.width && y < canvas.height {
        let at = 4 * (y * canvas.width + x);
        canvas.data[at..at + 4].copy_from_slice(&colour);
    }
}

#[cfg(test)]
mod tests {
    use negah_render::Map;

    use super::*;

    fn legend(values: [f32; 2], width: usize, signed: bool) -> Image {
        let colormap = if signed { Colormap::SIGNED } else { Colormap::DEFAULT };
        let range = Range::of(&Map::new(values.to_vec(), 2, 1).unwrap(), signed).unwrap();
        let picture = Image { width, height: 3, data: vec![7; 4 * width * 3] };
        with_legend(&picture, colormap, range)
    }

    #[test]
    fn the_bar_goes_from_the_first_colour_to_the_last() {
        let picture = legend([0.5, 2.0], 216, false);
        assert_eq!((picture.width, picture.height), (216, 3 + 3 * 8 + 12 + 16));
        assert_eq!(picture.data[..4 * 216 * 3], vec![7; 4 * 216 * 3], "the picture itself stays");
        let pixel = |x: usize, y: usize| &picture.data[4 * (y * 216 + x)..][..3];
        assert_eq!(pixel(8, 3 + 8), Colormap::DEFAULT.at(0.0));
        assert_eq!(pixel(207, 3 + 8 + 11), Colormap::DEFAULT.at(1.0));
        assert_eq!(pixel(7, 3 + 8), [255; 3]);
    }

    #[test]
    fn several_pictures_are_set_apart_and_named() {
        let picture = |level: u8| Image { width: 20, height: 2, data: vec![level; 160] };
        assert_eq!(side_by_side(&[picture(7)], &["cat"]).data, vec![7; 160]);
        let both = side_by_side(&[picture(7), picture(9)], &["cat", "a long name"]);
        assert_eq!((both.width, both.height), (48, 2 + 8 + 16));
        let row: Vec<u8> = (0..48).map(|x| both.data[4 * x]).collect();
        assert_eq!(row, [[7; 20].as_slice(), &[255; 8], &[9; 20]].concat());
        let ink = |from: usize, to: usize| {
            (4..both.height).any(|y| (from..to).any(|x| both.data[4 * (y * both.width + x)] < 128))
        };
        assert!(ink(0, 20) && ink(28, 48) && !ink(20, 28), "no name runs into the next");
    }

    #[test]
    fn the_ends_are_labelled_and_so_is_zero() {
        let ink = |picture: &Image, from: usize, to: usize| {
            let rows = 3 + 16 + 12..picture.height;
            rows.flat_map(|y| (from..to).map(move |x| 4 * (y * picture.width + x))).any(|at| picture.data[at] < 128)
        };
        let signed = legend([-1.0, 2.0], 400, true);
        assert!(ink(&signed, 8, 80) && ink(&signed, 195, 205) && ink(&signed, 320, 392));
        let sequential = legend([1.0, 2.0], 400, false);
        assert!(ink(&sequential, 8, 80) && !ink(&sequential, 195, 205));
        // Zero is a quarter of the way from -1 to 3, not in the middle.
        let crossing = legend([-1.0, 3.0], 400, false);
        assert!(ink(&crossing, 99, 109) && !ink(&crossing, 195, 205));
        // Too narrow for its labels: nothing is written beyond the picture.
        assert_eq!(legend([-1.0, 2.0], 5, true).data.len(), 4 * 5 * 55);
    }
}
