use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use negah_attribution::Setting;
use negah_explain::{ExplainRequest, Explanation, Host, Subject, Targets, classify, explain, pixels_of, unscaled};
use negah_network::Model;
use serde::Deserialize;

use crate::{Golden, small_model};

/// A request that a peer answered.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// The name of the golden among the arrays.
    pub name: String,
    /// The peer, with its version.
    pub peer: String,
    /// The method's id.
    pub method: String,
    /// `colour` or `grey` for the small networks, otherwise the id of a model.
    pub network: String,
    layer: Option<String>,
    targets: Vec<usize>,
    score: String,
    parameters: BTreeMap<String, Setting>,
    /// The background: bundled pictures, or an array.
    pub pictures: Option<Vec<String>>,
    /// The picture: a bundled picture, or an array.
    pub picture: String,
    /// Whether the network gets scaled levels instead of raw ones.
    #[serde(default = "scaled")]
    scaled: bool,
    /// The number of pictures before this one in the peer's random stream.
    #[serde(default)]
    offset: usize,
    /// Which of our values are in the golden.
    pub compare: Compare,
    /// The largest error allowed, relative to the golden's largest magnitude.
    pub tolerance: f32,
    /// The largest error allowed for 99 % of the values.
    #[serde(default = "usual")]
    pub usual: f32,
}

fn usual() -> f32 {
    1e-3
}

fn scaled() -> bool {
    true
}

impl Case {
    /// The cases that a `cases.json` lists.
    #[must_use]
    pub fn list(json: &[u8]) -> Vec<Self> {
        serde_json::from_slice(json).expect("a list of cases has the fields of a case")
    }

    /// Runs the case on its small network.
    ///
    /// # Errors
    /// If the host fails.
    pub async fn on_small_network<H: Host>(
        &self,
        host: &H,
        weights: &Golden,
        arrays: &Golden,
        device: &Device,
    ) -> Result<Explanation, H::Error> {
        let mut model = small_model(weights, &self.network, device);
        if !self.scaled {
            model.preprocessing = unscaled(&model.preprocessing);
        }
        let background = self.pictures.as_ref().map(|names| arrays.tensor(&names[0], device));
        self.explain(host, &model, arrays.tensor(&self.picture, device), background).await
    }

    /// Runs the case as a request, three samples at a time.
    ///
    /// # Errors
    /// If the host fails or the request is refused.
    pub async fn explain<H: Host>(
        &self,
        host: &H,
        model: &Model,
        input: Tensor<4>,
        background: Option<Tensor<4>>,
    ) -> Result<Explanation, H::Error> {
        let request = ExplainRequest {
            method: Some(self.method.clone()),
            target: Targets(self.targets.iter().map(usize::to_string).collect()),
            score: Some(self.score.clone()),
            layer: self.layer.clone(),
            parameters: self.parameters.clone(),
            batch: Some(3),
            ..ExplainRequest::default()
        };
        let request = request.resolve(model, false)?;
        let answer = classify(host, model, input.clone()).await?;
        let pixels = pixels_of(&model.preprocessing);
        explain(host, model, &Subject { input, pixels, background, stream_offset: self.offset }, &answer, &request)
            .await
    }
}

/// Which of our values are in a golden.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compare {
    /// All of them.
    All,
    /// Their magnitudes.
    Absolute,
    /// Every eighth pixel along both axes, from the fourth.
    Sample8,
    /// Every fourth channel, and in it every seventh pixel along both axes.
    SampleChannels,
}

impl Compare {
    /// The values that a golden has, selected from all values of this shape.
    #[must_use]
    pub fn of(self, all: &[f32], [targets, channels, height, width]: [usize; 4]) -> Vec<f32> {
        let every = |size: usize, from: usize, step: usize| (from..size).step_by(step).collect::<Vec<_>>();
        let (chosen, rows, columns) = match self {
            Self::All => return all.to_vec(),
            Self::Absolute => return all.iter().map(|value| value.abs()).collect(),
            Self::Sample8 => (every(channels, 0, 1), every(height, 3, 8), every(width, 3, 8)),
            Self::SampleChannels => (every(channels, 0, 4), every(height, 0, 7), every(width, 0, 7)),
        };
        let mut some = Vec::new();
        for target in 0..targets {
            for channel in &chosen {
                for y in &rows {
                    let row = ((target * channels + channel) * height + y) * width;
                    some.extend(columns.iter().map(|x| all[row + x]));
                }
            }
        }
        some
    }
}

/// The largest error, and the error that 1 % of the values exceed, relative to the largest expected
/// magnitude. Infinite if a value is not finite.
#[must_use]
pub fn errors(ours: &[f32], theirs: &[f32]) -> (f32, f32) {
    assert_eq!(ours.len(), theirs.len(), "as many values");
    let scale = theirs.iter().fold(f32::MIN_POSITIVE, |max, value| max.max(value.abs()));
    let error = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() / scale } else { f32::INFINITY };
    let mut errors: Vec<f32> = ours.iter().zip(theirs).map(error).collect();
    errors.sort_by(f32::total_cmp);
    (errors[errors.len() - 1], errors[(errors.len() - 1) * 99 / 100])
}
