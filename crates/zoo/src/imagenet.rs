//! The labels of ImageNet (ILSVRC 2012).
//!
//! The order of the thousand classes is a convention of all networks trained on them. It is in
//! `imagenet.tsv`, made by `imagenet.py` beside it. Names there are short, for a list of five on a
//! narrow page, and unique. A class is also found by any of its synonyms.

use std::sync::{Arc, LazyLock};

use negah_network::Labels;

/// The 1000 classes of ImageNet. A class's id is its WordNet id.
pub static IMAGENET: LazyLock<Arc<Labels>> = LazyLock::new(|| Arc::new(parse(include_str!("imagenet.tsv"))));

fn parse(table: &str) -> Labels {
    Labels::new(table.lines().map(|line| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().expect("each line of the table has three columns");
        let (id, name, synonyms) = (column(), column(), column());
        let synonyms = synonyms.split(", ").filter(|synonym| !synonym.is_empty());
        (id.to_owned(), name.to_owned(), synonyms.map(str::to_owned).collect())
    }))
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
            assert_eq!((class.index, class.id.as_str(), class.name.as_str()), (index, wnid, name));
        }
        assert_eq!(IMAGENET.by_index(1000), None);
    }

    #[test]
    fn names_and_ids_are_unique() {
        let names: HashSet<_> = IMAGENET.classes().iter().map(|class| class.name.to_ascii_lowercase()).collect();
        let wnids: HashSet<_> = IMAGENET.classes().iter().map(|class| class.id.as_str()).collect();
        assert_eq!((names.len(), wnids.len()), (1000, 1000));
        for class in IMAGENET.classes() {
            assert!(class.id.len() == 9 && class.id.starts_with('n'), "{class:?}");
            assert!(!class.name.is_empty() && class.name.trim() == class.name, "{class:?}");
        }
    }

    #[test]
    fn classes_are_found_by_any_name_of_their_own() {
        let index = |name| IMAGENET.by_name(name).map(|class| class.index);
        assert_eq!(index("Egyptian cat"), Some(285));
        assert_eq!(index(" egyptian CAT "), Some(285));
        assert_eq!(index("Egyptian_cat"), Some(285), "as Keras spells it");
        assert_eq!(index("tabby cat"), Some(281), "a synonym");
        assert_eq!(index("crane (bird)"), Some(134));
        assert_eq!(index("crane (machine)"), Some(517));
        assert_eq!(index("cardigan"), Some(474), "a name goes before the corgi's synonym");
        assert_eq!(index("maillot"), Some(638));
        assert_eq!(index("panther"), None, "a synonym of two");
        assert_eq!(index("crane"), None, "a synonym of two");
        assert_eq!(index(""), None);
        assert_eq!(index("unicorn"), None);
        assert_eq!(IMAGENET.by_id("n02124075").unwrap().index, 285);
        assert_eq!(IMAGENET.by_id("n00000000"), None);
    }

    #[test]
    fn every_class_is_found_by_its_own_name() {
        for class in IMAGENET.classes() {
            assert_eq!(IMAGENET.by_name(&class.name), Some(class));
            assert_eq!(IMAGENET.by_id(&class.id), Some(class));
        }
    }
}
