/// The places of a window on a picture, row by row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    /// Height and width, as of the other two.
    pub(crate) picture: [usize; 2],
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
}

impl Windows {
    /// Rows and columns of places: as many as it takes to cover the picture, the last cut off at
    /// the border.
    pub(crate) fn grid(self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let beyond = self.picture[axis].saturating_sub(self.window[axis]);
            beyond.div_ceil(self.stride[axis].max(1)) + 1
        })
    }

    pub(crate) fn count(self) -> usize {
        self.grid().into_iter().product()
    }

    /// Sets to 1 what the window at a place covers, in a mask of the picture's size.
    pub(crate) fn cover(self, place: usize, mask: &mut [f32]) {
        let [height, width] = self.picture;
        let [_, columns] = self.grid();
        let (top, left) = (place / columns * self.stride[0], place % columns * self.stride[1]);
        for y in top..(top + self.window[0]).min(height) {
            mask[y * width + left..y * width + (left + self.window[1]).min(width)].fill(1.0);
        }
    }
}

/// Every number below `count` once, with neighbours far apart: a map that grows in this order shows
/// the whole picture early.
pub(crate) fn spread_out(count: usize) -> Vec<usize> {
    let golden = (count as f64 * 0.618) as usize;
    let step = (golden.max(1)..count).find(|step| gcd(*step, count) == 1).unwrap_or(1);
    (0..count).map(|index| index * step % count).collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_all_and_are_cut_off_at_the_border() {
        let windows = Windows { picture: [5, 8], window: [3, 3], stride: [2, 2] };
        assert_eq!(windows.grid(), [2, 4]);
        let mut mask = vec![0.0; 40];
        windows.cover(7, &mut mask);
        let expected: Vec<usize> = (2..5).flat_map(|y| (6..8).map(move |x| y * 8 + x)).collect();
        let found: Vec<usize> = (0..40).filter(|index| mask[*index] > 0.0).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_window_has_a_height_and_a_width() {
        let windows = Windows { picture: [5, 8], window: [2, 4], stride: [1, 3] };
        assert_eq!(windows.grid(), [4, 3]);
        let mut mask = vec![0.0; 40];
        windows.cover(4, &mut mask);
        let covered: Vec<usize> = (0..40).filter(|index| mask[*index] > 0.0).collect();
        assert_eq!(covered, [11, 12, 13, 14, 19, 20, 21, 22]);
    }

    #[test]
    fn a_window_larger_than_the_picture_covers_it_once() {
        let windows = Windows { picture: [3, 4], window: [9, 9], stride: [2, 2] };
        assert_eq!(windows.grid(), [1, 1]);
        let mut mask = vec![0.0; 12];
        windows.cover(0, &mut mask);
        assert_eq!(mask, [1.0; 12]);
    }

    #[test]
    fn every_place_comes_once_and_neighbours_lie_apart() {
        for count in 1..60 {
            let mut order = spread_out(count);
            order.sort_unstable();
            assert_eq!(order, (0..count).collect::<Vec<_>>());
        }
        let order = spread_out(1024);
        assert!(order.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 300));
    }
}
