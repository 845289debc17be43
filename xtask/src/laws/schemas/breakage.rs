//! Ways to break a manifest, one fault at a time.

use serde_json::{Value, json};

use super::Difference;
use super::generate::{Generated, Site};
use crate::kubernetes::{Node, Shape};
use crate::trees::Rng;

/// What was broken, and where.
pub struct Breakage {
    pub name: &'static str,
    pub pointer: String,
    /// The rules that may find it.
    pub codes: &'static [&'static str],
    /// Why the verdicts differ, where they do.
    pub difference: Option<Difference>,
}

const TYPE: &[&str] = &["schema-type", "build-failure"];
const FIELD: &[&str] = &["schema-field", "build-failure"];

/// Breaks the manifest in some way; nothing where what was drawn cannot be broken in it.
pub fn apply(generated: &mut Generated, rng: &mut Rng) -> Option<Breakage> {
    let Generated { value, sites } = generated;
    // What makes up the id of a resource has rules of its own, and a build drops or mends annotations that are none.
    const OWN_RULES: [&str; 4] = ["/apiVersion", "/kind", "/metadata", "/metadata/name"];
    let has_own_rules = |pointer: &str| OWN_RULES.contains(&pointer) || pointer.starts_with("/metadata/annotations");
    sites.retain(|site| !has_own_rules(&site.pointer));
    for _ in 0..20 {
        let broken = match rng.below(20) {
            0 => Some(of_type(value, rng)),
            1..=4 => unknown_field(value, sites, rng),
            5..=8 => wrong_type(value, sites, rng),
            9 | 10 => missing(value, sites, rng),
            11 | 12 => null(value, sites, rng),
            13..=15 => unpublished_text(value, sites, rng),
            16 | 17 => unpublished_number(value, sites, rng),
            _ => twins(value, sites, rng),
        };
        if broken.is_some() {
            return broken;
        }
    }
    None
}

fn of_type(value: &mut Value, rng: &mut Rng) -> Breakage {
    let field = *rng.pick(&["apiVersion", "kind"]);
    let text = value[field].as_str().unwrap_or_default().to_owned();
    value[field] = json!(if field == "kind" { format!("{text}x") } else { format!("{text}beta9") });
    let codes = &["unknown-type", "removed-api"];
    Breakage { name: "an unknown type", pointer: format!("/{field}"), codes, difference: None }
}

fn pick<'s, 't>(sites: &'s [Site<'t>], rng: &mut Rng, fits: impl Fn(&Site<'t>) -> bool) -> Option<&'s Site<'t>> {
    let fitting: Vec<_> = sites.iter().filter(|site| fits(site)).collect();
    (!fitting.is_empty()).then(|| *rng.pick(&fitting))
}

/// The value at a place: for an object that is referred to, the object.
fn at<'v>(value: &'v mut Value, site: &Site) -> Option<&'v mut Value> {
    value.pointer_mut(&site.pointer)
}

fn unknown_field(value: &mut Value, sites: &[Site], rng: &mut Rng) -> Option<Breakage> {
    // Only objects with fields of their own are referred to, and nearly all of them are closed.
    let site = pick(sites, rng, |site| matches!(site.node.shape, Shape::Reference(_)))?;
    let name = *rng.pick(&["naem", "unknown", "specs", "x-y"]);
    at(value, site)?.as_object_mut()?.insert(name.to_owned(), json!("a"));
    Some(Breakage { name: "an unknown field", pointer: site.pointer.clone(), codes: FIELD, difference: None })
}

fn wrong_type(value: &mut Value, sites: &[Site], rng: &mut Rng) -> Option<Breakage> {
    let site = pick(sites, rng, |site| !matches!(site.node.shape, Shape::Any))?;
    let wrong: &[Value] = &match site.node.shape {
        Shape::Any => return None,
        Shape::Reference(_) | Shape::Object { .. } | Shape::Map { .. } => [json!("a"), json!(1), json!([{}])],
        Shape::List { .. } => [json!("a"), json!(1), json!({})],
        Shape::Text => [json!(1), json!(true), json!(["a"])],
        Shape::Integer => [json!("1"), json!(1.5), json!(true)],
        Shape::Number => [json!("1.5"), json!(false), json!({})],
        Shape::Boolean => [json!("true"), json!("yes"), json!(1)],
        Shape::IntegerOrText => [json!(1.5), json!(true), json!([1])],
        Shape::Quantity => [json!(true), json!([1]), json!({})],
    };
    *at(value, site)? = rng.pick(wrong).clone();
    Some(Breakage { name: "a wrong type", pointer: site.pointer.clone(), codes: TYPE, difference: None })
}

fn split(pointer: &str) -> Option<(&str, &str)> {
    pointer.rsplit_once('/')
}

fn missing(value: &mut Value, sites: &[Site], rng: &mut Rng) -> Option<Breakage> {
    let site = pick(sites, rng, |site| site.is_required)?;
    let (above, name) = split(&site.pointer)?;
    value.pointer_mut(above)?.as_object_mut()?.shift_remove(&name.replace("~1", "/").replace("~0", "~"))?;
    let codes = &["schema-required"];
    Some(Breakage { name: "a missing field", pointer: site.pointer.clone(), codes, difference: None })
}

