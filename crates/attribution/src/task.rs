use burn::tensor::Tensor;
use negah_network::{LayerId, Network, Trace, Value};

use crate::gradient::{Gradients, gradients_of, scores, scores_of};
use crate::random::Stream;
use crate::{Error, MapKind, MethodInfo, Parameters, Pixels, Random, Result, Score, Target};

/// The most targets a task can have.
pub const MOST_TARGETS: usize = 100;

/// The most memory that the activations of one step may take, in bytes, whatever batch is asked
/// for.
const STEP_BYTES: usize = 384 << 20;

/// The most memory that the maps of all targets may take, in bytes. A run holds a few times as
/// much.
const MAP_BYTES: usize = 128 << 20;

/// Limit on random numbers drawn only to be skipped (about 20 s).
const MOST_SKIPPED: usize = 1 << 30;

/// What is to be explained.
#[derive(Debug)]
pub struct Task<'a> {
    /// The network.
    pub network: &'a Network,
    /// The preprocessed picture, `[1, channels, height, width]`, on the network's device.
    pub input: Tensor<4>,
    /// A trace of `input`, if there is one: layers that it fetched are not computed again, and
    /// gradients start from it at a layer that it [reaches](Trace::reaches). It is refused unless
    /// it starts at one input of this network; that the values are those of `input` is up to the
    /// caller, because comparing them would take a read from the device.
    pub trace: Option<&'a Trace>,
    /// How levels become values of `input`. [`Pixels::identity`] if `input` holds levels.
    pub pixels: Pixels,
    /// Other pictures, `[pictures, channels, height, width]`, preprocessed like `input`: the
    /// background of a method that compares with many, or the baseline of one that compares with
    /// one (the first).
    pub background: Option<Tensor<4>>,
    /// The classes, and which of their scores: one map each, at most [`MOST_TARGETS`].
    pub targets: Vec<Target>,
    /// The layer to attribute to; [`MethodInfo::layer`] finds it by its name.
    pub layer: LayerId,
    /// The most samples that a step computes, at least 1. Memory is bounded all the same: a step
    /// computes fewer if activations are large, and never more than a share.
    pub batch: usize,
    /// How many pictures came before this one in the same random stream. SHAP's `shap_values` and
    /// captum's `NoiseTunnel`, called with several pictures, draw the samples of one picture after
    /// those of the other, from one seed. 0 starts at the seed.
    pub stream_offset: usize,
    /// What was set, checked against [`MethodInfo::parameters`].
    pub parameters: Parameters,
}

