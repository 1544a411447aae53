use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use crate::{Error, Result};

/// The number of a class that is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Score {
    /// The network's output before the softmax.
    #[default]
    Logit,
    /// The output after the softmax, which also rises because other logits fall.
    Probability,
    /// The logarithm of the probability: the negative cross-entropy.
    LogProbability,
}

impl Score {
    /// All of them, by their stable ids.
    pub const ALL: [(&'static str, Self); 3] =
        [("logit", Self::Logit), ("probability", Self::Probability), ("log-probability", Self::LogProbability)];

    /// The score of this id.
    ///
    /// # Errors
    /// [`Error::UnknownScore`], which lists the scores there are.
    pub fn find(id: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == id).map(|(_, score)| score);
        found.ok_or_else(|| Error::UnknownScore { id: id.to_owned(), known: Self::ALL.map(|(id, _)| id) })
    }

    /// The stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        let [logit, probability, log_probability] = Self::ALL.map(|(id, _)| id);
        match self {
            Self::Logit => logit,
            Self::Probability => probability,
            Self::LogProbability => log_probability,
        }
    }
}

/// What is explained: a class, and one of its scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The index of the class, from 0.
    pub class: usize,
    /// Which of its scores.
    pub score: Score,
}

impl Target {
    /// Refuses a class that a network of `classes` classes does not have.
    pub(crate) fn check(self, classes: usize) -> Result<()> {
        let class = self.class;
        if class < classes { Ok(()) } else { Err(Error::UnknownClass { class, classes }) }
    }

    /// The score of each example.
    ///
    /// # Shapes
    /// `logits` is `[batch, classes]`, the result `[batch]`.
    pub(crate) fn value(self, logits: Tensor<2>) -> Tensor<1> {
        let [batch, _] = logits.dims();
        let scores = match self.score {
            Score::Logit => logits,
            Score::Probability => softmax(logits, 1),
            Score::LogProbability => log_softmax(logits, 1),
        };
        scores.slice([0..batch, self.class..self.class + 1]).reshape([batch])
    }

    /// The gradient of the score with respect to the logits: what a backward pass starts from.
    ///
    /// # Shapes
    /// `logits` and the result are `[batch, classes]`.
    pub(crate) fn seed(self, logits: Tensor<2>) -> Tensor<2> {
        let [_, classes] = logits.dims();
        let one = self.one_hot(classes, &logits.device());
        match self.score {
            Score::Logit => one.expand(logits.dims()),
            // ∂p_c/∂z = p_c·(1_c − p)
            Score::Probability => {
                let probabilities = softmax(logits, 1);
                let own = (probabilities.clone() * one.clone()).sum_dim(1);
                (one - probabilities) * own
            }
            // ∂ln p_c/∂z = 1_c − p
            Score::LogProbability => one - softmax(logits, 1),
        }
    }

    fn one_hot(self, classes: usize, device: &Device) -> Tensor<2> {
        let mut values = vec![0f32; classes];
        values[self.class] = 1.0;
        Tensor::from_data(TensorData::new(values, [1, classes]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_the_derivatives_of_the_scores() {
        // Equal logits: p = 1/4 each, so ∂p_2/∂z = 1/4·(1_2 − 1/4).
        let logits = Tensor::<2>::zeros([2, 4], &Device::flex());
        let seed = |score| Target { class: 2, score }.seed(logits.clone()).into_data().try_to_vec::<f32>().unwrap();
        let row = [-0.0625, -0.0625, 0.1875, -0.0625];
        assert_eq!(seed(Score::Probability), [row, row].concat());
        assert_eq!(seed(Score::LogProbability), [row, row].concat().into_iter().map(|x| 4.0 * x).collect::<Vec<_>>());
        assert_eq!(seed(Score::Logit), [0., 0., 1., 0., 0., 0., 1., 0.]);
    }

    #[test]
    fn scores_are_those_of_the_class() {
        let logits = Tensor::<2>::from_floats([[0.0, 0.0, 2.0], [1.0, 1.0, 1.0]], &Device::flex());
        let value = |score| Target { class: 2, score }.value(logits.clone()).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(value(Score::Logit), [2.0, 1.0]);
        // e²/(2 + e²) and 1/3.
        for (ours, expected) in value(Score::Probability).into_iter().zip([0.786_986, 1.0 / 3.0]) {
            assert!((ours - expected).abs() < 1e-6);
        }
        for (ours, expected) in value(Score::LogProbability).into_iter().zip([-0.239_544, -1.098_612]) {
            assert!((ours - expected).abs() < 1e-5);
        }
    }
}
