use std::fmt::Debug;

use crate::{MethodInfo, Result, Run, Task};

/// A method.
pub trait Explainer: Debug + Sync {
    /// What the method says about itself.
    fn info(&self) -> &'static MethodInfo;

    /// Begins to explain. The network is not used yet.
    ///
    /// # Errors
    /// Refuses a task that cannot be done: a class, a layer, a tensor or a parameter that does not
    /// fit.
    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>>;
}
