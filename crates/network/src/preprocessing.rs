use crate::Channel;

/// How a picture is cropped and resized to a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CropMode {
    /// The largest centred rectangle of the input's aspect ratio (for a square input the central
    /// square), resized with a bicubic filter.
    CentreCrop,
    /// The whole picture, width and height scaled independently, with a bicubic filter.
    Stretch,
    /// The whole picture, by nearest neighbour: the default of `keras.utils.load_img`.
    Keras,
    /// The shorter side resized to 256/224 of the input's with an antialiased bilinear filter, then
    /// the centre: `Resize(256)` and `CenterCrop(224)` of torchvision's classification presets.
    Torchvision,
}

impl CropMode {
    /// Every mode with its stable id.
    pub const ALL: [(&'static str, Self); 4] = [
        ("centre-crop", Self::CentreCrop),
        ("stretch", Self::Stretch),
        ("keras", Self::Keras),
        ("torchvision", Self::Torchvision),
    ];

    /// The stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::CentreCrop => "centre-crop",
            Self::Stretch => "stretch",
            Self::Keras => "keras",
            Self::Torchvision => "torchvision",
        }
    }

    /// The mode of this id; `None` if there is none.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == id).map(|(_, mode)| mode)
    }
}

/// How a picture becomes a network's input.
#[derive(Debug, Clone, PartialEq)]
pub struct Preprocessing {
    /// Height and width of the input, in pixels.
    pub size: (u32, u32),
    /// Which part of the picture the network gets.
    pub crop: CropMode,
    /// The input's channels, in the network's order.
    pub channels: Vec<Channel>,
}
