//! The colour maps, and the list that menus and colour bars are made from.
//!
//! The tables are the published ones; `colormaps/CREDITS.md` credits them.

use crate::Error;

/// The number of colours in a table.
const STOPS: usize = 256;

/// A way to colour numbers between 0 and 1.
#[derive(Debug)]
pub struct Colormap {
    /// The stable id, lower case without spaces, for links and settings.
    pub id: &'static str,
    /// The name in menus.
    pub name: &'static str,
    /// Whether the colours diverge from a neutral middle, which stands for zero. The range is then
    /// symmetric (see [`Range::of`](crate::Range::of)).
    pub signed: bool,
    /// Whether the neutral middle is transparent and the ends opaque, so that a photograph below is
    /// visible where values are near zero.
    pub clear: bool,
    stops: &'static [u8; 3 * STOPS],
}

/// Every colour map. A new one is a table, a static and an entry here.
pub const COLORMAPS: &[&Colormap] = &[&VIRIDIS, &TURBO, &INFERNO, &GREY, &RED_BLUE, &RED_TRANSPARENT_BLUE];

/// Perceptually uniform, safe for colour-blind readers: the default.
static VIRIDIS: Colormap = Colormap {
    id: "viridis",
    name: "Viridis",
    signed: false,
    clear: false,
    stops: include_bytes!("../colormaps/viridis.rgb"),
};

/// A smooth rainbow. It shows fine steps, but its lightness is not monotone.
static TURBO: Colormap = Colormap {
    id: "turbo",
    name: "Turbo",
    signed: false,
    clear: false,
    stops: include_bytes!("../colormaps/turbo.rgb"),
};

/// Perceptually uniform, from black through red to pale yellow.
static INFERNO: Colormap = Colormap {
    id: "inferno",
    name: "Inferno",
    signed: false,
    clear: false,
    stops: include_bytes!("../colormaps/inferno.rgb"),
};

/// Black to white.
static GREY: Colormap = Colormap { id: "grey", name: "Grey", signed: false, clear: false, stops: &grey() };

/// Blue for negative, near-white for zero, red for positive.
static RED_BLUE: Colormap = Colormap {
    id: "red-blue",
    name: "Red and blue",
    signed: true,
    clear: false,
    stops: include_bytes!("../colormaps/red-blue.rgb"),
};

/// Blue for negative, red for positive, more opaque for larger magnitudes: SHAP's
/// `red_transparent_blue`.
static RED_TRANSPARENT_BLUE: Colormap = Colormap {
    id: "red-transparent-blue",
    name: "Red, transparent, blue",
    signed: true,
    clear: true,
    stops: &halves([30, 136, 229], [255, 13, 87]),
};

/// A table with one colour in its first half and another in its second.
const fn halves(first: [u8; 3], second: [u8; 3]) -> [u8; 3 * STOPS] {
    let mut stops = [0; 3 * STOPS];
    let mut i = 0;
    while i < stops.len() {
        stops[i] = if i < stops.len() / 2 { first[i % 3] } else { second[i % 3] };
        i += 1;
    }
    stops
}

const fn grey() -> [u8; 3 * STOPS] {
    let mut stops = [0; 3 * STOPS];
    let mut i = 0;
    while i < stops.len() {
        stops[i] = (i / 3) as u8;
        i += 1;
    }
    stops
}

impl Colormap {
    /// Viridis.
    pub const DEFAULT: &'static Self = &VIRIDIS;

    /// Red, transparent, blue: the default for signed maps.
    pub const SIGNED: &'static Self = &RED_TRANSPARENT_BLUE;

    /// The colour map with this id.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownColormap`], which lists the ids there are.
    pub fn find(id: &str) -> Result<&'static Self, Error> {
        COLORMAPS
            .iter()
            .copied()
            .find(|colormap| colormap.id == id)
            .ok_or_else(|| Error::UnknownColormap { id: id.to_owned() })
    }

    /// 256 colours from the lowest value to the highest, as red, green and blue bytes. Colour bars
    /// are drawn from it.
    pub fn stops(&self) -> &'static [u8; 3 * STOPS] {
        self.stops
    }

    /// The opacity of the colour at `t`, in 0..=1: 255, except for [clear](Colormap::clear) maps.
    pub fn alpha(&self, t: f32) -> u8 {
        if self.clear { (255.0 * (2.0 * t - 1.0).abs().min(1.0)).round() as u8 } else { u8::MAX }
    }

    /// The colour at `t`, in 0..=1, as red, green, blue.
    ///
    /// Colours between two table entries are interpolated linearly. The zero of a signed map is the
    /// middle of the table, between two entries. Values below 0 and NaN take the first colour,
    /// values above 1 the last.
    pub fn at(&self, t: f32) -> [u8; 3] {
        let last = STOPS - 1;
        let position = if t > 0.0 { t.min(1.0) * last as f32 } else { 0.0 };
        let first = position as usize;
        let second = (first + 1).min(last);
        let share = position - first as f32;
        std::array::from_fn(|channel| {
            let [from, to] = [first, second].map(|i| f32::from(self.stops[3 * i + channel]));
            (from + (to - from) * share).round() as u8
        })
    }
}

