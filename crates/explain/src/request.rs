use std::collections::BTreeMap;

use negah_attribution::{AttributionSite, Explainer, Kind, MethodInfo, Parameters, Score, Setting, find};
use negah_network::{LayerId, Model};
use negah_render::{Style, StyleOptions};
use serde::{Deserialize, Deserializer};

use crate::{BATCH_ON_CPU, BATCH_ON_GPU, Error, METHOD, Result, SCORE, TARGET, style_of};

/// A request as text; every field is optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExplainRequest {
    /// The method's id.
    pub method: Option<String>,
    /// The classes: each an index, a name or an id, `top`, or `top3` for the best three.
    #[serde(deserialize_with = "or_default")]
    pub target: Targets,
    /// The id of the score that is explained.
    pub score: Option<String>,
    /// The name of a layer, or its number in the reference's list.
    pub layer: Option<String>,
    /// Settings of the method's parameters, by id.
    #[serde(deserialize_with = "or_default")]
    pub parameters: BTreeMap<String, Setting>,
    /// How many samples a step computes at most.
    pub batch: Option<usize>,
    /// How the maps are drawn.
    #[serde(deserialize_with = "or_default")]
    pub style: StyleOptions,
}

/// The default for null, and for what a page leaves undefined.
fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The classes that a request names, as words. In JSON: a word, a number, or a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "TargetsText")]
pub struct Targets(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum TargetsText {
    One(Word),
    Several(Vec<Word>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Index(f64),
    Name(String),
}

impl From<TargetsText> for Targets {
    fn from(text: TargetsText) -> Self {
        let words = match text {
            TargetsText::One(word) => vec![word],
            TargetsText::Several(words) => words,
        };
        let word = |word| match word {
            Word::Index(index) => index.to_string(),
            Word::Name(name) => name,
        };
        Self(words.into_iter().map(word).collect())
    }
}

/// How a method uses the pictures of a background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackgroundUse {
    /// Not at all.
    None,
    /// It compares with all of them.
    Averaged,
    /// The first is its baseline.
    Baseline,
    /// Not at all, but it would where `parameter` is `picture`.
    Unset {
        /// The id of the parameter.
        parameter: &'static str,
    },
}

/// What a request means for one model.
#[derive(Debug)]
pub struct Resolved {
    /// The method.
    pub explainer: &'static dyn Explainer,
    /// The layer the method attributes to.
    pub layer: LayerId,
    /// Its name as it was asked for or as the model has it; `None` for the picture.
    pub layer_name: Option<String>,
    /// Which score of each class is explained.
    pub score: Score,
    /// Every parameter of the method.
    pub parameters: Parameters,
    /// How many samples a step computes at most.
    pub batch: usize,
    /// How the maps are drawn.
    pub style: Style,
    /// The classes as they were asked for; they are found once the network has named them.
    pub targets: Vec<String>,
}

impl ExplainRequest {
    /// Refuses what no model could answer: an unknown method, score, parameter or style, and an
    /// empty batch.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self) -> Result<()> {
        self.meaning().map(|_| ())
    }

    /// How the method uses the pictures of a background.
    ///
    /// # Errors
    /// As [`ExplainRequest::check`].
    pub fn background_use(&self) -> Result<BackgroundUse> {
        let (explainer, _, parameters, _) = self.meaning()?;
        let info = explainer.info();
        let mut baselines = info.parameters.iter().filter(|one| matches!(one.kind, Kind::Baseline { .. })).peekable();
        let Some(first) = baselines.peek().map(|one| one.id) else {
            let compares = info.site == AttributionSite::Input;
            return Ok(if compares { BackgroundUse::Averaged } else { BackgroundUse::None });
        };
        let picture = Setting::Text("picture".to_owned());
        let is_picture = |id: &str| parameters.iter().any(|(other, value)| other == id && *value == picture);
        let used = baselines.any(|one| is_picture(one.id));
        Ok(if used { BackgroundUse::Baseline } else { BackgroundUse::Unset { parameter: first } })
    }

    /// The parts that do not depend on a model.
    fn meaning(&self) -> Result<(&'static dyn Explainer, Score, Parameters, Style)> {
        let explainer = find(self.method.as_deref().unwrap_or(METHOD))?;
        let info = explainer.info();
        let given = self.parameters.iter().map(|(id, value)| (id.clone(), value.clone()));
        let parameters = Parameters::new(info, given)?;
        let style = style_of(info.map_kind).with(&self.style)?;
        if self.batch == Some(0) {
            return Err(Error::EmptyBatch);
        }
        Ok((explainer, self.score.as_deref().map_or(Ok(SCORE), Score::find)?, parameters, style))
    }

    /// What the request means for `model`, on a GPU or on the CPU. Everything that can be refused
    /// without computing is refused here.
    ///
    /// # Errors
    /// For an unknown method, layer, score, parameter or style, and an empty batch.
    pub fn resolve(&self, model: &Model, gpu: bool) -> Result<Resolved> {
        let (explainer, score, parameters, style) = self.meaning()?;
        let info = explainer.info();
        let layer = info.layer(&model.network, self.layer.as_deref(), &model.layer)?;
        let default_layer = (info.site == AttributionSite::Output).then(|| model.layer.clone());
        let targets = if self.target.0.is_empty() { vec![TARGET.to_owned()] } else { self.target.0.clone() };
        Ok(Resolved {
            explainer,
            layer,
            layer_name: self.layer.clone().or(default_layer),
            score,
            parameters,
            batch: self.batch.unwrap_or(if gpu { BATCH_ON_GPU } else { BATCH_ON_CPU }),
            style,
            targets,
        })
    }
}

impl Resolved {
    /// The description of the method.
    #[must_use]
    pub fn info(&self) -> &'static MethodInfo {
        self.explainer.info()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_null_is_as_if_it_were_left_out() {
        let null =
            r#"{"method":null,"target":null,"score":null,"layer":null,"parameters":null,"batch":null,"style":null}"#;
        let request: ExplainRequest = serde_json::from_str(null).unwrap();
        assert_eq!(request.target, Targets::default());
        assert!(request.parameters.is_empty() && request.method.is_none() && request.batch.is_none());
        request.check().unwrap();
    }

    #[test]
    fn a_background_is_used_by_methods_that_compare_with_it() {
        let used = |text: &str| serde_json::from_str::<ExplainRequest>(text).unwrap().background_use().unwrap();
        assert_eq!(used(r#"{"method":"grad-cam"}"#), BackgroundUse::None);
        assert_eq!(used(r#"{"method":"expected-gradients"}"#), BackgroundUse::Averaged);
        let unset = BackgroundUse::Unset { parameter: "baseline" };
        assert_eq!(used(r#"{"method":"integrated-gradients"}"#), unset);
        let with = r#"{"method":"integrated-gradients","parameters":{"baseline":"picture"}}"#;
        assert_eq!(used(with), BackgroundUse::Baseline);
    }

    #[test]
    fn a_target_is_a_word_a_number_or_a_list_of_them() {
        for (text, words) in
            [("7", &["7"][..]), (r#""cat""#, &["cat"]), (r#"[7,"cat"]"#, &["7", "cat"]), ("[]", &[]), ("0.5", &["0.5"])]
        {
            assert_eq!(serde_json::from_str::<Targets>(text).unwrap().0, words, "{text}");
        }
        assert!(serde_json::from_str::<Targets>("{}").is_err());
        assert!(serde_json::from_str::<Targets>("[null]").is_err());
    }
}
