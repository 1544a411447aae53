/// Characters of a name that an error shows.
const LONGEST: usize = 80;

/// A text from a file as an error may show it: at most 80 characters, and none that a terminal or a
/// page would act upon.
///
/// Control characters, bidirectional controls, and characters that take no room are escaped as Rust
/// writes them (`\u{1b}`). A longer text is cut and ends in `…`.
#[must_use]
pub fn quoted(text: &str) -> String {
    shortened(text, LONGEST)
}

/// As [`quoted`], for texts that are not cut, such as the names of files.
#[must_use]
pub fn escaped(text: &str) -> String {
    shortened(text, usize::MAX)
}

/// As [`quoted`], with another limit.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == longest {
            shown.push('…');
            break;
        }
        if acts(character) { shown.extend(character.escape_unicode()) } else { shown.push(character) }
    }
    shown
}

/// Whether a character does something other than to be seen.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_shortened() {
        assert_eq!(quoted("block1_conv1/kernel:0"), "block1_conv1/kernel:0");
        assert_eq!(quoted("وزن «۱»"), "وزن «۱»");
        assert_eq!(quoted("a\x1b[2Jb\r\n\u{9b}"), "a\\u{1b}[2Jb\\u{d}\\u{a}\\u{9b}");
        assert_eq!(quoted("\u{202e}cod\u{2066}"), "\\u{202e}cod\\u{2066}");
        assert_eq!(quoted(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(quoted(&"x".repeat(4_000_000)), format!("{}…", "x".repeat(80)));
    }
}
