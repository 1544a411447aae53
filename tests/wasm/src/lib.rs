//! The goldens of the small networks, run in a browser on WebGPU or on the CPU.
//!
//! The page's network is large for a GPU in software, and has units at the bend of their ReLU6.
//! Here every method runs on networks of a few pixels and is compared with its peers.

#![cfg(target_arch = "wasm32")]

mod damage_pictures;
mod damage_weights;

use burn::tensor::{Device, Tensor};
use negah_attribution::Progress;
use negah_explain::Host;
use negah_tests::{Case, Golden, errors};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[expect(unsafe_code, reason = "the linker makes it, and it may be called once")]
unsafe extern "C" {
    /// Runs the libraries' constructors. The linker makes it.
    safe fn __wasm_call_ctors();
}

/// Runs the constructors once, as the page's own module does.
#[wasm_bindgen(start)]
fn start() {
    __wasm_call_ctors();
}

/// The result of a case. The error is relative to the largest magnitude of the golden.
#[derive(Serialize)]
struct Outcome {
    name: String,
    peer: String,
    method: String,
    worst: f32,
    tolerance: f32,
}

/// Runs the cases and compares each with its golden: a list of `{ name, peer, method, worst,
/// tolerance }`.
///
/// `cases`, `arrays` and `weights` are the files of `goldens/methods_small`.
#[wasm_bindgen]
pub async fn run(cases: &[u8], arrays: &[u8], weights: &[u8], gpu: bool) -> Result<JsValue, JsValue> {
    let device = if gpu {
        let made = Device::wgpu_options().init_async().await;
        made.map_err(|error| JsError::new(&error.to_string()))?
    } else {
        Device::flex()
    };
    let (arrays, weights) = (Golden::from_bytes(arrays), Golden::from_bytes(weights));
    let mut outcomes = Vec::new();
    for case in Case::list(cases) {
        let ours = case.on_small_network(&Browser, &weights, &arrays, &device).await?;
        let expected = arrays.values(&case.name).ok_or_else(|| JsError::new(&case.name))?;
        let (worst, _) = errors(&case.compare.of(&ours.values, ours.shape), expected);
        let Case { name, peer, method, tolerance, .. } = case;
        outcomes.push(Outcome { name, peer, method, worst, tolerance });
    }
    Ok(serde_wasm_bindgen::to_value(&outcomes)?)
}

/// A host whose reads wait for the device.
struct Browser;

/// An error for JavaScript.
struct Failure(JsError);

impl From<negah_explain::Error> for Failure {
    fn from(error: negah_explain::Error) -> Self {
        Self(JsError::new(&error.to_string()))
    }
}

impl From<Failure> for JsValue {
    fn from(Failure(error): Failure) -> Self {
        error.into()
    }
}

impl Host for Browser {
    type Error = Failure;

    async fn read<const D: usize>(&self, tensor: Tensor<D>) -> Result<Vec<f32>, Failure> {
        let failed = |error: String| Failure(JsError::new(&error));
        let data = tensor.into_data_async().await.map_err(|error| failed(format!("{error:?}")))?;
        data.try_to_vec().map_err(|error| failed(format!("{error:?}")))
    }

    async fn progress(&self, _progress: Progress) -> Result<(), Failure> {
        Ok(())
    }
}
