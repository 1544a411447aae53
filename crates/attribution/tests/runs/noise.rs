use negah_attribution::{Pixels, Setting, Task};
use negah_network::Network;

use crate::network::{finish, flat, network, number, pictures, task, text, values};

/// The values of SmoothGrad, for a picture of these levels under the scaling of `pixels`.
fn smooth_grad(network: &Network, pixels: [[f32; 3]; 2], levels: &Levels, set: &[(&str, Setting)]) -> Vec<f32> {
    let [mean, std] = pixels;
    let (explainer, task) = task(network, ("smooth-grad", None, set));
    let scale = |values: [f32; 3]| flat(values);
    let levels = match levels {
        Levels::Flat(level) => flat([*level; 3]),
        // From 10 to 210 levels, whatever the channel.
        Levels::Ranging => (pictures(1, 1).clamp(-0.5, 0.5) + 0.5) * 200.0 + 10.0,
    };
    let input = (levels - scale(mean)) / scale(std);
    let mut run = explainer.start(Task { input, pixels: Pixels::rgb(mean, std), ..task }).unwrap();
    finish(&mut run);
    values(run.attribution().unwrap().values)
}

enum Levels {
    Flat(f32),
    Ranging,
}

/// The scaling of Keras's VGG-16: means of Caffe's, in levels.
const CAFFE: [[f32; 3]; 2] = [[103.939, 116.779, 123.68], [1.0; 3]];
/// Channels that are scaled differently.
const TORCH: [[f32; 3]; 2] = [[123.675, 116.28, 103.53], [58.395, 57.12, 57.375]];

#[test]
fn relative_noise_is_a_fraction_of_the_range_of_raw_levels() {
    let (network, _) = network(1.0);
    // The levels go from 10 to 210, so that 0.15 of the range are 30 levels in every channel.
    for pixels in [CAFFE, TORCH] {
        for variant in ["mean", "squared", "variance"] {
            let set = |noise: &str, sigma: f64| {
                let samples = ("samples", number(6));
                [("noise", text(noise)), ("sigma", number(sigma)), ("variant", text(variant)), samples]
            };
            let relative = smooth_grad(&network, pixels, &Levels::Ranging, &set("relative", 0.15));
            let absolute = smooth_grad(&network, pixels, &Levels::Ranging, &set("absolute", 30.0));
            let largest = absolute.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            assert!(largest > 0.0);
            for (relative, absolute) in relative.iter().zip(&absolute) {
                assert!((relative - absolute).abs() <= 1e-4 * largest, "{variant}: {relative}, not {absolute}");
            }
        }
    }
}

#[test]
fn a_picture_of_one_level_has_no_relative_noise_whatever_the_scaling() {
    let (network, _) = network(1.0);
    let variance = |noise: &str, pixels| {
        let set = [("noise", text(noise)), ("variant", text("variance")), ("samples", number(6))];
        smooth_grad(&network, pixels, &Levels::Flat(128.0), &set).into_iter().fold(0f32, f32::max)
    };
    for pixels in [CAFFE, TORCH] {
        assert_eq!(variance("relative", pixels), 0.0);
        // Its channels have different values after the scaling, which are the range for PAIR.
        assert!(variance("relative-normalised", pixels) > 0.0);
    }
}
