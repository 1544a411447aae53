use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};

use crate::moments::Moments;
use crate::{Error, Result};

/// What one share of the samples adds up to, as plain tensors: it can be computed in one place,
/// read back, sent, and merged in another by [`Run::accept`](crate::Run::accept).
#[derive(Debug, Clone)]
pub struct Partial {
    /// The index of the share.
    pub share: usize,
    /// Tensors by their names. Which there are, and of which shapes, depends on the method.
    pub tensors: Vec<(String, Tensor<4>)>,
}

/// How a part is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Sum,
    Moments,
}

/// The name, the form and the shape of a part that a method declares.
pub(crate) type Declared = (&'static str, Form, [usize; 4]);

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a run holds a handful of parts")]
enum Part {
    Sum(Tensor<4>),
    Moments(Moments),
}

/// What some samples add up to: sums and moments by their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts(BTreeMap<&'static str, Part>);

impl Parts {
    /// With a sum.
    #[must_use]
    pub(crate) fn sum(mut self, name: &'static str, tensor: Tensor<4>) -> Self {
        self.0.insert(name, Part::Sum(tensor));
        self
    }

    /// With a sum, if there is one.
    #[must_use]
    pub(crate) fn sum_if_some(self, name: &'static str, tensor: Option<Tensor<4>>) -> Self {
        match tensor {
            Some(tensor) => self.sum(name, tensor),
            None => self,
        }
    }

    /// With moments.
    #[must_use]
    pub(crate) fn moments(mut self, name: &'static str, moments: Moments) -> Self {
        self.0.insert(name, Part::Moments(moments));
        self
    }

    pub(crate) fn get_sum(&self, name: &str) -> Option<&Tensor<4>> {
        match self.0.get(name)? {
            Part::Sum(tensor) => Some(tensor),
            Part::Moments(_) => None,
        }
    }

    pub(crate) fn get_moments(&self, name: &str) -> Option<&Moments> {
        match self.0.get(name)? {
            Part::Moments(moments) => Some(moments),
            Part::Sum(_) => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Some tensor that all work so far went into.
    pub(crate) fn any(&self) -> Option<&Tensor<4>> {
        self.0.values().next().map(|part| match part {
            Part::Sum(tensor) => tensor,
            Part::Moments(moments) => moments.tensors().0,
        })
    }

    /// Adds the parts of the samples that follow.
    pub(crate) fn merge(&mut self, next: Self) {
        for (name, part) in next.0 {
            let merged = match (self.0.remove(name), part) {
                (Some(Part::Sum(before)), Part::Sum(after)) => Part::Sum(before + after),
                (Some(Part::Moments(before)), Part::Moments(after)) => Part::Moments(before.merge(after)),
                (_, part) => part,
            };
            self.0.insert(name, merged);
        }
    }

    /// Whether these are the parts that a method declares.
    pub(crate) fn are(&self, declared: &[Declared]) -> bool {
        let is = |(name, form, shape): &Declared| match self.0.get(name) {
            Some(Part::Sum(tensor)) => *form == Form::Sum && tensor.dims() == *shape,
            Some(Part::Moments(moments)) => *form == Form::Moments && moments.tensors().0.dims() == *shape,
            None => false,
        };
        self.0.len() == declared.len() && declared.iter().all(is)
    }

    /// As tensors of a share.
    pub(crate) fn into_partial(self, share: usize) -> Partial {
        let mut tensors = Vec::new();
        for (name, part) in self.0 {
            match part {
                Part::Sum(tensor) => tensors.push((name.to_owned(), tensor)),
                Part::Moments(moments) => {
                    let (mean, scatter) = moments.tensors();
                    tensors.push((mean_of(name), mean.clone()));
                    tensors.push((scatter_of(name), scatter.clone()));
                }
            }
        }
        Partial { share, tensors }
    }

    /// From the tensors of a share of `samples` samples.
    pub(crate) fn from_partial(
        partial: Partial,
        declared: &[Declared],
        samples: usize,
        device: &Device,
    ) -> Result<Self> {
        let Partial { share, tensors } = partial;
        let foreign = |reason| Error::ForeignPartial { share, reason };
        let mut tensors: BTreeMap<String, Tensor<4>> = tensors.into_iter().collect();
        let mut take = |name: String, shape: [usize; 4]| match tensors.remove(&name) {
            None => Err(foreign(format!("it has no tensor “{name}”"))),
            Some(tensor) if tensor.dims() != shape => {
                Err(foreign(format!("“{name}” has the shape {:?}; expected {shape:?}", tensor.dims())))
            }
            Some(tensor) => Ok(tensor.to_device(device)),
        };
        let mut parts = Self::default();
        for (name, form, shape) in declared {
            parts = match form {
                Form::Sum => parts.sum(name, take((*name).to_owned(), *shape)?),
                Form::Moments => {
                    let (mean, scatter) = (take(mean_of(name), *shape)?, take(scatter_of(name), *shape)?);
                    parts.moments(name, Moments::new(samples, mean, scatter))
                }
            };
        }
        match tensors.into_keys().next() {
            Some(name) => Err(foreign(format!("it has a tensor “{name}”, which the method does not have"))),
            None => Ok(parts),
        }
    }
}

fn mean_of(name: &str) -> String {
    format!("{name}.mean")
}

fn scatter_of(name: &str) -> String {
    format!("{name}.scatter")
}
