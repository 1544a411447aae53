//! Writes a network's made-up weights as a safetensors file of full size, for tests and timings in
//! a browser.
//!
//!     seeded-weights MODEL FILE [--half]

use std::borrow::Cow;
use std::env;
use std::path::Path;

use negah_zoo::seeded;
use safetensors::tensor::{Dtype, View, serialize_to_file};

/// The factor of the classifier's weights, as in the goldens of Keras.
const GAIN: f32 = 1.0 / 64.0;

/// A tensor that is computed when it is written.
struct Lazy {
    name: String,
    shape: Vec<usize>,
    half: bool,
}

impl View for Lazy {
    fn dtype(&self) -> Dtype {
        if self.half { Dtype::F16 } else { Dtype::F32 }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let values = seeded::values(&self.name, &self.shape, GAIN).into_iter();
        Cow::Owned(if self.half {
            values.flat_map(|value| half::f16::from_f32(value).to_le_bytes()).collect()
        } else {
            values.flat_map(f32::to_le_bytes).collect()
        })
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * if self.half { 2 } else { 4 }
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [id, path, options @ ..] = arguments.as_slice() else { panic!("seeded-weights MODEL FILE [--half]") };
    let half = options.iter().any(|option| option == "--half");
    let model = negah_zoo::find(id).expect("a model of the registry");
    let tensors = model.tensors().expect("a network of the registry can be built");
    let lazy = |(name, shape): (String, _)| (name.clone(), Lazy { name, shape, half });
    serialize_to_file(tensors.into_iter().map(lazy), None, Path::new(path)).expect("the file can be written");
}
