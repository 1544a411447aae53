//! Weights made up from their names, the same here and in the scripts that make goldens.
//!
//! They hold a network of full size to its reference implementation, number for number, without its
//! weights in the repository. Each value is a hash of its tensor's name and its index (SplitMix64,
//! Steele et al., 2014, <https://doi.org/10.1145/2660193.2660195>), scaled as by He et al. (2015,
//! arXiv:1502.01852), so that activations neither vanish nor explode.

/// 2⁶⁴ over the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The values of a tensor of this name and shape, in C order. `gain` is a factor of the
/// classifier's weight in Keras's networks.
#[must_use]
pub fn values(name: &str, shape: &[usize], gain: f32) -> Vec<f32> {
    let key = name.bytes().fold(0, |key: u64, byte| mix((key ^ u64::from(byte)).wrapping_add(STEP)));
    // In −1..1, of 24 bits each: exact in single precision.
    let unit = |index: u64| {
        let bits = mix(key.wrapping_add((index + 1).wrapping_mul(STEP))) >> 40;
        bits as f32 / (1u64 << 23) as f32 - 1.0
    };
    let role = name.rsplit_once('.').map_or(name, |(_, role)| role);
    let (offset, scale) = match role {
        "bias" | "running_mean" => (0.0, 0.1),
        "running_var" => (1.0, 0.5),
        // The weight of a batch norm.
        "weight" if shape.len() == 1 => (1.0, 0.1),
        _ => {
            let within: usize = shape[1..].iter().product();
            // No ReLU, which halves the variance, follows a depthwise convolution.
            let numerator = if name.ends_with("depthwise.weight") { 3.0 } else { 6.0 };
            let gain = if name == "predictions.weight" { gain } else { 1.0 };
            (0.0, (numerator / within as f64).sqrt() as f32 * gain)
        }
    };
    (0..shape.iter().product::<usize>() as u64).map(|index| offset + scale * unit(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_depends_on_its_name_and_place_alone() {
        let many = values("block1_conv1.weight", &[4, 3, 3, 3], 1.0);
        assert_eq!(many[..5], values("block1_conv1.weight", &[4, 3, 3, 3], 2.0)[..5]);
        assert_ne!(many[..5], values("block1_conv2.weight", &[4, 3, 3, 3], 1.0)[..5]);
        let variance = many.iter().map(|value| value * value).sum::<f32>() / many.len() as f32;
        assert!((variance * 27.0 / 2.0 - 1.0).abs() < 0.3, "2/27 on average, not {variance}");
    }
}
