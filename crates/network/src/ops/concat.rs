use burn::tensor::Device;

use crate::op::only_gradient;
use crate::{Backward, Layout, Op, Result, Shape, Value};

/// The inputs one behind the other along an axis of the example: channels joined, or a class token
/// put before others.
#[derive(Debug, Clone, Copy)]
pub struct Concat {
    axis: usize,
}

impl Concat {
    /// Along this axis, counted without the batch: 0 is the channels of `[channels, height,
    /// width]`.
    #[must_use]
    pub fn new(axis: usize) -> Self {
        Self { axis }
    }
}

impl Op for Concat {
    fn kind(&self) -> &'static str {
        "Concat"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let Some(first) = inputs.first() else { return Err("it takes one input or more".to_owned()) };
        if self.axis >= first.len() {
            return Err(format!("it joins along axis {}, but its input is {first:?}", self.axis));
        }
        let mut shape = first.clone();
        shape[self.axis] = 0;
        for input in inputs {
            let fits = |(axis, size): (usize, &usize)| axis == self.axis || *size == first[axis];
            if input.len() != first.len() || !input.iter().enumerate().all(fits) {
                return Err(format!("it joins along axis {}, but its inputs are {first:?} and {input:?}", self.axis));
            }
            let size = shape[self.axis].checked_add(input[self.axis]);
            shape[self.axis] = size.ok_or_else(|| "its inputs are too long".to_owned())?;
        }
        Ok(vec![shape])
    }

    fn layouts(&self, inputs: &[(&Shape, Layout)], outputs: &[Shape]) -> Vec<Layout> {
        let of = |output: &Shape| {
            let before = inputs.iter().take_while(|(_, layout)| !matches!(layout, Layout::Tokens { .. })).count();
            match inputs.get(before) {
                Some((_, Layout::Tokens { grid, prefix })) if self.axis == 0 => {
                    let before = inputs[..before].iter().filter_map(|(shape, _)| shape.first());
                    let prefix = before.fold(*prefix, |sum, tokens| sum.saturating_add(*tokens));
                    let joined = Layout::Tokens { grid: *grid, prefix };
                    // Tokens behind the grid have no name.
                    if joined.fits(output) { joined } else { Layout::Other }
                }
                _ => Layout::like_input(inputs, output),
            }
        };
        outputs.iter().map(of).collect()
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        Ok(vec![Value::concat(inputs, self.axis + 1)?])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let gradient = only_gradient(gradients)?;
        let mut from = 0;
        let back = |(shape, wanted): (&Shape, &bool)| {
            let (start, size) = (from, shape[self.axis]);
            from += size;
            if *wanted { gradient.clone().narrow(self.axis + 1, start, size).map(Some) } else { Ok(None) }
        };
        context.inputs.iter().zip(context.wanted).map(back).collect()
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(*self)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_equals_autodiff_along_every_axis() {
        for axis in 0..3 {
            let reference = |inputs: Vec<Value>| {
                let inputs = inputs.into_iter().map(|input| input.tensor::<4>().unwrap()).collect();
                vec![Tensor::cat(inputs, axis + 1).into()]
            };
            let mut shapes = [[2, 3, 4, 5]; 3];
            shapes[1][axis + 1] = 1;
            let shapes = shapes.each_ref().map(<[usize; 4]>::as_slice);
            oracle::check_all(&Concat::new(axis), &shapes, reference, 0.0);
        }
    }

    #[test]
    fn shapes_agree_along_the_other_axes() {
        assert_eq!(Concat::new(0).output_shapes(&[vec![3, 4], vec![1, 4]]), Ok(vec![vec![4, 4]]));
        assert!(Concat::new(1).output_shapes(&[vec![3, 4], vec![1, 4]]).is_err());
        assert!(Concat::new(0).output_shapes(&[vec![3, 4], vec![4]]).is_err());
        assert!(Concat::new(2).output_shapes(&[vec![3, 4]]).is_err());
        assert!(Concat::new(0).output_shapes(&[]).is_err());
        assert!(Concat::new(0).output_shapes(&[vec![usize::MAX], vec![1]]).is_err());
    }

    #[test]
    fn a_class_token_lies_before_the_grid() {
        let (class, places, both) = (vec![1, 8], vec![12, 8], vec![13, 8]);
        let grid = Layout::Tokens { grid: [3, 4], prefix: 0 };
        let layouts = Concat::new(0).layouts(&[(&class, Layout::Other), (&places, grid)], std::slice::from_ref(&both));
        assert_eq!(layouts, [Layout::Tokens { grid: [3, 4], prefix: 1 }]);
        let layouts = Concat::new(0).layouts(&[(&places, grid), (&class, Layout::Other)], &[both]);
        assert_eq!(layouts, [Layout::Other]);
    }
}
