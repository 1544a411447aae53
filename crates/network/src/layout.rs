use crate::Shape;

/// The order of the axes of one example's values, which an explanation needs to draw them over a
/// picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `[channels, height, width]`
    Spatial,
    /// `[height, width, channels]`
    ChannelsLast,
    /// `[tokens, channels]`: first `prefix` tokens without a place, such as a class token, then the
    /// places of the grid row by row.
    Tokens {
        /// Height and width.
        grid: [usize; 2],
        /// How many tokens come before the grid.
        prefix: usize,
    },
    /// `[features]`
    Vector,
    /// Any other, or an unknown one.
    Other,
}

impl Layout {
    /// What the rank alone suggests: three axes are `[channels, height, width]`, one is a vector.
    #[must_use]
    pub fn of_rank(shape: &[usize]) -> Self {
        match shape {
            [_] => Self::Vector,
            [_, _, _] => Self::Spatial,
            _ => Self::Other,
        }
    }

    /// Whether the layout is valid for this shape.
    #[must_use]
    pub fn fits(self, shape: &[usize]) -> bool {
        match (self, shape) {
            (Self::Spatial | Self::ChannelsLast, [_, _, _]) | (Self::Vector, [_]) | (Self::Other, _) => true,
            (Self::Tokens { grid: [rows, columns], prefix }, [tokens, _]) => {
                rows.checked_mul(columns).and_then(|places| places.checked_add(prefix)) == Some(*tokens)
            }
            _ => false,
        }
    }

    /// The layout of an output that has the layout of one of the inputs: the first known one that
    /// is valid, else the rank's.
    #[must_use]
    pub fn like_input(inputs: &[(&Shape, Self)], output: &[usize]) -> Self {
        let known =
            inputs.iter().map(|(_, layout)| *layout).find(|layout| *layout != Self::Other && layout.fits(output));
        known.unwrap_or_else(|| Self::of_rank(output))
    }
}
