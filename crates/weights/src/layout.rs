use crate::axes::{Axes, scatter};
use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::quoted::quoted;
use crate::shape::{self, product};
use crate::source::Source;
use crate::tensor::{Storage, Tensor};

/// How the axes of a tensor in a file become the network's, which are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisMapping {
    /// The values are in the right order. The file may have more axes of length 1, or the input's
    /// channels, rows and columns apart: timm stores VGG's dense layers as convolutions.
    AsIs,
    /// Keras's kernels `[rows, columns, in, out]` become `[out, in, rows, columns]`. The
    /// `[in, out]` of a dense layer has one row and one column.
    Kernel,
    /// The kernel of a dense layer after a flattening of so many rows and columns. Keras flattens
    /// rows, columns, channels; PyTorch channels, rows, columns.
    Flattened([usize; 2]),
    /// Keras's `[rows, columns, channels, 1]` become `[channels, 1, rows, columns]`.
    Depthwise,
}

impl AxisMapping {
    /// The file's axes for the network's shape; `None` if the layout has none for it.
    fn axes(self, shape: &[usize]) -> Option<Axes> {
        let count = product(shape.iter().copied())?;
        let Some((out, rest)) = shape.split_first().filter(|_| self != Self::AsIs) else {
            return (self == Self::AsIs).then(|| vec![(count, 1)]);
        };
        let (channels, rows, columns) = match (self, rest) {
            (Self::Flattened([rows, columns]), [inputs]) => {
                (inputs.checked_div(rows.checked_mul(columns)?)?, rows, columns)
            }
            (_, [inputs]) => (*inputs, 1, 1),
            (_, [channels, rows, columns]) => (*channels, *rows, *columns),
            _ => return None,
        };
        let place = rows.checked_mul(columns)?;
        let within = product(rest.iter().copied())?;
        let axes = match self {
            // As many output channels as input channels: each has one filter.
            Self::Depthwise => vec![(rows, columns), (columns, 1), (*out, place), (channels, place)],
            _ => vec![(rows, columns), (columns, 1), (channels, place), (*out, within)],
        };
        (product(axes.iter().map(|(n, _)| *n))? == count).then_some(axes)
    }

    /// Whether a tensor of the file's shape is this tensor of the network's. `axes` are those of
    /// `shape`, so that their product can be counted.
    fn fits(self, axes: &[(usize, usize)], file: &[usize], shape: &[usize]) -> bool {
        let count = |shape: &[usize]| product(shape.iter().copied());
        match self {
            Self::AsIs => {
                // The same but for axes of length 1 and a joint input axis: the outputs must agree.
                file == shape || (file.first() == shape.first() && file.len() > 1 && count(file) == count(shape))
            }
            Self::Kernel if file.len() == 2 => file == [axes[2].0, axes[3].0] && axes[0].0 * axes[1].0 == 1,
            Self::Flattened(_) => file == [axes[0].0 * axes[1].0 * axes[2].0, axes[3].0],
            Self::Kernel | Self::Depthwise => file.iter().eq(axes.iter().map(|(n, _)| n)),
        }
    }

    /// Whether a tensor of the shape `file` is the network's tensor of the shape `shape`.
    #[must_use]
    pub fn takes(self, file: &[usize], shape: &[usize]) -> bool {
        self.axes(shape).is_some_and(|axes| self.fits(&axes, file, shape))
    }

