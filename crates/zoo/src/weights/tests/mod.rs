//! Files that the real libraries wrote, of networks a thirty-second as wide; `goldens/weights/make.py` makes them.

mod files;
mod hostile;

use std::path::PathBuf;

use crate::picture::Preprocessing;
use crate::vgg::Scale;
use crate::weights::Architecture;
use crate::{Model, vgg, xception};

const SMALL_VGG: Scale = Scale { divisor: 32, side: 64, classes: 10 };
const SMALL_XCEPTION: Scale = Scale { divisor: 32, side: 71, classes: 10 };

const fn small(model: Model, side: u32) -> Model {
    Model { preprocessing: Preprocessing { size: (side, side), ..model.preprocessing }, ..model }
}

static VGG: Model = small(
    Model {
        build: |weights| vgg::build(weights, SMALL_VGG),
        architecture: Some(Architecture::Vgg16 { pooled: [2, 2] }),
        ..crate::model::VGG16
    },
    64,
);

static XCEPTION: Model =
    small(Model { build: |weights| xception::build(weights, SMALL_XCEPTION), ..crate::model::XCEPTION }, 71);

fn file(name: &str) -> Vec<u8> {
    // Asked for at run time: one target directory may serve several checkouts.
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo names the folder of the crate it tests");
    std::fs::read(PathBuf::from(here).join("goldens/weights").join(name)).unwrap()
}
