//! Times one network natively on the CPU, and prints the result for `cargo xtask bench models` as
//! JSON. Each network has its own process, because peak memory is known for a process only.
//!
//!     time-model MODEL FILE

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use negah_attribution::{Parameters, Pixels, Score, Target, Task};
use negah_network::Model;
use negah_picture::decode;
use negah_tests::{file, values};
use negah_weights::Source;

/// The number of times that a median is taken of.
const ROUNDS: usize = 5;

/// The median time in seconds, after one run that does not count.
fn time(mut work: impl FnMut() -> Vec<f32>) -> f64 {
    work();
    let once = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64()
    };
    let mut times: Vec<f64> = (0..ROUNDS).map(once).collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn explain(loaded: &Model, input: &Tensor<4>, method: &str) -> Vec<f32> {
    let explainer = negah_attribution::find(method).expect("a method of the registry");
    let info = explainer.info();
    let task = Task {
        network: &loaded.network,
        input: input.clone(),
        trace: None,
        pixels: Pixels::new(loaded.preprocessing.channels.to_vec()),
        background: None,
        stream_offset: 0,
        targets: vec![Target { class: 285, score: Score::Logit }],
        layer: info.layer(&loaded.network, None, &loaded.layer).expect("the model's own layer"),
        batch: 1,
        parameters: Parameters::new(info, []).expect("a method has defaults"),
    };
    let mut run = explainer.start(task).expect("a method can be started");
    while !run.step().expect("a step can be done").finished() {}
    values(run.attribution().expect("a run that ended has a map").values)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [id, path] = arguments.as_slice() else { panic!("time-model MODEL FILE") };
    let model = negah_zoo::find(id).expect("a model of the registry");
    let weights = fs::File::open(path).expect("the file is there");
    let start = Instant::now();
    let loaded = model.open(&weights).and_then(|opened| opened.load(&Device::flex())).expect("the model's own weights");
    let load = start.elapsed().as_secs_f64();

    let picture = decode(&file("www/samples/chelsea.png")).expect("a picture");
    let input = picture.input(&loaded.preprocessing, &Device::flex());
    let output = loaded.network.output();
    let forward = time(|| {
        let feeds = [(loaded.network.input(), input.clone().into())];
        let trace = loaded.network.forward(&feeds, &[output]).expect("a picture of the network's size");
        values(trace.get(output).expect("what was asked for").clone().flat().expect("logits of any rank"))
    });
    let backward = time(|| explain(&loaded, &input, "saliency"));
    let grad_cam = time(|| explain(&loaded, &input, "grad-cam"));
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    let peak = peak.map(|kilobytes| kilobytes * 1024);
    let record = serde_json::json!({ "bytes": weights.len(), "load": load, "forward": forward, "backward": backward, "grad_cam": grad_cam, "peak": peak });
    println!("{record}");
}
