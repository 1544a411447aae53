use std::fmt::Debug;

use burn::tensor::Tensor;
use negah_network::{LayerId, Network};

use crate::{Parameter, Parameters, Result, Target};

/// A publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// Its title.
    pub title: &'static str,
    /// Its authors and year, as a citation gives them.
    pub authors: &'static str,
    /// Where to read it.
    pub url: &'static str,
}

/// What a method says of itself.
#[derive(Debug)]
pub struct Info {
    /// The stable id, such as `grad-cam`.
    pub id: &'static str,
    /// The name in the field, such as `Grad-CAM`.
    pub name: &'static str,
    /// One line for a reader who does not know it.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: Paper,
    /// What can be set.
    pub parameters: &'static [Parameter],
}

/// What is to be explained.
#[derive(Debug)]
pub struct Job<'a> {
    /// The network.
    pub network: &'a Network,
    /// The preprocessed picture, `[1, channels, height, width]`, on the network's device.
    pub input: Tensor<4>,
    /// The class, and which of its scores.
    pub target: Target,
    /// The layer to look at, for methods that look at one.
    pub layer: LayerId,
    /// What was set, checked against [`Info::parameters`].
    pub parameters: Parameters,
}

/// An explanation: signed, unscaled, on the device.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// `[1, 1, height, width]`, at the method's own resolution.
    pub values: Tensor<4>,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
}

impl Progress {
    /// Whether there is nothing left to do.
    #[must_use]
    pub fn finished(self) -> bool {
        self.done >= self.total
    }
}

/// A method.
pub trait Explainer: Debug + Sync {
    /// What it says of itself.
    fn info(&self) -> &'static Info;

    /// Begins to explain; computes nothing yet.
    ///
    /// # Errors
    /// Refuses a job that cannot be done: a class or a layer that does not fit.
    fn start<'a>(&self, job: Job<'a>) -> Result<Box<dyn Run + 'a>>;
}

/// An explanation under way.
pub trait Run {
    /// Enqueues the next batch of work on the device.
    ///
    /// # Errors
    /// What the network refuses.
    fn step(&mut self) -> Result<Progress>;

    /// What is known so far; nothing before the first step.
    fn attribution(&self) -> Option<Attribution>;
}
