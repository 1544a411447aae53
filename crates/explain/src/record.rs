//! The JSON of one explanation (`docs/explanation.schema.json`), and of a board of them
//! (`docs/board.schema.json`).

use std::collections::BTreeMap;

use negah_attribution::Setting;
use serde::{Deserialize, Serialize};

use crate::explanation::extremes;
use crate::{Error, Explanation, Prediction, Result, Scored};

/// A class with the network's numbers for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredClass {
    /// The index of the network's output.
    pub index: usize,
    /// The data set's id; empty where it has none.
    pub wnid: String,
    /// The name.
    pub name: String,
    /// The network's output.
    pub logit: f32,
    /// Its softmax, in 0..=1.
    pub probability: f32,
}

impl From<Scored<'_>> for ScoredClass {
    fn from(Scored { class, logit, probability }: Scored<'_>) -> Self {
        Self { index: class.index, wnid: class.id.clone(), name: class.name.clone(), logit, probability }
    }
}

/// The origin of an explanation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The title or the file of the picture or array; never its content.
    pub image: String,
    /// The model's id.
    pub model: String,
    /// The crop mode's id; `None` where an array was the network's input already.
    #[serde(rename = "framing")]
    pub crop_mode: Option<String>,
    /// The files of the background, in their order.
    #[serde(default)]
    pub background: Vec<String>,
    /// The device that computed it.
    pub device: String,
    /// How long it took.
    pub seconds: f64,
    /// The most memory that the process held, in bytes, where the system tells.
    #[serde(default)]
    pub peak_memory: Option<u64>,
}

/// An explanation as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The version of Negah that computed it.
    pub version: String,
    #[serde(flatten)]
    origin: Origin,
    method: String,
    layer: Option<String>,
    score: String,
    parameters: BTreeMap<String, Setting>,
    batch: usize,
    channels: String,
    shape: [usize; 4],
    targets: Vec<TargetRecord>,
    order: Option<Vec<usize>>,
}

/// The result for one class.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TargetRecord {
    /// The class.
    pub class: ScoredClass,
    /// The smallest value of the map; `None` where no value is finite.
    #[serde(default)]
    pub min: Option<f32>,
    /// The largest value.
    #[serde(default)]
    pub max: Option<f32>,
    /// The map row by row, its channels joined; empty for a grid of channels.
    #[serde(default)]
    pub map: Vec<Option<f32>>,
    /// The sentence that is shown instead of a blank map.
    pub note: Option<String>,
    /// Numbers about the map by their ids; `None` where one is not finite.
    pub measures: BTreeMap<String, Option<f32>>,
}

impl Record {
    /// The record of an explanation.
    #[must_use]
    pub fn new(explanation: &Explanation, prediction: &Prediction, origin: Origin) -> Self {
        let Explanation { drawing, classes, measures, .. } = explanation;
        // A grid belongs to no class; its numbers are told once, with the first.
        let shown = if drawing.maps.is_empty() { 1 } else { classes.len() };
        let target = |(index, class): (usize, &usize)| {
            let (min, max) = explanation.extremes(index).unzip();
            let map = drawing.maps.get(index).map(|map| map.values().iter().copied().map(finite).collect());
            let measure = |id: &str, values: &[f32]| (id.to_owned(), values.get(index).copied().and_then(finite));
            Some(TargetRecord {
                class: prediction.scored(*class)?.into(),
                min,
                max,
                map: map.unwrap_or_default(),
                note: explanation.blank.get(index).copied().flatten().map(|blank| blank.to_string()),
                measures: measures.iter().map(|one| measure(one.id, &one.values)).collect(),
            })
        };
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            origin,
            method: explanation.info.id.to_owned(),
            layer: explanation.layer.clone(),
            score: explanation.score.id().to_owned(),
            parameters: explanation.parameters.iter().map(|(id, value)| (id.to_owned(), value.clone())).collect(),
            batch: explanation.batch,
            channels: explanation.style.join.id().to_owned(),
            shape: explanation.shape,
            targets: classes.iter().take(shown).enumerate().filter_map(target).collect(),
            order: explanation.order.clone(),
        }
    }

    /// The result for each class.
    #[must_use]
    pub fn targets(&self) -> &[TargetRecord] {
        &self.targets
    }

    /// Puts in the maps, which a page keeps apart: those of all targets one after another, or none
    /// for a grid of channels.
    ///
    /// # Errors
    /// [`Error::Record`] where the maps are not as many or as large as the shape says.
    pub fn with_maps(mut self, maps: &[f32]) -> Result<Self> {
        if maps.is_empty() {
            return Ok(self);
        }
        let [_, _, height, width] = self.shape;
        let size = height.checked_mul(width).filter(|size| *size > 0);
        let Some(size) = size.filter(|size| size.checked_mul(self.targets.len()) == Some(maps.len())) else {
            return Err(Error::Record("the maps are not of the record's shape".to_owned()));
        };
        for (target, map) in self.targets.iter_mut().zip(maps.chunks(size)) {
            target.map = map.iter().copied().map(finite).collect();
            (target.min, target.max) = extremes(map.iter().copied()).unzip();
        }
        Ok(self)
    }
}

/// JSON has no numbers that are not finite.
fn finite(value: f32) -> Option<f32> {
    value.is_finite().then_some(value)
}

/// A board of maps as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardRecord {
    version: String,
    title: String,
    rows: Vec<String>,
    columns: Vec<String>,
    sentences: Vec<String>,
    cells: Vec<CellRecord>,
    missing: Vec<MissingCell>,
}

/// A cell of a board that is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellRecord {
    row: usize,
    column: usize,
    /// The values at the two ends of the colours.
    scale: Option<[f32; 2]>,
    explanation: Record,
}

/// A cell of a board that was not computed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MissingCell {
    row: usize,
    column: usize,
    why: String,
}

impl BoardRecord {
    /// Puts in the maps of the cells, in their order.
    ///
    /// # Errors
    /// As [`Record::with_maps`], and for another number of maps than of cells.
    pub fn with_maps(mut self, maps: &[Vec<f32>]) -> Result<Self> {
        if maps.len() != self.cells.len() {
            return Err(Error::Record("a board has one map for each of its cells".to_owned()));
        }
        for (cell, map) in self.cells.iter_mut().zip(maps) {
            cell.explanation = cell.explanation.clone().with_maps(map)?;
        }
        Ok(self)
    }
}

/// A record as JSON, on one line.
///
/// # Errors
/// [`Error::Record`]
pub fn json(record: &impl Serialize) -> Result<String> {
    serde_json::to_string(record).map_err(|error| Error::Record(error.to_string()))
}
