use burn::tensor::Tensor;

/// Mean and scatter of samples that come in batches (Chan, Golub and LeVeque, 1983): no sample is
/// kept, and nothing large is subtracted from something large.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    count: usize,
    /// `[targets, channels, height, width]`
    mean: Tensor<4>,
    /// The sum of squared differences from the mean.
    scatter: Tensor<4>,
}

impl Moments {
    pub(crate) fn new(count: usize, mean: Tensor<4>, scatter: Tensor<4>) -> Self {
        Self { count, mean, scatter }
    }

    /// Those of one batch, `[batch, channels, height, width]`; their own first axis has size 1.
    pub(crate) fn of(batch: Tensor<4>) -> Self {
        let [count, ..] = batch.dims();
        if count == 1 {
            return Self { count, scatter: batch.zeros_like(), mean: batch };
        }
        // The mean of differences: of equal samples it is their value to the last bit, and the
        // scatter is zero.
        let first = batch.clone().narrow(0, 0, 1);
        let mean = first.clone() + (batch.clone() - first).mean_dim(0);
        let scatter = (batch - mean.clone()).square().sum_dim(0);
        Self { count, mean, scatter }
    }

    /// Those of several targets, each of the same number of samples; `None` if there is no target.
    pub(crate) fn stack(targets: Vec<Self>) -> Option<Self> {
        let count = targets.first()?.count;
        let (means, scatters) = targets.into_iter().map(|moments| (moments.mean, moments.scatter)).unzip();
        Some(Self { count, mean: Tensor::cat(means, 0), scatter: Tensor::cat(scatters, 0) })
    }

    /// Those of these samples and others.
    pub(crate) fn merge(self, other: Self) -> Self {
        let count = self.count + other.count;
        let fraction = other.count as f64 / count as f64;
        let difference = other.mean - self.mean.clone();
        let between = difference.clone().square() * (self.count as f64 * fraction);
        Self { count, mean: self.mean + difference * fraction, scatter: self.scatter + other.scatter + between }
    }

    /// Mean and scatter.
    pub(crate) fn tensors(&self) -> (&Tensor<4>, &Tensor<4>) {
        (&self.mean, &self.scatter)
    }

    pub(crate) fn mean(&self) -> Tensor<4> {
        self.mean.clone()
    }

    /// The variance, not corrected for the mean being estimated from the samples (`ddof = 0`).
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
            let mut batches = Vec::new();
            let mut rest = &samples[..];
            for size in sizes {
                let (batch, left) = rest.split_at(size);
                rest = left;
                let data = TensorData::new(batch.to_vec(), [size, 1, 1, 1]);
                batches.push(Moments::of(Tensor::from_data(data, &Device::flex())));
            }
            let moments = batches.into_iter().reduce(Moments::merge).unwrap();
            assert_eq!(moments.count(), 7);
            assert!((moments.mean().into_scalar::<f32>() - mean).abs() < 1e-6);
            assert!((moments.variance().into_scalar::<f32>() - variance).abs() < 1e-5);
        }
    }

    #[test]
    fn equal_samples_have_no_variance() {
        let moments = Moments::of(Tensor::full([3, 1, 1, 1], 0.1, &Device::flex()));
        assert_eq!((moments.mean().into_scalar::<f32>(), moments.variance().into_scalar::<f32>()), (0.1, 0.0));
    }
}
