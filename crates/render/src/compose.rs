//! Maps over photographs, for picture files. A page does this on a canvas.

use crate::Image;

impl Image {
    /// The photograph in grey over white, at a strength in 0..=1. SHAP draws its maps over this, at
    /// 0.15.
    ///
    /// The weights of red, green and blue are 0.2989, 0.5870 and 0.1140.
    #[must_use]
    pub fn faint_grey(&self, strength: f32) -> Self {
        let faint = |pixel: &[u8; 4]| {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
            let grey = 0.2989 * red + 0.5870 * green + 0.1140 * blue;
            let level = (255.0 + (grey - 255.0) * strength).round() as u8;
            [level, level, level, u8::MAX]
        };
        let data = self.data.as_chunks::<4>().0.iter().flat_map(faint).collect();
        Self { data, ..*self }
    }

    /// This picture, taken as opaque, below `top`. The opacity of `top` is multiplied by `opacity`,
    /// in 0..=1.
    ///
    /// # Panics
    ///
    /// If the pictures differ in size.
    #[must_use]
    pub fn under(&self, top: &Self, opacity: f32) -> Self {
        assert_eq!((self.width, self.height), (top.width, top.height), "pictures of one size are laid over each other");
        let mix = |(below, above): (&[u8; 4], &[u8; 4])| {
            let share = f32::from(above[3]) / 255.0 * opacity;
            let channel = |i: usize| {
                let (below, above) = (f32::from(below[i]), f32::from(above[i]));
                (below + (above - below) * share).round() as u8
            };
            [channel(0), channel(1), channel(2), u8::MAX]
        };
        let (below, above) = (self.data.as_chunks::<4>().0, top.data.as_chunks::<4>().0);
        Self { data: below.iter().zip(above).flat_map(mix).collect(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_is_weighed_and_laid_on_white() {
        let picture = Image { width: 2, height: 1, data: vec![255, 0, 0, 255, 0, 0, 0, 255] };
        assert_eq!(picture.faint_grey(1.0).data, [76, 76, 76, 255, 0, 0, 0, 255]);
        // 255 − 0.15·(255 − 76.2) = 228.2, and 255·0.85 = 216.75.
        assert_eq!(picture.faint_grey(0.15).data, [228, 228, 228, 255, 217, 217, 217, 255]);
    }

    #[test]
    fn what_is_above_counts_by_its_opacity() {
        let below = Image { width: 3, height: 1, data: [100, 100, 100, 255].repeat(3) };
        let above = Image { width: 3, height: 1, data: vec![200, 0, 0, 255, 200, 0, 0, 0, 200, 0, 0, 51] };
        assert_eq!(below.under(&above, 1.0).data, [200, 0, 0, 255, 100, 100, 100, 255, 120, 80, 80, 255]);
        assert_eq!(below.under(&above, 0.5).data[..4], [150, 50, 50, 255]);
    }
}
