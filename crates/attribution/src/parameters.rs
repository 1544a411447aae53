use std::collections::BTreeMap;

use serde::Serialize;

use crate::parameter::sides;
use crate::{Baseline, Error, MethodInfo, Result, Setting};

/// The values of all parameters of one method, by their ids.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Parameters {
    #[serde(skip)]
    method: &'static str,
    values: BTreeMap<&'static str, Setting>,
}

impl Parameters {
    /// The method's defaults with `given` over them.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] and [`Error::BadParameter`].
    pub fn new(info: &MethodInfo, given: impl IntoIterator<Item = (String, Setting)>) -> Result<Self> {
        let defaults = info.parameters.iter().map(|parameter| (parameter.id, parameter.kind.default()));
        let mut values: BTreeMap<&'static str, Setting> = defaults.collect();
        for (id, value) in given {
            let parameter = info.parameter(&id)?;
            if !parameter.kind.takes(&value) {
                return Err(Error::BadParameter { parameter: parameter.id, kind: parameter.kind, got: value });
            }
            values.insert(parameter.id, value);
        }
        Ok(Self { method: info.id, values })
    }

    /// The id of the method that they belong to.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Every parameter with its value, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Setting)> {
        self.values.iter().map(|(id, value)| (*id, value))
    }

    /// The value of a yes-or-no parameter.
    ///
    /// # Panics
    /// As the others do, if the method has no such parameter. Only the file of the method asks for
    /// its parameters, and [`Task`](crate::Task)s with those of another method are refused.
    #[must_use]
    pub(crate) fn bool(&self, id: &str) -> bool {
        match self.values.get(id) {
            Some(Setting::Bool(value)) => *value,
            other => unreachable!("a method asked for its parameter “{id}” as true or false, which is {other:?}"),
        }
    }

    /// The value of a numeric parameter.
    #[must_use]
    pub(crate) fn number(&self, id: &str) -> f64 {
        match self.values.get(id) {
            Some(Setting::Number(value)) => *value,
            other => unreachable!("a method asked for its parameter “{id}” as a number, which is {other:?}"),
        }
    }

    /// The value of a parameter that is a whole number.
    #[must_use]
    pub(crate) fn whole(&self, id: &str) -> usize {
        self.number(id) as usize
    }

    /// Height and width, of a parameter that is a size.
    pub(crate) fn size(&self, id: &str) -> [usize; 2] {
        match self.values.get(id) {
            Some(Setting::Number(side)) => [*side as usize; 2],
            Some(Setting::Text(text)) if let Some(sides) = sides(text) => sides.map(|side| side as usize),
            other => unreachable!("a method asked for its parameter “{id}” as a size, which is {other:?}"),
        }
    }

    /// The value of a parameter that is a word.
    #[must_use]
    pub(crate) fn text(&self, id: &str) -> &str {
        match self.values.get(id) {
            Some(Setting::Text(value)) => value,
            other => unreachable!("a method asked for its parameter “{id}” as a word, which is {other:?}"),
        }
    }

    /// The value of a parameter that is a baseline.
    #[must_use]
    pub(crate) fn baseline(&self, id: &str) -> Baseline {
        Baseline::parse(self.text(id)).expect("a baseline is checked when it is set")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choice, Explainer, GradCam, Kind};

    fn set(id: &str, value: Setting) -> Result<Parameters> {
        Parameters::new(GradCam.info(), [(id.to_owned(), value)])
    }

    fn refusal(kind: Kind, value: Setting) -> String {
        assert!(!kind.takes(&value));
        format!("takes {}, not {value}", kind.expected())
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let defaults = Parameters::new(GradCam.info(), []).unwrap();
        assert!(defaults.bool("relu"));
        assert!(!set("relu", Setting::Bool(false)).unwrap().bool("relu"));
    }

    #[test]
    fn every_default_of_every_method_can_be_set() {
        for explainer in crate::EXPLAINERS {
            let info = explainer.info();
            let defaults = info.parameters.iter().map(|parameter| (parameter.id.to_owned(), parameter.kind.default()));
            Parameters::new(info, defaults).unwrap();
        }
    }

    #[test]
    fn mistakes_are_answered_in_words() {
        assert_eq!(
            set("relou", Setting::Bool(true)).unwrap_err().to_string(),
            "grad-cam has no parameter “relou”. Known parameters: relu, positive-gradients."
        );
        assert_eq!(
            set("relu", Setting::Number(3.0)).unwrap_err().to_string(),
            "The parameter “relu” takes true or false, not 3."
        );
        assert_eq!(
            set("relu", Setting::Text("yes".to_owned())).unwrap_err().to_string(),
            "The parameter “relu” takes true or false, not “yes”."
        );
    }

    #[test]
    fn a_size_is_a_side_or_a_height_and_a_width() {
        let set = |value| Parameters::new(crate::Occlusion.info(), [("window".to_owned(), value)]);
        assert_eq!(set(Setting::Number(15.0)).unwrap().size("window"), [15, 15]);
        assert_eq!(set(Setting::Text("15x7".to_owned())).unwrap().size("window"), [15, 7]);
        for text in ["15", "0x7", "15x4097", "15x", "x", "-1x2", "3x4x5", "15×7"] {
            let refused = set(Setting::Text(text.to_owned())).unwrap_err().to_string();
            let expected =
                "The parameter “window” takes a whole number from 1 to 4096, or a height and a width such as";
            assert!(refused.starts_with(expected), "{refused}");
        }
    }

    #[test]
    fn a_parameter_is_found_by_the_id_it_had() {
        let earlier = set("guided", Setting::Bool(true)).unwrap();
        assert_eq!(earlier, set("positive-gradients", Setting::Bool(true)).unwrap());
        assert!(Parameters::new(crate::Saliency.info(), [("guided".to_owned(), Setting::Bool(true))]).is_err());
    }

    #[test]
    fn numbers_words_and_baselines_keep_to_their_kind() {
        let samples = Kind::Whole { default: 50, min: 1, max: 100 };
        assert!(samples.takes(&Setting::Number(100.0)));
        assert_eq!(refusal(samples, Setting::Number(0.0)), "takes a whole number from 1 to 100, not 0");
        assert_eq!(refusal(samples, Setting::Number(2.5)), "takes a whole number from 1 to 100, not 2.5");
        assert_eq!(refusal(samples, Setting::Number(f64::NAN)), "takes a whole number from 1 to 100, not NaN");
        let level = Kind::Number { default: 0.15, min: 0.0, max: 1.0 };
        assert!(level.takes(&Setting::Number(0.5)));
        assert_eq!(refusal(level, Setting::Number(-0.1)), "takes a number from 0 to 1, not -0.1");
        let choice =
            Kind::Choice { default: "a", choices: &[Choice { id: "a", name: "A" }, Choice { id: "b", name: "B" }] };
        assert!(choice.takes(&Setting::Text("b".to_owned())));
        assert_eq!(refusal(choice, Setting::Text("c".to_owned())), "takes one of a, b, not “c”");
        let fill = Kind::Baseline { default: "grey" };
        assert!(fill.takes(&Setting::Text("0,0,255".to_owned())));
        assert_eq!(
            refusal(fill, Setting::Text("sky".to_owned())),
            "takes black, white, grey, mean, blur, noise, picture or levels such as 127.5 or 255,0,0, not “sky”"
        );
    }

    #[test]
    fn a_command_lines_words_become_values() {
        let whole = Kind::Whole { default: 1, min: 1, max: 9 };
        assert_eq!(whole.parse("7"), Setting::Number(7.0));
        assert_eq!(whole.parse("seven"), Setting::Text("seven".to_owned()));
        assert_eq!(Kind::Bool { default: true }.parse("false"), Setting::Bool(false));
        assert_eq!(Kind::Baseline { default: "black" }.parse("127.5"), Setting::Text("127.5".to_owned()));
    }
}
