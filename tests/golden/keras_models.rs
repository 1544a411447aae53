//! VGG-16 and Xception at full size compared with Keras, tf-explain and shap, with made-up weights.
//!
//! The goldens are made by `goldens/keras_models/make.py`, which makes the same weights from the
//! same names.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

use burn::tensor::{Device, Tensor};
use negah_explain::{NativeHost, block_on};
use negah_network::{CropMode, Model};
use negah_picture::decode;
use negah_tests::{Case, Compare, Golden, errors, file, values};
use negah_zoo::find;

const FOLDER: &str = "tests/goldens/keras_models";

/// The factor of the classifier's weights, in Python and here.
const GAIN: f32 = 1.0 / 64.0;

/// The network with made-up weights, and the crop mode of Keras.
fn network(id: &str) -> Model {
    let mut loaded = find(id).unwrap().seeded(GAIN, &Device::flex()).unwrap();
    loaded.preprocessing.crop = CropMode::Keras;
    loaded
}

fn input(loaded: &Model, sample: &str) -> Tensor<4> {
    let picture = decode(&file(&format!("www/samples/{sample}"))).unwrap();
    picture.input(&loaded.preprocessing, &Device::flex())
}

fn check(id: &str) {
    let golden = Golden::read(&format!("{FOLDER}/arrays.safetensors"));
    let loaded = network(id);
    let picture = input(&loaded, "chelsea.png");
    let ours = Compare::Sample8.of(&values(picture.clone()), picture.dims());
    // Subtraction of a mean, or division, may round the last digit differently.
    assert!(errors(&ours, golden.values(&format!("{id}/input")).unwrap()).0 < 1e-6, "pictures are loaded as by Keras");

    if let Some(expected) = golden.values(&format!("{id}/pictures")) {
        let pictures = Tensor::cat(vec![input(&loaded, "coffee.png"), input(&loaded, "chelsea.png")], 0);
        let ours = Compare::Sample8.of(&values(pictures.clone()), pictures.dims());
        assert!(errors(&ours, expected).0 < 1e-6, "the background is loaded as by Keras");
    }

    let output = loaded.network.output();
    let trace = loaded.network.forward(&[(loaded.network.input(), picture.into())], &[output]).unwrap();
    let logits = values(trace.get(output).unwrap().clone().flat().unwrap());
    let (worst, _) = errors(&logits, golden.values(&format!("{id}/logits")).unwrap());
    println!("{id}: logits {worst:.1e}");
    assert!(worst <= 1e-3, "{id}: the logits differ by {worst}");

    let mut wrong = Vec::new();
    for case in Case::list(&file(&format!("{FOLDER}/cases.json"))).iter().filter(|case| case.network == id) {
        let pictures = case.pictures.as_ref();
        let pictures = pictures.map(|names| Tensor::cat(names.iter().map(|name| input(&loaded, name)).collect(), 0));
        let host = NativeHost(|_| ());
        let ours = block_on(case.explain(&host, &loaded, input(&loaded, &case.picture), pictures)).unwrap();
        let of = |values: &[f32]| case.compare.of(values, ours.shape);
        let (worst, usual) = errors(&of(&ours.values), golden.values(&case.name).unwrap());
        println!("{} ({}): {worst:.1e}, 99 % within {usual:.1e}", case.name, case.peer);
        if worst > case.tolerance || usual > case.usual {
            wrong.push(format!("{}: differs by {worst} from {}", case.name, case.peer));
        }
        if let Some(expected) = golden.values(&format!("{}/variance", case.name)) {
            let (worst, usual) = errors(&of(ours.variance.as_ref().unwrap()), expected);
            println!("{}/variance: {worst:.1e}, 99 % within {usual:.1e}", case.name);
            if worst > case.tolerance || usual > case.usual {
                wrong.push(format!("{}: the variance differs by {worst}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn vgg16_is_kerass() {
    check("vgg16");
}

#[test]
fn xception_is_kerass() {
    check("xception");
}

#[test]
fn the_summaries_are_kerass() {
    for (id, total) in [("vgg16", 138_357_544), ("xception", 22_910_480)] {
        let network = find(id).unwrap().outline().unwrap();
        assert_eq!(network.parameter_count(), total);
        let table = String::from_utf8(file(&format!("{FOLDER}/summary_{id}.tsv"))).unwrap();
        let ours = network.reference_summary().into_iter().enumerate().map(|(index, line)| {
            let (channels, sides) = line.shape.split_first().unwrap();
            let shape: Vec<String> = sides.iter().chain([channels]).map(ToString::to_string).collect();
            assert_eq!(network.find(&index.to_string()).unwrap(), network.find(&line.name).unwrap());
            let (shape, inputs) = (shape.join(","), line.inputs.join(","));
            format!("{index}\t{}\t{}\t{shape}\t{}\t{inputs}", line.name, line.kind, line.parameters)
        });
        let lines: Vec<String> = ours.chain([format!("total\t\t\t\t{total}\t")]).collect();
        assert_eq!(lines, table.lines().collect::<Vec<_>>(), "{id}");
    }
}
