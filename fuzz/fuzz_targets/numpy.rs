//! A NumPy array.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(array) = negah_weights::npy::read(&bytes, 1 << 20) {
        assert_eq!(array.values.len(), array.shape.iter().product::<usize>());
        assert!(array.values.iter().all(|value| value.is_finite()));
    }
});
