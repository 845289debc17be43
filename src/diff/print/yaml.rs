use rustomize_yaml::{NodeId, Style, Tag, Tree, emit};

use crate::diff::value::{Data, Value};

/// A value as YAML, as builds print it; as JSON what YAML cannot hold.
pub fn yaml(value: &Value) -> String {
    if value.text().is_some() {
        return scalar(value) + "\n";
    }
    let mut tree = Tree::made();
    let root = node(&mut tree, value);
    tree.set_root(root);
    let mut text = String::new();
    match emit(&tree, tree.root(), &mut text) {
        Ok(()) => text,
        Err(_) => format!("{:#}\n", value.to_json()),
    }
}

/// A scalar on one line, with quotes where it needs them; a collection as JSON.
pub fn scalar(value: &Value) -> String {
    match &value.data {
        Data::Text(text) if is_plain(text) => text.clone(),
        Data::Text(_) | Data::List(_) | Data::Map(_) => value.to_json().to_string(),
        Data::Null | Data::Bool(_) | Data::Number(_) => value.text().unwrap_or_default(),
    }
}

/// Whether a text can stand without quotes, and nobody takes it for something else.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.chars().any(char::is_control)
        && !text.starts_with(['"', '\'', '[', '{'])
        && Tree::style_of_new(text) == Style::Plain
}

fn node(tree: &mut Tree, value: &Value) -> NodeId {
    match &value.data {
        Data::Null => tree.new_scalar("null", Tag::Null, Style::Plain),
        Data::Bool(value) => tree.new_scalar(&value.to_string(), Tag::Bool, Style::Plain),
        Data::Number(number) => {
            let tag = if number.is_f64() { Tag::Float } else { Tag::Int };
            tree.new_scalar(&number.to_string(), tag, Style::Plain)
        }
        Data::Text(text) => tree.new_string(text),
        Data::List(items) => {
            let list = tree.new_sequence();
            for item in items {
                let item = node(tree, item);
                tree.push(list, item);
            }
            list
        }
        Data::Map(fields) => {
            let map = tree.new_mapping();
            for (key, value) in fields {
                let value = node(tree, value);
                let key = tree.new_string(key);
                tree.append_entry(map, key, value);
            }
            map
        }
    }
}
