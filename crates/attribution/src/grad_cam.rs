use std::ops::Range;

use burn::tensor::Tensor;

use crate::parts::{Declared, Form, Parts};
use crate::run::Method;
use crate::{
    Attribution, AttributionSite, Diagnostic, Explainer, Kind, MapKind, MethodInfo, Paper, Parameter, Result, Run, Task,
};

/// Gradient-weighted class activation mapping (Selvaraju et al., 2017, arXiv:1610.02391).
///
/// With A the activations of the layer, `[channels, height, width]`, and g the gradient of the
/// class's score with respect to them, the weight of a channel is the mean of its g over height and
/// width (equation 1). The map is ReLU(Σ weight·A) over the channels (equation 2), at the layer's
/// resolution.
///
/// The score is the logit and the ReLU is applied, as in the paper. captum's `LayerGradCam` has no
/// ReLU, which `relu: false` gives; pytorch-grad-cam has it. tf-explain's `GradCAM` has none, takes
/// the gradient of the probability (`score: probability`), and sets the gradient to zero where it
/// or the activation is negative (`positive-gradients: true`). tf-explain calls this
/// `use_guided_grads`; it is neither guided backpropagation nor Guided Grad-CAM.
#[derive(Debug)]
pub struct GradCam;

static INFO: MethodInfo = MethodInfo {
    id: "grad-cam",
    name: "Grad-CAM",
    summary: "Which regions of a layer speak for the class: its channels, weighted by how much the score rises with each.",
    paper: Paper {
        title: "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        authors: "Selvaraju et al., 2017",
        url: "https://arxiv.org/abs/1610.02391",
    },
    site: AttributionSite::Output,
    map_kind: MapKind::Heat,
    parameters: &[
        Parameter {
            id: "relu",
            name: "Only evidence for the class",
            summary: "Drops what speaks against the class, as the paper does.",
            unit: "",
            kind: Kind::Bool { default: true },
        },
        Parameter {
            id: "positive-gradients",
            name: "Only positive gradients (tf-explain)",
            summary: "Weighs a channel only by places where both it and its gradient are positive, as tf-explain does.",
            unit: "",
            kind: Kind::Bool { default: false },
        },
    ],
};

impl Explainer for GradCam {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>> {
        task.check(&INFO)?;
        let shape = task.layer_shape(&INFO)?;
        Ok(Run::new(task, &[1], |task| WeightedChannels { task, shape }))
    }
}

struct WeightedChannels<'a> {
    task: Task<'a>,
    /// Channels, height and width of the layer.
    shape: [usize; 3],
}

