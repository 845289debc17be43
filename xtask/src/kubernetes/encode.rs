//! The table as bytes. `src/check/schemas/table.rs` tells the form and reads it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use super::node::{Node, Shape};
use super::{FIRST_RELEASE, Table};

/// The table as bytes.
pub fn encode(table: &Table) -> Result<Vec<u8>> {
    let strings = strings(table);
    let names: Vec<&String> = table.definitions.keys().collect();
    let writer = Writer {
        strings: strings.iter().enumerate().map(|(at, text)| (*text, at as u64)).collect(),
        definitions: names.iter().enumerate().map(|(at, name)| (name.as_str(), at as u64)).collect(),
    };

    let (mut variants, mut firsts, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for texts in table.definitions.values() {
        firsts.push(variants.len() as u32);
        for (node, releases) in texts {
            variants.push((*releases, bodies.len() as u32));
            writer.node(node, &mut bodies)?;
        }
    }
    let mut pool = String::new();
    let mut offsets = vec![0];
    for text in &strings {
        pool.push_str(text);
        offsets.push(pool.len() as u32);
    }

    let mut out = b"kube".to_vec();
    let counts = [table.releases.len(), strings.len(), table.kinds.len(), names.len(), variants.len(), pool.len()];
    push_all(&mut out, [FIRST_RELEASE]);
    push_all(&mut out, counts.map(|count| count as u32));
    push_all(&mut out, offsets);
    for ((kind, group, version, definition), releases) in &table.kinds {
        push_all(&mut out, [writer.string(kind)?, writer.string(group)?, writer.string(version)?].map(|id| id as u32));
        push_all(&mut out, [writer.definition(definition)? as u32, *releases]);
    }
    for (name, first) in names.iter().zip(firsts) {
        push_all(&mut out, [writer.string(name)? as u32, first]);
    }
    push_all(&mut out, variants.iter().flat_map(|(releases, body)| [*releases, *body]));
    out.extend_from_slice(pool.as_bytes());
    out.extend_from_slice(&bodies);
    Ok(out)
}

fn push_all(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    numbers.into_iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

/// Every text of the table, sorted.
fn strings(table: &Table) -> BTreeSet<&str> {
    let mut strings = BTreeSet::new();
    for (kind, group, version, _) in table.kinds.keys() {
        strings.extend([kind.as_str(), group, version]);
    }
    for (name, texts) in &table.definitions {
        strings.insert(name);
        texts.iter().for_each(|(node, _)| collect(node, &mut strings));
    }
    strings
}

fn collect<'a>(node: &'a Node, strings: &mut BTreeSet<&'a str>) {
    strings.extend(node.format.as_deref());
    strings.extend(node.values.iter().map(String::as_str));
    match &node.shape {
        Shape::Object { fields, .. } => {
            for (name, (_, field)) in fields {
                strings.insert(name);
                collect(field, strings);
            }
        }
        Shape::Map { keys, values } => {
            strings.extend(keys.as_deref());
            collect(values, strings);
        }
        Shape::List { keys, items } => {
            strings.extend(keys.iter().flatten().map(String::as_str));
            collect(items, strings);
        }
        _ => {}
    }
}

struct Writer<'a> {
    strings: BTreeMap<&'a str, u64>,
    definitions: BTreeMap<&'a str, u64>,
}

impl Writer<'_> {
    fn string(&self, text: &str) -> Result<u64> {
        self.strings.get(text).copied().with_context(|| format!("the text `{text}` was not collected"))
    }

    fn definition(&self, name: &str) -> Result<u64> {
        self.definitions.get(name).copied().with_context(|| format!("there is no definition {name}"))
    }

    fn node(&self, node: &Node, out: &mut Vec<u8>) -> Result<()> {
        let has_bounds = node.least.is_some() || node.most.is_some();
        let flags = [node.nullable, node.format.is_some(), !node.values.is_empty(), has_bounds];
        let flags = flags.iter().enumerate().fold(0, |flags, (bit, is_set)| flags | u8::from(*is_set) << (4 + bit));
        out.push(shape_number(&node.shape) | flags);
        if let Some(format) = &node.format {
            push(out, self.string(format)?);
        }
        if !node.values.is_empty() {
            self.list(&node.values, out)?;
        }
        if has_bounds {
            out.push(u8::from(node.least.is_some()) | u8::from(node.most.is_some()) << 1);
            node.least.iter().chain(&node.most).for_each(|bound| push(out, zigzag(*bound)));
        }
        self.shape(&node.shape, out)
    }

    fn shape(&self, shape: &Shape, out: &mut Vec<u8>) -> Result<()> {
        match shape {
            Shape::Reference(name) => push(out, self.definition(name)?),
            Shape::Object { fields, .. } => {
                push(out, fields.len() as u64);
                for (name, (is_required, field)) in fields {
                    push(out, self.string(name)? << 1 | u64::from(*is_required));
                    self.node(field, out)?;
                }
            }
            Shape::Map { keys, values } => {
                push(out, keys.as_ref().map_or(Ok(0), |keys| self.string(keys).map(|id| id + 1))?);
                self.node(values, out)?;
            }
            Shape::List { keys, items } => {
                out.push(u8::from(keys.is_some()));
                if let Some(keys) = keys {
                    self.list(keys, out)?;
                }
                self.node(items, out)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn list(&self, texts: &[String], out: &mut Vec<u8>) -> Result<()> {
        push(out, texts.len() as u64);
        texts.iter().try_for_each(|text| {
            push(out, self.string(text)?);
            Ok(())
        })
    }
}

fn shape_number(shape: &Shape) -> u8 {
    match shape {
        Shape::Any => 0,
        Shape::Reference(_) => 1,
        Shape::Object { open: false, .. } => 2,
        Shape::Object { open: true, .. } => 3,
        Shape::Map { .. } => 4,
        Shape::List { .. } => 5,
        Shape::Text => 6,
        Shape::Integer => 7,
        Shape::Number => 8,
        Shape::Boolean => 9,
        Shape::IntegerOrText => 10,
        Shape::Quantity => 11,
    }
}

/// Seven bits a byte, the least first; the highest bit says that more follow.
fn push(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Small numbers of either sign become small numbers.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}
