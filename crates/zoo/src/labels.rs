//! What the outputs of a classifier are called.
//!
//! The order of ImageNet's thousand classes is an agreement between all networks trained on them, and
//! stands in `imagenet.tsv`, made by `imagenet.py` beside it. Names there are short, for a list of five
//! on a narrow page, and no two are the same. A reader may still ask for a class by any of its names.

use std::sync::LazyLock;

/// One class of a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// The network's output that stands for it.
    pub index: usize,
    /// The WordNet id: `n02124075`.
    pub wnid: &'static str,
    /// The name to show: `Egyptian cat`. Unique, letter case aside.
    pub name: &'static str,
    /// Its other names, separated by `, `; empty for most classes.
    pub synonyms: &'static str,
}

impl Class {
    fn is_called(&self, name: &str) -> bool {
        self.synonyms.split(", ").any(|synonym| synonym.eq_ignore_ascii_case(name))
    }
}

/// The classes of a classifier, in the order of its outputs.
#[derive(Debug)]
pub struct Labels {
    classes: Vec<Class>,
}

/// The 1000 classes of ImageNet (ILSVRC 2012).
pub static IMAGENET: LazyLock<Labels> = LazyLock::new(|| Labels::parse(include_str!("imagenet.tsv")));

impl Labels {
    fn parse(table: &'static str) -> Self {
        let class = |(index, line): (usize, &'static str)| {
            let mut columns = line.split('\t');
            let mut column = || columns.next().expect("each line of the table has three columns");
            Class { index, wnid: column(), name: column(), synonyms: column() }
        };
        Self { classes: table.lines().enumerate().map(class).collect() }
    }

    /// All classes, in order.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class of an output.
    #[must_use]
    pub fn by_index(&self, index: usize) -> Option<&Class> {
        self.classes.get(index)
    }

    /// The class with a WordNet id.
    #[must_use]
    pub fn by_wnid(&self, wnid: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.wnid.eq_ignore_ascii_case(wnid))
    }

    /// The class with a name: the one that is shown, or another one that belongs to it alone ("panther"
    /// is a leopard's and a cougar's, and names neither). Letter case and space around it do not matter.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Class> {
        let name = name.trim();
        if let Some(class) = self.classes.iter().find(|class| class.name.eq_ignore_ascii_case(name)) {
            return Some(class);
        }
        let mut called = self.classes.iter().filter(|class| class.is_called(name));
        called.next().filter(|_| called.next().is_none())
    }

    /// The classes with a name that contains `text`, in order: what a search shows, and what an error
    /// about an unknown name can offer.
    pub fn search(&self, text: &str) -> impl Iterator<Item = &Class> {
        let text = text.trim().to_ascii_lowercase();
        self.classes.iter().filter(move |class| {
            !text.is_empty()
                && [class.name, class.synonyms].iter().any(|names| names.to_ascii_lowercase().contains(&text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_a_thousand_in_the_agreed_order() {
        assert_eq!(IMAGENET.classes().len(), 1000);
        for (index, wnid, name) in [
            (0, "n01440764", "tench"),
            (281, "n02123045", "tabby"),
            (282, "n02123159", "tiger cat"),
            (285, "n02124075", "Egyptian cat"),
            (967, "n07920052", "espresso"),
            (999, "n15075141", "toilet tissue"),
        ] {
            let class = IMAGENET.by_index(index).unwrap();
            assert_eq!((class.index, class.wnid, class.name), (index, wnid, name));
        }
        assert_eq!(IMAGENET.by_index(1000), None);
    }

    #[test]
    fn names_and_ids_are_unique() {
        let names: HashSet<_> = IMAGENET.classes().iter().map(|class| class.name.to_ascii_lowercase()).collect();
        let wnids: HashSet<_> = IMAGENET.classes().iter().map(|class| class.wnid).collect();
        assert_eq!((names.len(), wnids.len()), (1000, 1000));
        for class in IMAGENET.classes() {
            assert!(class.wnid.len() == 9 && class.wnid.starts_with('n'), "{class:?}");
            assert!(!class.name.is_empty() && class.name.trim() == class.name, "{class:?}");
        }
    }

    #[test]
    fn classes_are_found_by_any_name_of_their_own() {
        let index = |name| IMAGENET.by_name(name).map(|class| class.index);
        assert_eq!(index("Egyptian cat"), Some(285));
        assert_eq!(index(" egyptian CAT "), Some(285));
        assert_eq!(index("tabby cat"), Some(281), "a synonym");
        assert_eq!(index("crane (bird)"), Some(134));
        assert_eq!(index("crane (machine)"), Some(517));
        assert_eq!(index("cardigan"), Some(474), "a name goes before the corgi's synonym");
        assert_eq!(index("maillot"), Some(638));
        assert_eq!(index("panther"), None, "a synonym of two");
        assert_eq!(index("crane"), None, "a synonym of two");
        assert_eq!(index(""), None);
        assert_eq!(index("unicorn"), None);
        assert_eq!(IMAGENET.by_wnid("n02124075").unwrap().index, 285);
        assert_eq!(IMAGENET.by_wnid("n00000000"), None);
    }

    #[test]
    fn every_class_is_found_by_its_own_name() {
        for class in IMAGENET.classes() {
            assert_eq!(IMAGENET.by_name(class.name), Some(class));
            assert_eq!(IMAGENET.by_wnid(class.wnid), Some(class));
        }
    }

    #[test]
    fn a_search_finds_parts_of_names() {
        let names: Vec<_> = IMAGENET.search("Crane").map(|class| class.name).collect();
        assert_eq!(names, ["crane (bird)", "crane (machine)"]);
        assert!(IMAGENET.search("siamese").any(|class| class.name == "Siamese cat"));
        assert_eq!(IMAGENET.search(" ").count(), 0);
    }
}
