/// One class of a classifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The index of the network's output that stands for it.
    pub index: usize,
    /// The data set's id, such as WordNet's `n02124075`; empty where it has none.
    pub id: String,
    /// The name to show: `Egyptian cat`.
    pub name: String,
    /// Other names.
    pub synonyms: Vec<String>,
}

impl Class {
    /// Whether `name` is one of the synonyms; both are [normalised](normalise).
    fn is_called(&self, name: &str) -> bool {
        self.synonyms.iter().any(|synonym| normalise(synonym) == name)
    }
}

/// The classes of a classifier, in the order of its outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    classes: Vec<Class>,
}

/// A name as it is compared: lower case, underscores as spaces, trimmed.
fn normalise(name: &str) -> String {
    name.trim().replace('_', " ").to_lowercase()
}

impl Labels {
    /// Labels from each class's id, name and synonyms, in the order of the network's outputs.
    #[must_use]
    pub fn new(classes: impl IntoIterator<Item = (String, String, Vec<String>)>) -> Self {
        let class = |(index, (id, name, synonyms))| Class { index, id, name, synonyms };
        Self { classes: classes.into_iter().enumerate().map(class).collect() }
    }

    /// Labels of a network whose classes have no names: `class 0`, `class 1`, …
    #[must_use]
    pub fn numbered(count: usize) -> Self {
        Self::new((0..count).map(|index| (String::new(), format!("class {index}"), Vec::new())))
    }

    /// All classes, in order.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class of an output; `None` beyond the last.
    #[must_use]
    pub fn by_index(&self, index: usize) -> Option<&Class> {
        self.classes.get(index)
    }

    /// The class with this id of the data set.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Class> {
        self.classes.iter().find(|class| !class.id.is_empty() && class.id.eq_ignore_ascii_case(id))
    }

    /// The class of this name: the name that is shown, or a synonym that only one class has
    /// ("panther" is a leopard and a cougar, and finds neither). Letter case, surrounding space,
    /// and underscores instead of spaces do not matter.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Class> {
        let name = normalise(name);
        if let Some(class) = self.classes.iter().find(|class| normalise(&class.name) == name) {
            return Some(class);
        }
        let mut called = self.called(&name);
        called.next().filter(|_| called.next().is_none())
    }

    /// The classes that have this name as a synonym, in any spelling that [`Labels::by_name`]
    /// accepts.
    pub fn called(&self, name: &str) -> impl Iterator<Item = &Class> {
        let name = normalise(name);
        self.classes.iter().filter(move |class| class.is_called(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        let class = |id: &str, name: &str, synonyms: &[&str]| {
            (id.to_owned(), name.to_owned(), synonyms.iter().map(|&synonym| synonym.to_owned()).collect())
        };
        Labels::new([
            class("n1", "Egyptian cat", &[]),
            class("n2", "leopard", &["panther", "Panthera pardus"]),
            class("n3", "cougar", &["panther"]),
            class("", "گربه", &[]),
        ])
    }

    #[test]
    fn a_name_finds_its_class_in_any_spelling() {
        let labels = labels();
        let index = |name: &str| labels.by_name(name).map(|class| class.index);
        assert_eq!(index(" egyptian CAT "), Some(0));
        assert_eq!(index("Egyptian_cat"), Some(0));
        assert_eq!(index("panthera_pardus"), Some(1));
        assert_eq!(index("panther"), None, "a synonym of two classes");
        assert_eq!(index("گربه"), Some(3));
        assert_eq!(index(""), None);
    }

    #[test]
    fn an_id_finds_its_class_and_an_empty_id_finds_none() {
        assert_eq!(labels().by_id("N2").map(|class| class.index), Some(1));
        assert_eq!(labels().by_id(""), None);
        assert_eq!(Labels::numbered(2).by_name("Class 1").map(|class| class.index), Some(1));
        assert_eq!(Labels::numbered(2).by_index(2), None);
    }
}
