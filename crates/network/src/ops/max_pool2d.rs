use burn::tensor::module::{max_pool2d, max_pool2d_with_indices, max_pool2d_with_indices_backward};
use burn::tensor::ops::{MaxPoolOptions, PadMode};
use burn::tensor::{Device, Tensor};

use crate::op::{one_image, only};
use crate::ops::Padding;
use crate::{Activation, Backward, Op, Shape};

/// The largest value under a window: `[channels, height, width]` to `[channels, height', width']`.
///
/// What lies outside the picture is never the largest. Where several values of a window are, the first of them, row by
/// row, gets the gradient, as TensorFlow and PyTorch have it.
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

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let [channels, height, width] = one_image(inputs)?;
        let [rows, columns] = self.padding.output([height, width], self.size, self.stride)?;
        Ok(vec![channels, rows, columns])
    }

    fn forward(&self, inputs: Vec<Activation>) -> Activation {
        max_pool2d(self.padded(only(inputs).into_rank4()), self.options()).into()
    }

    fn backward(&self, gradient: Activation, context: &Backward<'_>) -> Vec<Activation> {
        let x = context.values.first().cloned().expect("a recorded run keeps what every pooling it passes took");
        let x = x.into_rank4();
        let [_, _, height, width] = x.dims();
        let [(top, _), (start, _)] = self.padding.border([height, width], self.size, self.stride);
        let padded = self.padded(x);
        let (_, indices) = max_pool2d_with_indices(padded.clone(), self.options());
        let gradient = gradient.into_rank4();
        let whole =
            max_pool2d_with_indices_backward(padded, self.size, self.stride, [0, 0], [1, 1], false, gradient, indices);
        vec![whole.narrow(2, top, height).narrow(3, start, width).into()]
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
        oracle::check(&pool, shape, 1, reference, 1e-6);
    }

    #[test]
    fn backward_is_autodiffs() {
        check([1, 3, 6, 8], MaxPool2d::new([2, 2], [2, 2], Padding::Valid), [(0, 0); 2]);
        // Rows and columns that no window reaches.
        check([3, 2, 7, 9], MaxPool2d::new([2, 2], [2, 2], Padding::Valid), [(0, 0); 2]);
        check([2, 2, 9, 11], MaxPool2d::new([2, 1], [4, 3], Padding::Valid), [(0, 0); 2]);
        // Windows that overlap, in an even and an odd picture: the border is not the same on both sides.
        check([1, 2, 7, 8], MaxPool2d::new([3, 3], [2, 2], Padding::Same), [(1, 1), (0, 1)]);
        check([3, 2, 6, 5], MaxPool2d::new([3, 2], [1, 2], Padding::Same), [(1, 1), (0, 1)]);
    }

    #[test]
    fn the_first_of_equals_gets_the_gradient() {
        let device = Device::flex();
        let x = Activation::from(Tensor::<4>::ones([1, 1, 2, 2], &device));
        let pool = MaxPool2d::new([2, 2], [2, 2], Padding::Valid);
        let output = pool.forward(vec![x.clone()]);
        let inputs = [vec![1, 2, 2]];
        let context = Backward { inputs: &inputs, output: Some(&output), values: &[x], rule: Rule::Gradient };
        let back = pool.backward(Tensor::<4>::full([1, 1, 1, 1], 3.0, &device).into(), &context);
        assert_eq!(oracle::activation_values(only(back)), [3.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let pool = MaxPool2d::new([3, 3], [2, 2], Padding::Valid);
        assert_eq!(pool.output_shape(&[vec![1, 2, 8]]), Err("a kernel of 3 does not fit into 2 pixels".to_owned()));
    }
}
