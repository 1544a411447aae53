use crate::source::Source;
use crate::tensor::{Axes, Kind, Place, Tensor};
use crate::{Result, WeightsError};

/// How the axes of a tensor in a file become those of the network's, which are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The values are in the right order. The file may have axes of length 1 more, or the input's channels,
    /// rows and columns apart: timm keeps VGG's dense layers as convolutions.
    AsIs,
    /// Keras's kernels `[rows, columns, in, out]` become `[out, in, rows, columns]`; a dense layer's
    /// `[in, out]` has one row and one column.
    Kernel,
    /// The kernel of a dense layer behind a flattening of so many rows and columns. Keras flattens rows,
    /// columns, channels; PyTorch channels, rows, columns.
    Flattened([usize; 2]),
    /// Keras's `[rows, columns, channels, 1]` become `[channels, 1, rows, columns]`.
    Depthwise,
}

impl Layout {
    /// The file's axes, for the network's shape, and how far apart neighbours along each lie in the network's order.
    fn axes(self, shape: &[usize]) -> Option<Axes> {
        let (out, rest) = shape.split_first()?;
        let within = rest.iter().try_fold(1usize, |count, n| count.checked_mul(*n))?;
        let (channels, rows, columns) = match (self, rest) {
            (Self::AsIs, _) => return Some(vec![(out.checked_mul(within)?, 1)]),
            (Self::Flattened([rows, columns]), [inputs]) => {
                (inputs.checked_div(rows.checked_mul(columns)?)?, rows, columns)
            }
            (_, [inputs]) => (*inputs, 1, 1),
            (_, [channels, rows, columns]) => (*channels, *rows, *columns),
            _ => return None,
        };
        let place = rows * columns;
        let axes = match self {
            // As many output channels as input channels: each has one filter.
            Self::Depthwise => vec![(rows, columns), (columns, 1), (*out, place), (channels, place)],
            _ => vec![(rows, columns), (columns, 1), (channels, place), (*out, within)],
        };
        (axes.iter().map(|(n, _)| n).product::<usize>() == out * within).then_some(axes)
    }

