use rustomize_yaml::{NodeId, Tree, push_json_string, to_json};
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use crate::diagnostics::{Error, Result, Sources};
use crate::resource::Resource;

/// The hash that is put behind the name of a resource: ten characters that stand for its content.
///
/// Of a ConfigMap and a Secret, only kind, data and type count; of others everything. (Upstream's hash of others depends
/// on comments, quotes and line numbers too.) Fails where the content cannot be printed.
pub fn name_hash(resource: &Resource, sources: &Sources) -> Result<String> {
    content_hash(resource)
        .map_err(|error| Error::of_node(error, sources).note(format!("while hashing {}", resource.id())))
}

/// The same, where nobody has to be told what is wrong.
pub fn content_hash(resource: &Resource) -> rustomize_yaml::Result<String> {
    let json = match resource.kind() {
        "ConfigMap" => object(resource.tree(), "ConfigMap", "binaryData", None),
        "Secret" => object(resource.tree(), "Secret", "stringData", Some("type")),
        _ => {
            let mut json = String::new();
            to_json(resource.tree(), resource.tree().root(), &mut json).map(|()| json)
        }
    };
    Ok(encode(&Sha256::digest(json?)))
}

/// The room that most ConfigMaps take as JSON.
const ROOM: usize = 200;

/// What counts of a ConfigMap or Secret, as JSON with sorted keys.
///
/// Upstream means to put the name in too, but looks for a field called `metadata/name`, so it is always empty.
fn object(tree: &Tree, kind: &str, other_data: &str, type_field: Option<&str>) -> rustomize_yaml::Result<String> {
    let field = |name: &str| tree.get(tree.root(), name);
    let other = field(other_data).filter(|&id| !tree.is_scalar(id));
    let mut entries = SmallVec::<[_; 5]>::from_slice(&[("data", Some(field("data"))), ("kind", None), ("name", None)]);
    entries.extend(other.map(|id| (other_data, Some(Some(id)))));
    entries.extend(type_field.map(|name| (name, Some(field(name)))));
    entries.sort_unstable_by_key(|(name, _)| *name);
    let mut out = String::with_capacity(ROOM);
    out.push('{');
    for (name, value) in entries {
        if out.len() > 1 {
            out.push(',');
        }
        push_json_string(&mut out, name);
        out.push(':');
        match value {
            Some(Some(id)) => push_value(tree, id, &mut out)?,
            _ if name == "kind" => push_json_string(&mut out, kind),
            _ => push_json_string(&mut out, ""),
        }
    }
    out.push('}');
    Ok(out)
}

/// A mapping as it is, a scalar as its text, whatever its type; a list counts as nothing.
fn push_value(tree: &Tree, id: NodeId, out: &mut String) -> rustomize_yaml::Result<()> {
    if tree.is_scalar(id) {
        push_json_string(out, tree.text(id));
        return Ok(());
    }
    let start = out.len();
    to_json(tree, id, out)?;
    if !tree.is_mapping(id) {
        out.truncate(start);
        out.push_str("null");
    } else if may_have_numbers(&out[start..]) {
        let json = out.split_off(start);
        push_through_floats(&json, out);
    }
    Ok(())
}

/// Whether JSON has a number in it; true also when in doubt.
fn may_have_numbers(json: &str) -> bool {
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    // What stands between the quotes of texts is every second piece, as long as no quote is escaped.
    json.contains('\\') || json.split('"').step_by(2).any(has_digit)
}

/// Appends JSON after a round trip that makes a float of every number, as upstream's does.
fn push_through_floats(json: &str, out: &mut String) {
    let mut rest = json;
    while let Some(at) = rest.find(|c: char| c == '"' || c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let token = if rest.starts_with('"') { string_length(rest) } else { digits_length(rest) };
        let (text, after) = rest.split_at(token);
        match text.parse::<f64>() {
            Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => out.push_str(&number.to_string()),
            _ => out.push_str(text),
        }
        rest = after;
    }
    out.push_str(rest);
}

/// How long the JSON string is that the text starts with, its quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// How long the number is that the text starts with.
fn digits_length(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| matches!(c, '0'..='9' | '.' | 'e' | '+' | '-')).len()
}

/// The digits of hashes: they spell no words.
const DIGITS: &[u8; 16] = b"gh2k456789mbcdtf";

/// The first ten hexadecimal digits, in an alphabet of their own.
fn encode(digest: &[u8]) -> String {
    let digits = digest.iter().take(5).flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// A name without the hash at its end, if what stands there can be one; the hash.
pub fn split_hash(name: &str) -> Option<(&str, &str)> {
    let (base, hash) = name.rsplit_once('-')?;
    (is_hash(hash) && !base.is_empty()).then_some((base, hash))
}

/// Whether a text can be a hash.
pub fn is_hash(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|digit| DIGITS.contains(&digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::test_support::{resources, with_files};

    fn hash(text: &str) -> String {
        with_files(&[], |context| name_hash(&resources(text, context)[0], context.sources).unwrap())
    }

    /// The hashes were printed by kustomize for the same resources.
    #[test]
    fn hashes_are_those_of_kustomize() {
        let odd = r#"
kind: ConfigMap
data: {b: 1, c: 9007199254740993, d: 1.5e30, e: [1, x], f: "<&>\u2028\t\b\f\x01é😀", g: null, h: 2020-01-01,
  i: {z: true, a: -5}, j: 18446744073709551615, k: .5}
"#;
        for (text, expected) in [
            ("{kind: ConfigMap}", "6ct58987ht"),
            ("{kind: ConfigMap, data: {a b: '1'}}", "5ck52bh8kf"),
            ("{kind: ConfigMap, data: {on: 'on', a: 'null', b: '1', c: 'a: b'}}", "45229c227t"),
            ("{kind: ConfigMap, data: [a], binaryData: x}", "dk855m5d49"),
            ("{kind: Secret, type: Opaque, data: {}}", "46f8b28mk5"),
            ("{kind: Secret, stringData: {a: b}}", "86kg747449"),
            ("{kind: Secret, data: null, type: 1, stringData: [a]}", "4gbt68fb5b"),
            (odd, "545mmf68gf"),
        ] {
            assert_eq!(hash(text), expected, "{text}");
        }
    }

    #[test]
    fn of_other_kinds_only_the_content_counts() {
        let (block, flow) = ("kind: A\n# comment\nspec:\n  b: 1\n  a: x\n", "{kind: A, spec: {a: 'x', b: 1}}");
        assert_eq!(hash(block), hash(flow));
        assert_ne!(hash(block), hash("{kind: A, spec: {a: 'x', b: 2}}"));
    }
}
