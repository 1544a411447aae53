use burn::tensor::Device;

use crate::op::{one_input, only};
use crate::{Backward, Error, Layout, Op, Result, Shape, Value};

/// The input cut into parts along an axis of the example; each part is an output.
#[derive(Debug, Clone)]
pub struct Split {
    axis: usize,
    sizes: Vec<usize>,
}

impl Split {
    /// Parts of these sizes along an axis, counted without the batch: 0 is the channels of
    /// `[channels, height, width]`.
    #[must_use]
    pub fn new(axis: usize, sizes: Vec<usize>) -> Self {
        Self { axis, sizes }
    }

    /// Where each part starts, and its size.
    fn parts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.sizes.iter().scan(0, |start, size| {
            let part = (*start, *size);
            *start += size;
            Some(part)
        })
    }
}

impl Op for Split {
    fn kind(&self) -> &'static str {
        "Split"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let input = one_input(inputs)?;
        let whole = self.sizes.iter().try_fold(0usize, |sum, size| sum.checked_add(*size));
        if whole.is_none() || input.get(self.axis).copied() != whole || self.sizes.contains(&0) {
            return Err(format!("parts of {:?} along axis {} do not make up {input:?}", self.sizes, self.axis));
        }
        let part = |size: &usize| {
            let mut shape = input.clone();
            shape[self.axis] = *size;
            shape
        };
        Ok(self.sizes.iter().map(part).collect())
    }

    fn layouts(&self, inputs: &[(&Shape, Layout)], outputs: &[Shape]) -> Vec<Layout> {
        let of = |((start, _), output): ((usize, usize), &Shape)| match inputs {
            [(_, Layout::Tokens { grid, prefix })] if self.axis == 0 => {
                let part = Layout::Tokens { grid: *grid, prefix: prefix.saturating_sub(start) };
                if start <= *prefix && part.fits(output) { part } else { Layout::Other }
            }
            _ => Layout::like_input(inputs, output),
        };
        self.parts().zip(outputs).map(of).collect()
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let input = only(inputs)?;
        self.parts().map(|(start, size)| input.clone().narrow(self.axis + 1, start, size)).collect()
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let Some(given) = gradients.iter().flatten().next().cloned() else {
            return Err(Error::Value("no gradient arrived".to_owned()));
        };
        let zeros = |shape: &Shape| given.zeros(&[&[given.batch()], shape.as_slice()].concat());
        let parts = gradients.into_iter().zip(context.outputs);
        let parts: Result<Vec<Value>> = parts.map(|(part, shape)| part.map_or_else(|| zeros(shape), Ok)).collect();
        Ok(vec![Some(Value::concat(parts?, self.axis + 1)?)])
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    #[test]
    fn backward_equals_autodiff_for_each_output_and_all() {
        for axis in 0..3 {
            let reference = |inputs: Vec<Value>| {
                let x = only(inputs).unwrap().tensor::<4>().unwrap();
                [(0, 3), (3, 1), (4, 2)].map(|(start, size)| x.clone().narrow(axis + 1, start, size).into()).to_vec()
            };
            oracle::check_all(&Split::new(axis, vec![3, 1, 2]), &[&[2, 6, 6, 6]], reference, 0.0);
        }
    }

    #[test]
    fn the_parts_make_up_the_whole() {
        let shapes = |axis, sizes: &[usize]| Split::new(axis, sizes.to_vec()).output_shapes(&[vec![5, 7]]);
        assert_eq!(shapes(0, &[2, 3]), Ok(vec![vec![2, 7], vec![3, 7]]));
        assert!(shapes(0, &[2, 2]).is_err());
        assert!(shapes(0, &[0, 5]).is_err());
        assert!(shapes(0, &[]).is_err());
        assert!(shapes(2, &[5]).is_err());
        assert!(shapes(0, &[usize::MAX, 6]).is_err());
    }

    #[test]
    fn only_the_part_with_the_whole_grid_keeps_its_tokens() {
        let whole = (&vec![13, 8], Layout::Tokens { grid: [3, 4], prefix: 1 });
        let split = Split::new(0, vec![1, 12]);
        let layouts = split.layouts(&[whole], &[vec![1, 8], vec![12, 8]]);
        assert_eq!(layouts, [Layout::Other, Layout::Tokens { grid: [3, 4], prefix: 0 }]);
    }
}
