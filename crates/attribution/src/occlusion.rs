use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use crate::blank::largest;
use crate::gradient::scores;
use crate::parts::{Declared, Form, Parts};
use crate::run::Method;
use crate::windows::{Windows, spread_out};
use crate::{
    Attribution, AttributionSite, BlankReason, Choice, Diagnostic, Error, Explainer, Kind, MapKind, MethodInfo, Paper,
    Parameter, Result, Run, Score, Target, Task,
};

/// Occlusion sensitivity (Zeiler and Fergus, 2014, arXiv:1311.2901): how much the score falls when
/// a window of the picture is covered.
///
/// `difference` is captum's `Occlusion`: windows may overlap, and a pixel gets the mean fall of the
/// windows over it. The last window of a row or column is cut off at the border.
/// `one-minus-probability` is tf-explain's `OcclusionSensitivity`: patches side by side, and a map
/// of ⌈height/window⌉ × ⌈width/window⌉ values of 1 − p, whatever score is asked for.
///
/// The fill is in levels of the raw picture. For a network that gets raw levels, as in tf-explain's
/// guide, the [`Task`] has [`Pixels::identity`](crate::Pixels::identity).
#[derive(Debug)]
pub struct Occlusion;

static INFO: MethodInfo = MethodInfo {
    id: "occlusion",
    name: "Occlusion",
    summary: "How much the score falls when a part of the picture is covered: slow, but nothing has to be differentiated.",
    paper: Paper {
        title: "Visualizing and Understanding Convolutional Networks",
        authors: "Zeiler and Fergus, 2014",
        url: "https://arxiv.org/abs/1311.2901",
    },
    site: AttributionSite::Picture,
    map_kind: MapKind::Heat,
    parameters: &[
        Parameter {
            id: "window",
            name: "Window",
            summary: "The side of the square that is covered, or its height and width, such as 15x7.",
            unit: "pixels",
            kind: Kind::Size { default: 32, min: 1, max: 4096 },
        },
        Parameter {
            id: "stride",
            name: "Stride",
            summary: "How far the square moves from one place to the next; at most its side.",
            unit: "pixels",
            kind: Kind::Size { default: 16, min: 1, max: 4096 },
        },
        Parameter {
            id: "fill",
            name: "Fill",
            summary: "What covers the picture.",
            unit: "levels",
            kind: Kind::Baseline { default: "grey" },
        },
        Parameter {
            id: "form",
            name: "Form",
            summary: "What is counted, and how it is laid out.",
            unit: "",
            kind: Kind::Choice {
                default: "difference",
                choices: &[
                    Choice { id: "difference", name: "Fall of the score, by pixel" },
                    Choice { id: "one-minus-probability", name: "1 − probability, by patch (no overlap)" },
                ],
            },
        },
        Parameter {
            id: "seed",
            name: "Seed",
            summary: "Fixes the noise of a fill of noise.",
            unit: "",
            kind: Kind::Whole { default: 0, min: 0, max: u32::MAX },
        },
    ],
};

impl Explainer for Occlusion {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn start<'a>(&self, mut task: Task<'a>) -> Result<Run<'a>> {
        task.check(&INFO)?;
        let [_, _, height, width] = task.input.dims();
        let window = task.parameters.size("window");
        let patches = task.parameters.text("form") == "one-minus-probability";
        let stride = if patches { window } else { task.parameters.size("stride") };
        if stride[0] > window[0] || stride[1] > window[1] {
            return Err(Error::StrideBeyondWindow { window, stride });
        }
        if patches {
            for target in &mut task.targets {
                *target = Target { score: Score::Probability, ..*target };
            }
        }
        let difference = task.baseline("fill")? - task.input.clone();
        let distance = largest(difference.clone());
        let windows = Windows { picture: [height, width], window, stride };
        let phases = [windows.count()];
        let order = spread_out(windows.count());
        Ok(Run::new(task, &phases, |task| Covers { order, patches, difference, distance, own: None, windows, task }))
    }
}

