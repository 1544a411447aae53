//! Every file that the real libraries wrote gives the expected weights, and Keras's logits.

use burn::tensor::{Device, Tensor, TensorData};
use negah_network::{Band, Channel, Model};
use negah_weights::{Source, TensorMapping, WeightFile};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, serialize};

use super::{VGG, XCEPTION, file};
use crate::Architecture;

const VGG_FILES: [&str; 10] = [
    "vgg16.keras",
    "vgg16_packed.h5",
    "vgg16_whole.h5",
    "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
    "vgg16_torchvision.pth",
    "vgg16_torchvision_stream.pth",
    "vgg16_torchvision.safetensors",
    "vgg16_timm_f32.safetensors",
    "vgg16_timm_f16.safetensors",
    "vgg16_timm_bf16.safetensors",
];
const XCEPTION_FILES: [&str; 4] = [
    "xception.weights.h5",
    "xception_weights_tf_dim_ordering_tf_kernels.h5",
    "xception_timm.pth",
    "xception_timm.safetensors",
];

fn floats(tensors: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let view = tensors.tensor(name).unwrap();
    match view.dtype() {
        Dtype::F16 => view.data().as_chunks().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect(),
        _ => view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
    }
}

/// The largest difference from Keras's logits, relative to the largest of them.
fn off(loaded: &Model, id: &str) -> f32 {
    let golden = file("expected_logits.safetensors");
    let golden = SafeTensors::deserialize(&golden).unwrap();
    let (input, expected) = (floats(&golden, &format!("{id}.input")), floats(&golden, &format!("{id}.logits")));
    let side = loaded.preprocessing.size.0 as usize;
    let input = Tensor::<4>::from_data(TensorData::new(input, [1, 3, side, side]), &Device::flex());
    let network = &loaded.network;
    let trace = network.forward(&[(network.input(), input.into())], &[network.output()]).unwrap();
    let logits = trace.get(network.output()).unwrap().clone().flat().unwrap().into_data().try_to_vec::<f32>().unwrap();
    assert_eq!(logits.len(), expected.len());
    let scale = expected.iter().fold(0f32, |max, value| max.max(value.abs()));
    logits.iter().zip(&expected).fold(0f32, |max, (a, b)| max.max((a - b).abs())) / scale
}

fn check(model: &'static Architecture, files: &[&str]) {
    let expected = file(&format!("{}_expected.safetensors", model.id));
    let expected = SafeTensors::deserialize(&expected).unwrap();
    for name in files {
        let bytes = file(name);
        let mut read = WeightFile::open(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let naming = model.naming(&read).unwrap_or_else(|| panic!("{name} has a naming"));
        let lines = model.mappings(Some(naming), &[]);
        assert_eq!(lines.len(), expected.len(), "{name}");
        for line in &lines {
            let shape = expected.tensor(&line.ours).unwrap().shape().to_vec();
            let values = read.read(line, &shape).unwrap_or_else(|error| panic!("{name} {line:?}: {error}"));
            assert!(values == floats(&expected, &line.ours), "{name} {line:?}");
        }
        assert!(read.left().is_empty(), "{name}: {:?}", read.left());
        let loaded = model.open(&bytes).unwrap().load(&Device::flex()).unwrap();
        let difference = off(&loaded, model.id);
        assert!(difference < 1e-5, "{name}: Keras's logits differ by {difference}");

        let again = safetensors_of(model, &bytes);
        let again = model.open(&again).unwrap_or_else(|error| panic!("{name}, written again: {error}"));
        let again = again.load(&Device::flex()).unwrap();
        assert_eq!(again.preprocessing, loaded.preprocessing, "{name}, written again");
        assert_eq!(off(&again, model.id), difference, "{name}, written again");
    }
}

/// A file as safetensors, as `negah convert` writes it.
fn safetensors_of(model: &'static Architecture, bytes: &dyn Source) -> Vec<u8> {
    let mut opened = model.open(bytes).unwrap();
    let tensors: Vec<(String, Vec<usize>)> = opened.tensors().to_vec();
    let values: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(name, _)| opened.read(name).unwrap().iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let view = |((name, shape), bytes): (&(String, Vec<usize>), _)| {
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    };
    let notes = opened.metadata().into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    serialize(tensors.iter().zip(values.iter().map(Vec::as_slice)).map(view), Some(notes)).unwrap()
}

#[test]
fn vgg16_is_read_from_every_file() {
    check(&VGG, &VGG_FILES);
}

#[test]
fn xception_is_read_from_every_file() {
    check(&XCEPTION, &XCEPTION_FILES);
}

#[test]
fn our_own_names_are_read() {
    for model in [&VGG, &XCEPTION] {
        let bytes = file(&format!("{}_expected.safetensors", model.id));
        let off = off(&model.open(&bytes).unwrap().load(&Device::flex()).unwrap(), model.id);
        assert!(off < 1e-5, "{off}");
    }
}

#[test]
fn the_origin_of_weights_determines_the_preprocessing() {
    let first = |name: &str| VGG.open(&file(name)).unwrap().load(&Device::flex()).unwrap().preprocessing.channels[0];
    let caffe = Channel { band: Band::Blue, mean: 103.939, std: 1.0 };
    let torch = Channel { band: Band::Red, mean: 0.485 * 255.0, std: 0.229 * 255.0 };
    assert_eq!(first("vgg16.keras"), caffe);
    assert_eq!(first("vgg16_torchvision.pth"), torch);
    assert_eq!(first("vgg16_timm_f16.safetensors"), torch);
}

#[test]
fn newer_headers_are_read() {
    let bytes = file("vgg16_newer.h5");
    let mut read = WeightFile::open(&bytes).unwrap();
    let expected = file("vgg16_expected.safetensors");
    let expected = SafeTensors::deserialize(&expected).unwrap();
    let mut lines: Vec<TensorMapping> = VGG.mappings(VGG.naming(&read), &[]);
    lines.retain(|line| read.tensors().contains_key(&line.theirs));
    assert_eq!(lines.len(), 10);
    for line in lines {
        let shape = expected.tensor(&line.ours).unwrap().shape().to_vec();
        assert!(read.read(&line, &shape).unwrap() == floats(&expected, &line.ours), "{line:?}");
    }
}

#[test]
fn another_network_is_refused_and_recognised() {
    let refusal = |model: &'static Architecture, name: &str| model.open(&file(name)).err().unwrap().to_string();
    // The same architecture, but of another width.
    assert_eq!(
        refusal(crate::find("vgg16").unwrap(), "vgg16_torchvision.pth"),
        "The weights do not belong to VGG-16. 32 tensors have another shape: \
         features.0.weight [2, 3, 3, 3] instead of [64, 3, 3, 3], features.0.bias [2] instead of [64], \
         features.2.weight [2, 2, 3, 3] instead of [64, 64, 3, 3], …"
    );
    let other = refusal(&XCEPTION, "vgg16_torchvision.pth");
    assert!(other.starts_with("The weights do not belong to Xception. 236 tensors are missing: "), "{other}");
    assert!(other.contains("32 tensors are not part of the network: "), "{other}");
    let lite = std::fs::read(format!(
        "{}/../../www/models/efficientnet-lite0.safetensors",
        std::env::var("CARGO_MANIFEST_DIR").unwrap()
    ));
    let error = crate::find("vgg16").unwrap().open(&lite.unwrap()).err().unwrap().to_string();
    assert!(error.contains("look like those of EfficientNet-Lite0: choose that network"), "{error}");
}
