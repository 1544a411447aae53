//! Whole files through [`decode`](crate::decode): those it accepts and those it refuses.

mod formats;
mod refusals;

/// The files of `goldens/decode`, each the same picture in another format.
const FILES: [(&str, &[u8]); 20] = {
    macro_rules! files {
        ($($name:literal),* $(,)?) => {
            [$(($name, include_bytes!(concat!("../goldens/decode/", $name)) as &[u8])),*]
        };
    }
    files![
        "baseline.jpg",
        "progressive.jpg",
        "restarts.jpg",
        "turned.jpg",
        "grey.jpg",
        "cmyk.jpg",
        "rgb.png",
        "rgba.png",
        "grey_alpha.png",
        "palette.png",
        "grey16.png",
        "turned.png",
        "lossy.webp",
        "lossy_alpha.webp",
        "lossless.webp",
        "turned.webp",
        "animated.webp",
        "animated.gif",
        "rgb.bmp",
        "palette.bmp",
    ]
};

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(other, _)| *other == name).expect("a file of goldens/decode").1
}
