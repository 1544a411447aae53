//! Networks made up from a seed: branches, joins, several outputs, constants, every op, odd shapes.

use crate::ops::oracle::{param, random, split_mix};
use crate::ops::{
    Add, BatchNorm, Concat, Constant, Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, MaxPool2d, Mul,
    Padding, Relu, Softmax, Split,
};
use crate::{Builder, LayerId, Network, Param, Result, Shape};

/// Choices from a seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(super) fn seed(&mut self) -> u64 {
        split_mix(&mut self.0)
    }

    /// From 0 to `count − 1`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.seed() % count as u64) as usize
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// `count` of the choices at most, each possibly several times.
    pub(super) fn several<T: Copy>(&mut self, count: usize, choices: &[T]) -> Vec<T> {
        (0..1 + self.below(count)).map(|_| self.pick(choices)).collect()
    }

    fn param<const D: usize>(&mut self, shape: [usize; D], scale: f32) -> Param<D> {
        param(random(shape, self.seed()) * scale)
    }
}

/// A network of up to 14 ops, and all its layers.
pub(super) fn network(dice: &mut Dice) -> (Network, Vec<LayerId>) {
    let sides = [1, 2, 3, 5, 6, 7];
    let input = match dice.below(8) {
        0 => vec![1 + dice.below(5)],
        1 => vec![dice.pick(&sides), dice.pick(&sides)],
        _ => vec![dice.pick(&[1, 2, 3, 4]), dice.pick(&sides), dice.pick(&sides)],
    };
    let mut builder = Builder::new(input).unwrap();
    let mut layers = vec![builder.input()];
    let target = 2 + dice.below(13);
    // A choice that does not fit is refused by the builder, and another one is made.
    for attempt in 0..target * 4 {
        if layers.len() > target {
            break;
        }
        if let Ok(added) = add(dice, &mut builder, &layers, format!("layer{attempt}")) {
            layers.extend(added);
        }
    }
    let output = dice.pick(&layers[layers.len().saturating_sub(3)..]);
    (builder.finish(output).unwrap(), layers)
}

fn add(dice: &mut Dice, builder: &mut Builder, layers: &[LayerId], name: String) -> Result<Vec<LayerId>> {
    // Mostly what came last, so that there is depth, and anything else, so that there are branches.
    let recent = &layers[layers.len().saturating_sub(2)..];
    let x = if dice.below(3) > 0 { dice.pick(recent) } else { dice.pick(layers) };
    let shape = builder.shape(x)?.clone();
    let first = shape.first().copied().unwrap_or(1);
    let axis = dice.below(shape.len().max(1));
    match dice.below(16) {
        0..=2 => builder.layers(name, convolution(dice, first), &[x]),
        3 => {
            let mut vector = |scale| dice.param([first], scale);
            let (weight, bias, mean, variance) = (vector(1.0), vector(1.0), vector(1.0), vector(1.0));
            let variance = param(variance.tensor.abs() + 0.5);
            builder.layers(name, BatchNorm::new(weight, bias, mean, variance, 1e-3), &[x])
        }
        4 => builder.layers(name, Relu::new(), &[x]),
        5 => builder.layers(name, Relu::six(), &[x]),
        6 => {
            let (size, stride) = ([1 + dice.below(3), 1 + dice.below(3)], [1 + dice.below(3), 1 + dice.below(3)]);
            builder.layers(name, MaxPool2d::new(size, stride, padding(dice)), &[x])
        }
        7 => builder.layers(name, GlobalAveragePool, &[x]),
        8 => builder.layers(name, Flatten, &[x]),
        9 => {
            let parts: Vec<usize> = (0..1 + dice.below(2)).map(|_| 1 + dice.below(4)).collect();
            let scale = 1.0 / (first as f32).sqrt();
            let bias = dice.param([parts.iter().sum()], 1.0);
            let weight = parts.iter().map(|rows| dice.param([*rows, first], scale)).collect();
            builder.layers(name, Dense::new(weight, bias), &[x])
        }
        10 => builder.layers(name, Softmax, &[x]),
        11 => {
            let mut others = dice.several(2, layers);
            others.push(x);
            builder.layers(name, Add, &others)
        }
        12 => builder.layers(name, Mul, &[x, dice.pick(layers)]),
        13 => {
            let mut others = dice.several(2, layers);
            others.push(x);
            builder.layers(name, Concat::new(axis), &others)
        }
        14 => {
            let whole = shape.get(axis).copied().unwrap_or(1);
            let at = 1 + dice.below(whole);
            let sizes = [at, whole - at].into_iter().filter(|size| *size > 0).collect();
            builder.layers(name, Split::new(axis, sizes), &[x])
        }
        _ => {
            // Of the layer's shape, or one that is repeated along some axes, or lacks the first.
            let skip = dice.below(2).min(shape.len());
            let shape: Shape = shape[skip..].iter().map(|size| if dice.below(2) == 0 { *size } else { 1 }).collect();
            let values = dice.param([shape.iter().product()], 1.0);
            builder.layers(name, Constant::new(values, shape), &[])
        }
    }
}

fn convolution(dice: &mut Dice, channels: usize) -> Conv2d {
    let divisors: Vec<usize> = (1..=channels).filter(|groups| channels.is_multiple_of(*groups)).collect();
    let groups = dice.pick(&divisors);
    let out = groups * (1 + dice.below(2));
    let kernel = [out, channels / groups, 1 + dice.below(3), 1 + dice.below(3)];
    let scale = 1.0 / (kernel[1..].iter().product::<usize>() as f32).sqrt();
    let bias = (dice.below(2) == 0).then(|| dice.param([out], 1.0));
    let stride = [1 + dice.below(3), 1 + dice.below(2)];
    let dilation = [dice.pick(&[1, 1, 2]), dice.pick(&[1, 1, 3])];
    let options = Conv2dOptions { stride, padding: padding(dice), dilation, groups };
    Conv2d::new(dice.param(kernel, scale), bias, options)
}

fn padding(dice: &mut Dice) -> Padding {
    match dice.below(4) {
        0 => Padding::Valid,
        1 => Padding::Explicit([(dice.below(2), dice.below(3)), (dice.below(3), dice.below(2))]),
        _ => Padding::Same,
    }
}
