//! Named steps, one after the other, each under a heading and with its time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What has been done so far.
#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Does one step; its error names it, and comes after a summary of all before it.
    pub fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n=== {name} ===");
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        if result.is_err() {
            println!("{}", self.summary(Some((name, time))));
        } else {
            println!("=== {name}: done in {} ===", in_words(time));
            self.done.push((name, time));
        }
        result.with_context(|| format!("the step \"{name}\" failed"))
    }

    /// Prints how long every step took.
    pub fn finish(&self) {
        println!("{}", self.summary(None));
    }

    fn summary(&self, failed: Option<(&str, Duration)>) -> String {
        let mut text = String::from("\n=== Summary ===\n");
        let done = self.done.iter().map(|(name, time)| (*name, *time, "done"));
        let failed = failed.map(|(name, time)| (name, time, "FAILED"));
        let mut total = Duration::ZERO;
        for (name, time, outcome) in done.chain(failed) {
            text += &format!("{outcome:8}{name:28}{:>12}\n", in_words(time));
            total += time;
        }
        text += &format!("{:8}{:28}{:>12}", "", "all", in_words(total));
        text
    }
}

/// Does a part of a step, announced with the `expected` time, and prints how long it took.
pub fn timed<T>(what: &str, expected: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n{what} ({expected})");
    let start = Instant::now();
    let result = work();
    if result.is_ok() {
        println!("Done in {}", in_words(start.elapsed()));
    }
    result
}

/// A time as people say it: `4.2 s`, `12 min 05 s`.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else {
        let seconds = seconds.round() as u64;
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn times_are_readable() {
        assert_eq!(in_words(Duration::from_millis(4_240)), "4.2 s");
        assert_eq!(in_words(Duration::from_millis(59_990)), "1 min 00 s");
        assert_eq!(in_words(Duration::from_secs(725)), "12 min 05 s");
    }

    #[test]
    fn a_failing_step_is_named_with_its_reason() {
        let mut steps = Steps::default();
        assert_eq!(steps.step("first", || Ok(7)).unwrap(), 7);
        let error = steps.step::<()>("second", || Err(anyhow!("no such luck"))).unwrap_err();
        assert_eq!(format!("{error:#}"), "the step \"second\" failed: no such luck");
        assert_eq!(steps.done.len(), 1);
    }

    #[test]
    fn the_summary_lists_what_was_done_and_what_failed() {
        let steps = Steps { done: vec![("format", Duration::from_secs(1)), ("lint", Duration::from_secs(61))] };
        let text = steps.summary(Some(("tests", Duration::from_secs(2))));
        let words: Vec<Vec<_>> = text.trim().lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[1], ["done", "format", "1.0", "s"]);
        assert_eq!(words[2], ["done", "lint", "1", "min", "01", "s"]);
        assert_eq!(words[3], ["FAILED", "tests", "2.0", "s"]);
        assert_eq!(words[4], ["all", "1", "min", "04", "s"]);
    }
}
