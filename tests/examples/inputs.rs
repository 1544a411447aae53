//! Writes the tensors that the network gets for the bundled pictures, so that a peer can be given the same:
//! `inputs FILE.safetensors`. Called by `cargo xtask goldens`.

use std::collections::BTreeMap;

use negah_tests::{input, samples, values};
use safetensors::tensor::{Dtype, TensorView};

fn main() {
    let path = std::env::args().nth(1).expect("the file to write is the first argument");
    let pictures: BTreeMap<String, Vec<u8>> = samples()
        .into_iter()
        .map(|sample| {
            let bytes = values(input(&sample.file)).iter().flat_map(|value| value.to_le_bytes()).collect();
            (sample.file, bytes)
        })
        .collect();
    let views = pictures.iter().map(|(name, bytes)| {
        let view = TensorView::new(Dtype::F32, vec![1, 3, 224, 224], bytes);
        (name, view.expect("a picture has 3 × 224 × 224 values"))
    });
    safetensors::serialize_to_file(views, None, path.as_ref()).expect("the file can be written");
}
