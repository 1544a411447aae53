//! Files that the real libraries wrote, of networks a thirty-second as wide.
//! `crates/weights/goldens/make.py` makes them.

mod files;
mod hostile;

use std::path::PathBuf;
use std::sync::Arc;

use negah_network::Labels;

use crate::naming::NamingTable;
use crate::vgg::Scale;
use crate::{Architecture, architecture, vgg, xception};

const SMALL_VGG: Scale = Scale { divisor: 32, side: 64, classes: 10 };
const SMALL_XCEPTION: Scale = Scale { divisor: 32, side: 71, classes: 10 };

const fn small(architecture: Architecture, side: u32) -> Architecture {
    Architecture { size: (side, side), labels: || Arc::new(Labels::numbered(10)), ..architecture }
}

static VGG: Architecture = small(
    Architecture {
        build: |weights| vgg::build(weights, SMALL_VGG),
        namings: Some(NamingTable::Vgg16 { pooled: [2, 2] }),
        ..architecture::VGG16
    },
    64,
);

static XCEPTION: Architecture =
    small(Architecture { build: |weights| xception::build(weights, SMALL_XCEPTION), ..architecture::XCEPTION }, 71);

fn file(name: &str) -> Vec<u8> {
    // Read at run time: one target directory may serve several checkouts.
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo names the folder of the crate it tests");
    std::fs::read(PathBuf::from(here).join("../weights/goldens").join(name)).unwrap()
}
