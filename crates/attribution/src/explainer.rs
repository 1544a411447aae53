use std::fmt::Debug;

use burn::tensor::Tensor;
use negah_network::{LayerId, Layout, Network, Trace};
use serde::{Deserialize, Serialize};

use crate::{Error, Parameter, Parameters, Pixels, Result, Target};

/// The most memory that the activations of one step may take, in bytes: whatever batch is asked for.
const STEP_BYTES: usize = 384 << 20;

/// A publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Its title.
    pub title: &'static str,
    /// Its authors and year, as a citation gives them.
    pub authors: &'static str,
    /// Where to read it.
    pub url: &'static str,
}

/// Where in the network a method looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LooksAt {
    /// At the picture: there is no layer to choose.
    Picture,
    /// At what a layer gives, which has to have height and width.
    Output,
    /// At what a layer takes: the picture, unless a layer is named.
    Input,
}

/// What the values of a method mean, which decides how they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shows {
    /// One value a place: the higher, the more it counts.
    Heat,
    /// A value for each channel of each place, for the class or against it.
    Signed,
    /// The activations of a layer, a tile each.
    Channels,
}

/// What a method says of itself; serialised, it is what the page and `negah methods --json` tell.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// The stable id, such as `grad-cam`.
    pub id: &'static str,
    /// The name in the field, such as `Grad-CAM`.
    pub name: &'static str,
    /// One line for a reader who does not know it.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: Paper,
    /// Where it looks.
    pub looks_at: LooksAt,
    /// What its values mean.
    pub shows: Shows,
    /// What can be set.
    pub parameters: &'static [Parameter],
}

impl Info {
    /// The parameter of this id.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`], which lists those there are.
    pub fn parameter(&self, id: &str) -> Result<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.id == id).ok_or_else(|| Error::UnknownParameter {
            method: self.id,
            parameter: id.to_owned(),
            known: self.parameters.iter().map(|parameter| parameter.id).collect(),
        })
    }

    /// The layer whose value the method looks at when a reader names `layer`, or none; `usual` is the
    /// network's own choice for methods that look at what a layer gives.
    ///
    /// # Errors
    /// A layer that there is not, or that does not fit the method.
    pub fn layer(&self, network: &Network, layer: Option<&str>, usual: &str) -> Result<LayerId> {
        let found = match (self.looks_at, layer) {
            (LooksAt::Picture | LooksAt::Input, None) => network.input(),
            (LooksAt::Picture, Some(layer)) => {
                return Err(Error::NoLayer { method: self.name, layer: layer.to_owned() });
            }
            (LooksAt::Output, layer) => network.find(layer.unwrap_or(usual))?,
            (LooksAt::Input, Some(layer)) => {
                let entry = network.entry(layer)?;
                if !network.cuts().contains(&entry) {
                    return Err(self.not_a_cut(network, layer));
                }
                entry
            }
        };
        if network.layout(found)? != Layout::Spatial {
            let (layer, shape) = (network.name(found)?.to_owned(), network.shape(found)?.clone());
            return Err(Error::FlatLayer { method: self.name, layer, shape });
        }
        Ok(found)
    }

    fn not_a_cut(&self, network: &Network, layer: &str) -> Error {
        let known = network.summary().into_iter().filter(|line| line.stage && line.cut_input);
        let known: Vec<String> = known.map(|line| line.name).take(5).collect();
        Error::NotACut { method: self.name, layer: layer.to_owned(), known }
    }
}

/// What is to be explained.
#[derive(Debug)]
pub struct Job<'a> {
    /// The network.
    pub network: &'a Network,
    /// The preprocessed picture, `[1, channels, height, width]`, on the network's device.
    pub input: Tensor<4>,
    /// A pass over `input` that was made already and fetched the network's output, if there is one: what it
    /// [reaches](Trace::reaches) need not be computed again.
    pub pass: Option<&'a Trace>,
    /// How the levels of a picture become such values.
    pub pixels: Pixels,
    /// Other pictures, `[pictures, channels, height, width]`, preprocessed alike: the background of a method that
    /// compares with many, or the baseline of one that compares with one (the first).
    pub pictures: Option<Tensor<4>>,
    /// The classes, and which of their scores: one map each.
    pub targets: Vec<Target>,
    /// The layer to look at; [`Info::layer`] finds it by its name.
    pub layer: LayerId,
    /// How many samples a step computes at most. Memory is bounded all the same: fewer are where activations are large.
    pub batch: usize,
    /// What was set, checked against [`Info::parameters`].
    pub parameters: Parameters,
}

impl Job<'_> {
    /// Refuses what does not fit the network.
    ///
    /// # Errors
    /// [`Error::NoTarget`], [`Error::UnknownClass`], [`Error::Shape`]
    pub(crate) fn check(&self) -> Result<()> {
        let classes = self.network.shape(self.network.output())?.iter().product();
        if self.targets.is_empty() {
            return Err(Error::NoTarget);
        }
        self.targets.iter().try_for_each(|target| target.check(classes))?;
        let expected = self.network.shape(self.network.input())?;
        let fits = |what, tensor: &Tensor<4>| {
            let got = tensor.dims().to_vec();
            let fits = got[1..] == *expected.as_slice();
            if fits { Ok(()) } else { Err(Error::Shape { what, expected: expected.clone(), got }) }
        };
        fits("The picture's tensor", &self.input)?;
        self.pictures.iter().try_for_each(|pictures| fits("The other pictures' tensor", pictures))?;
        if self.input.dims()[0] != 1 || self.pixels.count() != expected[0] {
            let got = self.input.dims().to_vec();
            return Err(Error::Shape { what: "One picture", expected: expected.clone(), got });
        }
        Ok(())
    }

    /// How many samples the next step takes, of `left`.
    pub(crate) fn next_batch(&self, left: usize) -> usize {
        let bytes = self.network.values_per_example().saturating_mul(size_of::<f32>());
        self.batch.min(STEP_BYTES / bytes.max(1)).clamp(1, left.max(1))
    }
}

/// A number about a map, for each of its targets.
#[derive(Debug, Clone)]
pub struct Measure {
    /// The stable id, such as `convergence-delta`.
    pub id: &'static str,
    /// The name a reader sees.
    pub name: &'static str,
    /// What it says, in one line.
    pub summary: &'static str,
    /// One value a target: `[targets]`.
    pub values: Tensor<1>,
}

/// An explanation: signed, unscaled, on the device, at the method's own resolution.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// `[targets, channels, height, width]`; where there is nothing to tell between channels, or targets, 1.
    pub values: Tensor<4>,
    /// How unsure each value is, where the method draws samples: the standard error squared times their number's
    /// root, as SHAP defines it (variance / √samples). Of the shape of `values`.
    pub variance: Option<Tensor<4>>,
    /// What else there is to know about the map.
    pub measures: Vec<Measure>,
    /// How much each channel counts, by which a grid can be ordered: `[channels]`.
    pub ranking: Option<Tensor<1>>,
}

impl Attribution {
    /// An explanation that is nothing but its values.
    #[must_use]
    pub fn new(values: Tensor<4>) -> Self {
        Self { values, variance: None, measures: Vec::new(), ranking: None }
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Samples, windows or passes done.
    pub done: usize,
    /// How many there are in all.
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

    /// Begins to explain; computes next to nothing yet.
    ///
    /// # Errors
    /// Refuses a job that cannot be done: a class, a layer or a parameter that does not fit.
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
