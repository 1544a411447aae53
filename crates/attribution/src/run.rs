use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use burn::tensor::{Device, Tensor};

use crate::parts::{Declared, Parts};
use crate::{Attribution, Error, Partial, Result, Task};

/// How many samples a share has, but for the last of a phase. It does not depend on the batch, the
/// device, or who computes: that is why the sums, and the bytes, do not either.
const SHARE: usize = 8;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Samples, windows or passes done.
    pub done: usize,
    /// How many there are in all.
    pub total: usize,
}

impl Progress {
    /// Whether there is nothing left to do.
    #[must_use]
    pub fn finished(self) -> bool {
        self.done >= self.total
    }
}

/// What a method does with the samples of its run, which are numbered from 0.
pub(crate) trait Method {
    /// The parts that the passes over a share add up to. `samples` are those of the share.
    fn declare(&self, samples: &Range<usize>) -> Vec<Declared>;

    /// Computes what `samples`, of one share, contribute. It gives the same whatever was computed
    /// before.
    fn pass(&mut self, samples: Range<usize>) -> Result<Parts>;

    /// Makes the attribution of what the first `done` samples add up to; `None` if that is nothing.
    /// This uses tensor arithmetic at most, and no network.
    fn finish(&self, parts: &Parts, done: usize) -> Option<Attribution>;
}

/// An explanation under way.
///
/// The samples of a run are cut into shares of a fixed size. [`Run::step`] computes one bounded
/// batch of the next share, and merges the shares in order. [`Run::compute_share`] computes any
/// share by itself, and [`Run::accept`] merges a share that was computed by another run of the same
/// task. All ways give the same bytes, as long as the batch and the device are the same.
///
/// Dropping a run cancels it. Between steps it can be kept, and what was computed stays.
pub struct Run<'a> {
    method: Box<dyn Method + 'a>,
    device: Device,
    step_samples: usize,
    shares: Shares,
    /// What the shares before `next` add up to.
    merged: Parts,
    next: usize,
    /// What the first `current_done` samples of the next share add up to.
    current: Parts,
    current_done: usize,
    /// Later shares that were accepted already.
    waiting: BTreeMap<usize, Parts>,
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Run").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

impl<'a> Run<'a> {
    /// A run of `phases` one after another, each with its number of samples. No share lies in two
    /// phases.
    pub(crate) fn new<M: Method + 'a>(task: Task<'a>, phases: &[usize], method: impl FnOnce(Task<'a>) -> M) -> Self {
        Self {
            device: task.input.device(),
            step_samples: task.step_samples(),
            method: Box::new(method(task)),
            shares: Shares { phases: phases.to_vec() },
            merged: Parts::default(),
            next: 0,
            current: Parts::default(),
            current_done: 0,
            waiting: BTreeMap::new(),
        }
    }

    /// Enqueues the next batch of work on the device. A finished run does nothing.
    ///
    /// # Errors
    /// What the network refuses. The run stays as it was, and the step can be repeated.
    pub fn step(&mut self) -> Result<Progress> {
        if let Some(share) = self.shares.range(self.next) {
            let start = share.start + self.current_done;
            let end = share.end.min(start.saturating_add(self.step_samples));
            let parts = self.method.pass(start..end)?;
            self.current.merge(parts);
            self.current_done = end - share.start;
            if end == share.end {
                let parts = std::mem::take(&mut self.current);
                self.merge_next(parts);
            }
        }
        Ok(self.progress())
    }

