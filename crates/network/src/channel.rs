/// What of a picture one channel of a network's input shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// The red levels.
    Red,
    /// The green levels.
    Green,
    /// The blue levels.
    Blue,
    /// The luminance, `0.299·R + 0.587·G + 0.114·B` (ITU-R BT.601).
    Grey,
}

impl Band {
    /// The value of this band for a colour, or for one level that all bands share.
    ///
    /// # Shapes
    /// `levels` is `[red, green, blue]`, or one level.
    #[must_use]
    pub fn of(self, levels: &[f64]) -> f64 {
        match (levels, self) {
            (&[red, _, _], Self::Red) => red,
            (&[_, green, _], Self::Green) => green,
            (&[_, _, blue], Self::Blue) => blue,
            (&[red, green, blue], Self::Grey) => 0.299 * red + 0.587 * green + 0.114 * blue,
            _ => levels.first().copied().unwrap_or(0.0),
        }
    }
}

/// One channel of a network's input, computed from the levels of a picture: `(level − mean) / std`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    /// What it shows.
    pub band: Band,
    /// The mean, in levels 0 to 255.
    pub mean: f32,
    /// The divisor, in levels.
    pub std: f32,
}

impl Channel {
    /// Red, green and blue, in this order.
    #[must_use]
    pub const fn rgb(mean: [f32; 3], std: [f32; 3]) -> [Self; 3] {
        [
            Self { band: Band::Red, mean: mean[0], std: std[0] },
            Self { band: Band::Green, mean: mean[1], std: std[1] },
            Self { band: Band::Blue, mean: mean[2], std: std[2] },
        ]
    }

    /// The network's value of a level.
    #[must_use]
    pub fn value(self, level: f32) -> f32 {
        (level - self.mean) / self.std
    }
}
