use std::ops::Range;

use burn::tensor::Tensor;

use crate::parts::{Declared, Form, Parts};
use crate::run::Method;
use crate::{
    Attribution, AttributionSite, Choice, Explainer, Kind, MapKind, MethodInfo, Paper, Parameter, Result, Run, Task,
};

/// The activations of a layer, all channels of them (Zeiler and Fergus, 2014, arXiv:1311.2901),
/// which tf-explain's `ExtractActivations` lays out as a grid.
///
/// They can be ranked by their mean, or by their contribution to the first target: Σ|weight·A| over
/// height and width, where the weight is Grad-CAM's, the mean of the score's gradient over the
/// channel.
#[derive(Debug)]
pub struct Activations;

static INFO: MethodInfo = MethodInfo {
    id: "activations",
    name: "Activations",
    summary: "What each channel of a layer responds to in this picture, whatever the class.",
    paper: Paper {
        title: "Visualizing and Understanding Convolutional Networks",
        authors: "Zeiler and Fergus, 2014",
        url: "https://arxiv.org/abs/1311.2901",
    },
    site: AttributionSite::Output,
    map_kind: MapKind::Channels,
    parameters: &[Parameter {
        id: "order",
        name: "Order",
        summary: "Which channels come first.",
        unit: "",
        kind: Kind::Choice {
            default: "channel",
            choices: &[
                Choice { id: "channel", name: "As the network numbers them" },
                Choice { id: "mean", name: "By mean activation" },
                Choice { id: "contribution", name: "By contribution to the class" },
            ],
        },
    }],
};

impl Explainer for Activations {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>> {
        task.check(&INFO)?;
        let shape = task.layer_shape(&INFO)?;
        let order = match task.parameters.text("order") {
            "mean" => Order::Mean,
            "contribution" => Order::Contribution,
            _ => Order::Channel,
        };
        Ok(Run::new(task, &[1], |task| Grid { task, shape, order }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Channel,
    Mean,
    Contribution,
}

struct Grid<'a> {
    task: Task<'a>,
    /// Channels, height and width of the layer.
    shape: [usize; 3],
    order: Order,
}

impl Grid<'_> {
    /// The activations, and what ranks them: `[1, channels, 1, 1]`.
    fn compute(&self) -> Result<(Tensor<4>, Option<Tensor<4>>)> {
        if self.order != Order::Contribution {
            let activation = self.task.own_activation()?;
            let ranking = (self.order == Order::Mean).then(|| activation.clone().mean_dims(&[2, 3]));
            return Ok((activation, ranking));
        }
        let targets = &self.task.targets;
        let first = &targets[..targets.len().min(1)];
        let (activation, gradients) = self.task.own_gradients(first, |activation, gradient| {
            (activation.clone() * gradient.mean_dims(&[2, 3])).abs().sum_dims(&[2, 3])
        })?;
        let ranking = gradients.of_targets.into_iter().next();
        Ok((activation, ranking))
    }
}

impl Method for Grid<'_> {
    fn declare(&self, _: &Range<usize>) -> Vec<Declared> {
        let [channels, height, width] = self.shape;
        let ranking = (self.order != Order::Channel).then_some(("ranking", Form::Sum, [1, channels, 1, 1]));
        [("values", Form::Sum, [1, channels, height, width])].into_iter().chain(ranking).collect()
    }

    fn pass(&mut self, _: Range<usize>) -> Result<Parts> {
        let (activation, ranking) = self.compute()?;
        Ok(Parts::default().sum("values", activation).sum_if_some("ranking", ranking))
    }

    fn finish(&self, parts: &Parts, _: usize) -> Option<Attribution> {
        let [channels, ..] = self.shape;
        let ranking = parts.get_sum("ranking").map(|ranking| ranking.clone().reshape([channels]));
        Some(Attribution { ranking, ..Attribution::new(parts.get_sum("values")?.clone()) })
    }
}
