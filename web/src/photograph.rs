//! Pictures as the page's worker keeps them: decoded and preprocessed.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::Tensor;
use negah_explain::Answer;
use negah_network::Model;
use negah_picture::{Crop, Picture};
use wasm_bindgen::prelude::*;

/// A decoded picture, preprocessed for the model that was loaded.
#[wasm_bindgen]
pub struct Photograph {
    pub(crate) model: Rc<Model>,
    pub(crate) input: Tensor<4>,
    pub(crate) preview: Picture,
    /// The part of the preview that the network gets.
    pub(crate) crop: Crop,
    /// The network's answer, once it is computed.
    pub(crate) answer: RefCell<Option<Rc<Answer>>>,
}

/// The preprocessed pictures that a method compares with; there may be none.
#[wasm_bindgen]
pub struct Background {
    /// `[pictures, channels, height, width]`
    pub(crate) tensor: Option<Tensor<4>>,
}
