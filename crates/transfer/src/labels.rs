//! Names of labels in files in, names of classes out.

use std::collections::BTreeMap;

/// Which labels of a file mean which class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelMap {
    classes: BTreeMap<String, String>,
}

impl LabelMap {
    /// A map from classes with the labels that mean them. Rows of any other label are left out.
    pub fn new<'a>(classes: impl IntoIterator<Item = (&'a str, &'a [String])>) -> Self {
        let pairs = classes
            .into_iter()
            .flat_map(|(class, labels)| labels.iter().map(move |label| (label.clone(), class.to_string())));
        Self { classes: pairs.collect() }
    }

    /// The class of a label; `None` if its rows are to be left out. An empty map keeps every label as it is.
    pub fn class<'a>(&'a self, label: &'a str) -> Option<&'a str> {
        match self.classes.is_empty() {
            true => Some(label),
            false => self.classes.get(label).map(String::as_str),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmapped_labels_are_left_out() {
        let map = LabelMap::new([("bad", &["1".to_string(), "2".into()][..]), ("good", &["5".into()])]);
        assert_eq!(
            ["1", "2", "3", "5"].map(|label| map.class(label)),
            [Some("bad"), Some("bad"), None, Some("good")]
        );
        assert_eq!(LabelMap::default().class("3"), Some("3"));
    }
}