    /// How far the run has come: shares that wait for an earlier one count as done.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let waiting: usize = self.waiting.keys().filter_map(|share| self.shares.range(*share)).map(|r| r.len()).sum();
        Progress { done: self.merged_samples() + self.current_done + waiting, total: self.shares.total() }
    }

    /// What is known so far; `None` before the first step. This costs some arithmetic on tensors of
    /// the size of the maps, and no use of the network.
    #[must_use]
    pub fn attribution(&self) -> Option<Attribution> {
        let done = self.merged_samples() + self.current_done;
        if self.current.is_empty() {
            return self.method.finish(&self.merged, done);
        }
        let mut parts = self.merged.clone();
        parts.merge(self.current.clone());
        self.method.finish(&parts, done)
    }

    /// A single value of what was computed last, of the shape `[1]`. Reading it waits until the
    /// device has done all work enqueued so far, and costs next to nothing else.
    #[must_use]
    pub fn fence(&self) -> Option<Tensor<1>> {
        let tensor = self.current.any().or_else(|| self.merged.any())?;
        Some(tensor.clone().slice([0..1, 0..1, 0..1, 0..1]).reshape([1]))
    }

    /// The number of shares.
    #[must_use]
    pub fn shares(&self) -> usize {
        self.shares.count()
    }

    /// Computes one share from its beginning to its end, in batches. Neither the progress nor the
    /// attribution of this run change.
    ///
    /// # Errors
    /// [`Error::UnknownShare`], and what the network refuses.
    pub fn compute_share(&mut self, share: usize) -> Result<Partial> {
        let samples = self.range(share)?;
        let mut parts = Parts::default();
        for start in samples.clone().step_by(self.step_samples) {
            parts.merge(self.method.pass(start..samples.end.min(start + self.step_samples))?);
        }
        debug_assert!(parts.are(&self.method.declare(&samples)), "the passes give the parts that are declared");
        Ok(parts.into_partial(share))
    }

    /// Merges a share that a run of the same task [computed](Run::compute_share). A share that
    /// comes before its turn is held until then. One that is there already changes nothing.
    ///
    /// # Errors
    /// [`Error::UnknownShare`] and [`Error::ForeignPartial`]
    pub fn accept(&mut self, partial: Partial) -> Result<Progress> {
        let share = partial.share;
        let samples = self.range(share)?;
        let declared = self.method.declare(&samples);
        let parts = Parts::from_partial(partial, &declared, samples.len(), &self.device)?;
        if share == self.next {
            self.merge_next(parts);
        } else if share > self.next {
            self.waiting.insert(share, parts);
        }
        Ok(self.progress())
    }

    /// Merges the next share, and those that waited for it.
    fn merge_next(&mut self, parts: Parts) {
        self.current = Parts::default();
        self.current_done = 0;
        let mut next = Some(parts);
        while let Some(parts) = next {
            self.merged.merge(parts);
            self.next += 1;
            next = self.waiting.remove(&self.next);
        }
    }

    fn merged_samples(&self) -> usize {
        self.shares.range(self.next).map_or(self.shares.total(), |share| share.start)
    }

    fn range(&self, share: usize) -> Result<Range<usize>> {
        self.shares.range(share).ok_or(Error::UnknownShare { share, shares: self.shares.count() })
    }
}

/// The samples of a run, cut into shares.
#[derive(Debug)]
struct Shares {
    phases: Vec<usize>,
}

impl Shares {
    fn total(&self) -> usize {
        self.phases.iter().sum()
    }

    fn count(&self) -> usize {
        self.phases.iter().map(|samples| samples.div_ceil(SHARE)).sum()
    }

    /// The samples of a share; `None` beyond the last.
    fn range(&self, share: usize) -> Option<Range<usize>> {
        let (mut first, mut start) = (0, 0);
        for samples in &self.phases {
            let shares = samples.div_ceil(SHARE);
            if share < first + shares {
                let offset = (share - first) * SHARE;
                return Some(start + offset..start + samples.min(&(offset + SHARE)));
            }
            first += shares;
            start += samples;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_every_sample_once_and_no_two_phases() {
        let shares = Shares { phases: vec![20, 3] };
        let ranges: Vec<_> = (0..shares.count()).map(|share| shares.range(share).unwrap()).collect();
        assert_eq!(ranges, [0..8, 8..16, 16..20, 20..23]);
        assert_eq!((shares.total(), shares.range(4)), (23, None));
        assert_eq!(Shares { phases: vec![1] }.range(0), Some(0..1));
        assert_eq!(Shares { phases: vec![16] }.count(), 2);
    }
}
