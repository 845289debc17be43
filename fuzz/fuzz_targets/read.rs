//! Reading never panics, and every plain scalar that is taken from the text as it is stands where its node says.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rustomize_yaml::{
    Dialect, FileId, NodeId, Source, Style, Tree, read_document, read_resources, read_stream, scalar_value,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes(FileId(1), "fuzz.yaml", bytes.to_vec()) else { return };
    let source = Arc::new(source);
    for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
        match read_document(&source, dialect) {
            Ok(Some(tree)) => check(&tree, tree.root(), dialect),
            Ok(None) => {}
            Err(error) => in_text(&source, error.at),
        }
    }
    let trees = [read_resources(&source), read_stream(&source)].into_iter().flatten().flatten();
    trees.for_each(|tree| check(&tree, tree.root(), Dialect::Yaml12));
});

fn check(tree: &Tree, id: NodeId, dialect: Dialect) {
    let node = tree.node(id);
    in_text(tree.source(), node.at);
    if tree.is_scalar(id) {
        // An error is an answer, too.
        let _ = scalar_value(node.tag, node.style, tree.text(id), dialect);
        // YAML 1.1 makes texts of keys such as `n`, which is then `false`.
        let as_written = dialect == Dialect::Yaml12 && node.style == Style::Plain && !node.tagged;
        // Folded lines are joined by spaces, so a text is compared up to the first one.
        let first = tree.text(id).split([' ', '\n']).next().unwrap_or_default();
        if as_written && node.file == tree.source().id {
            assert!(tree.source().text()[node.at as usize..].starts_with(first), "{first:?} does not stand there");
        }
    }
    tree.items(id).for_each(|child| check(tree, child, dialect));
}

fn in_text(source: &Source, at: u32) {
    assert!(source.text().is_char_boundary((at as usize).min(source.text().len())), "a place inside of a character");
}
