use std::fmt;

use burn::backend::ops::FloatTensorOps;
use burn::backend::{Dispatch, TensorMetadata};
use burn::tensor::{DispatchTensor, Slice, Tensor};

use crate::{Error, Result, Shape};

/// A function of `N` tensors of one shape that treats every value alike, whatever the rank.
pub trait Elementwise<const N: usize> {
    /// The result, of the shape of `values`.
    fn apply<const D: usize>(&self, values: [Tensor<D>; N]) -> Tensor<D>;
}

/// A batch of floating-point values of any rank, the batch first.
///
/// The rank of Burn's `Tensor<D>` is part of its type; the ranks of a graph are known only when it
/// is built. A value therefore holds the tensor behind Burn's, which has no static rank, and gives
/// out a [`Tensor`] to code that knows the rank. What works for every rank is a method here.
#[derive(Clone)]
pub struct Value {
    tensor: DispatchTensor,
}

impl Value {
    /// All dimensions, the batch first.
    #[must_use]
    pub fn dims(&self) -> Vec<usize> {
        self.tensor.shape().to_vec()
    }

    /// The shape of one example.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.dims().into_iter().skip(1).collect()
    }

    /// The number of examples.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.dims().first().copied().unwrap_or(1)
    }

    /// The tensor, for code that knows its rank.
    ///
    /// # Errors
    /// [`Error::Rank`] if the value has another rank than `D`.
    pub fn tensor<const D: usize>(self) -> Result<Tensor<D>> {
        let dims = self.dims();
        if dims.len() == D {
            Ok(Tensor::from_dispatch(self.tensor))
        } else {
            Err(Error::Rank { expected: D, got: dims })
        }
    }

    /// All values in memory order, as one vector.
    ///
    /// # Errors
    /// None for a value of a network.
    pub fn flat(self) -> Result<Tensor<1>> {
        let count = self.dims().iter().product();
        self.reshape(&[count])?.tensor()
    }

    /// Applies a function that treats every value alike to values of one shape.
    ///
    /// A device may hold the axes in another order than they are written (a convolution's output on
    /// a GPU has its channels last), so that one vector would be a copy. Only values with more than
    /// five axes become one.
    ///
    /// # Errors
    /// [`Error::Value`] if the shapes differ, or if the function gives another one.
    pub fn elementwise<const N: usize>(values: [Self; N], function: &impl Elementwise<N>) -> Result<Self> {
        let dims = values.first().map_or_else(Vec::new, Self::dims);
        if let Some(other) = values.iter().find(|value| value.dims() != dims) {
            return Err(mismatch(&dims, &other.dims()));
        }
        let result = match dims.len() {
            1 => Self::apply::<1, N>(values, function),
            2 => Self::apply::<2, N>(values, function),
            3 => Self::apply::<3, N>(values, function),
            4 => Self::apply::<4, N>(values, function),
            5 => Self::apply::<5, N>(values, function),
            _ => {
                let count: usize = dims.iter().product();
                let vectors = values.map(|value| Dispatch::float_reshape(value.tensor, [count].into()).into());
                Self::apply::<1, N>(vectors, function)
            }
        };
        result.reshape(&dims)
    }

    /// Applies the function to values of rank `D`.
    fn apply<const D: usize, const N: usize>(values: [Self; N], function: &impl Elementwise<N>) -> Self {
        function.apply(values.map(|value| Tensor::<D>::from_dispatch(value.tensor))).into()
    }

    /// The values in another shape.
    ///
    /// # Shapes
    /// `dims` includes the batch and holds as many values.
    ///
    /// # Errors
    /// [`Error::Value`] if the number of values differs.
    pub fn reshape(self, dims: &[usize]) -> Result<Self> {
        let own = self.dims();
        if own == dims {
            return Ok(self);
        }
        if number_of_values(&own) != number_of_values(dims) {
            return Err(Error::Value(format!("{own:?} cannot become {dims:?}, which has another number of values")));
        }
        Ok(Dispatch::float_reshape(self.tensor, dims.to_vec().into()).into())
    }

    /// Repeats the values along every axis where there is one value and `dims` has more.
    ///
    /// # Shapes
    /// `dims` has the rank of the value.
    ///
    /// # Errors
    /// [`Error::Value`] if an axis has neither the size wanted nor size 1.
    pub fn expand(self, dims: &[usize]) -> Result<Self> {
        let own = self.dims();
        if own == dims {
            return Ok(self);
        }
        let fits = own.len() == dims.len() && own.iter().zip(dims).all(|(own, size)| own == size || *own == 1);
        if !fits || number_of_values(dims).is_none() {
            return Err(Error::Value(format!("{own:?} cannot be repeated to {dims:?}")));
        }
        Ok(Dispatch::float_expand(self.tensor, dims.to_vec().into()).into())
    }

    /// Sums along every axis where `dims` has size 1 and the value has more: what [`Value::expand`]
    /// does, backwards.
    ///
    /// # Errors
    /// [`Error::Value`] if another axis differs.
    pub fn sum_to(self, dims: &[usize]) -> Result<Self> {
        let own = self.dims();
        let fits = own.len() == dims.len() && own.iter().zip(dims).all(|(own, size)| own == size || *size == 1);
        if !fits {
            return Err(Error::Value(format!("{own:?} cannot be summed to {dims:?}")));
        }
        let axes = (0..dims.len()).filter(|axis| own[*axis] != dims[*axis]);
        Ok(axes.fold(self.tensor, Dispatch::float_sum_dim).into())
    }

    /// `count` entries of an axis, from `start` on. Axis 0 is the batch.
    ///
    /// # Errors
    /// [`Error::Value`] if the axis is shorter.
    pub fn narrow(self, axis: usize, start: usize, count: usize) -> Result<Self> {
        let own = self.dims();
        let end = start.checked_add(count).filter(|end| own.get(axis).is_some_and(|size| end <= size));
        let (Some(end), false) = (end, count == 0) else {
            return Err(Error::Value(format!("{own:?} has no {count} entries from {start} on along axis {axis}")));
        };
        let range = |index: usize| if index == axis { Slice::from(start..end) } else { Slice::from(..) };
        let slices: Vec<Slice> = (0..own.len()).map(range).collect();
        Ok(Dispatch::float_slice(self.tensor, &slices).into())
    }

    /// Joins values along an axis. Axis 0 is the batch.
    ///
    /// # Errors
    /// [`Error::Value`] if there are none, or if they differ along another axis.
    pub fn concat(values: Vec<Self>, axis: usize) -> Result<Self> {
        let Some(first) = values.first().map(Self::dims) else {
            return Err(Error::Value("there is nothing to join".to_owned()));
        };
        let fits = |value: &Self| {
            let dims = value.dims();
            axis < dims.len()
                && dims.len() == first.len()
                && (0..dims.len()).all(|index| index == axis || dims[index] == first[index])
        };
        if let Some(other) = values.iter().find(|value| !fits(value)) {
            return Err(Error::Value(format!("{first:?} and {:?} cannot be joined along axis {axis}", other.dims())));
        }
        let tensors = values.into_iter().map(|value| value.tensor).collect();
        Ok(Dispatch::float_cat(tensors, axis).into())
    }

    /// Zeros of a shape, batch included, on this value's device.
    ///
    /// # Errors
    /// [`Error::Value`] if the number of values is not representable.
    pub fn zeros(&self, dims: &[usize]) -> Result<Self> {
        if number_of_values(dims).is_none() {
            return Err(Error::Value(format!("{dims:?} has too many values")));
        }
        let (device, dtype) = (self.tensor.device(), self.tensor.dtype());
        Ok(Dispatch::float_zeros(dims.to_vec().into(), &device, dtype.into()).into())
    }

    /// The elementwise sum of two values of one shape.
    ///
    /// # Errors
    /// [`Error::Value`] if the shapes differ.
    pub fn plus(self, other: Self) -> Result<Self> {
        self.combine(other, Dispatch::float_add)
    }

    /// The elementwise product of two values of one shape.
    ///
    /// # Errors
    /// [`Error::Value`] if the shapes differ.
    pub fn times(self, other: Self) -> Result<Self> {
        self.combine(other, Dispatch::float_mul)
    }

    fn combine(self, other: Self, function: fn(DispatchTensor, DispatchTensor) -> DispatchTensor) -> Result<Self> {
        let (own, others) = (self.dims(), other.dims());
        if own == others { Ok(function(self.tensor, other.tensor).into()) } else { Err(mismatch(&own, &others)) }
    }
}

impl<const D: usize> From<Tensor<D>> for Value {
    fn from(tensor: Tensor<D>) -> Self {
        tensor.into_dispatch().into()
    }
}

impl From<DispatchTensor> for Value {
    fn from(tensor: DispatchTensor) -> Self {
        Self { tensor }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("dims", &self.dims()).finish_non_exhaustive()
    }
}

/// The product of the dimensions, where a `usize` can hold it.
pub(crate) fn number_of_values(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1usize, |product, size| product.checked_mul(*size))
}

fn mismatch(a: &[usize], b: &[usize]) -> Error {
    Error::Value(format!("{a:?} and {b:?} should be of one shape"))
}
