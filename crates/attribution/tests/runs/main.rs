//! Runs of every method on a small network: how they are cut up, what they refuse, and why maps are
//! blank.

#![allow(clippy::unwrap_used, reason = "all of this is a test, its helpers too")]

mod blank;
mod network;
mod noise;
mod refusals;
mod shares;
