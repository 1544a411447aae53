//! Damaged files of a network's weights end in an error, soon, or in a network.

#[path = "../../../weights/tests/damage/damage.rs"]
mod damage;

use std::time::{Duration, Instant};

use burn::tensor::Device;
use negah_network::Model;
use negah_weights::Source;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, serialize};

use super::{VGG, XCEPTION, file};
use crate::{Architecture, Error};

fn load(bytes: &dyn Source, model: &'static Architecture) -> Result<Model, Error> {
    model.open(bytes)?.load(&Device::flex())
}

#[test]
fn damaged_files_end_soon_in_an_error_or_a_network() {
    let tries = std::env::var("TRIES").map_or(50, |tries| tries.parse().unwrap());
    for (name, model) in [
        ("vgg16.keras", &VGG),
        ("vgg16_packed.h5", &VGG),
        ("vgg16_torchvision.pth", &VGG),
        ("vgg16_torchvision_stream.pth", &VGG),
        ("vgg16_timm_f16.safetensors", &VGG),
        ("xception_timm.pth", &XCEPTION),
        ("xception.weights.h5", &XCEPTION),
        ("xception_weights_tf_dim_ordering_tf_kernels.h5", &XCEPTION),
    ] {
        let sound = file(name);
        let mut random = damage::Random::new(11);
        let (mut loaded, mut slowest) = (0, Duration::ZERO);
        for number in 0..tries {
            let bytes = damage::damaged(&sound, number, &mut random);
            let begun = Instant::now();
            loaded += usize::from(load(&bytes, model).is_ok());
            slowest = slowest.max(begun.elapsed());
        }
        println!("{name}: {loaded} of {tries} loaded, the slowest in {slowest:?}");
        assert!(slowest < Duration::from_secs(5), "{name}: {slowest:?}");
        assert!(loaded < tries, "{name}");
    }
}

/// Xception's weights in our own names, with one value changed.
fn xception_with(tensor: &str, value: f32) -> Vec<u8> {
    let bytes = file("xception_expected.safetensors");
    let sound = SafeTensors::deserialize(&bytes).unwrap();
    let mut values: Vec<u8> = sound.tensor(tensor).unwrap().data().to_vec();
    assert_eq!(sound.tensor(tensor).unwrap().dtype(), Dtype::F16);
    values[..2].copy_from_slice(&half::f16::from_f32(value).to_le_bytes());
    let views = sound.tensors().into_iter().map(|(name, view)| {
        let data = if name == tensor { &values } else { view.data() };
        let view = TensorView::new(view.dtype(), view.shape().to_vec(), data).unwrap();
        (name, view)
    });
    serialize(views, None).unwrap()
}

#[test]
fn negative_variances_are_refused() {
    let tensor = "block1_conv1_bn.running_var";
    let bytes = xception_with(tensor, -0.5);
    let expected = "The tensor “block1_conv1_bn.running_var” holds the variances of a batch norm, which cannot be \
                    negative. Negative values: 1. Fetch the file again.";
    assert_eq!(load(&bytes, &XCEPTION).err().unwrap().to_string(), expected);
    // `negah convert` reads tensor by tensor.
    assert_eq!(XCEPTION.open(&bytes).unwrap().read(tensor).err().unwrap().to_string(), expected);
    for (tensor, value) in [(tensor, 0.0), (tensor, -0.0), ("block1_conv1_bn.running_mean", -0.5)] {
        assert!(load(&xception_with(tensor, value), &XCEPTION).is_ok(), "{tensor} {value}");
    }
}

#[test]
fn names_from_a_file_are_shortened_and_escaped() {
    let name = format!("\x1b[2J{}", "x".repeat(100_000));
    let bytes = serialize([(name, TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap())], None).unwrap();
    let message = load(&bytes, &VGG).err().unwrap().to_string();
    assert!(message.contains("One tensor is not part of the network: \\u{1b}[2Jxxx"), "{message}");
    assert!(message.len() < 500 && !message.contains(char::is_control), "{message}");
}
