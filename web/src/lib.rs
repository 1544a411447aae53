//! The session that lives in the page's worker: the only crate that knows it runs in a browser.
//!
//! Bytes come in and bytes go out. JavaScript owns files, the cache and the page; this crate owns the
//! device, the network and the methods, and every `.await` of the project: a browser can only read a GPU's
//! memory asynchronously, so the crates below enqueue work and this one reads it back.

// What it says is tested natively; the rest is for a browser alone.
#![cfg(any(target_arch = "wasm32", test))]

mod error;
mod failure;
mod sentences;

#[cfg(target_arch = "wasm32")]
mod compute;
#[cfg(target_arch = "wasm32")]
mod explanation;
#[cfg(target_arch = "wasm32")]
mod file;
#[cfg(target_arch = "wasm32")]
mod module;
#[cfg(target_arch = "wasm32")]
mod records;
#[cfg(target_arch = "wasm32")]
mod selftest;
#[cfg(target_arch = "wasm32")]
mod session;

#[cfg(target_arch = "wasm32")]
pub use module::on_panic;
#[cfg(target_arch = "wasm32")]
pub use session::{Background, Photograph, Session};
