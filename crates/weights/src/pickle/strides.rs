use crate::axes::Axes;

/// How the values of a strided tensor lie.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// In the order of the axes.
    Plain,
    /// With the axes in another order.
    Permuted(Axes),
    /// With gaps, or one value in several places.
    Scattered,
}

/// The order in which the values of a tensor of this shape and these strides lie. Axes of length 1
/// do not matter. `None` if the shape is larger than memory can be.
pub(super) fn order(shape: &[usize], strides: &[usize]) -> Option<Order> {
    // The strides of values in the order of the axes.
    let mut usual = Vec::new();
    let mut next = 1usize;
    for n in shape.iter().rev() {
        usual.push(next);
        next = next.checked_mul(*n)?;
    }
    if next == 0 {
        return Some(Order::Plain);
    }
    let axes = shape.iter().zip(strides).zip(usual.into_iter().rev()).filter(|((n, _), _)| **n > 1);
    let mut axes: Vec<_> = axes.map(|((n, stride), usual)| (*stride, *n, usual)).collect();
    if axes.iter().all(|(stride, _, usual)| stride == usual) {
        return Some(Order::Plain);
    }
    axes.sort_unstable_by(|a, b| b.cmp(a));
    let mut next = 1usize;
    for (stride, n, _) in axes.iter().rev() {
        if *stride != next {
            return Some(Order::Scattered);
        }
        next = next.checked_mul(*n)?;
    }
    Some(Order::Permuted(axes.into_iter().map(|(_, n, usual)| (n, usual)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_are_told_apart() {
        assert_eq!(order(&[2, 3], &[3, 1]), Some(Order::Plain));
        assert_eq!(order(&[2, 1, 3], &[3, 77, 1]), Some(Order::Plain));
        assert_eq!(order(&[0, 3], &[77, 5]), Some(Order::Plain));
        assert_eq!(order(&[], &[]), Some(Order::Plain));
        assert_eq!(order(&[2, 3], &[1, 2]), Some(Order::Permuted(vec![(3, 1), (2, 3)])));
        assert_eq!(order(&[2, 3], &[6, 2]), Some(Order::Scattered), "every second value");
        assert_eq!(order(&[2, 3], &[0, 1]), Some(Order::Scattered), "expanded");
        assert_eq!(order(&[usize::MAX, 3], &[3, 1]), None);
    }
}
