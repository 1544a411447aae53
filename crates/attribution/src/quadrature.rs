use std::num::NonZeroUsize;

use gauss_quad::GaussLegendre;

/// A point of the path in 0..1, and its weight.
pub(crate) type Node = (f64, f64);

/// The nodes of a rule of integrated gradients, in order.
pub(crate) fn nodes(rule: &str, steps: usize) -> Vec<Node> {
    match rule {
        "trapezoid" => trapezoid(steps, steps.saturating_sub(1)),
        "riemann-left" => riemann(steps, 0.0),
        "riemann-middle" => riemann(steps, 0.5),
        "riemann-right" => riemann(steps, 1.0),
        "riemann-trapezoid" => trapezoid(steps, steps),
        _ => gauss_legendre(steps),
    }
}

fn gauss_legendre(steps: usize) -> Vec<Node> {
    let rule = GaussLegendre::new(NonZeroUsize::new(steps).unwrap_or(NonZeroUsize::MIN));
    let mut nodes: Vec<Node> = rule.iter().map(|(node, weight)| ((1.0 + node) / 2.0, weight / 2.0)).collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
    nodes
}

/// Points at both ends and evenly between them, weighed by 1/`parts`, at the ends by half of it.
fn trapezoid(steps: usize, parts: usize) -> Vec<Node> {
    let last = steps.saturating_sub(1);
    let weight = 1.0 / parts.max(1) as f64;
    let node = |step| {
        let weight = if step == 0 || step == last { weight / 2.0 } else { weight };
        (step as f64 / last.max(1) as f64, weight)
    };
    (0..steps).map(node).collect()
}

/// A point in each of as many equal parts, at the same place in all of them.
fn riemann(steps: usize, place: f64) -> Vec<Node> {
    let weight = 1.0 / steps as f64;
    (0..steps).map(|step| ((step as f64 + place) * weight, weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_to_one_and_integrate_polynomials() {
        let rules = [("gauss-legendre", 2), ("gauss-legendre", 50), ("trapezoid", 2), ("trapezoid", 7)];
        for (rule, steps) in rules.into_iter().chain([("riemann-middle", 6)]) {
            let nodes = nodes(rule, steps);
            assert!((nodes.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
            let line: f64 = nodes.iter().map(|(point, weight)| point * weight).sum();
            assert!((line - 0.5).abs() < 1e-12);
        }
        // n points of Gauss and Legendre are exact up to the degree 2n − 1: ∫x⁹ = 1/10.
        let ninth: f64 = gauss_legendre(5).iter().map(|(point, weight)| weight * point.powi(9)).sum();
        assert!((ninth - 0.1).abs() < 1e-12);
    }

    #[test]
    fn riemann_sums_are_captums() {
        // captum.attr._utils.approximation_methods.riemann_builders, n = 4.
        let quarter = |points: [f64; 4]| points.map(|point| (point, 0.25)).to_vec();
        assert_eq!(nodes("riemann-left", 4), quarter([0.0, 0.25, 0.5, 0.75]));
        assert_eq!(nodes("riemann-middle", 4), quarter([0.125, 0.375, 0.625, 0.875]));
        assert_eq!(nodes("riemann-right", 4), quarter([0.25, 0.5, 0.75, 1.0]));
        let third = 1.0 / 3.0;
        let trapezoid = [(0.0, 0.125), (third, 0.25), (2.0 * third, 0.25), (1.0, 0.125)];
        assert_eq!(nodes("riemann-trapezoid", 4), trapezoid);
    }

    #[test]
    fn nodes_are_the_published_ones() {
        // Abramowitz and Stegun, table 25.4, n = 3: ±0.774596669241483 with 5/9, 0 with 8/9.
        let published =
            [(0.112_701_665_379_258_5, 5.0 / 18.0), (0.5, 4.0 / 9.0), (0.887_298_334_620_741_5, 5.0 / 18.0)];
        for ((point, weight), (expected, expected_weight)) in gauss_legendre(3).into_iter().zip(published) {
            assert!((point - expected).abs() < 1e-12 && (weight - expected_weight).abs() < 1e-12);
        }
    }
}
