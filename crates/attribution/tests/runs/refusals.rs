use burn::tensor::{Device, Tensor};
use negah_attribution::{Error, MOST_TARGETS, Parameters, Pixels, Score, Target, Task, find};
use negah_network::ops::Relu;
use negah_network::{Builder, Layout, Network};

use crate::network::{Asked, SIZE, finish, network, number, pictures, task};

/// The sentence with which a task is refused that a test has changed.
fn refused(asked: Asked<'_>, change: impl Fn(&mut Task<'_>)) -> String {
    let (network, _) = network(1.0);
    let (explainer, mut task) = task(&network, asked);
    change(&mut task);
    explainer.start(task).unwrap_err().to_string()
}

const SALIENCY: Asked<'_> = ("saliency", None, &[]);
const SHAP: Asked<'_> = ("expected-gradients", None, &[]);

#[test]
fn classes_that_there_are_not_are_refused() {
    let targets = |classes: Vec<usize>| {
        move |task: &mut Task<'_>| {
            task.targets = classes.iter().map(|class| Target { class: *class, score: Score::Logit }).collect();
        }
    };
    assert_eq!(
        refused(SALIENCY, targets(vec![0, 4])),
        "There is no class 4: this network has 4 classes, numbered from 0."
    );
    assert_eq!(refused(SALIENCY, targets(vec![])), "No class was chosen: name at least one to explain.");
    assert_eq!(
        refused(SALIENCY, targets(vec![0; 100_000])),
        "100000 classes were asked for, but at most 100 can be explained at once here. Ask for fewer."
    );
    assert_eq!(MOST_TARGETS, 100);
}

#[test]
fn tensors_that_do_not_fit_are_refused() {
    let [height, width] = SIZE;
    let zeros = |count, channels, height, width| Tensor::<4>::zeros([count, channels, height, width], &Device::flex());
    let shape = format!("; expected [pictures, 3, {height}, {width}].");
    for input in [zeros(2, 3, height, width), zeros(1, 1, height, width), zeros(1, 3, width, height)] {
        let refused = refused(SALIENCY, move |task| task.input = input.clone());
        assert!(refused.starts_with("The picture’s tensor has the shape ["), "{refused}");
        assert!(refused.ends_with(&shape), "{refused}");
    }
    for others in [zeros(3, 3, height, width + 1), zeros(3, 4, height, width), zeros(0, 3, height, width)] {
        let refused = refused(SHAP, move |task| task.background = Some(others.clone()));
        assert!(refused.starts_with("The background’s tensor has the shape ["), "{refused}");
        assert!(refused.ends_with(&shape), "{refused}");
    }
    assert_eq!(
        refused(SHAP, |task| task.pixels = Pixels::identity(1)),
        "The network’s input has 3 channels, but the scaling of levels has 1."
    );
    let set = [("baseline", crate::network::text("picture"))];
    assert!(refused(("integrated-gradients", None, &set), |_| ()).contains("the request has none"));
}

#[test]
fn layers_and_parameters_of_something_else_are_refused() {
    let (network, _) = network(1.0);
    let dense = network.find("dense").unwrap();
    for method in ["grad-cam", "activations", "expected-gradients", "integrated-gradients"] {
        let (explainer, task) = task(&network, (method, None, &[]));
        let refused = explainer.start(Task { layer: dense, ..task }).unwrap_err();
        assert!(matches!(refused, Error::FlatLayer { .. }), "{refused}");
    }
    let parameters = Parameters::new(find("grad-cam").unwrap().info(), []).unwrap();
    let (other, _) = crate::network::network(1.0);
    let elsewhere = other.find("second").unwrap();
    for method in ["grad-cam", "saliency", "expected-gradients"] {
        let (explainer, task) = task(&network, (method, None, &[]));
        let refused = explainer.start(Task { layer: elsewhere, ..task }).unwrap_err();
        assert!(matches!(refused, Error::Network(negah_network::Error::OtherNetwork)), "{refused}");
    }
    assert_eq!(
        refused(SALIENCY, move |task| task.parameters = parameters.clone()),
        "The parameters are those of grad-cam, but the method is saliency."
    );
}

#[test]
fn a_layer_with_channels_last_is_told_from_one_without_height_and_width() {
    let mut builder = Builder::new(vec![6, 9, 3]).unwrap();
    let x = builder.input();
    builder.set_layout(x, Layout::ChannelsLast).unwrap();
    let x = builder.layer("last", Relu::new(), &[x]).unwrap();
    let network = builder.finish(x).unwrap();
    let refused = find("grad-cam").unwrap().info().layer(&network, Some("last"), "last").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Grad-CAM needs a layer with its channels first; “last” gives [6, 9, 3], with its channels last. Choose \
         another layer."
    );
}

#[test]
fn a_trace_of_something_else_is_refused() {
    let (network, _) = network(1.0);
    let (other, _) = crate::network::network(1.0);
    let forward = |network: &Network, layer: &str, value: Tensor<4>| {
        network.forward(&[(network.find(layer).unwrap(), value.into())], &[network.output()]).unwrap()
    };
    let pool = Tensor::zeros([1, 5, 1, 1], &Device::flex());
    let foreign = [
        forward(&other, "input", pictures(1, 1)),
        forward(&network, "input", pictures(2, 1)),
        forward(&network, "pool", pool),
    ];
    for trace in &foreign {
        let (explainer, task) = task(&network, SALIENCY);
        let refused = explainer.start(Task { trace: Some(trace), ..task }).unwrap_err();
        assert!(matches!(refused, Error::ForeignTrace), "{refused}");
    }
}

#[test]
fn a_stream_of_random_numbers_is_not_drawn_without_end() {
    for (method, set) in
        [("smooth-grad", [("samples", number(50))]), ("expected-gradients", [("samples", number(200))])]
    {
        for offset in [usize::MAX, 1 << 40, 1 << 24] {
            let refused = refused((method, None, &set), |task| task.stream_offset = offset);
            assert!(refused.contains(&format!("of {offset} earlier pictures")), "{method}: {refused}");
        }
    }
}

#[test]
fn a_batch_of_none_or_of_all_is_bounded() {
    let (network, _) = network(1.0);
    for batch in [0, usize::MAX] {
        let (explainer, task) = task(&network, ("smooth-grad", None, &[("samples", number(9))]));
        let mut run = explainer.start(Task { batch, background: Some(pictures(1, 3)), ..task }).unwrap();
        assert!((1..=8).contains(&run.step().unwrap().done));
        finish(&mut run);
    }
}
