//! The page as a host: it reads the device, reports progress and stops on an abort.

use std::cell::Cell;

use burn::tensor::Tensor;
use js_sys::{Date, Function, Promise};
use negah_attribution::Progress;
use negah_explain::{Explanation, Host};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::compute::{Compute, Mark};
use crate::error::Error;
use crate::failure::{Failure, Result as Outcome};
use crate::photograph::Photograph;
use crate::records::{ExplanationRecord, to_js};

/// The least time between two partial results, in milliseconds. It is longer if drawing one is
/// slow.
const BETWEEN_PARTIALS: f64 = 400.0;

/// The page that waits for a computation.
pub(crate) struct Page<'a> {
    compute: &'a Compute,
    mark: Mark,
    watch: Option<Watch<'a>>,
}

/// The page's callbacks during a run.
struct Watch<'a> {
    photograph: &'a Photograph,
    signal: &'a AbortSignal,
    progress: &'a Function,
    partial: Option<&'a Function>,
    next_partial: Cell<f64>,
}

impl<'a> Page<'a> {
    /// A page that waits for a result without callbacks.
    pub(crate) fn waiting(compute: &'a Compute) -> Self {
        Self { compute, mark: compute.mark(), watch: None }
    }

    /// A page that follows a run. `progress` is called after each step and may return a promise,
    /// which is awaited. `signal` stops the run. `partial` is called at intervals with the result
    /// so far.
    pub(crate) fn following(
        compute: &'a Compute,
        photograph: &'a Photograph,
        signal: &'a AbortSignal,
        progress: &'a Function,
        partial: Option<&'a Function>,
    ) -> Self {
        let next_partial = Cell::new(Date::now() + BETWEEN_PARTIALS);
        let watch = Watch { photograph, signal, progress, partial, next_partial };
        Self { watch: Some(watch), ..Self::waiting(compute) }
    }
}

impl Host for Page<'_> {
    type Error = Failure;

    async fn read<const D: usize>(&self, tensor: Tensor<D>) -> Result<Vec<f32>, Failure> {
        self.compute.read(tensor, self.mark).await
    }

    async fn progress(&self, at: Progress) -> Result<(), Failure> {
        let Some(watch) = &self.watch else { return Ok(()) };
        report(watch.progress, "compute", at).await?;
        if watch.signal.aborted() && !at.finished() {
            return Err(Error::Aborted.into());
        }
        Ok(())
    }

    fn is_asynchronous(&self) -> bool {
        self.compute.is_gpu()
    }

    fn wants_partial(&self) -> bool {
        let due = |watch: &Watch<'_>| watch.partial.is_some() && Date::now() >= watch.next_partial.get();
        self.watch.as_ref().is_some_and(due)
    }

    async fn partial(&self, explanation: Explanation) -> Result<(), Failure> {
        let Some(Watch { photograph, partial: Some(partial), next_partial, .. }) = &self.watch else {
            return Ok(());
        };
        let start = Date::now();
        let record = to_js(&ExplanationRecord::new(&explanation, photograph))?;
        let failed = |error: JsValue| Error::Partial { detail: format!("{error:?}") };
        partial.call1(&JsValue::NULL, &record).map_err(failed)?;
        let cost = Date::now() - start;
        next_partial.set(Date::now() + BETWEEN_PARTIALS.max(8.0 * cost));
        Ok(())
    }
}

/// Reports progress to the page. Awaiting its promise lets the worker receive messages, such as an
/// abort.
pub(crate) async fn report(progress: &Function, stage: &str, at: Progress) -> Outcome<()> {
    let failed = |error: JsValue| Error::Progress { detail: format!("{error:?}") };
    let (done, total) = (at.done as f64, at.total as f64);
    let answer = progress.call3(&JsValue::NULL, &stage.into(), &done.into(), &total.into()).map_err(failed)?;
    JsFuture::from(Promise::resolve(&answer)).await.map_err(failed)?;
    Ok(())
}
