use std::num::NonZeroU32;
use std::ops::Range;

use rand_mt::Mt;

/// Random numbers as NumPy's legacy generator draws them: `numpy.random.seed(seed)`, then `choice`,
/// `uniform` and `normal`. One seed gives the very samples that SHAP and captum draw in Python.
#[derive(Debug, Clone)]
pub struct Random {
    generator: Mt,
    /// The second of a pair of normal numbers, which are made two at a time.
    spare: Option<f64>,
}

impl Random {
    /// The generator after `numpy.random.seed(seed)`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self { generator: Mt::new(seed), spare: None }
    }

    /// `numpy.random.uniform()`: in `0..1`, with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        let high = f64::from(self.generator.next_u32() >> 5);
        let low = f64::from(self.generator.next_u32() >> 6);
        (high * f64::from(1u32 << 26) + low) / (1u64 << 53) as f64
    }

    /// `numpy.random.choice(count)`: an index below `count`.
    pub fn choice(&mut self, count: NonZeroU32) -> u32 {
        let largest = count.get() - 1;
        if largest == 0 {
            // NumPy draws nothing where there is no choice.
            return 0;
        }
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let drawn = self.generator.next_u32() & mask;
            if drawn <= largest {
                return drawn;
            }
        }
    }

    /// `numpy.random.normal()`: mean 0, variance 1, by Marsaglia's polar method.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let x = 2.0 * self.uniform() - 1.0;
            let y = 2.0 * self.uniform() - 1.0;
            let square = x * x + y * y;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(factor * x);
                return factor * y;
            }
        }
    }

    /// `count` numbers of [`Random::normal`].
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal() as f32).collect()
    }
}

/// The random numbers of a run, sample by sample. The k-th sample is the same whoever asks for it,
/// and in whatever order: to go back, the stream is drawn again from the seed.
#[derive(Debug)]
pub(crate) struct Stream {
    seed: u32,
    /// How many samples come before the run's first.
    before: usize,
    random: Random,
    /// The sample that `random` draws next, from the seed on.
    at: usize,
}

impl Stream {
    pub(crate) fn new(seed: u32, before: usize) -> Self {
        Self { seed, before, random: Random::new(seed), at: 0 }
    }

    /// Draws some samples of the run. `draw` draws one, of whatever numbers it consists.
    pub(crate) fn samples<T>(&mut self, samples: Range<usize>, mut draw: impl FnMut(&mut Random) -> T) -> Vec<T> {
        let start = self.before + samples.start;
        if self.at > start {
            (self.random, self.at) = (Random::new(self.seed), 0);
        }
        for _ in self.at..start {
            draw(&mut self.random);
        }
        self.at = start + samples.len();
        samples.map(|_| draw(&mut self.random)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn choice_and_uniform_are_numpys() {
        // numpy.random.seed(0)
        // [(numpy.random.choice(2), numpy.random.uniform()) for _ in range(4)]
        let mut random = Random::new(0);
        for (index, share) in [(0, 0.592844618), (0, 0.602763376), (1, 0.847251739), (1, 0.645894113)] {
            assert_eq!(random.choice(count(2)), index);
            assert!((random.uniform() - share).abs() < 1e-9);
        }
    }

    #[test]
    fn normal_is_numpys() {
        // numpy.random.seed(0); numpy.random.normal(size=5)
        let mut random = Random::new(0);
        for expected in
            [1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.8675579901499675]
        {
            assert!((random.normal() - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn a_stream_gives_the_same_sample_in_any_order() {
        // An odd number of normals a sample, so that the spare one passes from sample to sample.
        let draw = |random: &mut Random| (random.choice(count(3)), random.normals(3));
        let straight = Stream::new(4, 0).samples(0..9, draw);
        let mut stream = Stream::new(4, 0);
        for range in [6..9, 0..2, 2..6, 8..9] {
            assert_eq!(stream.samples(range.clone(), draw), straight[range]);
        }
        assert_eq!(Stream::new(4, 5).samples(0..4, draw), straight[5..]);
    }

    #[test]
    fn one_thing_is_chosen_without_a_draw() {
        let mut random = Random::new(7);
        assert_eq!(random.choice(count(1)), 0);
        assert!((random.uniform() - Random::new(7).uniform()).abs() < f64::EPSILON);
    }

    #[test]
    fn every_index_is_chosen_about_as_often() {
        let mut random = Random::new(3);
        let mut counts = [0; 5];
        for _ in 0..5000 {
            counts[random.choice(count(5)) as usize] += 1;
        }
        assert!(counts.iter().all(|drawn| (900..1100).contains(drawn)), "{counts:?}");
    }
}
