use burn::tensor::module::{max_pool2d, max_pool2d_with_indices, max_pool2d_with_indices_backward};
use burn::tensor::ops::{MaxPoolOptions, PadMode};
use burn::tensor::{Device, Tensor};

use crate::op::{one_image, only, only_gradient};
use crate::ops::Padding;
use crate::{Backward, Op, Result, Shape, Value};

/// The largest value under a window: `[channels, height, width]` to `[channels, height', width']`.
///
/// What lies outside the picture is never the largest. Where several values of a window are, the
/// first of them, row by row, gets the gradient, as TensorFlow and PyTorch have it.
#[derive(Debug, Clone, Copy)]
pub struct MaxPool2d {
    size: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
}

impl MaxPool2d {
    /// A window of `size`, height first, that moves by `stride`.
    #[must_use]
    pub fn new(size: [usize; 2], stride: [usize; 2], padding: Padding) -> Self {
        Self { size, stride, padding }
    }

    /// The input with its border, in which nothing is ever the largest.
    fn padded(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let border = self.padding.border([height, width], self.size, self.stride);
        if border == [(0, 0); 2] { x } else { x.pad(border, PadMode::Constant(f32::MIN)) }
    }

    fn options(&self) -> MaxPoolOptions<2> {
        MaxPoolOptions { stride: self.stride, ..MaxPoolOptions::new(self.size) }
    }
}

impl Op for MaxPool2d {
    fn kind(&self) -> &'static str {
        "MaxPool2d"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let image = one_image(inputs)?;
        let [rows, columns] = self.padding.output(image, self.size, self.stride)?;
        Ok(vec![vec![image[0], rows, columns]])
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        Ok(vec![max_pool2d(self.padded(only(inputs)?.tensor()?), self.options()).into()])
    }

    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let x = only(context.input_values)?.clone().tensor::<4>()?;
        let [_, _, height, width] = x.dims();
        let [(top, _), (start, _)] = self.padding.border([height, width], self.size, self.stride);
        let padded = self.padded(x);
        let (_, indices) = max_pool2d_with_indices(padded.clone(), self.options());
        let gradient = only_gradient(gradients)?.tensor()?;
        let whole =
            max_pool2d_with_indices_backward(padded, self.size, self.stride, [0, 0], [1, 1], false, gradient, indices);
        Ok(vec![Some(whole.narrow(2, top, height).narrow(3, start, width).into())])
    }

    fn saves_inputs(&self) -> bool {
        true
    }

    fn to_device(&self, _device: &Device) -> Box<dyn Op> {
        Box::new(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::ops::oracle;

    fn check(shape: [usize; 4], pool: MaxPool2d, border: [(usize, usize); 2]) {
        let reference = |x: Tensor<4>| {
            let padded = x.pad(border, PadMode::Constant(-1e30));
            max_pool2d(padded, pool.options())
        };
        oracle::check(&pool, shape, reference, 1e-6);
    }

    #[test]
    fn backward_equals_autodiff() {
        check([1, 3, 6, 8], MaxPool2d::new([2, 2], [2, 2], Padding::Valid), [(0, 0); 2]);
        // Rows and columns that no window reaches.
        check([3, 2, 7, 9], MaxPool2d::new([2, 2], [2, 2], Padding::Valid), [(0, 0); 2]);
        check([2, 2, 9, 11], MaxPool2d::new([2, 1], [4, 3], Padding::Valid), [(0, 0); 2]);
        // Windows that overlap, in an even and an odd picture: the border is not the same on both
        // sides.
        check([1, 2, 7, 8], MaxPool2d::new([3, 3], [2, 2], Padding::Same), [(1, 1), (0, 1)]);
        check([3, 2, 6, 5], MaxPool2d::new([3, 2], [1, 2], Padding::Same), [(1, 1), (0, 1)]);
    }

    #[test]
    fn the_first_of_equals_gets_the_gradient() {
        let device = Device::flex();
        let x = Value::from(Tensor::<4>::ones([1, 1, 2, 2], &device));
        let pool = MaxPool2d::new([2, 2], [2, 2], Padding::Valid);
        let context = Backward {
            inputs: &[vec![1, 2, 2]],
            outputs: &[vec![1, 1, 1]],
            wanted: &[true],
            input_values: &[x],
            output_values: &[],
            rule: Rule::Gradient,
        };
        let gradient = Tensor::<4>::full([1, 1, 1, 1], 3.0, &device).into();
        let back = pool.backward(vec![Some(gradient)], &context).unwrap();
        assert_eq!(oracle::values(only_gradient(back).unwrap()), [3.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let pool = MaxPool2d::new([3, 3], [2, 2], Padding::Valid);
        assert_eq!(pool.output_shapes(&[vec![1, 2, 8]]), Err("a kernel of 3 does not fit into 2 pixels".to_owned()));
        for (size, stride) in [([0, 3], [2, 2]), ([3, 3], [0, 2]), ([usize::MAX, 3], [2, 2])] {
            for padding in [Padding::Valid, Padding::Same] {
                assert!(MaxPool2d::new(size, stride, padding).output_shapes(&[vec![1, 8, 8]]).is_err());
            }
        }
    }
}
