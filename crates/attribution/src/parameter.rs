use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::Baseline;

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

/// As in JSON: a whole number has no decimal point.
impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                serializer.serialize_i64(*value as i64)
            }
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Number(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "“{value}”"),
        }
    }
}

/// One of the words that a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The stable id.
    pub id: &'static str,
    /// The name a reader sees.
    pub name: &'static str,
}

/// The type, range and default of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// Yes or no.
    Bool {
        /// The default.
        default: bool,
    },
    /// A whole number from `min` to `max`.
    Whole {
        /// The default.
        default: u32,
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// A side from `min` to `max`, in pixels, or a height and a width such as `15x7`. Serialised,
    /// it is a whole number, which is what menus offer.
    #[serde(rename = "whole")]
    Size {
        /// The default side.
        default: u32,
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// A number from `min` to `max`.
    Number {
        /// The default.
        default: f64,
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// One of several words.
    Choice {
        /// The default.
        default: &'static str,
        /// All choices.
        choices: &'static [Choice],
    },
    /// A [`Baseline`].
    Baseline {
        /// The default.
        default: &'static str,
    },
}

impl Kind {
    /// The default.
    #[must_use]
    pub fn default(self) -> Setting {
        match self {
            Self::Bool { default } => Setting::Bool(default),
            Self::Whole { default, .. } | Self::Size { default, .. } => Setting::Number(default.into()),
            Self::Number { default, .. } => Setting::Number(default),
            Self::Choice { default, .. } | Self::Baseline { default } => Setting::Text(default.to_owned()),
        }
    }

    /// What `text` says of a parameter of this kind, as a command line has it.
    #[must_use]
    pub fn parse(self, text: &str) -> Setting {
        let parsed = match self {
            Self::Bool { .. } => text.parse().ok().map(Setting::Bool),
            Self::Whole { .. } | Self::Size { .. } | Self::Number { .. } => text.parse().ok().map(Setting::Number),
            Self::Choice { .. } | Self::Baseline { .. } => None,
        };
        // A value of another kind is refused when it is set, with a sentence about what was
        // expected.
        parsed.unwrap_or_else(|| Setting::Text(text.to_owned()))
    }

    pub(crate) fn takes(self, value: &Setting) -> bool {
        match (self, value) {
            (Self::Bool { .. }, Setting::Bool(_)) => true,
            (Self::Whole { min, max, .. } | Self::Size { min, max, .. }, Setting::Number(value)) => {
                value.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(value)
            }
            (Self::Size { min, max, .. }, Setting::Text(text)) => {
                sides(text).is_some_and(|sides| sides.iter().all(|side| (min..=max).contains(side)))
            }
            (Self::Number { min, max, .. }, Setting::Number(value)) => (min..=max).contains(value),
            (Self::Choice { choices, .. }, Setting::Text(text)) => choices.iter().any(|choice| choice.id == text),
            (Self::Baseline { .. }, Setting::Text(text)) => Baseline::parse(text).is_some(),
            _ => false,
        }
    }

    /// The accepted values, in words: `a whole number from 1 to 100`.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Bool { .. } => "true or false".to_owned(),
            Self::Whole { min, max, .. } => format!("a whole number from {min} to {max}"),
            Self::Size { min, max, .. } => {
                format!("a whole number from {min} to {max}, or a height and a width such as 15x7")
            }
            Self::Number { min, max, .. } => format!("a number from {min} to {max}"),
            Self::Choice { choices, .. } => {
                let ids: Vec<&str> = choices.iter().map(|choice| choice.id).collect();
                format!("one of {}", ids.join(", "))
            }
            Self::Baseline { .. } => format!("{} or levels such as 127.5 or 255,0,0", Baseline::WORDS.join(", ")),
        }
    }
}

/// A height and a width, such as `15x7`.
pub(crate) fn sides(text: &str) -> Option<[u32; 2]> {
    let (height, width) = text.split_once('x')?;
    Some([height.trim().parse().ok()?, width.trim().parse().ok()?])
}

/// Ids that parameters had in earlier versions: the method's, the earlier one, and the present one.
const RENAMED: [(&str, &str, &str); 1] = [("grad-cam", "guided", "positive-gradients")];

/// A parameter of a method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parameter {
    /// The stable id.
    pub id: &'static str,
    /// The name a reader sees.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Its unit, such as `pixels` or `levels`; empty if it has none.
    pub unit: &'static str,
    /// The type, range and default.
    #[serde(flatten)]
    pub kind: Kind,
}

impl Parameter {
    /// The present id of a parameter that had the id `id` in an earlier version.
    pub(crate) fn renamed(method: &str, id: &str) -> Option<&'static str> {
        RENAMED.iter().find(|(of, before, _)| (*of, *before) == (method, id)).map(|(_, _, now)| *now)
    }
}
