use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use negah_attribution::{Attribution, Job, MethodInfo, Parameters, Pixels, Score, Target, Value, find};
use negah_network::{Band, Channel, Network};
use serde::Deserialize;

use crate::{Golden, small_network};

/// What was asked of a peer.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// The golden's name among the arrays.
    pub name: String,
    /// Who answered.
    pub peer: String,
    /// The method's id.
    pub method: String,
    /// `colour` and `grey` are the small networks, the others the model's id.
    pub network: String,
    layer: Option<String>,
    targets: Vec<usize>,
    score: String,
    parameters: BTreeMap<String, serde_json::Value>,
    /// The pictures compared with: files of the gallery, or an array.
    pub pictures: Option<Vec<String>>,
    /// The picture: a file of the gallery, or an array.
    pub picture: String,
    /// Whether the network gets scaled levels, not raw ones.
    #[serde(default = "scaled")]
    scaled: bool,
    /// How many pictures the peer was given before this one, from one random stream.
    #[serde(default)]
    offset: usize,
    /// Which of our values the golden holds.
    pub compare: Compare,
    /// The largest error allowed, relative to the golden's largest magnitude.
    pub tolerance: f32,
    /// The error that 99 values in a hundred keep to.
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

    /// Runs it on its small network.
    #[must_use]
    pub fn on_small_network(&self, weights: &Golden, arrays: &Golden, device: &Device) -> Attribution {
        let network = small_network(weights, &self.network, device);
        let pixels = match self.network.as_str() {
            "grey" if self.scaled => Pixels::new(vec![Channel { band: Band::Grey, mean: 127.5, std: 127.5 }]),
            "colour" if self.scaled => Pixels::rgb([127.5; 3], [127.5; 3]),
            "grey" => Pixels::identity(1),
            _ => Pixels::identity(3),
        };
        let pictures = self.pictures.as_ref().map(|names| arrays.tensor(&names[0], device));
        self.explain(&network, pixels, arrays.tensor(&self.picture, device), pictures)
    }

    /// Runs it to its end, three samples at a time.
    #[must_use]
    pub fn explain(
        &self,
        network: &Network,
        pixels: Pixels,
        input: Tensor<4>,
        background: Option<Tensor<4>>,
    ) -> Attribution {
        let explainer = find(&self.method).expect("a case names a method");
        let info: &MethodInfo = explainer.info();
        let score = Score::find(&self.score).expect("a case names a score");
        let given = self.parameters.iter().map(|(id, json)| (id.clone(), value(json)));
        let job = Job {
            network,
            input,
            trace: None,
            pixels,
            background,
            targets: self.targets.iter().map(|class| Target { class: *class, score }).collect(),
            layer: info.layer(network, self.layer.as_deref(), "").expect("a case's layer fits its method"),
            batch: 3,
            stream_offset: self.offset,
            parameters: Parameters::new(info, given).expect("a case's parameters fit its method"),
        };
        let mut run = explainer.start(job).expect("a case can be run");
        while !run.step().expect("a case's step can be done").finished() {}
        run.attribution().expect("a run that ended has an answer")
    }
}

fn value(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(value) => Value::Number(value.as_f64().unwrap_or(f64::NAN)),
        other => Value::Text(other.as_str().unwrap_or_default().to_owned()),
    }
}

/// Which of our values a golden holds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compare {
    /// All of them.
    All,
    /// Their magnitudes.
    Absolute,
    /// Every eighth pixel of either axis, from the fourth.
    Sample8,
    /// Every fourth channel, and of it every seventh pixel of either axis.
    SampleChannels,
}

impl Compare {
    /// The values that a golden holds, of all those of a map of this shape.
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

/// The largest error, and the error that one value in a hundred exceeds, relative to the largest magnitude expected.
/// Infinite if a value is not finite.
#[must_use]
pub fn errors(ours: &[f32], theirs: &[f32]) -> (f32, f32) {
    assert_eq!(ours.len(), theirs.len(), "as many values");
    let scale = theirs.iter().fold(f32::MIN_POSITIVE, |max, value| max.max(value.abs()));
    let error = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() / scale } else { f32::INFINITY };
    let mut errors: Vec<f32> = ours.iter().zip(theirs).map(error).collect();
    errors.sort_by(f32::total_cmp);
    (errors[errors.len() - 1], errors[(errors.len() - 1) * 99 / 100])
}
