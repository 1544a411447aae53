use burn::tensor::Tensor;

/// Mean and scatter of samples that come in batches (Chan, Golub and LeVeque, 1983): no sample is kept, and nothing
/// large is subtracted from something large.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    count: usize,
    /// `[1, channels, height, width]`
    mean: Tensor<4>,
    /// The sum of squared differences from the mean.
    scatter: Tensor<4>,
}

impl Moments {
    /// Those of one batch, `[batch, channels, height, width]`.
    pub(crate) fn of(batch: Tensor<4>) -> Self {
        let [count, ..] = batch.dims();
        if count == 1 {
            return Self { count, scatter: batch.zeros_like(), mean: batch };
        }
        let mean = batch.clone().mean_dim(0);
        let scatter = (batch - mean.clone()).square().sum_dim(0);
        Self { count, mean, scatter }
    }

    /// Adds another batch.
    pub(crate) fn add(&mut self, batch: Tensor<4>) {
        let other = Self::of(batch);
        let count = self.count + other.count;
        let share = other.count as f64 / count as f64;
        let difference = other.mean - self.mean.clone();
        let between = difference.clone().square() * (self.count as f64 * share);
        self.mean = self.mean.clone() + difference * share;
        self.scatter = self.scatter.clone() + other.scatter + between;
        self.count = count;
    }

    /// Adds a batch to what may be there.
    pub(crate) fn extend(moments: &mut Option<Self>, batch: Tensor<4>) {
        match moments {
            Some(moments) => moments.add(batch),
            None => *moments = Some(Self::of(batch)),
        }
    }

    pub(crate) fn mean(&self) -> Tensor<4> {
        self.mean.clone()
    }

    /// The variance, not corrected for the mean being one of the samples (`ddof = 0`).
    pub(crate) fn variance(&self) -> Tensor<4> {
        self.scatter.clone() / self.count as f64
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn batches_of_any_size_give_the_moments_of_all() {
        let samples = [3.0f32, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0];
        let mean = samples.iter().sum::<f32>() / 7.0;
        let variance = samples.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 7.0;
        for sizes in [vec![7], vec![1; 7], vec![3, 1, 2, 1], vec![2, 5]] {
            let mut moments = None;
            let mut rest = &samples[..];
            for size in sizes {
                let (batch, left) = rest.split_at(size);
                rest = left;
                let data = TensorData::new(batch.to_vec(), [size, 1, 1, 1]);
                Moments::extend(&mut moments, Tensor::from_data(data, &Device::flex()));
            }
            let moments = moments.unwrap();
            assert_eq!(moments.count(), 7);
            assert!((moments.mean().into_scalar::<f32>() - mean).abs() < 1e-6);
            assert!((moments.variance().into_scalar::<f32>() - variance).abs() < 1e-5);
        }
    }
}