    /// The tensor's values in the network's order; `shape` is the network's.
    ///
    /// The values are put in place while they are read: beside them, only a block is in memory.
    ///
    /// # Errors
    /// [`WeightsError::Shape`], [`WeightsError::Kind`], [`WeightsError::NotFinite`], and those of
    /// reading.
    pub(crate) fn read(self, name: &str, tensor: &Tensor, shape: &[usize], source: &dyn Source) -> Result<Vec<f32>> {
        if tensor.kind == Kind::Other {
            return Err(WeightsError::Kind { name: quoted(name), got: "integer, boolean or other".to_owned() });
        }
        let Some(axes) = self.axes(shape).filter(|axes| self.fits(axes, &tensor.shape, shape)) else {
            let (expected, got) = (shape.to_vec(), tensor.shape.clone());
            return Err(WeightsError::Shape { name: quoted(name), expected, got });
        };
        let axes = match (&tensor.storage, self) {
            (Storage::Permuted(_, axes), Self::AsIs) => axes.clone(),
            (Storage::Permuted(..), _) => return Err(WeightsError::unsupported("a transposed tensor of Keras")),
            _ => axes,
        };
        tensor.check()?;
        let mut values = shape::zeros(shape::count(&tensor.shape)?)?;
        let mut finite = true;
        // Every value comes once: `stream` guarantees it.
        tensor.stream(source, &mut |start, run| {
            finite &= run.iter().all(|value| value.is_finite());
            if axes.len() > 1 {
                scatter(&axes, start, run, &mut values);
            } else if let Some(place) = values.get_mut(start..start + run.len()) {
                place.copy_from_slice(run);
            }
        })?;
        if finite { Ok(values) } else { Err(WeightsError::NotFinite(quoted(name))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn read(layout: AxisMapping, file: &[usize], shape: &[usize]) -> Result<Vec<f32>> {
        let values: Vec<u8> = (0..file.iter().product::<usize>()).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let storage = Storage::Plain(Span { start: 0, len: values.len() as u64 });
        layout.read("x", &Tensor { shape: file.to_vec(), kind: Kind::F32, storage }, shape, &values)
    }

    #[test]
    fn axes_are_moved() {
        // in 2, out 3, one row, two columns
        let moved = [0.0, 6.0, 3.0, 9.0, 1.0, 7.0, 4.0, 10.0, 2.0, 8.0, 5.0, 11.0];
        assert_eq!(read(AxisMapping::Kernel, &[1, 2, 2, 3], &[3, 2, 1, 2]).unwrap(), moved);
        assert_eq!(read(AxisMapping::Flattened([1, 2]), &[4, 3], &[3, 4]).unwrap(), moved);
        assert_eq!(read(AxisMapping::Kernel, &[2, 3], &[3, 2]).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(read(AxisMapping::Depthwise, &[1, 2, 3, 1], &[3, 1, 1, 2]).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(read(AxisMapping::AsIs, &[], &[]).unwrap(), [0.0], "a scalar");
        assert_eq!(read(AxisMapping::AsIs, &[2, 1, 1, 2], &[2, 2]).unwrap(), [0.0, 1.0, 2.0, 3.0]);
    }

    /// Two kernels of two channels, one row and three columns, whose channels lie last.
    #[test]
    fn axes_that_were_moved_are_moved_back() {
        let values: Vec<u8> = (0..12).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let span = Span { start: 0, len: values.len() as u64 };
        let tensor = Tensor::plain(vec![2, 2, 1, 3], Kind::F32, span).unwrap().permuted(vec![(2, 6), (3, 1), (2, 3)]);
        let read = AxisMapping::AsIs.read("x", &tensor, &[2, 2, 1, 3], &values).unwrap();
        assert_eq!(read, [0.0, 2.0, 4.0, 1.0, 3.0, 5.0, 6.0, 8.0, 10.0, 7.0, 9.0, 11.0]);
    }

    #[test]
    fn sizes_beyond_memory_are_refused() {
        let most = usize::MAX;
        for (layout, file, shape) in [
            (AxisMapping::AsIs, &[2, most, 2][..], &[2, 4][..]),
            (AxisMapping::AsIs, &[2, most, 2], &[2, most, 2]),
            (AxisMapping::Kernel, &[most, most, 2, 2], &[2, 2, most, most]),
            (AxisMapping::Flattened([most, most]), &[4, 2], &[2, 4]),
            (AxisMapping::Depthwise, &[most, most, 2, 1], &[2, 1, most, most]),
        ] {
            assert!(!layout.takes(file, shape), "{layout:?} {file:?} {shape:?}");
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for (layout, file, shape) in [
            (AxisMapping::AsIs, &[3, 2][..], &[2, 3][..]),
            (AxisMapping::Kernel, &[3, 2], &[3, 2]),
            (AxisMapping::Kernel, &[2, 1, 2, 3], &[3, 2, 1, 2]),
            (AxisMapping::Flattened([2, 2]), &[6, 1], &[1, 6]),
            (AxisMapping::Flattened([0, 2]), &[6, 1], &[1, 6]),
            (AxisMapping::Depthwise, &[1, 2, 3, 1], &[1, 3, 1, 2]),
            (AxisMapping::Kernel, &[2], &[2]),
        ] {
            assert!(
                matches!(read(layout, file, shape), Err(WeightsError::Shape { .. })),
                "{layout:?} {file:?} {shape:?}"
            );
        }
    }
}
