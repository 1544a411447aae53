/// One channel of a network's input, made from the levels of a picture: `(level − mean) / std`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    /// Which colour it shows: 0 red, 1 green, 2 blue.
    pub colour: usize,
    /// What is subtracted, in levels 0 to 255.
    pub mean: f32,
    /// What the difference is divided by, in levels.
    pub std: f32,
}
