//! The operations, one file a family: forward, backward, and the test that holds the backward step
//! against Burn's automatic differentiation stand side by side.

mod add;
mod batch_norm;
mod conv2d;
mod dense;
mod flatten;
mod global_average_pool;
mod input;
mod max_pool2d;
mod padding;
mod relu;
mod softmax;

pub use add::Add;
pub use batch_norm::BatchNorm;
pub use conv2d::{Conv2d, Conv2dOptions};
pub use dense::Dense;
pub use flatten::Flatten;
pub use global_average_pool::GlobalAveragePool;
pub(crate) use input::Input;
pub use max_pool2d::MaxPool2d;
pub use padding::Padding;
pub use relu::Relu;
pub use softmax::Softmax;

#[cfg(test)]
pub(crate) mod oracle;
