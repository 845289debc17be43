//! Reading, as a user of the crate sees it: texts that a reader can look at, and what becomes of them.

use std::sync::Arc;

use rustomize_yaml::{FileId, NodeId, Source, Tree, read_resources};

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new(FileId(1), "test.yaml", text))
}

/// A tree in a compact form: `{key: !tag text, …}`, strings in quotes.
fn show(tree: &Tree, id: NodeId) -> String {
    let items = |sequence: &str| {
        let items: Vec<String> = tree.items(id).map(|item| show(tree, item)).collect();
        sequence.replace("…", &items.join(", "))
    };
    if tree.is_mapping(id) {
        let entries: Vec<String> =
            tree.entries(id).map(|(key, value)| format!("{}: {}", show(tree, key), show(tree, value))).collect();
        return format!("{{{}}}", entries.join(", "));
    }
    if tree.is_sequence(id) {
        return items("[…]");
    }
    match tree.tag(id).short() {
        "!!str" => format!("{:?}", tree.text(id)),
        tag => format!("{tag} {}", tree.text(id)),
    }
}

fn resources(text: &str) -> Vec<String> {
    let trees = read_resources(&source(text)).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
    trees.iter().map(|tree| show(tree, tree.root())).collect()
}

#[test]
fn keys_and_values_get_their_types() {
    assert_eq!(
        resources("a: 1\nb: [x, 'y', \"z\\n\"]\nc:\n- d: e\n  f:\n- |\n  text\n  more\n-\n"),
        [r#"{"a": !!int 1, "b": ["x", "y", "z\n"], "c": [{"d": "e", "f": !!null }, "text\nmore\n", !!null ]}"#]
    );
}
