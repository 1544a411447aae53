//! The subset of Python's pickle that a state dict needs.
//!
//! A pickle is a program. The instructions run here are those that build numbers, texts, lists,
//! dicts and descriptions of tensors; the few functions that a state dict calls are known by name
//! and done here. Any other instruction or function is an error. Values are in an arena and refer
//! to each other by index, so one that contains itself does no harm. Each instruction is charged
//! for the memory it uses against a budget, which bounds memory and time.

mod globals;
mod machine;
mod strides;
mod value;

pub(crate) use machine::read;
pub(crate) use value::{Pickle, TorchStorage, Value};
