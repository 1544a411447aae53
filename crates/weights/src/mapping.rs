use crate::layout::AxisMapping;

/// A tensor of a network and where a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorMapping {
    /// The network's name, such as `block1_conv1.weight`.
    pub ours: String,
    /// The file's name.
    pub theirs: String,
    /// The order of the file's axes.
    pub layout: AxisMapping,
}

impl TensorMapping {
    /// The mapping of a tensor that has the same name and the same axes in the file.
    #[must_use]
    pub fn identity(name: &str) -> Self {
        Self { ours: name.to_owned(), theirs: name.to_owned(), layout: AxisMapping::AsIs }
    }
}
