//! A small network that counts its forward passes, and tasks for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use burn::tensor::{Device, Tensor, TensorData};
use negah_attribution::{Explainer, Parameters, Pixels, Random, Run, Score, Setting, Target, Task, find};
use negah_network::ops::{Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, Relu};
use negah_network::{Backward, Builder, Error, Network, Op, Param, Shape, Value};

/// Height and width of the input, which has three channels.
pub const SIZE: [usize; 2] = [6, 9];

/// Hands on what it gets, counts how often, and can be told to fail.
#[derive(Debug, Clone, Default)]
pub struct Counter {
    passes: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

impl Counter {
    pub fn passes(&self) -> usize {
        self.passes.load(Ordering::SeqCst)
    }

    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }
}

impl Op for Counter {
    fn kind(&self) -> &'static str {
        "Counter"
    }

    fn output_shapes(&self, inputs: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(inputs.to_vec())
    }

    fn forward(&self, inputs: Vec<Value>) -> Result<Vec<Value>, Error> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::Value("the test wants a failure".to_owned()));
        }
        self.passes.fetch_add(1, Ordering::SeqCst);
        Ok(inputs)
    }

    fn backward(&self, gradients: Vec<Option<Value>>, _: &Backward<'_>) -> Result<Vec<Option<Value>>, Error> {
        Ok(gradients)
    }

    fn to_device(&self, _: &Device) -> Box<dyn Op> {
        Box::new(self.clone())
    }
}

pub fn random<const D: usize>(shape: [usize; D], random: &mut Random, scale: f32) -> Tensor<D> {
    let values: Vec<f32> = random.normals(shape.iter().product()).into_iter().map(|value| value * scale).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn param<const D: usize>(tensor: Tensor<D>) -> Param<D> {
    Param { tensor, tensor_name: String::new() }
}

/// Layers `first` and `second` with a `.relu` each, `count`, and four classes, whose logits are
/// multiplied by `steepness`.
pub fn network(steepness: f32) -> (Network, Counter) {
    let mut source = Random::new(5);
    let source = &mut source;
    let counter = Counter::default();
    let mut builder = Builder::new(vec![3, SIZE[0], SIZE[1]]).unwrap();
    let mut x = builder.input();
    for (name, from, to) in [("first", 3, 4), ("second", 4, 5)] {
        let weight = param(random([to, from, 3, 3], source, (2.0 / (from as f32 * 9.0)).sqrt()));
        let bias = param(random([to], source, 0.3));
        let options = Conv2dOptions::default();
        x = builder.layer(name, Conv2d::new(weight, Some(bias), options), &[x]).unwrap();
        x = builder.layer(format!("{name}.relu"), Relu::new(), &[x]).unwrap();
    }
    x = builder.layer("count", counter.clone(), &[x]).unwrap();
    x = builder.layer("pool", GlobalAveragePool, &[x]).unwrap();
    x = builder.layer("flatten", Flatten, &[x]).unwrap();
    let dense = Dense::new(vec![param(random([4, 5], source, 3.0 * steepness))], param(random([4], source, steepness)));
    x = builder.layer("dense", dense, &[x]).unwrap();
    (builder.finish(x).unwrap(), counter)
}

pub fn pictures(count: usize, seed: u32) -> Tensor<4> {
    random([count, 3, SIZE[0], SIZE[1]], &mut Random::new(seed), 0.5).clamp(-1.0, 1.0)
}

/// A picture of a single value in each channel.
pub fn flat(value: [f32; 3]) -> Tensor<4> {
    let channel = Tensor::<1>::from_floats(value, &Device::flex()).reshape([1, 3, 1, 1]);
    channel.expand([1, 3, SIZE[0], SIZE[1]])
}

pub fn number(value: impl Into<f64>) -> Setting {
    Setting::Number(value.into())
}

pub fn text(value: &str) -> Setting {
    Setting::Text(value.to_owned())
}

/// A method with its layer and some parameters.
pub type Asked<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, Setting)]);

/// A task about classes 0 and 2, which a test then changes.
pub fn task<'a>(network: &'a Network, (method, layer, set): Asked<'_>) -> (&'static dyn Explainer, Task<'a>) {
    let explainer = find(method).unwrap();
    let given = set.iter().map(|(id, value)| ((*id).to_owned(), value.clone()));
    let task = Task {
        network,
        input: pictures(1, 1),
        trace: None,
        pixels: Pixels::rgb([127.5; 3], [127.5; 3]),
        background: None,
        targets: [0, 2].map(|class| Target { class, score: Score::Logit }).to_vec(),
        layer: explainer.info().layer(network, layer, "second").unwrap(),
        batch: 3,
        stream_offset: 0,
        parameters: Parameters::new(explainer.info(), given).unwrap(),
    };
    (explainer, task)
}

pub fn finish(run: &mut Run<'_>) {
    while !run.step().unwrap().finished() {}
}

pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}