impl Method for WeightedChannels<'_> {
    fn declare(&self, _: &Range<usize>) -> Vec<Declared> {
        let targets = self.task.targets.len();
        let [_, height, width] = self.shape;
        let slope = self.task.saturable().then_some(("slope", Form::Sum, [targets, 1, 1, 1]));
        [("values", Form::Sum, [targets, 1, height, width])].into_iter().chain(slope).collect()
    }

    fn pass(&mut self, _: Range<usize>) -> Result<Parts> {
        let Task { targets, parameters, .. } = &self.task;
        let only_positive = parameters.bool("positive-gradients");
        let (_, gradients) = self.task.own_gradients(targets, |activation, gradient| {
            let gradient = if only_positive {
                gradient.clamp_min(0.0).mask_fill(activation.clone().lower_equal_scalar(0.0), 0.0)
            } else {
                gradient
            };
            (activation.clone() * gradient.mean_dims(&[2, 3])).sum_dim(1)
        })?;
        let map = Tensor::cat(gradients.of_targets, 0);
        let map = if parameters.bool("relu") { map.clamp_min(0.0) } else { map };
        Ok(Parts::default().sum("values", map).sum_if_some("slope", gradients.slopes))
    }

    fn finish(&self, parts: &Parts, _: usize) -> Option<Attribution> {
        let diagnostics = parts.get_sum("slope").map(Diagnostic::slope).into_iter().collect();
        Some(Attribution { diagnostics, ..Attribution::new(parts.get_sum("values")?.clone()) })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};
    use negah_network::ops::{Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, Relu};
    use negah_network::{Band, Builder, Channel, Network, Param};

    use super::*;
    use crate::{Parameters, Pixels, Score, Setting, Target};

    fn param<const D: usize>(values: &[f32], shape: [usize; D]) -> Param<D> {
        let tensor = Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex());
        Param { tensor, tensor_name: String::new() }
    }

    /// Two channels, the picture and its negative; their rectified means, added up by two classes.
    fn network() -> Network {
        let mut builder = Builder::new(vec![1, 2, 3]).unwrap();
        let x = builder.input();
        let conv = Conv2d::new(param(&[1.0, -1.0], [2, 1, 1, 1]), None, Conv2dOptions::default());
        let x = builder.layer("conv", conv, &[x]).unwrap();
        let x = builder.layer("relu", Relu::new(), &[x]).unwrap();
        let x = builder.layer("pool", GlobalAveragePool, &[x]).unwrap();
        let x = builder.layer("flatten", Flatten, &[x]).unwrap();
        let dense = Dense::new(vec![param(&[6.0, 0.0, -6.0, 12.0], [2, 2])], param(&[0.0, 0.0], [2]));
        let x = builder.layer("dense", dense, &[x]).unwrap();
        builder.finish(x).unwrap()
    }

    fn picture() -> Tensor<4> {
        Tensor::from_data(TensorData::new(vec![1f32, -2.0, 3.0, 0.0, 5.0, -6.0], [1, 1, 2, 3]), &Device::flex())
    }

    fn explain(layer: &str, class: usize, relu: bool) -> Result<Vec<f32>> {
        explain_after(None, layer, class, relu)
    }

    /// The same after a trace of the picture's negative, recorded down to the layer `before`.
    fn explain_after(before: Option<&str>, layer: &str, class: usize, relu: bool) -> Result<Vec<f32>> {
        let network = network();
        let trace = before.map(|before| {
            let before = network.find(before).unwrap();
            let feeds = [(network.input(), picture().neg().into())];
            network.record(&feeds, &[before, network.output()], &[before]).unwrap()
        });
        let parameters = Parameters::new(GradCam.info(), [("relu".to_owned(), Setting::Bool(relu))])?;
        let layer = GradCam.info().layer(&network, Some(layer), "relu")?;
        let task = Task {
            network: &network,
            input: picture(),
            trace: trace.as_ref(),
            pixels: Pixels::new(vec![Channel { band: Band::Grey, mean: 0.0, std: 1.0 }]),
            background: None,
            targets: vec![Target { class, score: Score::Logit }],
            layer,
            batch: 1,
            stream_offset: 0,
            parameters,
        };
        let mut run = GradCam.start(task)?;
        assert!(run.attribution().is_none());
        assert!(run.step()?.finished());
        let map = run.attribution().unwrap().values;
        assert_eq!(map.dims(), [1, 1, 2, 3]);
        Ok(map.into_data().try_to_vec().unwrap())
    }

    #[test]
    fn the_map_is_the_one_worked_out_by_hand() {
        // At `relu` A is (1 0 3 0 5 0) and (0 2 0 0 0 6). Each pixel of a channel raises the score
        // by weight/6: class 0 has channel weights 1 and 0, class 1 has −1 and 2.
        assert_eq!(explain("relu", 0, true).unwrap(), [1., 0., 3., 0., 5., 0.]);
        assert_eq!(explain("relu", 1, false).unwrap(), [-1., 4., -3., 0., -5., 12.]);
        assert_eq!(explain("relu", 1, true).unwrap(), [0., 4., 0., 0., 0., 12.]);
        // Before the rectifier the gradient is blocked where a channel is not positive: channel 0
        // keeps three pixels of six, channel 1 two. Class 1: −1·3/6 = −1/2 on A₀,
        // 2·2/6 = 2/3 on A₁ = −A₀.
        let expected = [1f32, -2., 3., 0., 5., -6.].map(|a| -0.5 * a - 2.0 / 3.0 * a);
        for (ours, by_hand) in explain("conv", 1, false).unwrap().iter().zip(expected) {
            assert!((ours - by_hand).abs() < 1e-6, "{ours}, not {by_hand}");
        }
    }

    #[test]
    fn a_trace_that_was_made_is_used_if_it_reaches_the_layer() {
        // Of the negative, A is (0 2 0 0 0 6) and (1 0 3 0 5 0).
        assert_eq!(explain_after(Some("relu"), "relu", 0, true).unwrap(), [0., 2., 0., 0., 0., 6.]);
        assert_eq!(explain_after(Some("conv"), "relu", 0, true).unwrap(), explain("relu", 0, true).unwrap());
    }

    #[test]
    fn mistakes_are_answered_in_words() {
        assert_eq!(
            explain("relu", 2, true).unwrap_err().to_string(),
            "There is no class 2: this network has 2 classes, numbered from 0."
        );
        assert_eq!(
            explain("dense", 0, true).unwrap_err().to_string(),
            "Grad-CAM needs a layer with height and width; “dense” gives [2]. Choose a layer before the pooling."
        );
        let unknown = crate::find("grad-camera").unwrap_err().to_string();
        assert!(unknown.starts_with("There is no method “grad-camera”. Known methods: grad-cam, "), "{unknown}");
    }
}
