//! Writes the tensors that a network gets for the bundled pictures, so that a peer gets the same:
//! `inputs MODEL FILE.safetensors`. Called by `cargo xtask goldens`.

use std::collections::BTreeMap;

use negah_tests::{input_of, samples, values};
use safetensors::tensor::{Dtype, TensorView};

fn main() {
    let [model, path] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("a model and the file to write");
    let model = negah_zoo::find(&model).expect("the registry has the model");
    let pictures: BTreeMap<String, Vec<u8>> = samples()
        .into_iter()
        .map(|sample| {
            let bytes = values(input_of(model, &sample.file)).iter().flat_map(|value| value.to_le_bytes()).collect();
            (sample.file, bytes)
        })
        .collect();
    let (height, width) = model.size;
    let views = pictures.iter().map(|(name, bytes)| {
        let view = TensorView::new(Dtype::F32, vec![1, 3, height as usize, width as usize], bytes);
        (name, view.expect("a picture has 3 × height × width values"))
    });
    safetensors::serialize_to_file(views, None, path.as_ref()).expect("the file can be written");
}
