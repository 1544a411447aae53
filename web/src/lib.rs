//! The session in the page's worker: the only crate that knows it runs in a browser.
//!
//! JavaScript owns files, the cache and the page. This crate owns the device and the loaded model,
//! and is the [`Host`](negah_explain::Host) that drives `explain`. A browser can only read a GPU's
//! memory asynchronously, so the crates below enqueue work and this one reads it back.

// The error sentences are tested natively. The rest needs a browser.
#![cfg(any(target_arch = "wasm32", test))]

mod error;
mod failure;
mod sentences;

#[cfg(target_arch = "wasm32")]
mod compute;
#[cfg(target_arch = "wasm32")]
mod file;
#[cfg(target_arch = "wasm32")]
mod module;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod photograph;
#[cfg(target_arch = "wasm32")]
mod records;
#[cfg(target_arch = "wasm32")]
mod selftest;
#[cfg(target_arch = "wasm32")]
mod session;

#[cfg(target_arch = "wasm32")]
pub use module::on_panic;
#[cfg(target_arch = "wasm32")]
pub use photograph::{Background, Photograph};
#[cfg(target_arch = "wasm32")]
pub use session::Session;
