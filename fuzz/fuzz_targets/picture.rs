//! Decodes any bytes as a picture, then makes each crop mode's view of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use negah_network::{Channel, CropMode, Preprocessing};

fuzz_target!(|bytes: &[u8]| {
    let Ok(picture) = negah_picture::decode(bytes) else { return };
    for (_, crop) in CropMode::ALL {
        let network = Preprocessing { size: (8, 9), crop, channels: Channel::rgb([0.0; 3], [1.0; 3]).to_vec() };
        let part = picture.crop(&network);
        assert!(part.x + part.width <= picture.width() && part.y + part.height <= picture.height());
        let view = picture.view(&network);
        assert_eq!((view.width(), view.height()), (9, 8));
    }
});
