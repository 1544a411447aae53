use burn::tensor::Tensor;
use negah_network::Rule;

use crate::{Attribution, Choice, Explainer, Info, Job, Kind, LooksAt, Paper, Parameter, Progress, Result, Run, Shows};

/// The activations of a layer, every channel of them (Zeiler and Fergus, 2014, arXiv:1311.2901), which tf-explain's
/// `ExtractActivations` lays out as a grid.
///
/// They can be ranked: by their mean, or by what they contribute to a class, Σ|weight·A| over height and width, where
/// the weight is Grad-CAM's, the mean of the score's gradient over the channel.
#[derive(Debug)]
pub struct Activations;

static INFO: Info = Info {
    id: "activations",
    name: "Activations",
    summary: "What each channel of a layer responds to in this picture, whatever the class.",
    paper: Paper {
        title: "Visualizing and Understanding Convolutional Networks",
        authors: "Zeiler and Fergus, 2014",
        url: "https://arxiv.org/abs/1311.2901",
    },
    looks_at: LooksAt::Output,
    shows: Shows::Channels,
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
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn start<'a>(&self, job: Job<'a>) -> Result<Box<dyn Run + 'a>> {
        job.check()?;
        Ok(Box::new(ActivationsRun { job, grid: None }))
    }
}

struct ActivationsRun<'a> {
    job: Job<'a>,
    grid: Option<Attribution>,
}

impl Run for ActivationsRun<'_> {
    fn step(&mut self) -> Result<Progress> {
        let Job { network, input, targets, layer, parameters, .. } = &self.job;
        let feeds = [(network.input(), input.clone().into())];
        let channels = network.shape(*layer)?[0];
        let (activation, ranking) = match parameters.text("order") {
            "contribution" => {
                let output = network.output();
                let trace = network.record(&feeds, &[*layer, output], &[*layer])?;
                let activation = trace.get(*layer)?.clone().tensor::<4>()?;
                let seed = targets[0].seed(trace.get(output)?.clone().tensor()?).into();
                let gradient =
                    network.backward(&trace, output, seed, &[*layer], Rule::Gradient)?.remove(0).tensor::<4>()?;
                let weights = gradient.mean_dims(&[2, 3]);
                let contribution = (activation.clone() * weights).abs().sum_dims(&[2, 3]);
                (activation, Some(contribution))
            }
            order => {
                let trace = network.forward(&feeds, &[*layer])?;
                let activation: Tensor<4> = trace.get(*layer)?.clone().tensor()?;
                let ranking = (order == "mean").then(|| activation.clone().mean_dims(&[2, 3]));
                (activation, ranking)
            }
        };
        let ranking = ranking.map(|ranking| ranking.reshape([channels]));
        self.grid = Some(Attribution { ranking, ..Attribution::new(activation) });
        Ok(Progress { done: 1, total: 1 })
    }

    fn attribution(&self) -> Option<Attribution> {
        self.grid.clone()
    }
}
