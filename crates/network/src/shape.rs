/// The shape of one example, without the batch: `[channels, height, width]`, `[features]`, or any
/// other.
pub type Shape = Vec<usize>;
