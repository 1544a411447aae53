//! Several pictures at once: each on a thread of its own, each with its own outcome.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Result, anyhow};

/// How many pictures are worked on at once. A GPU takes one after another.
pub fn threads(asked: Option<usize>, files: usize, gpu: bool) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    let most = if gpu { 1 } else { asked.unwrap_or_else(cores) };
    most.clamp(1, files.max(1))
}

/// Does `work` for every item on `threads` threads, and calls `done` on this thread with each
/// outcome as soon as it is there. A panic in `work` is the failure of that item alone.
///
/// # Errors
/// What `done` returns, which ends the batch.
pub fn each<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(usize, &T) -> Result<R> + Sync,
    mut done: impl FnMut(usize, Result<R>) -> Result<()>,
) -> Result<()> {
    // What `work` shares is read only; what it changes is dropped with the item's outcome.
    let work = |index: usize, item: &T| {
        catch_unwind(AssertUnwindSafe(|| work(index, item))).unwrap_or_else(|panic| Err(defect(&*panic)))
    };
    if threads <= 1 {
        for (index, item) in items.iter().enumerate() {
            done(index, work(index, item))?;
        }
        return Ok(());
    }
    let next = AtomicUsize::new(0);
    let (sender, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        let worker = |sender: mpsc::Sender<_>| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else { return };
                // The receiver is gone once an error has ended the batch.
                if sender.send((index, work(index, item))).is_err() {
                    return;
                }
            }
        };
        for started in 0..threads {
            let sender = sender.clone();
            let spawned = thread::Builder::new().spawn_scoped(scope, move || worker(sender));
            match spawned {
                Ok(_) => {}
                Err(error) if started == 0 => return Err(anyhow!("no thread can be started: {error}")),
                // The system allows no more: those that run take all items.
                Err(_) => break,
            }
        }
        drop(sender);
        outcomes.iter().try_for_each(|(index, outcome)| done(index, outcome))
    })
}

/// The failure of an item whose computation panicked.
fn defect(panic: &(dyn Any + Send)) -> anyhow::Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    anyhow!("a defect of negah stopped the computation: {}. Please report it", text.unwrap_or("unknown"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use anyhow::bail;

    use super::*;

    #[test]
    fn every_item_has_its_outcome_and_a_failure_stops_no_other() {
        for threads in [1, 3, 8] {
            let items: Vec<usize> = (0..20).collect();
            let work = |index: usize, item: &usize| {
                assert_eq!(index, *item);
                if item % 5 == 3 { bail!("no {item}") } else { Ok(item * 2) }
            };
            let outcomes = Mutex::new(vec![None; 20]);
            each(&items, threads, work, |index, outcome| {
                outcomes.lock().unwrap()[index] = Some(outcome.map_err(|error| error.to_string()));
                Ok(())
            })
            .unwrap();
            for (index, outcome) in outcomes.into_inner().unwrap().into_iter().enumerate() {
                let expected = if index % 5 == 3 { Err(format!("no {index}")) } else { Ok(index * 2) };
                assert_eq!(outcome, Some(expected));
            }
        }
    }

    #[test]
    fn a_panic_is_the_failure_of_its_item_alone() {
        for threads in [1, 3] {
            let mut failed = Vec::new();
            let work = |_: usize, item: &usize| {
                assert_ne!(*item, 2, "item two");
                Ok(())
            };
            each(&[0, 1, 2, 3, 4, 5], threads, work, |index, outcome| {
                failed.extend(outcome.err().map(|error| (index, error.to_string())));
                Ok(())
            })
            .unwrap();
            let [(2, sentence)] = &failed[..] else { panic!("{failed:?}") };
            assert!(sentence.starts_with("a defect of negah stopped the computation: "), "{sentence}");
            assert!(sentence.contains("item two"), "{sentence}");
        }
    }

    #[test]
    fn an_error_of_the_receiver_ends_the_batch() {
        let items = [0; 100];
        for threads in [1, 4] {
            assert!(each(&items, threads, |_, _| Ok(()), |_, _| bail!("enough")).is_err());
        }
    }
}
