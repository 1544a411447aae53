use rand_mt::Mt;

/// Random numbers as NumPy's legacy generator draws them: `numpy.random.seed(seed)`, then `choice`, `uniform`
/// and `normal`. One seed gives the very samples that SHAP and its kin draw in Python.
#[derive(Debug, Clone)]
pub struct Random {
    generator: Mt,
    /// The second of a pair of normal numbers: they are made two at a time.
    spare: Option<f64>,
}

impl Random {
    /// A generator that `numpy.random.seed(seed)` would give.
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
    ///
    /// # Panics
    /// If `count` is 0.
    pub fn choice(&mut self, count: u32) -> u32 {
        let largest = count.checked_sub(1).expect("there is something to choose from");
        if largest == 0 {
            // Nothing is drawn where there is no choice.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_and_uniform_are_numpys() {
        // numpy.random.seed(0); [(numpy.random.choice(2), numpy.random.uniform()) for _ in range(4)]
        let mut random = Random::new(0);
        for (index, share) in [(0, 0.592844618), (0, 0.602763376), (1, 0.847251739), (1, 0.645894113)] {
            assert_eq!(random.choice(2), index);
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
    fn one_thing_is_chosen_without_a_draw() {
        let mut random = Random::new(7);
        assert_eq!(random.choice(1), 0);
        assert!((random.uniform() - Random::new(7).uniform()).abs() < f64::EPSILON);
    }

    #[test]
    fn every_index_is_chosen_about_as_often() {
        let mut random = Random::new(3);
        let mut counts = [0; 5];
        for _ in 0..5000 {
            counts[random.choice(5) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }
}
