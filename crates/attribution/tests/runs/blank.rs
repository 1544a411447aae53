use burn::tensor::Tensor;
use negah_attribution::{Attribution, BlankReason, Score, Target, Task};

use crate::network::{Asked, finish, flat, network, number, pictures, task, text, values};

/// The attribution of a task that a test has changed.
fn explain(steepness: f32, asked: Asked<'_>, change: impl Fn(&mut Task<'_>)) -> Attribution {
    let (network, _) = network(steepness);
    let (explainer, mut task) = task(&network, asked);
    change(&mut task);
    let mut run = explainer.start(task).unwrap();
    finish(&mut run);
    run.attribution().unwrap()
}

/// Whether the map of a target is the same everywhere.
fn is_blank(attribution: &Attribution, target: usize) -> bool {
    let [targets, ..] = attribution.values.dims();
    let all = values(attribution.values.clone());
    let map = &all[target * all.len() / targets..(target + 1) * all.len() / targets];
    map.iter().all(|value| *value == map[0])
}

/// The first diagnostic that explains a target's map.
fn reason(attribution: &Attribution, target: usize) -> Option<BlankReason> {
    let found = attribution.diagnostics.iter();
    found.into_iter().find(|one| one.explains(&values(one.values.clone()), target)).map(|one| one.reason)
}

#[track_caller]
fn assert_blank_for(attribution: &Attribution, expected: BlankReason) {
    for target in 0..attribution.values.dims()[0] {
        assert!(is_blank(attribution, target), "target {target} should be blank");
        assert_eq!(reason(attribution, target), Some(expected));
    }
}

#[test]
fn a_probability_of_one_or_zero_has_no_gradient() {
    let methods = [
        ("saliency", vec![]),
        ("grad-cam", vec![]),
        ("gradient-x-input", vec![]),
        ("smooth-grad", vec![("samples", number(3)), ("sigma", number(0.001))]),
        ("integrated-gradients", vec![("baseline", text("picture")), ("steps", number(3))]),
        ("expected-gradients", vec![("samples", number(3))]),
        ("occlusion", vec![("window", number(1)), ("stride", number(1)), ("fill", text("picture"))]),
        ("occlusion", vec![("window", number(1)), ("form", text("one-minus-probability"))]),
    ];
    for (method, set) in &methods {
        let asked = |score| {
            move |task: &mut Task<'_>| {
                // Almost the picture itself, so that no path leads to where another class wins.
                task.background = Some(task.input.clone() * 0.999);
                task.targets = (0..4).map(|class| Target { class, score }).collect();
            }
        };
        // Logits that lie thousands apart.
        let attribution = explain(1e5, (method, None, set), asked(Score::Probability));
        for target in 0..4 {
            assert!(is_blank(&attribution, target), "{method}: target {target} should be blank");
            assert_eq!(reason(&attribution, target), Some(BlankReason::SaturatedScore), "{method}");
        }
        if set.iter().all(|(id, _)| *id != "form") {
            let logits = explain(1e5, (method, None, set), asked(Score::Logit));
            assert!((0..4).any(|target| !is_blank(&logits, target)), "{method}: the logits have a gradient");
            assert!((0..4).all(|target| reason(&logits, target).is_none()), "{method}");
            let flat = explain(1.0, (method, None, set), asked(Score::Probability));
            assert!((0..4).all(|target| reason(&flat, target).is_none()), "{method}: nothing is saturated");
        }
    }
}

#[test]
fn a_picture_that_equals_its_baseline_says_so() {
    let black = |task: &mut Task<'_>| task.input = flat([-1.0; 3]);
    for layer in [None, Some("second")] {
        for (method, set) in
            [("integrated-gradients", [("steps", number(3))]), ("expected-gradients", [("samples", number(3))])]
        {
            assert_blank_for(&explain(1.0, (method, layer, &set), black), BlankReason::SameAsBaseline);
            assert!(reason(&explain(1.0, (method, layer, &set), |_| ()), 0).is_none(), "{method}");
        }
    }
    let own = |task: &mut Task<'_>| task.background = Some(Tensor::cat(vec![task.input.clone(); 3], 0));
    let set = [("fill", text("picture")), ("window", number(3)), ("stride", number(3))];
    assert_blank_for(&explain(1.0, ("occlusion", None, &set), own), BlankReason::SameAsBaseline);
    let set = [("samples", number(3))];
    assert_blank_for(&explain(1.0, ("expected-gradients", None, &set), own), BlankReason::SameAsBaseline);
    let other = |task: &mut Task<'_>| task.background = Some(pictures(2, 8));
    assert!(reason(&explain(1.0, ("expected-gradients", None, &set), other), 0).is_none());
}

#[test]
fn the_variance_of_no_noise_says_so() {
    let set = |more| [("variant", text("variance")), ("samples", number(4)), more];
    let asked = |more| explain(1.0, ("smooth-grad", None, &set(more)), |_| ());
    assert_blank_for(&asked(("sigma", number(0))), BlankReason::NoNoise);
    assert_blank_for(&asked(("samples", number(1))), BlankReason::OneSample);
    assert!(reason(&asked(("sigma", number(0.2))), 0).is_none());
    // Relative noise of a picture without a range.
    let flat = explain(1.0, ("smooth-grad", None, &set(("seed", number(1)))), |task| task.input = flat([0.25; 3]));
    assert_blank_for(&flat, BlankReason::NoNoise);
}

#[test]
fn an_input_of_zeros_says_so() {
    let zero = explain(1.0, ("gradient-x-input", None, &[]), |task| task.input = flat([0.0; 3]));
    assert_blank_for(&zero, BlankReason::ZeroInput);
    assert!(reason(&explain(1.0, ("gradient-x-input", None, &[]), |_| ()), 0).is_none());
}

#[test]
fn a_map_that_the_rectifier_left_blank_has_none_of_these_reasons() {
    let asked = |class| {
        explain(1.0, ("grad-cam", None, &[]), move |task| {
            task.targets = vec![Target { class, score: Score::LogProbability }];
        })
    };
    assert!((0..4).all(|class| reason(&asked(class), 0).is_none()));
}

#[test]
fn every_reason_has_an_id_and_a_sentence_of_its_own() {
    let sentences: Vec<String> = BlankReason::ALL.iter().map(|(_, reason)| reason.to_string()).collect();
    for ((id, reason), sentence) in BlankReason::ALL.into_iter().zip(&sentences) {
        assert_eq!(reason.id(), id);
        assert!(sentence.starts_with("The map is blank because "), "{sentence}");
        assert_eq!(sentences.iter().filter(|other| *other == sentence).count(), 1);
    }
}
