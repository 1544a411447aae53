//! Compiling plans. A plan is compiled once for a question and kept.

use std::sync::{Arc, PoisonError};

use crate::plan::{Entry, Plan, Question, Step};
use crate::{Error, LayerId, Network, Op, Result, Shape};

/// How many plans a network keeps. A question that comes back after as many others is planned anew.
const MOST_PLANS: usize = 32;

impl Question {
    pub(crate) fn new(
        network: &Network,
        fed: impl Iterator<Item = LayerId>,
        fetched: &[LayerId],
        recorded: &[LayerId],
    ) -> Result<Self> {
        let in_order = |layers: &mut dyn Iterator<Item = LayerId>| {
            let mut layers: Vec<usize> = layers.map(|layer| network.index(layer)).collect::<Result<_>>()?;
            layers.sort_unstable();
            Ok(layers)
        };
        let once = |layers: &[LayerId]| {
            let mut layers = in_order(&mut layers.iter().copied())?;
            layers.dedup();
            Ok(layers)
        };
        let mut fed = fed;
        let fed = in_order(&mut fed)?;
        if let Some(twice) = fed.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::FedTwice(network.layers[twice[0]].name.clone()));
        }
        Ok(Self { fed, fetched: once(fetched)?, recorded: once(recorded)? })
    }
}

impl Step {
    pub(crate) fn op<'a>(&self, network: &'a Network) -> &'a dyn Op {
        let folded = self.folds.and_then(|before| network.folded(before, self.node));
        folded.unwrap_or(network.nodes[self.node].op.as_ref())
    }

    pub(crate) fn input_shapes<'a>(&self, network: &'a Network) -> &'a [Shape] {
        &network.nodes[self.folds.unwrap_or(self.node)].input_shapes
    }
}

impl Plan {
    /// For each layer, whether it is one of `on` or is computed from one by these steps.
    pub(crate) fn depends(&self, network: &Network, on: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut depends = vec![false; network.layers.len()];
        on.into_iter().for_each(|layer| depends[layer] = true);
        for step in &self.steps {
            if step.inputs.iter().any(|input| depends[input.layer]) {
                step.outputs.iter().flatten().for_each(|layer| depends[*layer] = true);
            }
        }
        depends
    }

    /// Takes a time linear in the size of the network.
    fn compile(network: &Network, question: Question) -> Result<Self> {
        let mut fed = vec![false; network.layers.len()];
        question.fed.iter().for_each(|layer| fed[*layer] = true);
        let mut needed = vec![false; network.layers.len()];
        question.fetched.iter().for_each(|layer| needed[*layer] = true);
        let mut computed = vec![false; network.nodes.len()];
        for (index, node) in network.nodes.iter().enumerate().rev() {
            computed[index] = node.layers().any(|layer| needed[layer] && !fed[layer]);
            if !computed[index] {
                continue;
            }
            if index == 0 {
                return Err(Error::Unfed(network.layers[node.first].name.clone()));
            }
            node.inputs.iter().for_each(|input| needed[*input] = true);
        }

        // A step by its node; one that is folded into the next is taken out again.
        let mut steps: Vec<Option<Step>> = network.nodes.iter().map(|_| None).collect();
        for (index, node) in network.nodes.iter().enumerate().filter(|(index, _)| computed[*index]) {
            let folded = match node.inputs[..] {
                [before] if !question.sees(before) && network.folds(before, index) => {
                    steps[network.layers[before].node].take()
                }
                _ => None,
            };
            let enter = |layer: &usize| Entry { layer: *layer, last: false };
            let (folds, inputs) = match folded {
                Some(before) => (Some(before.node), before.inputs),
                None => (None, node.inputs.iter().map(enter).collect()),
            };
            let outputs = node.layers().map(|layer| (needed[layer] && !fed[layer]).then_some(layer)).collect();
            steps[index] =
                Some(Step { node: index, folds, inputs, outputs, keeps_inputs: false, keeps_outputs: false });
        }
        let mut plan = Self { steps: steps.into_iter().flatten().collect(), question };

        // From the end, the first use that is met is the last one.
        let mut used_later = vec![false; network.layers.len()];
        plan.question.fetched.iter().for_each(|layer| used_later[*layer] = true);
        for input in plan.steps.iter_mut().rev().flat_map(|step| step.inputs.iter_mut().rev()) {
            input.last = !std::mem::replace(&mut used_later[input.layer], true);
        }
        let passed = plan.depends(network, plan.question.recorded.iter().copied());
        for step in &mut plan.steps {
            let passes = step.inputs.iter().any(|input| passed[input.layer]);
            let op = step.op(network);
            (step.keeps_inputs, step.keeps_outputs) = (passes && op.saves_inputs(), passes && op.saves_outputs());
        }
        Ok(plan)
    }
}

impl Network {
    /// The plan that answers a question: compiled the first time, and kept.
    pub(crate) fn plan(&self, question: Question) -> Result<Arc<Plan>> {
        // Every change of the list leaves it whole, so a panic elsewhere does not spoil it.
        let mut plans = self.plans.0.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = match plans.iter().position(|plan| plan.question == question) {
            Some(index) => plans.remove(index),
            None => Arc::new(Plan::compile(self, question)?),
        };
        if plans.len() == MOST_PLANS {
            plans.remove(0);
        }
        plans.push(plan.clone());
        Ok(plan)
    }

    /// Whether node `index` can do the work of the node that gives layer `before` as well.
    fn folds(&self, before: usize, index: usize) -> bool {
        let node = self.layers[before].node;
        let nobody_else = self.uses[before] == 1 && before != self.output && self.nodes[node].output_shapes.len() == 1;
        nobody_else && self.folded(node, index).is_some()
    }

    /// The op that does the work of two nodes, the second of which takes what the first gives; made
    /// on first use.
    fn folded(&self, first: usize, second: usize) -> Option<&dyn Op> {
        let make = || {
            let affine = self.nodes[second].op.as_affine()?;
            self.nodes[first].op.followed_by(&affine)
        };
        self.folded[second].get_or_init(make).as_deref()
    }
}