impl Task<'_> {
    /// Refuses what does not fit the network or the method.
    pub(crate) fn check(&self, info: &MethodInfo) -> Result<()> {
        if self.parameters.method() != info.id {
            return Err(Error::OtherParameters { method: info.id, got: self.parameters.method() });
        }
        self.check_targets(info)?;
        let expected = self.network.shape(self.network.input())?;
        let fits = |what, tensor: &Tensor<4>, count: fn(usize) -> bool| {
            let got = tensor.dims();
            if got[1..] == *expected.as_slice() && count(got[0]) {
                return Ok(());
            }
            Err(Error::Shape { what, expected: expected.clone(), got: got.to_vec() })
        };
        fits("The picture’s tensor", &self.input, |count| count == 1)?;
        if let Some(background) = &self.background {
            fits("The background’s tensor", background, |count| (1..=u32::MAX as usize).contains(&count))?;
        }
        if self.trace.is_some_and(|trace| !trace.is_of_one_input(self.network)) {
            return Err(Error::ForeignTrace);
        }
        let channels = self.pixels.count();
        if Some(&channels) != expected.first() {
            return Err(Error::Channels { expected: expected.first().copied().unwrap_or(0), got: channels });
        }
        Ok(())
    }

    fn check_targets(&self, info: &MethodInfo) -> Result<()> {
        let count = self.targets.len();
        if count == 0 {
            return Err(Error::NoTarget);
        }
        if count > MOST_TARGETS {
            return Err(Error::TooManyTargets { count, most: MOST_TARGETS });
        }
        let classes = self.network.shape(self.network.output())?.iter().product();
        self.targets.iter().try_for_each(|target| target.check(classes))?;
        let [channels, height, width] = info.check_layer(self.network, self.layer)?;
        let bytes = channels.saturating_mul(height).saturating_mul(width).saturating_mul(size_of::<f32>());
        let most = (MAP_BYTES / bytes.max(1)).max(1);
        if info.map_kind == MapKind::Signed && count > most {
            return Err(Error::TooManyTargets { count, most });
        }
        Ok(())
    }

    /// How many samples a step takes at most.
    pub(crate) fn step_samples(&self) -> usize {
        let bytes = self.network.values_per_example().saturating_mul(size_of::<f32>());
        self.batch.min(STEP_BYTES / bytes.max(1)).max(1)
    }

    /// The shape of one example of the layer's value: channels, height, width.
    pub(crate) fn layer_shape(&self, info: &MethodInfo) -> Result<[usize; 3]> {
        info.check_layer(self.network, self.layer)
    }

    /// The value of the layer for each of `pictures`.
    ///
    /// # Shapes
    /// `pictures` is `[batch, …shape of the network's input]`, the result
    /// `[batch, channels, height, width]` of the layer.
    pub(crate) fn activation(&self, pictures: Tensor<4>) -> Result<Tensor<4>> {
        if self.layer == self.network.input() {
            return Ok(pictures);
        }
        let trace = self.network.forward(&[(self.network.input(), pictures.into())], &[self.layer])?;
        Ok(trace.get(self.layer)?.clone().tensor()?)
    }

    /// The value of the layer for the task's picture, `[1, channels, height, width]`.
    pub(crate) fn own_activation(&self) -> Result<Tensor<4>> {
        match self.traced(self.layer) {
            Some(value) => Ok(value.clone().tensor()?),
            None => self.activation(self.input.clone()),
        }
    }

    /// The scores of the task's picture: `[targets, 1]`.
    pub(crate) fn own_scores(&self) -> Result<Tensor<2>> {
        let Self { network, input, targets, .. } = self;
        match self.traced_scores()? {
            Some(scores) => Ok(scores),
            None => Ok(scores(network, network.input(), input.clone(), targets)?.0),
        }
    }

    /// The scores of the task's picture, `[targets, 1]`, if the trace has them.
    pub(crate) fn traced_scores(&self) -> Result<Option<Tensor<2>>> {
        let Some(logits) = self.traced(self.network.output()) else { return Ok(None) };
        Ok(Some(scores_of(&logits.clone().tensor()?, &self.targets)))
    }

    /// The value of a layer for the task's picture, if the trace has it.
    fn traced(&self, layer: LayerId) -> Option<&Value> {
        self.trace.and_then(|trace| trace.get(layer).ok())
    }

    /// The gradients of the targets' scores at the layer for the task's picture, [from the
    /// trace](gradients_of) if it reaches the layer; and the layer's value.
    pub(crate) fn own_gradients<T>(
        &self,
        targets: &[Target],
        reduce: impl Fn(&Tensor<4>, Tensor<4>) -> T,
    ) -> Result<(Tensor<4>, Gradients<T>)> {
        let Self { network, layer, .. } = self;
        let output = network.output();
        let reaches = |trace: &&Trace| trace.reaches(*layer) && trace.get(output).is_ok();
        let made;
        let trace = match self.trace.filter(reaches) {
            Some(trace) => trace,
            None => {
                let feeds = [(network.input(), self.input.clone().into())];
                made = network.record(&feeds, &[*layer, output], &[*layer])?;
                &made
            }
        };
        let activation = trace.get(*layer)?.clone().tensor::<4>()?;
        let gradients = gradients_of(network, trace, *layer, targets, |gradient| reduce(&activation, gradient))?;
        Ok((activation, gradients))
    }

    /// Whether a score can be saturated: its gradient with respect to the logits can be zero.
    pub(crate) fn saturable(&self) -> bool {
        self.targets.iter().any(|target| target.score != Score::Logit)
    }

    /// The picture of the baseline that the parameter `id` names.
    pub(crate) fn baseline(&self, id: &str) -> Result<Tensor<4>> {
        let mut random = Random::new(self.parameters.whole("seed") as u32);
        let baseline = self.parameters.baseline(id);
        let picture = baseline.tensor(&self.input, &self.pixels, self.background.as_ref(), &mut random);
        picture.ok_or(Error::NoPicture)
    }

    /// The stream of random numbers of a method that draws `numbers` of them for each of `samples`.
    pub(crate) fn stream(&self, samples: usize, numbers: usize) -> Result<Stream> {
        let before = self.stream_offset.checked_mul(samples);
        let skipped = before.and_then(|before| before.checked_mul(numbers)).filter(|count| *count <= MOST_SKIPPED);
        match (before, skipped) {
            (Some(before), Some(_)) => Ok(Stream::new(self.parameters.whole("seed") as u32, before)),
            _ => Err(Error::StreamOffset { pictures: self.stream_offset }),
        }
    }
}
