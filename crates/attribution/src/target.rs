use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use crate::{Error, Result};

/// Which number of a class is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Score {
    /// The network's output before the softmax.
    #[default]
    Logit,
    /// The output after it, where a class can also win because others lose.
    Probability,
}

/// What is explained: one class, by one of its scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The index of the class, from 0.
    pub class: usize,
    /// Its logit or its probability.
    pub score: Score,
}

impl Target {
    /// Refuses a class that a network of `classes` classes does not have.
    ///
    /// # Errors
    /// [`Error::UnknownClass`]
    pub fn check(self, classes: usize) -> Result<()> {
        let class = self.class;
        if class < classes { Ok(()) } else { Err(Error::UnknownClass { class, classes }) }
    }

    /// The gradient of the score with respect to the logits: what a backward walk starts from.
    ///
    /// # Shapes
    /// `logits` and the result are `[batch, classes]`.
    #[must_use]
    pub fn seed(self, logits: Tensor<2>) -> Tensor<2> {
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
    fn the_seed_of_a_probability_is_the_derivative_of_softmax() {
        // Equal logits: p = 1/4 each, so ∂p_2/∂z = 1/4·(1_2 − 1/4).
        let logits = Tensor::<2>::zeros([2, 4], &Device::flex());
        let seed = |score| Target { class: 2, score }.seed(logits.clone()).into_data().try_to_vec::<f32>().unwrap();
        let row = [-0.0625, -0.0625, 0.1875, -0.0625];
        assert_eq!(seed(Score::Probability), [row, row].concat());
        assert_eq!(seed(Score::Logit), [0., 0., 1., 0., 0., 0., 1., 0.]);
    }
}
