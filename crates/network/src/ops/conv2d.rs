use std::sync::OnceLock;

use burn::tensor::module::conv2d;
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor};

use crate::builder::MOST_VALUES;
use crate::op::{one_image, only, only_gradient};
use crate::ops::Padding;
use crate::ops::padding::fits_memory;
use crate::{Affine, Backward, Error, Op, Param, ParameterInfo, Result, Shape, Value};

/// The most convolutions that one backward step may take; see [`Conv2d::transposed`].
const MOST_PHASES: usize = 1 << 12;

/// The geometry of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2dOptions {
    /// Vertical and horizontal step, at least 1.
    pub stride: [usize; 2],
    /// The border.
    pub padding: Padding,
    /// Vertical and horizontal distance between the kernel's taps, at least 1.
    pub dilation: [usize; 2],
    /// How many groups of channels are convolved apart; as many as channels make it depthwise.
    pub groups: usize,
}

impl Default for Conv2dOptions {
    fn default() -> Self {
        Self { stride: [1, 1], padding: Padding::Same, dilation: [1, 1], groups: 1 }
    }
}

/// A two-dimensional convolution: `[in, height, width]` to `[out, height', width']`.
#[derive(Debug)]
pub struct Conv2d {
    /// `[out, in / groups, kernel height, kernel width]`
    weight: Param<4>,
    /// `[out]`
    bias: Option<Param<1>>,
    options: Conv2dOptions,
    /// The kernel of the backward step, made on its first use; see [`Conv2d::transposed`].
    transposed: OnceLock<Vec<Tensor<4>>>,
}

impl Conv2d {
    /// A convolution of the given weight, `[out, in / groups, height, width]`, and bias, `[out]`.
    #[must_use]
    pub fn new(weight: Param<4>, bias: Option<Param<1>>, options: Conv2dOptions) -> Self {
        Self { weight, bias, options, transposed: OnceLock::new() }
    }

    /// How far the kernel reaches along each axis, dilation included: what [`Op::output_shapes`]
    /// has accepted.
    fn reach(&self) -> [usize; 2] {
        let [_, _, kernel_height, kernel_width] = self.weight.tensor.dims();
        let [vertical, horizontal] = self.options.dilation;
        [(kernel_height - 1) * vertical + 1, (kernel_width - 1) * horizontal + 1]
    }

    /// Refuses a kernel, stride or dilation that cannot be computed with.
    fn check_geometry(&self) -> std::result::Result<(), String> {
        let Conv2dOptions { stride, dilation, groups, .. } = self.options;
        let [out, within, height, width] = self.weight.tensor.dims();
        if [groups, out, within, height, width].contains(&0) || stride.contains(&0) || dilation.contains(&0) {
            return Err("kernel, stride, dilation and groups are at least 1".to_owned());
        }
        let reach = [(height, dilation[0]), (width, dilation[1])].map(|(size, dilation)| {
            (size - 1).checked_mul(dilation).and_then(|steps| steps.checked_add(1)).filter(|_| dilation <= MOST_VALUES)
        });
        let [Some(rows), Some(columns)] = reach else {
            return Err(format!("a dilation of {dilation:?} is too large"));
        };
        // The backward step takes one convolution a phase where there are groups.
        if groups > 1 && stride[0].saturating_mul(stride[1]) > MOST_PHASES {
            return Err(format!("a stride of {stride:?} is too large for a convolution in groups"));
        }
        // The backward step spreads the kernel out to whole strides, and Burn takes the input apart
        // for 512 pixels at once.
        if stride != [1, 1] {
            let whole = [rows.checked_next_multiple_of(stride[0]), columns.checked_next_multiple_of(stride[1])];
            fits_memory(&[out, within, whole[0].unwrap_or(usize::MAX), whole[1].unwrap_or(usize::MAX)])?;
        }
        fits_memory(&[512, within, height, width])
    }

    /// The border in numbers, for an input of this size.
    fn border(&self, size: [usize; 2]) -> [(usize, usize); 2] {
        self.options.padding.border(size, self.reach(), self.options.stride)
    }

