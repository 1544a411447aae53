use std::collections::BTreeMap;
use std::fmt;

use crate::{Error, Info, Result};

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Number(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "“{value}”"),
        }
    }
}

/// What a parameter can be, and what it is unless it is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Yes or no.
    Bool {
        /// What it is unless set.
        default: bool,
    },
}

impl Kind {
    /// What the parameter is unless it is set.
    #[must_use]
    pub fn default(self) -> Value {
        match self {
            Self::Bool { default } => Value::Bool(default),
        }
    }

    fn takes(self, value: &Value) -> bool {
        matches!((self, value), (Self::Bool { .. }, Value::Bool(_)))
    }

    fn expected(self) -> String {
        match self {
            Self::Bool { .. } => "true or false".to_owned(),
        }
    }
}

/// Something that can be set about a method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// The stable id.
    pub id: &'static str,
    /// The name a reader sees.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// What it can be.
    pub kind: Kind,
}

/// The values of all parameters of one method.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters(BTreeMap<&'static str, Value>);

impl Parameters {
    /// The method's defaults with `given` over them.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] and [`Error::BadParameter`].
    pub fn new(info: &Info, given: impl IntoIterator<Item = (String, Value)>) -> Result<Self> {
        let defaults = info.parameters.iter().map(|parameter| (parameter.id, parameter.kind.default()));
        let mut values: BTreeMap<&'static str, Value> = defaults.collect();
        for (id, value) in given {
            let Some(parameter) = info.parameters.iter().find(|parameter| parameter.id == id) else {
                let known = info.parameters.iter().map(|parameter| parameter.id).collect();
                return Err(Error::UnknownParameter { method: info.id, parameter: id, known });
            };
            if !parameter.kind.takes(&value) {
                let expected = parameter.kind.expected();
                return Err(Error::BadParameter { parameter: parameter.id, expected, got: value.to_string() });
            }
            values.insert(parameter.id, value);
        }
        Ok(Self(values))
    }

    /// The value of a yes-or-no parameter.
    ///
    /// # Panics
    /// If the method has no such parameter: a mistake in the method's own file.
    #[must_use]
    pub fn bool(&self, id: &str) -> bool {
        match self.0.get(id) {
            Some(Value::Bool(value)) => *value,
            other => unreachable!("a method asked for its parameter “{id}” as true or false, which is {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Explainer, GradCam};

    fn set(id: &str, value: Value) -> Result<Parameters> {
        Parameters::new(GradCam.info(), [(id.to_owned(), value)])
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let defaults = Parameters::new(GradCam.info(), []).unwrap();
        assert!(defaults.bool("relu"));
        assert!(!set("relu", Value::Bool(false)).unwrap().bool("relu"));
    }

    #[test]
    fn mistakes_are_answered_in_words() {
        assert_eq!(
            set("relou", Value::Bool(true)).unwrap_err().to_string(),
            "grad-cam has no parameter “relou”. It has: relu."
        );
        assert_eq!(
            set("relu", Value::Number(3.0)).unwrap_err().to_string(),
            "The parameter “relu” takes true or false, not 3."
        );
        assert_eq!(
            set("relu", Value::Text("yes".to_owned())).unwrap_err().to_string(),
            "The parameter “relu” takes true or false, not “yes”."
        );
    }
}