    /// Whether a tensor of the file's shape is this tensor of the network's.
    fn fits(self, axes: &[(usize, usize)], file: &[usize], shape: &[usize]) -> bool {
        let count = |shape: &[usize]| shape.iter().product::<usize>();
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
    pub fn takes(self, file: &[usize], shape: &[usize]) -> bool {
        self.axes(shape).is_some_and(|axes| self.fits(&axes, file, shape))
    }

    /// The tensor's values in the network's order; `shape` is the network's.
    ///
    /// The values are put in place while they are read: beside them, only a block is held.
    ///
    /// # Errors
    /// [`WeightsError::Shape`], [`WeightsError::Kind`], [`WeightsError::NotFinite`], and those of reading.
    pub(crate) fn read(self, name: &str, tensor: &Tensor, shape: &[usize], source: &dyn Source) -> Result<Vec<f32>> {
        if tensor.kind == Kind::Other {
            return Err(WeightsError::Kind { name: name.to_owned(), got: "other".to_owned() });
        }
        let count = Tensor::count(&tensor.shape)?;
        let axes = self.axes(shape).filter(|axes| self.fits(axes, &tensor.shape, shape));
        let Some(axes) = axes.filter(|_| Tensor::count(shape).is_ok_and(|wanted| wanted == count)) else {
            let (expected, got) = (shape.to_vec(), tensor.shape.clone());
            return Err(WeightsError::Shape { name: name.to_owned(), expected, got });
        };
        let axes = match (&tensor.place, self) {
            (Place::Moved(_, axes), Self::AsIs) => axes.clone(),
            (Place::Moved(..), _) => return Err(WeightsError::unsupported("a transposed tensor of Keras")),
            _ => axes,
        };
        // The network's shape has been met, so this is as large as the network and no larger.
        let mut values = vec![0f32; count];
        let mut filled = 0;
        let mut finite = true;
        tensor.stream(source, &mut |start, run| {
            finite &= run.iter().all(|value| value.is_finite());
            filled += run.len();
            if axes.len() == 1 {
                if let Some(place) = start.checked_add(run.len()).and_then(|end| values.get_mut(start..end)) {
                    place.copy_from_slice(run);
                }
                return;
            }
            scatter(&axes, start, run, &mut values);
        })?;
        if filled != count {
            return Err(WeightsError::damaged("a tensor is not complete"));
        }
        if finite { Ok(values) } else { Err(WeightsError::NotFinite(name.to_owned())) }
    }
}

/// Puts a run that begins at `start` in the file's order where it belongs.
fn scatter(axes: &[(usize, usize)], start: usize, run: &[f32], values: &mut [f32]) {
    let (length, step) = axes[axes.len() - 1];
    let mut rest = run;
    let mut index = start;
    while !rest.is_empty() {
        let mut outer = index / length;
        let mut place = 0;
        for (n, stride) in axes[..axes.len() - 1].iter().rev() {
            place += (outer % n) * stride;
            outer /= n;
        }
        let first = index % length;
        let (row, after) = rest.split_at(rest.len().min(length - first));
        for (i, value) in row.iter().enumerate() {
            if let Some(target) = values.get_mut(place + (first + i) * step) {
                *target = *value;
            }
        }
        index += row.len();
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn read(layout: Layout, file: &[usize], shape: &[usize]) -> Result<Vec<f32>> {
        let values: Vec<u8> = (0..file.iter().product::<usize>()).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let place = Place::Plain(Span { start: 0, len: values.len() as u64 });
        layout.read("x", &Tensor { shape: file.to_vec(), kind: Kind::F32, place }, shape, &values)
    }

    #[test]
    fn axes_are_moved() {
        // in 2, out 3, one row, two columns
        let moved = [0.0, 6.0, 3.0, 9.0, 1.0, 7.0, 4.0, 10.0, 2.0, 8.0, 5.0, 11.0];
        assert_eq!(read(Layout::Kernel, &[1, 2, 2, 3], &[3, 2, 1, 2]).unwrap(), moved);
        assert_eq!(read(Layout::Flattened([1, 2]), &[4, 3], &[3, 4]).unwrap(), moved);
        assert_eq!(read(Layout::Kernel, &[2, 3], &[3, 2]).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(read(Layout::Depthwise, &[1, 2, 3, 1], &[3, 1, 1, 2]).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(read(Layout::AsIs, &[2, 1, 1, 2], &[2, 2]).unwrap(), [0.0, 1.0, 2.0, 3.0]);
    }

    /// Two kernels of two channels, one row and three columns, whose channels lie last.
    #[test]
    fn axes_that_were_moved_are_moved_back() {
        let values: Vec<u8> = (0..12).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let span = Span { start: 0, len: values.len() as u64 };
        let tensor = Tensor::plain(vec![2, 2, 1, 3], Kind::F32, span).unwrap().moved(vec![(2, 6), (3, 1), (2, 3)]);
        let read = Layout::AsIs.read("x", &tensor, &[2, 2, 1, 3], &values).unwrap();
        assert_eq!(read, [0.0, 2.0, 4.0, 1.0, 3.0, 5.0, 6.0, 8.0, 10.0, 7.0, 9.0, 11.0]);
    }

    #[test]
    fn other_shapes_are_refused() {
        for (layout, file, shape) in [
            (Layout::AsIs, &[3, 2][..], &[2, 3][..]),
            (Layout::Kernel, &[3, 2], &[3, 2]),
            (Layout::Kernel, &[2, 1, 2, 3], &[3, 2, 1, 2]),
            (Layout::Flattened([2, 2]), &[6, 1], &[1, 6]),
            (Layout::Flattened([0, 2]), &[6, 1], &[1, 6]),
            (Layout::Depthwise, &[1, 2, 3, 1], &[1, 3, 1, 2]),
            (Layout::Kernel, &[2], &[2]),
        ] {
            assert!(
                matches!(read(layout, file, shape), Err(WeightsError::Shape { .. })),
                "{layout:?} {file:?} {shape:?}"
            );
        }
    }
}