    /// The kernel that carries a gradient back: input and output channels swapped within each
    /// group, and mirrored in both directions. A stride of s makes s² kernels of it, one for each
    /// place of a pixel between two steps of the window, so that nothing is multiplied by the zeros
    /// that would spread the gradient out. Without groups they are one kernel with s² times the
    /// channels; with groups one each, for a depthwise convolution is fast and one that is nearly
    /// so is not. `[in · s · s, out / groups, ⌈height / s⌉, ⌈width / s⌉]`, or s² times `[in, …]`.
    fn transposed(&self) -> &[Tensor<4>] {
        let make = || {
            let Conv2dOptions { stride: [down, across], dilation, groups, .. } = self.options;
            let strided = down * across > 1;
            let weight =
                if strided { spread(self.weight.tensor.clone(), dilation) } else { self.weight.tensor.clone() };
            let [out, within, height, width] = weight.dims();
            let [rows, columns] = [height.div_ceil(down), width.div_ceil(across)];
            let to_whole = [(0, rows * down - height), (0, columns * across - width)];
            let weight = if strided { weight.pad(to_whole, PadMode::Constant(0.0)) } else { weight };
            let phases = weight
                .reshape([groups, out / groups, within, rows, down, columns, across])
                .permute([0, 2, 4, 6, 1, 3, 5]);
            let phases = phases.reshape([groups * within, down * across, out / groups, rows, columns]);
            let phases = if rows * columns == 1 { phases } else { phases.flip([3, 4]) };
            if groups == 1 {
                return vec![phases.reshape([within * down * across, out, rows, columns])];
            }
            let phase =
                |index| phases.clone().narrow(1, index, 1).reshape([groups * within, out / groups, rows, columns]);
            (0..down * across).map(phase).collect()
        };
        self.transposed.get_or_init(make)
    }
}

impl Op for Conv2d {
    fn kind(&self) -> &'static str {
        let [out, within, _, _] = self.weight.tensor.dims();
        if within == 1 && out == self.options.groups && out > 1 { "DepthwiseConv2d" } else { "Conv2d" }
    }

    fn output_shapes(&self, inputs: &[Shape]) -> std::result::Result<Vec<Shape>, String> {
        let [channels, height, width] = one_image(inputs)?;
        self.check_geometry()?;
        let Conv2dOptions { stride, groups, .. } = self.options;
        let [out, within, _, _] = self.weight.tensor.dims();
        if within.checked_mul(groups) != Some(channels) || !out.is_multiple_of(groups) {
            return Err(format!(
                "its kernel of {out} × {within} channels in {groups} groups does not fit {channels} channels"
            ));
        }
        if let Some(bias) = &self.bias
            && bias.tensor.dims() != [out]
        {
            return Err(format!("its bias has {:?} values for {out} channels", bias.tensor.dims()));
        }
        let [rows, columns] = self.options.padding.output([channels, height, width], self.reach(), stride)?;
        Ok(vec![vec![out, rows, columns]])
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let x = only(inputs)?.tensor::<4>()?;
        let [_, _, height, width] = x.dims();
        let Conv2dOptions { stride, dilation, groups, .. } = self.options;
        let options = ConvOptions::new_with_padding(stride, self.border([height, width]), dilation, groups);
        let bias = self.bias.as_ref().map(|bias| bias.tensor.clone());
        Ok(vec![conv2d(x, self.weight.tensor.clone(), bias, options).into()])
    }

    /// The gradient is a convolution of its own: of the output's gradient, with the
    /// [transposed](Conv2d::transposed) kernel. Burn's own backward pass takes a transposed
    /// convolution, which is slower on both devices.
    fn backward(&self, gradients: Vec<Option<Value>>, context: &Backward<'_>) -> Result<Vec<Option<Value>>> {
        let [channels, height, width] = one_image(context.inputs).map_err(Error::Value)?;
        let Conv2dOptions { stride, dilation, groups, .. } = self.options;
        let gradient = only_gradient(gradients)?.tensor::<4>()?;
        let [batch, _, rows, columns] = gradient.dims();
        let border = self.border([height, width]);
        // With a stride, the dilation is in the kernel.
        let dilation = if stride == [1, 1] { dilation } else { [1, 1] };
        let kernels = self.transposed();
        let [_, _, kernel_height, kernel_width] = kernels[0].dims();
        let reach = [(kernel_height - 1) * dilation[0], (kernel_width - 1) * dilation[1]];
        // How many steps of the window it takes to reach the last pixel.
        let steps: [usize; 2] =
            std::array::from_fn(|axis| ([height, width][axis] - 1 + border[axis].0) / stride[axis] + 1);
        let padding = std::array::from_fn(|axis| (reach[axis], steps[axis] - [rows, columns][axis]));
        let options = ConvOptions::new_with_padding([1, 1], padding, dilation, groups);
        let phase = |kernel: &Tensor<4>| conv2d(gradient.clone(), kernel.clone(), None, options.clone());
        let mut phases: Vec<Tensor<4>> = kernels.iter().map(phase).collect();
        let [down, across] = stride;
        let whole =
            if stride == [1, 1] {
                phases.remove(0)
            } else {
                // Without groups the phases are channels already, with groups they come one by one.
                let phases = if phases.len() == 1 {
                    phases.remove(0).reshape([batch, channels, down * across, steps[0], steps[1]])
                } else {
                    Tensor::stack::<5>(phases, 2)
                };
                phases
                    .reshape([batch, channels, down, across, steps[0], steps[1]])
                    .permute([0, 1, 4, 2, 5, 3])
                    .reshape([batch, channels, steps[0] * down, steps[1] * across])
            };
        let ([top, left], [_, _, full_height, full_width]) = (border.map(|(before, _)| before), whole.dims());
        if (full_height, full_width) == (height, width) {
            return Ok(vec![Some(whole.into())]);
        }
        Ok(vec![Some(whole.slice([0..batch, 0..channels, top..top + height, left..left + width]).into())])
    }

    fn parameters(&self) -> Vec<ParameterInfo> {
        let bias = self.bias.as_ref().map(|bias| bias.describe("bias"));
        [self.weight.describe("weight")].into_iter().chain(bias).collect()
    }

    fn to_device(&self, device: &Device) -> Box<dyn Op> {
        let bias = self.bias.as_ref().map(|bias| bias.to_device(device));
        Box::new(Self::new(self.weight.to_device(device), bias, self.options))
    }

    fn followed_by(&self, affine: &Affine) -> Option<Box<dyn Op>> {
        let [out, _, _, _] = self.weight.tensor.dims();
        if affine.scale.dims() != [out] || affine.shift.dims() != [out] {
            return None;
        }
        let weight = self.weight.tensor.clone() * affine.scale.clone().reshape([out, 1, 1, 1]);
        let bias = match &self.bias {
            Some(bias) => bias.tensor.clone() * affine.scale.clone() + affine.shift.clone(),
            None => affine.shift.clone(),
        };
        Some(Box::new(Self::new(
            Param { tensor: weight, tensor_name: self.weight.tensor_name.clone() },
            Some(Param { tensor: bias, tensor_name: String::new() }),
            self.options,
        )))
    }
}

