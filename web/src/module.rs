//! The module's start, and its panics.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

#[expect(unsafe_code, reason = "the linker makes it, and it may be called once")]
unsafe extern "C" {
    /// Runs the libraries' constructors. The linker makes it.
    safe fn __wasm_call_ctors();
}

/// Runs the libraries' constructors once. If no function does so, the linker puts them in front of
/// every exported function, including those that wasm-bindgen calls for each value that crosses: a
/// third of a millisecond each.
#[wasm_bindgen(start)]
fn start() {
    __wasm_call_ctors();
}

thread_local! {
    static ON_PANIC: RefCell<Option<js_sys::Function>> = const { RefCell::new(None) };
}

/// Calls `report` with a message when the module panics, instead of writing to the console. The
/// module is unusable after a panic, and the worker has to be replaced.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(report: js_sys::Function) {
    ON_PANIC.set(Some(report));
    std::panic::set_hook(Box::new(|panic| {
        ON_PANIC.with_borrow(|report| {
            if let Some(report) = report {
                // A failure of the callback cannot be reported to anyone.
                let _ = report.call1(&JsValue::NULL, &panic.to_string().into());
            }
        });
    }));
}
