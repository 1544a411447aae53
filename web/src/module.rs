//! How the module starts, and how it ends.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

#[expect(unsafe_code, reason = "the linker makes it, and it may be called once")]
unsafe extern "C" {
    /// Runs the constructors of libraries; made by the linker.
    safe fn __wasm_call_ctors();
}

/// Runs the libraries' constructors, once. Where no function does so, the linker puts them in front of every
/// function that is exported, the smallest ones of wasm-bindgen too: a third of a millisecond for each value that crosses.
#[wasm_bindgen(start)]
fn start() {
    __wasm_call_ctors();
}

thread_local! {
    static ON_PANIC: RefCell<Option<js_sys::Function>> = const { RefCell::new(None) };
}

/// Has `report` called with a message when the module panics, in place of anything on the console. The
/// module is unusable after that: the worker has to be replaced.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(report: js_sys::Function) {
    ON_PANIC.set(Some(report));
    std::panic::set_hook(Box::new(|panic| {
        ON_PANIC.with_borrow(|report| {
            if let Some(report) = report {
                // Nobody is left to tell if the report itself fails.
                let _ = report.call1(&JsValue::NULL, &panic.to_string().into());
            }
        });
    }));
}