/// The ids, for error sentences.
pub(crate) fn known_ids() -> String {
    let ids: Vec<&str> = COLORMAPS.iter().map(|colormap| colormap.id).collect();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(id: &str, index: usize) -> [u8; 3] {
        let stops = Colormap::find(id).unwrap().stops();
        [0, 1, 2].map(|channel| stops[3 * index + channel])
    }

    #[test]
    fn the_tables_are_the_published_ones() {
        // From the authors' own listings, not from the files here.
        let published = [
            ("viridis", 0, [68, 1, 84]),
            ("viridis", 128, [33, 145, 140]),
            ("viridis", 255, [253, 231, 37]),
            ("inferno", 0, [0, 0, 4]),
            ("inferno", 128, [188, 55, 84]),
            ("inferno", 255, [252, 255, 164]),
            ("turbo", 0, [48, 18, 59]),
            ("turbo", 1, [50, 21, 67]),
            ("turbo", 128, [164, 252, 60]),
            ("turbo", 255, [122, 4, 3]),
            ("grey", 0, [0, 0, 0]),
            ("grey", 100, [100, 100, 100]),
            ("grey", 255, [255, 255, 255]),
            ("red-transparent-blue", 0, [30, 136, 229]),
            ("red-transparent-blue", 255, [255, 13, 87]),
            // ColorBrewer's eleven colours stand at multiples of 25.5: every
            // other one falls on an entry of its own.
            ("red-blue", 0, [5, 48, 97]),
            ("red-blue", 51, [67, 147, 195]),
            ("red-blue", 102, [209, 229, 240]),
            ("red-blue", 153, [253, 219, 199]),
            ("red-blue", 204, [214, 96, 77]),
            ("red-blue", 255, [103, 0, 31]),
        ];
        for (id, index, colour) in published {
            assert_eq!(stop(id, index), colour, "{id}[{index}]");
        }
    }

    #[test]
    fn table_entries_come_back_unchanged() {
        for colormap in COLORMAPS {
            for index in 0..STOPS {
                let colour = colormap.at(index as f32 / 255.0);
                assert_eq!(colour, stop(colormap.id, index), "{}[{index}]", colormap.id);
            }
        }
    }

    #[test]
    fn between_entries_the_colour_is_interpolated() {
        // Viridis begins (68, 1, 84), (68, 2, 86); half-way, halves round up.
        assert_eq!(Colormap::DEFAULT.at(0.5 / 255.0), [68, 2, 85]);
        // Grey at ½ lies between 127 and 128; at 0.2 · 255 = 51.
        let grey = Colormap::find("grey").unwrap();
        assert_eq!(grey.at(0.5), [128, 128, 128]);
        assert_eq!(grey.at(0.2), [51, 51, 51]);
    }

    #[test]
    fn zero_is_neutral_and_red_is_positive() {
        let red_blue = Colormap::find("red-blue").unwrap();
        // ColorBrewer's own middle, #f7f7f7.
        assert_eq!(red_blue.at(0.5), [247, 247, 247]);
        let [red, _, blue] = red_blue.at(0.9);
        assert!(red > blue);
        let [red, _, blue] = red_blue.at(0.1);
        assert!(blue > red);
    }

    #[test]
    fn what_lies_outside_takes_the_end_colours() {
        for colormap in COLORMAPS {
            let (first, last) = (stop(colormap.id, 0), stop(colormap.id, 255));
            for t in [-0.5, f32::NEG_INFINITY, f32::NAN, -0.0] {
                assert_eq!(colormap.at(t), first);
            }
            for t in [1.5, f32::INFINITY] {
                assert_eq!(colormap.at(t), last);
            }
        }
    }

    #[test]
    fn ids_are_unique_and_the_default_comes_first() {
        for (i, colormap) in COLORMAPS.iter().enumerate() {
            assert!(COLORMAPS[..i].iter().all(|other| other.id != colormap.id));
            assert!(std::ptr::eq(Colormap::find(colormap.id).unwrap(), *colormap));
        }
        assert_eq!(COLORMAPS[0].id, "viridis");
        assert_eq!(Colormap::DEFAULT.id, "viridis");
        let signed: Vec<_> = COLORMAPS.iter().filter(|c| c.signed).map(|c| c.id).collect();
        assert_eq!(signed, ["red-blue", "red-transparent-blue"]);
    }

    #[test]
    fn an_unknown_id_lists_the_known_ones() {
        assert_eq!(
            Colormap::find("jet").unwrap_err().to_string(),
            "There is no colour map \"jet\". \
             Use one of these: viridis, turbo, inferno, grey, red-blue, red-transparent-blue."
        );
    }
}
