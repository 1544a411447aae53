//! The operations, one file a family: forward, backward, and the test that holds the backward step
//! against Burn's automatic differentiation stand side by side.

mod add;
mod batch_norm;
mod broadcast;
mod concat;
mod constant;
mod conv2d;
mod dense;
mod flatten;
mod global_average_pool;
mod input;
mod max_pool2d;
mod mul;
mod padding;
mod relu;
mod softmax;
mod split;

pub use add::Add;
pub use batch_norm::BatchNorm;
pub use concat::Concat;
pub use constant::Constant;
pub use conv2d::{Conv2d, Conv2dOptions};
pub use dense::Dense;
pub use flatten::Flatten;
pub use global_average_pool::GlobalAveragePool;
pub(crate) use input::Input;
pub use max_pool2d::MaxPool2d;
pub use mul::Mul;
pub use padding::Padding;
pub use relu::Relu;
pub use softmax::Softmax;
pub use split::Split;

#[cfg(test)]
pub(crate) mod oracle;