fn null(value: &mut Value, sites: &[Site], rng: &mut Rng) -> Option<Breakage> {
    let is_choice = |node: &Node| matches!(node.shape, Shape::IntegerOrText | Shape::Quantity);
    let site = pick(sites, rng, |site| site.is_required || is_choice(site.node))?;
    let (codes, difference): (&[&str], _) = match (site.is_required, is_choice(site.node), site.node.nullable) {
        (true, true, _) => return None,
        (false, _, _) => (&[], Some(Difference::NullChoice)),
        (true, _, true) => (&["schema-required"], Some(Difference::NullRequired)),
        // Where a type stands in a file of its own, its own fields may all be null.
        (true, _, false) if site.pointer.rfind('/') == Some(0) => (TYPE, Some(Difference::NullRequired)),
        (true, _, false) => (TYPE, None),
    };
    *at(value, site)? = Value::Null;
    Some(Breakage { name: "null", pointer: site.pointer.clone(), codes, difference })
}

fn unpublished_text(value: &mut Value, sites: &[Site], rng: &mut Rng) -> Option<Breakage> {
    let has_rule = |node: &Node| !node.values.is_empty() || wrong_text(node).is_some();
    let is_text = |node: &Node| matches!(node.shape, Shape::Text | Shape::IntegerOrText | Shape::Quantity);
    // What types may be inside of others is published.
    let is_type = |site: &Site| site.pointer.ends_with("/kind") || site.pointer.ends_with("/apiVersion");
    let site = pick(sites, rng, |site| is_text(site.node) && has_rule(site.node) && !is_type(site))?;
    let (name, text, codes): (_, _, &[&str]) = match wrong_text(site.node) {
        _ if !site.node.values.is_empty() => ("a value that is not taken", "unheard-of", &["schema-value"]),
        wrong => wrong?,
    };
    *at(value, site)? = json!(text);
    let difference = Some(Difference::NotPublished);
    Some(Breakage { name, pointer: site.pointer.clone(), codes, difference })
}

/// A text that has not the form that it should have.
fn wrong_text(node: &Node) -> Option<(&'static str, &'static str, &'static [&'static str])> {
    Some(match node.format.as_deref()? {
        "dns-label" | "dns-subdomain" => ("a wrong name", "Not_A_Name", &["invalid-name", "schema-format"]),
        "qualified-name" | "label-value" => ("a wrong label", "not a label", &["invalid-label"]),
        "port-name" | "port-or-name" => ("a wrong port name", "a-name-that-is-too-long", &["invalid-port"]),
        "quantity" => ("a wrong amount", "2GB", &["invalid-quantity"]),
        "byte" => ("no base64", "not base64!", &["schema-format"]),
        "date-time" => ("no moment", "yesterday", &["schema-format"]),
        "data-key" | "env-name" => ("a wrong key", "a=b/c", &["schema-format"]),
        _ => return None,
    })
}

fn unpublished_number(value: &mut Value, sites: &[Site], rng: &mut Rng) -> Option<Breakage> {
    let is_number = |node: &Node| matches!(node.shape, Shape::Integer | Shape::IntegerOrText);
    let site = pick(sites, rng, |site| is_number(site.node) && wrong_number(site.node).is_some())?;
    let (number, codes) = wrong_number(site.node)?;
    *at(value, site)? = json!(number);
    let difference = Some(Difference::NotPublished);
    Some(Breakage { name: "a number out of bounds", pointer: site.pointer.clone(), codes, difference })
}

fn wrong_number(node: &Node) -> Option<(i64, &'static [&'static str])> {
    if let Some(least) = node.least {
        return Some((least - 1, &["schema-bounds"]));
    }
    Some(match node.format.as_deref()? {
        "port" | "port-or-none" | "port-or-name" => (70_000, &["invalid-port"]),
        "file-mode" => (0o1000, &["schema-format"]),
        "int32" => (1 << 31, &["schema-format"]),
        _ => return None,
    })
}

fn twins(value: &mut Value, sites: &[Site], rng: &mut Rng) -> Option<Breakage> {
    let is_keyed = |site: &Site| matches!(site.node.shape, Shape::List { keys: Some(_), .. });
    let site = pick(sites, rng, is_keyed)?;
    let list = at(value, site)?.as_array_mut()?;
    let Shape::List { keys: Some(keys), .. } = &site.node.shape else { return None };
    // Without the fields that tell items apart, nobody knows whether two are the same.
    let is_told = |item: &&Value| keys.iter().all(|key| key == "protocol" || item.get(key).is_some());
    let twin = list.iter().find(is_told)?.clone();
    list.push(twin);
    let codes = &["duplicate-item"];
    let difference = Some(Difference::NotPublished);
    Some(Breakage { name: "an item that is there twice", pointer: site.pointer.clone(), codes, difference })
}
