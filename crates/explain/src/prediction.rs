//! The answer of a network to one picture, and the classes that a request names.

use std::sync::Arc;

use burn::tensor::Tensor;
use negah_attribution::MOST_TARGETS;
use negah_network::{Class, Labels, Model, Trace};

use crate::{Error, Host, UnknownClass};

/// A class with the network's numbers for it.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// Which class.
    pub class: &'a Class,
    /// The network's output for it, before any softmax.
    pub logit: f32,
    /// The softmax of the outputs, in 0..=1.
    pub probability: f32,
}

/// A network's answer to one picture.
#[derive(Debug, Clone)]
pub struct Prediction {
    labels: Arc<Labels>,
    logits: Vec<f32>,
    /// The indices of the classes, best first.
    order: Vec<usize>,
}

/// A network's prediction for a picture with its forward pass, recorded from the model's default
/// layer on: Grad-CAM at that layer needs no other forward pass.
#[derive(Debug)]
pub struct Answer {
    /// The classes and their scores.
    pub prediction: Prediction,
    /// The forward pass.
    pub trace: Trace,
}

/// Names the classes of one input, `[1, channels, height, width]`.
///
/// # Errors
/// For an input of another shape, and where the host fails.
pub async fn classify<H: Host>(host: &H, model: &Model, input: Tensor<4>) -> Result<Answer, H::Error> {
    let network = &model.network;
    let output = network.output();
    let record = || {
        let layer = network.find(&model.layer)?;
        let trace = network.record(&[(network.input(), input.into())], &[layer, output], &[layer])?;
        let logits = trace.get(output)?.clone().flat()?;
        Ok((trace, logits))
    };
    let (trace, logits) = record().map_err(|error: negah_network::Error| Error::from(error))?;
    let logits = host.read(logits).await?;
    Ok(Answer { prediction: Prediction::new(logits, Arc::clone(&model.labels)), trace })
}

impl Prediction {
    /// From the scores before any softmax, one for each label. Scores beyond the labels are left
    /// out.
    #[must_use]
    pub fn new(mut logits: Vec<f32>, labels: Arc<Labels>) -> Self {
        logits.truncate(labels.classes().len());
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
        Self { labels, logits, order }
    }

    /// The best classes, best first.
    #[must_use]
    pub fn top(&self, count: usize) -> Vec<Scored<'_>> {
        self.order.iter().take(count).filter_map(|index| self.scored(*index)).collect()
    }

    /// A class with its numbers; `None` beyond the last.
    #[must_use]
    pub fn scored(&self, index: usize) -> Option<Scored<'_>> {
        let (class, logit) = (self.labels.by_index(index)?, *self.logits.get(index)?);
        let max = self.logits[self.order[0]];
        let exp = |logit: f32| f64::from(logit - max).exp();
        let sum: f64 = self.logits.iter().map(|logit| exp(*logit)).sum();
        Some(Scored { class, logit, probability: (exp(logit) / sum) as f32 })
    }

    /// The indices of the classes that one word asks for: a class by its index, name or id; `top`,
    /// the best; `top3`, the best three.
    ///
    /// # Errors
    /// [`UnknownClass`], which lists what may be asked for.
    pub fn find(&self, asked: &str) -> Result<Vec<usize>, UnknownClass> {
        let count = self.logits.len();
        if let Some(best) = asked.strip_prefix("top") {
            let wanted = if best.is_empty() { Some(1) } else { best.parse().ok() };
            if let Some(wanted) = wanted.filter(|wanted| *wanted > MOST_TARGETS) {
                return Err(UnknownClass::TooMany { asked: wanted });
            }
            if let Some(wanted) = wanted.filter(|wanted| (1..=count).contains(wanted)) {
                return Ok(self.order[..wanted].to_vec());
            }
        }
        if asked.parse::<f64>().is_ok() {
            let index = asked.parse().ok().filter(|index| *index < count);
            let last = count.saturating_sub(1);
            return index
                .map(|index| vec![index])
                .ok_or_else(|| UnknownClass::Number { asked: asked.to_owned(), last });
        }
        let class = self.labels.by_name(asked).or_else(|| self.labels.by_id(asked));
        if let Some(class) = class.filter(|class| class.index < count) {
            return Ok(vec![class.index]);
        }
        let asked = asked.to_owned();
        let called: Vec<String> =
            self.labels.called(&asked).map(|class| format!("{} {}", class.index, class.name)).collect();
        if called.len() > 1 {
            return Err(UnknownClass::Shared { asked, classes: called });
        }
        let best = self.top(5).into_iter().map(|scored| scored.class.name.clone()).collect();
        Err(UnknownClass::Name { asked, classes: count, best })
    }

    /// The indices of all classes that a request asks for, in its order.
    ///
    /// # Errors
    /// [`UnknownClass`] for an unknown class, and for more than [`MOST_TARGETS`].
    pub fn find_all<'a>(&self, asked: impl IntoIterator<Item = &'a str>) -> Result<Vec<usize>, UnknownClass> {
        let mut classes = Vec::new();
        for asked in asked {
            classes.extend(self.find(asked)?);
            if classes.len() > MOST_TARGETS {
                return Err(UnknownClass::TooMany { asked: classes.len() });
            }
        }
        Ok(classes)
    }
}

