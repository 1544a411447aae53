//! What the JPEG decoder does not tell: whether the file is all there.
//!
//! Decoders fill what is missing of a cut-off JPEG with grey and report success, because a browser
//! that draws pictures as they arrive wants that. A classifier would then be asked about the grey.
//! So the file's segments are walked to the end-of-image marker first: no proper beginning of a
//! JPEG holds one (the thumbnail's lies inside a segment and is stepped over), and what follows it,
//! such as a phone's motion clip, is nobody's concern.

/// What the segments say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Width and height from the first frame header, where one was reached.
    pub size: Option<(u32, u32)>,
    /// Whether that frame is of a kind that decoders do not take: lossless, hierarchical,
    /// arithmetically coded, or of more than 8 bits.
    pub rare: bool,
    /// Whether the end-of-image marker was reached.
    pub complete: bool,
}

/// Walks the segments of a file that begins with the start-of-image marker.
pub(super) fn survey(bytes: &[u8]) -> Survey {
    let mut survey = Survey::default();
    let mut at = 2;
    // Between segments and inside compressed data alike, the next marker is 0xff and a byte that is
    // neither a stuffed zero nor a fill byte. Stray bytes between segments are stepped over, as
    // decoders do.
    while let Some(offset) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) {
        at += offset + 1;
        let Some(&marker) = bytes.get(at) else { break };
        match marker {
            0xff => continue,
            0xd9 => {
                survey.complete = true;
                break;
            }
            // A stuffed zero, or a marker without a segment: TEM, RST0 to RST7, a second SOI.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 1,
            _ => {
                let Some(length) = bytes.get(at + 1..at + 3) else {
                    break;
                };
                let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
                if is_frame
                    && survey.size.is_none()
                    && let Some(&[bits, h0, h1, w0, w1]) = bytes.get(at + 3..at + 8)
                {
                    survey.size = Some((u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into()));
                    survey.rare = marker > 0xc2 || bits != 8;
                }
                at += 1 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
    survey
}