struct Covers<'a> {
    task: Task<'a>,
    /// What covers the picture less the picture, of its shape.
    difference: Tensor<4>,
    /// The largest magnitude of the difference.
    distance: Tensor<4>,
    windows: Windows,
    /// The places in the order in which they are covered.
    order: Vec<usize>,
    /// Whether the map has one value a place, of 1 − p, instead of the mean fall at each pixel.
    patches: bool,
    /// The scores of the picture as it is, `[targets, 1]`.
    own: Option<Tensor<2>>,
}

impl Covers<'_> {
    /// Height and width of the map.
    fn size(&self) -> [usize; 2] {
        if self.patches { self.windows.grid() } else { self.windows.picture }
    }

    fn own_scores(&mut self) -> Result<Tensor<2>> {
        let own = match self.own.take() {
            Some(own) => own,
            None => self.task.own_scores()?,
        };
        self.own = Some(own.clone());
        Ok(own)
    }

    /// For each place, 1 at the pixels that its window covers: `[places, pixels]`, in rows.
    fn masks(&self, places: &[usize]) -> Vec<f32> {
        let pixels = self.windows.picture.iter().product::<usize>();
        let mut masks = vec![0.0; places.len() * pixels];
        for (place, mask) in places.iter().zip(masks.chunks_mut(pixels.max(1))) {
            self.windows.cover(*place, mask);
        }
        masks
    }

    /// For each place, 1 at its own value of the map: `[places, places in all]`, in rows.
    fn footprints(&self, places: &[usize]) -> Vec<f32> {
        let all = self.order.len();
        let mut footprints = vec![0.0; places.len() * all];
        for (row, place) in places.iter().enumerate() {
            footprints[row * all + place] = 1.0;
        }
        footprints
    }
}

impl Method for Covers<'_> {
    fn declare(&self, _: &Range<usize>) -> Vec<Declared> {
        let targets = self.task.targets.len();
        let values: usize = self.size().iter().product();
        let slope = self.task.saturable().then_some(("slope", Form::Sum, [targets, 1, 1, 1]));
        let declared = [("falls", Form::Sum, [targets, 1, 1, values]), ("covers", Form::Sum, [1, 1, 1, values])];
        declared.into_iter().chain(slope).collect()
    }

    fn pass(&mut self, samples: Range<usize>) -> Result<Parts> {
        let places = self.order[samples].to_vec();
        let masks = self.masks(&places);
        let marks = if self.patches { self.footprints(&places) } else { masks.clone() };
        let own = if self.patches { None } else { Some(self.own_scores()?) };
        let Task { network, input, targets, layer, .. } = &self.task;
        let (device, batch) = (input.device(), places.len());
        let [height, width] = self.windows.picture;
        let values = self.size().iter().product();
        let masks = Tensor::<4>::from_data(TensorData::new(masks, [batch, 1, height, width]), &device);
        let marks = Tensor::<2>::from_data(TensorData::new(marks, [batch, values]), &device);

        let covered = input.clone() + self.difference.clone() * masks;
        let (scores, slopes) = scores(network, *layer, covered, targets)?;
        let falls = match own {
            Some(own) => own - scores,
            None => 1.0 - scores,
        };
        let falls = falls.matmul(marks.clone()).reshape([targets.len(), 1, 1, values]);
        let covers = marks.sum_dim(0).reshape([1, 1, 1, values]);
        Ok(Parts::default().sum("falls", falls).sum("covers", covers).sum_if_some("slope", slopes))
    }

    fn finish(&self, parts: &Parts, _: usize) -> Option<Attribution> {
        let [height, width] = self.size();
        let covers = parts.get_sum("covers")?.clone().clamp_min(1.0);
        let values = parts.get_sum("falls")?.clone() / covers;
        let same = Diagnostic::magnitude(BlankReason::SameAsBaseline, &self.distance);
        let diagnostics = [same].into_iter().chain(parts.get_sum("slope").map(Diagnostic::slope)).collect();
        let values = values.reshape([self.task.targets.len(), 1, height, width]);
        Some(Attribution { diagnostics, ..Attribution::new(values) })
    }
}
