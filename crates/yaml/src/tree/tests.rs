use super::*;

fn sample() -> (Tree, NodeId) {
    let mut tree = Tree::made();
    let map = tree.new_mapping();
    tree.set_root(map);
    for key in ["a", "b", "c"] {
        tree.set_string(map, key, &key.to_uppercase());
    }
    (tree, map)
}

fn keys(tree: &Tree, map: NodeId) -> Vec<&str> {
    tree.entries(map).map(|(key, _)| tree.text(key)).collect()
}

#[test]
fn entries_keep_their_order_through_changes() {
    let (mut tree, map) = sample();
    tree.set_string(map, "b", "again");
    assert_eq!(keys(&tree, map), ["a", "b", "c"]);
    assert!(tree.remove(map, "c") && tree.remove(map, "a") && !tree.remove(map, "a"));
    tree.set_string(map, "d", "D");
    assert_eq!(keys(&tree, map), ["b", "d"]);
    assert_eq!(tree.get(map, "b").map(|id| tree.text(id)), Some("again"));
    assert_eq!(tree.len(map), 2);
    let (key, value) = (tree.new_string("first"), tree.new_mapping());
    tree.prepend_entry(map, key, value);
    assert_eq!(keys(&tree, map), ["first", "b", "d"]);
}

#[test]
fn replacing_the_last_value_keeps_appending_right() {
    let (mut tree, map) = sample();
    tree.set_string(map, "c", "new");
    tree.set_string(map, "d", "D");
    assert_eq!(keys(&tree, map), ["a", "b", "c", "d"]);
}

#[test]
fn items_can_be_inserted_and_removed_anywhere() {
    let mut tree = Tree::made();
    let list = tree.new_sequence();
    for text in ["0", "1", "2"] {
        let item = tree.new_string(text);
        tree.push(list, item);
    }
    let item = tree.new_string("x");
    tree.insert_item(list, 1, item);
    let first = tree.item(list, 0).unwrap();
    tree.remove_item(list, first);
    tree.retain_items(list, |tree, item| tree.text(item) != "2");
    let last = tree.new_string("y");
    tree.push(list, last);
    let texts: Vec<_> = tree.items(list).map(|item| tree.text(item)).collect();
    assert_eq!(texts, ["x", "1", "y"]);
}

#[test]
fn a_graft_copies_whole_subtrees_and_leaves_the_original() {
    let (from, map) = sample();
    let (mut into, root) = sample();
    let copy = into.graft(&from, map);
    into.set(root, "sub", copy);
    assert!(into.same_data(copy, &from, map));
    let twin = into.duplicate(root);
    assert!(into.same_data(twin, &into.clone(), root));
}

#[test]
fn changes_carry_the_step() {
    let (mut tree, map) = sample();
    let value = tree.get(map, "a").unwrap();
    tree.begin_step(StepId(7));
    tree.set_text(value, "x");
    assert_eq!(tree.node(value).step, StepId(7));
}