/// A kernel with its dilation's zeros in it: `[out, in, h, w]` to `[out, in, (h − 1)·down + 1, (w −
/// 1)·across + 1]`.
fn spread(x: Tensor<4>, [down, across]: [usize; 2]) -> Tensor<4> {
    if down * across == 1 {
        return x;
    }
    let [batch, channels, height, width] = x.dims();
    x.reshape([batch, channels, height, 1, width, 1])
        .pad([(0, down - 1), (0, 0), (0, across - 1)], PadMode::Constant(0.0))
        .reshape([batch, channels, height * down, width * across])
        .slice([0..batch, 0..channels, 0..(height - 1) * down + 1, 0..(width - 1) * across + 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::oracle;

    /// Zeros around by concatenation and a convolution without padding: nothing of ours but the
    /// numbers.
    fn reference(x: Tensor<4>, weight: &Tensor<4>, border: [(usize, usize); 2], options: Conv2dOptions) -> Tensor<4> {
        let device = x.device();
        let [batch, channels, height, _] = x.dims();
        let zeros = |rows, columns| Tensor::<4>::zeros([batch, channels, rows, columns], &device);
        let [(top, bottom), (start, end)] = border;
        let wide = Tensor::cat(vec![zeros(height, start), x, zeros(height, end)], 3);
        let [_, _, _, width] = wide.dims();
        let padded = Tensor::cat(vec![zeros(top, width), wide, zeros(bottom, width)], 2);
        let plain = ConvOptions::new(options.stride, [0, 0], options.dilation, options.groups);
        conv2d(padded, weight.clone().autodiff(), None, plain)
    }

    fn check(shape: [usize; 4], kernel: [usize; 4], options: Conv2dOptions, border: [(usize, usize); 2]) {
        let weight = oracle::random(kernel, 3);
        let conv = Conv2d::new(oracle::param(weight.clone()), None, options);
        oracle::check(&conv, shape, |x| reference(x, &weight, border, options), 2e-5);
    }

    #[test]
    fn same_padding_is_asymmetric_at_stride_two() {
        let options = Conv2dOptions { stride: [2, 2], ..Conv2dOptions::default() };
        check([1, 3, 8, 6], [5, 3, 3, 3], options, [(0, 1), (0, 1)]);
        check([3, 2, 7, 8], [4, 2, 3, 3], options, [(1, 1), (0, 1)]);
        check([2, 2, 9, 10], [4, 2, 5, 5], options, [(2, 2), (1, 2)]);
        // A kernel smaller than the stride leaves pixels out: there is no negative padding.
        check([2, 3, 8, 7], [4, 3, 1, 1], options, [(0, 0), (0, 0)]);
    }

    #[test]
    fn odd_shapes_strides_dilations_and_kernels() {
        let same = Conv2dOptions::default();
        check([2, 3, 5, 7], [4, 3, 3, 3], same, [(1, 1), (1, 1)]);
        check([1, 3, 5, 7], [4, 3, 1, 1], same, [(0, 0), (0, 0)]);
        check([3, 2, 6, 5], [3, 2, 2, 5], same, [(0, 1), (2, 2)]);
        let valid = Conv2dOptions { stride: [3, 2], padding: Padding::Valid, ..same };
        check([2, 2, 11, 8], [3, 2, 3, 4], valid, [(0, 0), (0, 0)]);
        let dilated = Conv2dOptions { dilation: [2, 3], ..same };
        check([1, 2, 9, 10], [3, 2, 3, 3], dilated, [(2, 2), (3, 3)]);
        let explicit = Conv2dOptions { stride: [2, 3], padding: Padding::Explicit([(2, 0), (1, 3)]), ..same };
        check([2, 2, 8, 9], [3, 2, 4, 4], explicit, [(2, 0), (1, 3)]);
    }

    #[test]
    fn groups_and_depthwise() {
        let options = |groups, stride| Conv2dOptions { stride, groups, ..Conv2dOptions::default() };
        check([3, 4, 6, 5], [6, 2, 3, 3], options(2, [1, 1]), [(1, 1), (1, 1)]);
        check([1, 6, 8, 6], [3, 2, 3, 3], options(3, [2, 2]), [(0, 1), (0, 1)]);
        check([3, 5, 7, 9], [5, 1, 5, 5], options(5, [1, 1]), [(2, 2), (2, 2)]);
        check([2, 5, 7, 8], [5, 1, 3, 3], options(5, [2, 2]), [(1, 1), (0, 1)]);
        check([2, 3, 7, 8], [6, 1, 3, 3], options(3, [2, 1]), [(1, 1), (1, 1)]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let conv = |kernel, options| Conv2d::new(oracle::param(oracle::random(kernel, 3)), None, options);
        let valid = Conv2dOptions { padding: Padding::Valid, ..Conv2dOptions::default() };
        assert_eq!(
            conv([4, 3, 3, 3], valid).output_shapes(&[vec![2, 8, 8]]),
            Err("its kernel of 4 × 3 channels in 1 groups does not fit 2 channels".to_owned())
        );
        assert_eq!(
            conv([4, 3, 5, 5], valid).output_shapes(&[vec![3, 4, 8]]),
            Err("a kernel of 5 does not fit into 4 pixels".to_owned())
        );
        let wide = Conv2dOptions { padding: Padding::Explicit([(3, 0), (0, 0)]), ..valid };
        assert_eq!(
            conv([4, 3, 3, 3], wide).output_shapes(&[vec![3, 4, 8]]),
            Err("a border of 3 and 0 lies outside a kernel of 3".to_owned())
        );
    }

    #[test]
    fn no_stride_dilation_or_group_reaches_a_panic() {
        let sizes = [0, 1, 2, 5, 1 << 10, MOST_VALUES, usize::MAX / 3, usize::MAX];
        for kernel in [[4, 2, 3, 1], [4, 2, 1, 1], [4, 0, 3, 3], [0, 2, 3, 3], [4, 2, 0, 3]] {
            let weight = Tensor::zeros(kernel, &Device::flex());
            for down in sizes {
                for dilation in sizes {
                    for groups in [0, 1, 2, usize::MAX] {
                        let options = Conv2dOptions {
                            stride: [down, 1],
                            dilation: [dilation, 1],
                            groups,
                            padding: if dilation % 2 == 0 { Padding::Same } else { Padding::Valid },
                        };
                        let conv = Conv2d::new(oracle::param(weight.clone()), None, options);
                        let input = vec![vec![2, 6, 5]];
                        let Ok(outputs) = conv.output_shapes(&input) else { continue };
                        let x = Tensor::<4>::ones([1, 2, 6, 5], &Device::flex());
                        let output = conv.forward(vec![x.into()]).unwrap();
                        assert_eq!(output[0].shape(), outputs[0]);
                        let context = Backward {
                            inputs: &input,
                            outputs: &outputs,
                            wanted: &[true],
                            input_values: &[],
                            output_values: &[],
                            rule: crate::Rule::Gradient,
                        };
                        conv.backward(output.into_iter().map(Some).collect(), &context).unwrap();
                    }
                }
            }
        }
    }
}
