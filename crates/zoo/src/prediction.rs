//! What a classifier says of a picture, and which of its classes a reader means.

use crate::labels::{Class, IMAGENET};

/// A class with the network's numbers for it.
#[derive(Debug, Clone, Copy)]
pub struct Scored {
    /// The class.
    pub class: &'static Class,
    /// The network's output.
    pub logit: f32,
    /// Its softmax.
    pub probability: f32,
}

/// A network's answer to one picture.
#[derive(Debug, Clone)]
pub struct Prediction {
    logits: Vec<f32>,
    /// The classes, best first.
    order: Vec<usize>,
}

/// No class is called this.
#[derive(Debug, thiserror::Error)]
pub enum UnknownClass {
    /// A number beyond the classes there are.
    #[error("There is no class “{asked}”: the classes are numbered from 0 to {last}.")]
    Number {
        /// What was asked for.
        asked: String,
        /// The number of the last class.
        last: usize,
    },
    /// A word that is no class's.
    #[error(
        "There is no class “{asked}”: none of the {classes} is called that. The best for this picture: {}.",
        best.join(", ")
    )]
    Name {
        /// What was asked for.
        asked: String,
        /// How many classes there are.
        classes: usize,
        /// The names of the best classes of the picture.
        best: Vec<&'static str>,
    },
}

impl Prediction {
    /// From the scores before any softmax, one for each class of ImageNet.
    #[must_use]
    pub fn new(logits: Vec<f32>) -> Self {
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
        Self { logits, order }
    }

    /// The best classes, best first.
    #[must_use]
    pub fn top(&self, count: usize) -> Vec<Scored> {
        self.order.iter().take(count).map(|index| self.scored(*index)).collect()
    }

    /// A class with its numbers.
    ///
    /// # Panics
    /// If the network has no class of this index.
    #[must_use]
    pub fn scored(&self, index: usize) -> Scored {
        let max = self.logits[self.order[0]];
        let exp = |logit: f32| f64::from(logit - max).exp();
        let sum: f64 = self.logits.iter().map(|logit| exp(*logit)).sum();
        let logit = self.logits[index];
        Scored { class: &IMAGENET.classes()[index], logit, probability: (exp(logit) / sum) as f32 }
    }

    /// The indices of the classes that a reader asks for: one by its index, name or WordNet id; `top`, the best;
    /// `top3`, the best three.
    ///
    /// # Errors
    /// [`UnknownClass`], which says what there is.
    pub fn find(&self, asked: &str) -> Result<Vec<usize>, UnknownClass> {
        let count = self.logits.len();
        if let Some(best) = asked.strip_prefix("top") {
            let wanted = if best.is_empty() { Some(1) } else { best.parse().ok() };
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
        let class = IMAGENET.by_name(asked).or_else(|| IMAGENET.by_wnid(asked));
        class.map(|class| vec![class.index]).ok_or_else(|| {
            let best = self.top(5).into_iter().map(|scored| scored.class.name).collect();
            UnknownClass::Name { asked: asked.to_owned(), classes: count, best }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction() -> Prediction {
        let mut logits = vec![0.0; 1000];
        logits[285] = 3.0;
        logits[282] = 2.0;
        Prediction::new(logits)
    }

    #[test]
    fn probabilities_are_the_softmax() {
        let best = prediction().top(2);
        assert_eq!(best.iter().map(|scored| scored.class.name).collect::<Vec<_>>(), ["Egyptian cat", "tiger cat"]);
        // e³/(e³ + e² + 998)
        assert!((best[0].probability - 0.019_588).abs() < 1e-5, "{}", best[0].probability);
    }

    #[test]
    fn classes_are_found_by_number_name_and_rank() {
        let find = |asked: &str| prediction().find(asked).unwrap();
        assert_eq!(find("7"), [7]);
        assert_eq!(find("egyptian cat"), [285]);
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
        assert!(unicorn.contains("none of the 1000 is called that"), "{unicorn}");
        assert!(unicorn.contains("Egyptian cat, tiger cat"), "{unicorn}");
        assert!(refusal("top0").contains("is called that"));
    }
}