#[cfg(test)]
mod tests {
    use negah_zoo::IMAGENET;

    use super::*;

    fn prediction() -> Prediction {
        let mut logits = vec![0.0; 1000];
        logits[285] = 3.0;
        logits[282] = 2.0;
        Prediction::new(logits, Arc::clone(&IMAGENET))
    }

    #[test]
    fn probabilities_are_the_softmax() {
        let prediction = prediction();
        let best = prediction.top(2);
        assert_eq!(
            best.iter().map(|scored| scored.class.name.as_str()).collect::<Vec<_>>(),
            ["Egyptian cat", "tiger cat"]
        );
        // e³/(e³ + e² + 998)
        assert!((best[0].probability - 0.019_588).abs() < 1e-5, "{}", best[0].probability);
    }

    #[test]
    fn classes_are_found_by_number_name_and_rank() {
        let find = |asked: &str| prediction().find(asked).unwrap();
        assert_eq!(find("7"), [7]);
        assert_eq!(find("egyptian cat"), [285]);
        assert_eq!(find("Egyptian_cat"), [285]);
        assert_eq!(find("n02124075"), [285]);
        assert_eq!(find("top"), [285]);
        assert_eq!(find("top2"), [285, 282]);
    }

    #[test]
    fn what_there_is_not_is_answered_in_words() {
        let refusal = |asked: &str| prediction().find(asked).unwrap_err().to_string();
        for asked in ["1000", "-1", "2.5", "NaN"] {
            assert_eq!(refusal(asked), format!("There is no class “{asked}”: the classes are numbered from 0 to 999."));
        }
        let unicorn = refusal("unicorn");
        assert!(unicorn.contains("none of the 1000 classes has this name"), "{unicorn}");
        assert!(unicorn.contains("Best classes for this picture: Egyptian cat, tiger cat"), "{unicorn}");
        assert!(refusal("top0").contains("has this name"));
    }

    #[test]
    fn a_name_of_two_classes_finds_neither() {
        let refusal = |asked: &str| prediction().find(asked).unwrap_err().to_string();
        assert_eq!(
            refusal("Crane"),
            "“Crane” names more than one class: 134 crane (bird), 517 crane (machine). Ask for one of these numbers."
        );
        // The name that is shown of the one, and a synonym of the other: a shown name finds its
        // class.
        assert_eq!(prediction().find("maillot").unwrap(), [638]);
    }

    #[test]
    fn a_request_names_a_bounded_number_of_classes() {
        let refusal = |asked: &[&str]| prediction().find_all(asked.iter().copied()).unwrap_err().to_string();
        let sentence = "classes were asked for; one request explains at most 100. Ask for fewer.";
        assert_eq!(refusal(&["top1000"]), format!("1000 {sentence}"));
        assert_eq!(refusal(&["top1001"]), format!("1001 {sentence}"));
        assert_eq!(refusal(&["0"; 101]), format!("101 {sentence}"));
        assert_eq!(prediction().find_all(["top99", "7"]).unwrap().len(), 100);
    }

    #[test]
    fn a_class_beyond_the_labels_has_no_score() {
        let labels = Arc::new(Labels::numbered(2));
        let prediction = Prediction::new(vec![1.0, 3.0, 2.0], labels);
        assert!(prediction.scored(2).is_none());
        assert_eq!(prediction.top(9).len(), 2);
        assert!(Prediction::new(Vec::new(), Arc::new(Labels::numbered(2))).scored(0).is_none());
    }
}
