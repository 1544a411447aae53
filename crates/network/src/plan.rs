//! Plans: which steps lead from what is fed to what is fetched.

use std::sync::{Arc, Mutex};

/// What a run is asked for: layers by index, in order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) fed: Vec<usize>,
    pub(crate) fetched: Vec<usize>,
    pub(crate) recorded: Vec<usize>,
}

impl Question {
    pub(crate) fn records(&self, layer: usize) -> bool {
        self.recorded.binary_search(&layer).is_ok()
    }

    /// Whether a run has this layer's value for itself, and not only folded into a later one.
    pub(crate) fn sees(&self, layer: usize) -> bool {
        [&self.fed, &self.fetched, &self.recorded].iter().any(|layers| layers.binary_search(&layer).is_ok())
    }
}

/// The steps of a run, in order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) question: Question,
    pub(crate) steps: Vec<Step>,
}

/// One node of a run, or two of them taken together.
#[derive(Debug)]
pub(crate) struct Step {
    /// The node whose outputs this computes.
    pub(crate) node: usize,
    /// The node before it, where the step does the work of both.
    pub(crate) folds: Option<usize>,
    pub(crate) inputs: Vec<Entry>,
    /// The layer of each output; `None` if it is fed or unused.
    pub(crate) outputs: Vec<Option<usize>>,
    /// Whether a backward pass may pass here and looks at the inputs' values.
    pub(crate) keeps_inputs: bool,
    /// Whether a backward pass may pass here and looks at the outputs' values.
    pub(crate) keeps_outputs: bool,
}

/// A layer that enters a step.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) layer: usize,
    /// Whether nothing uses its value later, so that the op may work in place.
    pub(crate) last: bool,
}

impl Step {
    /// For each input, whether it is marked.
    pub(crate) fn inputs_in(&self, marked: &[bool]) -> Vec<bool> {
        self.inputs.iter().map(|input| marked[input.layer]).collect()
    }
}

/// The plans that a network keeps, the last used at the end.
#[derive(Debug, Default)]
pub(crate) struct Plans(pub(crate) Mutex<Vec<Arc<Plan>>>);
