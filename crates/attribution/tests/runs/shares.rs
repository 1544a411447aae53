use burn::tensor::{Device, Tensor, TensorData};
use negah_attribution::{Attribution, EXPLAINERS, Error, Partial, Run, Score, Setting, Task};
use negah_network::{Network, Trace};

use crate::network::{Asked, finish, network, number, pictures, task, text, values};

/// A method with its layer and some parameters.
type Way = (&'static str, Option<&'static str>, Vec<(&'static str, Setting)>);

/// Every method, the sampling ones in several ways.
fn asked() -> Vec<Way> {
    vec![
        ("grad-cam", None, vec![]),
        ("activations", None, vec![("order", text("contribution"))]),
        ("saliency", None, vec![]),
        ("gradient-x-input", None, vec![]),
        ("integrated-gradients", None, vec![("steps", number(21))]),
        ("integrated-gradients", Some("second"), vec![("steps", number(18)), ("baseline", text("picture"))]),
        ("smooth-grad", None, vec![("samples", number(19)), ("seed", number(3))]),
        ("smooth-grad", None, vec![("samples", number(12)), ("variant", text("variance"))]),
        ("occlusion", None, vec![("window", text("3x4")), ("stride", number(2))]),
        ("occlusion", None, vec![("window", number(2)), ("form", text("one-minus-probability"))]),
        ("expected-gradients", None, vec![("samples", number(21)), ("local-smoothing", number(0.1))]),
        ("expected-gradients", Some("second"), vec![("samples", number(17)), ("seed", number(9))]),
    ]
}

fn start<'a>(network: &'a Network, (method, layer, set): Asked<'_>) -> Run<'a> {
    let (explainer, task) = task(network, (method, layer, set));
    let mut task = Task { background: Some(pictures(11, 2)), ..task };
    // One target whose score can be saturated, so that this is summed too.
    task.targets[1].score = Score::Probability;
    explainer.start(task).unwrap()
}

/// The bits of all that an attribution says.
fn bits(attribution: &Attribution) -> Vec<Vec<u32>> {
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let mut all = vec![bits(values(attribution.values.clone()))];
    all.extend(attribution.variance.iter().map(|variance| bits(values(variance.clone()))));
    all.extend(attribution.ranking.iter().map(|ranking| bits(values(ranking.clone()))));
    all.extend(attribution.measures.iter().map(|measure| bits(values(measure.values.clone()))));
    all.extend(attribution.diagnostics.iter().map(|diagnostic| bits(values(diagnostic.values.clone()))));
    all
}

/// As another worker gets it: plain numbers.
fn sent(partial: Partial) -> Partial {
    let send = |(name, tensor): (String, Tensor<4>)| {
        let shape = tensor.dims();
        (name, Tensor::from_data(TensorData::new(values(tensor), shape), &Device::flex()))
    };
    Partial { share: partial.share, tensors: partial.tensors.into_iter().map(send).collect() }
}

#[test]
fn shares_give_the_same_bytes_wherever_and_whenever_they_are_computed() {
    let (network, _) = network(1.0);
    for (method, layer, set) in &asked() {
        let start = || start(&network, (method, *layer, set));
        let mut straight = start();
        finish(&mut straight);
        let expected = bits(&straight.attribution().unwrap());

        // Each share by a run of its own, the last first.
        let mut merged = start();
        for share in (0..merged.shares()).rev() {
            assert!(!merged.progress().finished(), "{method}");
            merged.accept(sent(start().compute_share(share).unwrap())).unwrap();
        }
        assert!(merged.progress().finished(), "{method}");
        assert_eq!(bits(&merged.attribution().unwrap()), expected, "{method} at {layer:?}, the last share first");

        // A run that computes, after a step, one share from elsewhere, and one that it has begun.
        let mut mixed = start();
        mixed.step().unwrap();
        for share in [mixed.shares() - 1, 0, 0] {
            mixed.accept(start().compute_share(share).unwrap()).unwrap();
        }
        mixed.compute_share(0).unwrap();
        finish(&mut mixed);
        assert_eq!(bits(&mixed.attribution().unwrap()), expected, "{method} at {layer:?}, from two runs");
    }
    let all: Vec<&str> = EXPLAINERS.iter().map(|explainer| explainer.info().id).collect();
    assert!(all.iter().all(|id| asked().iter().any(|(method, ..)| method == id)), "{all:?}");
}

#[test]
fn only_steps_use_the_network_and_a_finished_run_can_be_stepped() {
    let (network, counter) = network(1.0);
    for (method, layer, set) in &asked() {
        let before = counter.passes();
        let mut run = start(&network, (method, *layer, set));
        assert_eq!(counter.passes(), before, "{method}: nothing is computed at the start");
        assert!(run.attribution().is_none() && run.fence().is_none(), "{method}: nothing is known at the start");
        loop {
            let progress = run.step().unwrap();
            let passes = counter.passes();
            let known = run.attribution().unwrap();
            assert_eq!(run.fence().unwrap().dims(), [1], "{method}");
            assert_eq!(counter.passes(), passes, "{method}: what is known was computed by steps");
            if progress.finished() {
                let again = run.step().unwrap();
                assert_eq!((again, counter.passes()), (progress, passes), "{method}: a finished run does nothing");
                assert_eq!(bits(&run.attribution().unwrap()), bits(&known), "{method}");
                break;
            }
        }
    }
}

#[test]
fn measures_come_with_the_last_step() {
    let (network, _) = network(1.0);
    let at_picture = [("samples", number(8))];
    for (method, set) in [("expected-gradients", &at_picture[..]), ("integrated-gradients", &[][..])] {
        let mut run = start(&network, (method, None, set));
        while !run.step().unwrap().finished() {
            assert!(run.attribution().unwrap().measures.is_empty(), "{method}");
        }
        assert_eq!(values(run.attribution().unwrap().measures.remove(0).values).len(), 2, "{method}");
    }
}

#[test]
fn a_step_that_fails_says_so_and_can_be_repeated() {
    let (network, counter) = network(1.0);
    for (method, layer, set) in &asked() {
        let start = || start(&network, (method, *layer, set));
        let mut straight = start();
        finish(&mut straight);
        let mut run = start();
        loop {
            let before = run.progress();
            counter.fail(true);
            // A layer after the counter does not need it once the activations are there.
            if let Err(error) = run.step() {
                assert!(error.to_string().contains("the test wants a failure"), "{method}: {error}");
                assert_eq!(run.progress(), before, "{method}");
            }
            counter.fail(false);
            if run.step().unwrap().finished() {
                break;
            }
        }
        let (ours, expected) = (run.attribution().unwrap(), straight.attribution().unwrap());
        assert_eq!(bits(&ours), bits(&expected), "{method} at {layer:?}");
    }
    // Scoring the picture and its background is a part of the run, and so are its failures.
    let set = [("samples", number(8))];
    let mut run = start(&network, ("expected-gradients", None, &set));
    while run.progress().done < 8 {
        run.step().unwrap();
    }
    counter.fail(true);
    assert!(run.step().is_err());
}

#[test]
fn what_a_trace_has_is_not_computed_again() {
    let (network, counter) = network(1.0);
    let passes = |way: &Way, trace: Option<&Trace>| {
        let (method, layer, set) = way;
        let (explainer, task) = task(&network, (method, *layer, set));
        let before = counter.passes();
        let mut run = explainer.start(Task { trace, ..task }).unwrap();
        finish(&mut run);
        (counter.passes() - before, bits(&run.attribution().unwrap()))
    };
    let few = || vec![("samples", number(2))];
    for (way, saved) in [
        (("grad-cam", None, vec![]), 1),
        (("activations", Some("pool"), vec![]), 1),
        (("activations", Some("pool"), vec![("order", text("mean"))]), 1),
        (("activations", None, vec![("order", text("contribution"))]), 1),
        (("saliency", None, vec![]), 1),
        (("gradient-x-input", None, vec![]), 1),
        (("occlusion", None, vec![("window", number(3)), ("stride", number(3))]), 1),
        (("occlusion", None, vec![("window", number(3)), ("form", text("one-minus-probability"))]), 0),
        (("integrated-gradients", None, vec![("steps", number(2))]), 1),
        // What enters the pooling, and the score.
        (("integrated-gradients", Some("pool"), vec![("steps", number(2))]), 2),
        (("expected-gradients", None, few()), 1),
        // The score is computed from what enters the pooling, after the counter.
        (("expected-gradients", Some("pool"), few()), 1),
        (("smooth-grad", None, few()), 0),
    ] {
        let (_, Task { layer, input, .. }) = task(&network, (way.0, way.1, &way.2));
        let feeds = [(network.input(), input.into())];
        let trace = network.record(&feeds, &[layer, network.output()], &[layer]).unwrap();
        let ((whole, expected), (traced, ours)) = (passes(&way, None), passes(&way, Some(&trace)));
        assert_eq!(whole - traced, saved, "{way:?}");
        assert_eq!(ours, expected, "{way:?}");
    }
}

#[test]
fn a_step_computes_no_more_of_a_background_than_it_needs() {
    let (network, counter) = network(1.0);
    let (explainer, task) = task(&network, ("expected-gradients", Some("pool"), &[]));
    let mut run = explainer.start(Task { background: Some(pictures(60, 2)), batch: 2, ..task }).unwrap();
    // At the input of the pooling the counter is passed for each picture's activation.
    run.step().unwrap();
    assert!(counter.passes() <= 3, "{} passes for two samples and the picture", counter.passes());
}

#[test]
fn partial_results_of_other_runs_are_refused() {
    let (network, _) = network(1.0);
    let set = [("samples", number(20))];
    let mut run = start(&network, ("smooth-grad", None, &set));
    let partial = run.compute_share(1).unwrap();
    assert!(matches!(run.compute_share(3), Err(Error::UnknownShare { share: 3, shares: 3 })));
    assert!(matches!(run.accept(Partial { share: 3, ..partial.clone() }), Err(Error::UnknownShare { .. })));

    let mut without = partial.clone();
    let (name, tensor) = without.tensors.remove(0);
    let mut other = without.clone();
    other.tensors.push((name.clone(), tensor.clone().slice([0..1, 0..1])));
    let mut more = partial.clone();
    more.tensors.push(("surplus".to_owned(), tensor));
    for (partial, reason) in [(without, "has no tensor"), (other, "; expected ["), (more, "does not have")] {
        let refused = run.accept(partial).unwrap_err().to_string();
        assert!(refused.starts_with("The partial result of share 1 belongs to another run: "), "{refused}");
        assert!(refused.contains(reason), "{refused}");
    }
    assert_eq!(run.progress().done, 0);
    assert_eq!(run.accept(partial).unwrap().done, 8);
}
