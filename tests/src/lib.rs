//! Shared by the tests that cross crates: the bundled pictures and weights, and goldens from peers.

mod cases;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use negah_network::ops::{Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, Relu};
use negah_network::{Band, Builder, Channel, CropMode, Labels, LayerId, Model, Network, Param, Preprocessing};
use negah_zoo::Architecture;
use safetensors::SafeTensors;
use serde::Deserialize;

pub use cases::{Case, Compare, errors};

/// A bundled picture.
#[derive(Debug, Deserialize)]
pub struct Sample {
    /// Its name under `www/samples/`.
    pub file: String,
    /// Classes of ImageNet that it shows.
    pub classes: Vec<String>,
}

/// The path of a file of the repository, from its path below the root.
#[must_use]
pub fn place(path: &str) -> PathBuf {
    // At run time, because several checkouts may share a target directory.
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests and names their folder");
    PathBuf::from(here).join("..").join(path)
}

/// The bytes of a file of the repository, from its path below the root.
#[must_use]
pub fn file(path: &str) -> Vec<u8> {
    let path = place(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The bundled pictures.
#[must_use]
pub fn samples() -> Vec<Sample> {
    serde_json::from_slice(&file("www/samples/samples.json")).expect("samples.json lists the gallery")
}

/// The bundled architecture.
#[must_use]
pub fn model() -> &'static Architecture {
    negah_zoo::find("efficientnet-lite0").expect("the registry has the model that the repository ships")
}

/// A bundled picture as the input of the bundled model, `[1, 3, 224, 224]`.
#[must_use]
pub fn input(sample: &str) -> Tensor<4> {
    input_of(model(), sample)
}

/// A bundled picture as a model's input, `[1, 3, height, width]`.
#[must_use]
pub fn input_of(model: &Architecture, sample: &str) -> Tensor<4> {
    let picture = negah_picture::decode(&file(&format!("www/samples/{sample}"))).expect("the gallery holds pictures");
    picture.input(&model.preprocessing(), &Device::flex())
}

/// A tensor's values.
#[must_use]
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("a tensor of the CPU device can be read")
}

/// The arrays of a safetensors file, in single precision.
#[derive(Debug)]
pub struct Golden(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Golden {
    /// Reads a file of the repository.
    #[must_use]
    pub fn read(path: &str) -> Self {
        Self::from_bytes(&file(path))
    }

    /// Reads a file's bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let tensors = SafeTensors::deserialize(bytes).expect("a golden is a safetensors file");
        let floats = |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Self(
            tensors
                .iter()
                .map(|(name, view)| (name.to_owned(), (view.shape().to_vec(), floats(view.data()))))
                .collect(),
        )
    }

    /// The arrays with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f32])> {
        self.0.iter().map(|(name, (_, values))| (name.as_str(), values.as_slice()))
    }

    /// The values of an array.
    #[must_use]
    pub fn values(&self, name: &str) -> Option<&[f32]> {
        self.0.get(name).map(|(_, values)| values.as_slice())
    }

    /// An array as a tensor.
    #[must_use]
    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, values) = self.0.get(name).unwrap_or_else(|| panic!("the golden has no array {name}"));
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device)
    }
}

/// A small network as a model with inputs in −1..1.
#[must_use]
pub fn small_model(weights: &Golden, name: &str, device: &Device) -> Model {
    let network = small_network(weights, name, device);
    let (size, channels) = match name {
        "grey" => ((9, 7), vec![Channel { band: Band::Grey, mean: 127.5, std: 127.5 }]),
        _ => ((11, 14), Channel::rgb([127.5; 3], [127.5; 3]).to_vec()),
    };
    let preprocessing = Preprocessing { size, crop: CropMode::Stretch, channels };
    let labels = Arc::new(Labels::numbered(5));
    let model = Model::new(name, name, "goldens/methods_small", network, "relu2", preprocessing, labels);
    model.expect("the parts of the small models are consistent")
}

/// A small network of `goldens/methods_small`: two convolutions with ReLUs, the first with stride
/// 2, the mean, and five classes. The input of `colour` is `[3, 11, 14]`, that of `grey` is `[1, 9,
/// 7]`.
#[must_use]
pub fn small_network(weights: &Golden, name: &str, device: &Device) -> Network {
    let input = if name == "grey" { vec![1, 9, 7] } else { vec![3, 11, 14] };
    let mut builder = Builder::new(input).expect("the small networks have a shape");
    let mut x = builder.input();
    for (number, stride) in [(1, 2), (2, 1)] {
        let part = |part| format!("{name}/conv{number}.{part}");
        let weight = Param { tensor: weights.tensor(&part("weight"), device), tensor_name: String::new() };
        let bias = Param { tensor: weights.tensor(&part("bias"), device), tensor_name: String::new() };
        let options = Conv2dOptions { stride: [stride; 2], ..Conv2dOptions::default() };
        x = add(&mut builder, &format!("conv{number}"), Conv2d::new(weight, Some(bias), options), x);
        x = add(&mut builder, &format!("relu{number}"), Relu::new(), x);
    }
    x = add(&mut builder, "pool", GlobalAveragePool, x);
    x = add(&mut builder, "flatten", Flatten, x);
    let weight = Param { tensor: weights.tensor(&format!("{name}/dense.weight"), device), tensor_name: String::new() };
    let bias = Param { tensor: weights.tensor(&format!("{name}/dense.bias"), device), tensor_name: String::new() };
    x = add(&mut builder, "dense", Dense::new(vec![weight], bias), x);
    builder.finish(x).expect("the last layer is the builder's own")
}

fn add(builder: &mut Builder, name: &str, op: impl negah_network::Op + 'static, input: LayerId) -> LayerId {
    builder.layer(name, op, &[input]).expect("the layers of the small networks fit each other")
}

/// The largest difference between two arrays of the same length.
#[must_use]
pub fn largest_difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len(), "as many values");
    ours.iter().zip(theirs).fold(0.0, |max, (a, b)| if (a - b).abs() <= max { max } else { (a - b).abs() })
}

/// The largest magnitude in an array.
#[must_use]
pub fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |max, value| max.max(value.abs()))
}
