/// The axes of a tensor in the order of a file, slowest first. Each has its length and its stride
/// in the network's order, in values.
pub(crate) type Axes = Vec<(usize, usize)>;

/// Copies a run of values to their places in the network's order.
///
/// The run begins at the value `start` of the file's order. `axes` has at least one axis, and its
/// lengths and strides describe a permutation of `values`.
pub(crate) fn scatter(axes: &[(usize, usize)], start: usize, run: &[f32], values: &mut [f32]) {
    let Some(((length, step), outer_axes)) = axes.split_last() else { return };
    let mut rest = run;
    let mut index = start;
    while !rest.is_empty() {
        let mut outer = index / length;
        let mut place = 0;
        for (n, stride) in outer_axes.iter().rev() {
            place += (outer % n) * stride;
            outer /= n;
        }
        let first = index % length;
        let (row, after) = rest.split_at(rest.len().min(length - first));
        for (i, value) in row.iter().enumerate() {
            if let Some(target) = values.get_mut(place + (first + i) * step) {
                *target = *value;
            }
        }
        index += row.len();
        rest = after;
    }
}
