//! The table of Kubernetes' types: how it is laid out, and how a part of it is read.
//!
//! `cargo xtask kubernetes` writes it. All numbers are of four bytes, the lowest first, but for those in bodies:
//!
//! ```text
//! "kube", first release, counts of: releases, texts, kinds, definitions, variants, bytes of all texts
//! texts        where each begins among the bytes, and where the last one ends; sorted
//! kinds        kind, group, version (texts), definition, releases (a bit each); sorted by the first three
//! definitions  name (a text), its first variant; sorted by name
//! variants     releases (a bit each), where its body begins
//! the bytes of all texts, the bodies
//! ```
//!
//! A body is a node: a byte whose lower half is the shape and whose upper bits say what follows, as [`Reader::node`]
//! reads it. Numbers in bodies have seven bits a byte, the lowest first; the highest bit says that more follow.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::OnceLock;

use rustomize_yaml::json_string;

use super::{Bounds, Child, Format, Identity, Limits, Name, Null, Others, Schema, What};

static BYTES: &[u8] = include_bytes!("kubernetes.bin");

/// Where the parts of the table begin.
#[derive(Debug)]
pub(super) struct Table {
    /// The first minor release, and the one after the last.
    pub releases: Range<u32>,
    pub definition_count: usize,
    kind_count: usize,
    variant_count: usize,
    text_offsets: usize,
    kinds: usize,
    definitions: usize,
    variants: usize,
    texts: &'static str,
    bodies: usize,
}

/// A type that some releases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub kind: &'static str,
    pub group: &'static str,
    pub version: &'static str,
    pub definition: usize,
    /// A bit for each release that serves it, the lowest for the first.
    pub releases: u32,
}

impl Table {
    /// The table of this program.
    pub fn built_in() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(Table::open)
    }

    fn open() -> Table {
        const HEADER: usize = 32;
        let number = |at: usize| number(at * 4) as usize;
        let [text_count, kind_count, definition_count, variant_count, length] = [3, 4, 5, 6, 7].map(number);
        let kinds = HEADER + (text_count + 1) * 4;
        let definitions = kinds + kind_count * 20;
        let variants = definitions + definition_count * 8;
        let texts = variants + variant_count * 8;
        let first = number(1) as u32;
        Table {
            releases: first..first + number(2) as u32,
            definition_count,
            kind_count,
            variant_count,
            text_offsets: HEADER,
            kinds,
            definitions,
            variants,
            texts: std::str::from_utf8(&BYTES[texts..texts + length]).unwrap_or_default(),
            bodies: texts + length,
        }
    }

    fn text(&self, id: usize) -> &'static str {
        let at = self.text_offsets + id * 4;
        self.texts.get(number(at) as usize..number(at + 4) as usize).unwrap_or_default()
    }

    /// Every type of any release, sorted by kind, group and version.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        (0..self.kind_count).map(|index| self.kind(index))
    }

    fn kind(&self, index: usize) -> Kind {
        let at = self.kinds + index * 20;
        let text = |at| self.text(number(at) as usize);
        Kind {
            kind: text(at),
            group: text(at + 4),
            version: text(at + 8),
            definition: number(at + 12) as usize,
            releases: number(at + 16),
        }
    }

    /// The types of that kind.
    pub fn kinds_named(&self, kind: &str) -> impl Iterator<Item = Kind> {
        let first = self.first(0..self.kind_count, |index| self.kind(index).kind < kind);
        (first..self.kind_count).map(|index| self.kind(index)).take_while(move |found| found.kind == kind)
    }

    /// The name of a definition, `io.k8s.api.core.v1.Pod`.
    pub fn definition_name(&self, definition: usize) -> &'static str {
        self.text(number(self.definitions + definition * 8) as usize)
    }

    /// The number of the definition of that name.
    pub fn definition(&self, name: &str) -> Option<usize> {
        let at = self.first(0..self.definition_count, |index| self.definition_name(index) < name);
        (at < self.definition_count && self.definition_name(at) == name).then_some(at)
    }

    /// The first number of the range for which `is_before` does not hold; it holds for all before that one.
    fn first(&self, mut range: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
        while range.start < range.end {
            let middle = range.start + (range.end - range.start) / 2;
            match is_before(middle).cmp(&true) {
                Ordering::Equal => range.start = middle + 1,
                _ => range.end = middle,
            }
        }
        range.start
    }

    /// What a definition says in a release (its place, counted from the first one); nothing where that has it not.
    pub fn schema(&self, definition: usize, release: u32) -> Option<Schema> {
        let first = |definition: usize| number(self.definitions + definition * 8 + 4) as usize;
        let end = if definition + 1 < self.definition_count { first(definition + 1) } else { self.variant_count };
        let mut variants = (first(definition)..end).map(|variant| self.variants + variant * 8);
        let variant = variants.find(|at| number(*at) >> release & 1 == 1)?;
        Some(Reader { table: self, at: self.bodies + number(variant + 4) as usize }.node())
    }
}

/// The number at this byte.
fn number(at: usize) -> u32 {
    BYTES.get(at..at + 4).map_or(0, |bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// Reads a body.
struct Reader<'a> {
    table: &'a Table,
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let byte = BYTES.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        byte
    }

    fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 || shift > 56 {
                return number;
            }
        }
    }

    fn signed(&mut self) -> i64 {
        let number = self.number() as i64;
        number >> 1 ^ -(number & 1)
    }

    fn text(&mut self) -> &'static str {
        let id = self.number();
        self.table.text(id)
    }

    fn child(&mut self) -> Child {
        const REFERENCE: u8 = 1;
        let is_reference = BYTES.get(self.at).is_some_and(|byte| byte & 0xf == REFERENCE);
        if is_reference {
            self.at += 1;
            return Child::Definition(self.number());
        }
        Child::Own(Box::new(self.node()))
    }

    fn node(&mut self) -> Schema {
        let first = self.byte();
        let null = if first & 0x10 != 0 { Null::Dropped } else { Null::Refused };
        let mut schema = Schema { null, ..Schema::default() };
        if first & 0x20 != 0 {
            schema.format = Format::named(self.text());
        }
        let values =
            if first & 0x40 != 0 { self.texts().iter().map(|text| json_string(text)).collect() } else { Vec::new() };
        let bounds = if first & 0x80 != 0 { self.bounds() } else { Bounds::default() };
        self.shape(first & 0xf, &mut schema);
        schema.limits = limits(&schema, values, bounds).map(Box::new);
        schema
    }

    fn texts(&mut self) -> Vec<Name> {
        (0..self.number()).map(|_| Name::Borrowed(self.text())).collect()
    }

    fn bounds(&mut self) -> Bounds<i64> {
        let which = self.byte();
        let least = (which & 1 != 0).then(|| self.signed());
        Bounds { least, most: (which & 2 != 0).then(|| self.signed()) }
    }

    fn shape(&mut self, shape: u8, schema: &mut Schema) {
        match shape {
            2 | 3 => self.object(shape == 3, schema),
            4 => {
                let keys = self.number().checked_sub(1).and_then(|id| Format::named(self.table.text(id)));
                schema.what = What::Object;
                schema.others = Others::Map { keys, values: self.child() };
            }
            5 => {
                schema.what = What::List;
                schema.identity = match self.byte() {
                    0 => Identity::None,
                    _ => match self.texts() {
                        keys if keys.is_empty() => Identity::Value,
                        keys => Identity::Fields(keys.into_iter().map(with_default).collect()),
                    },
                };
                schema.items = Some(self.child());
            }
            6 => schema.what = What::Text,
            7 => schema.what = What::Integer,
            8 => schema.what = What::Number,
            9 => schema.what = What::Boolean,
            10 => schema.what = What::IntegerOrText,
            11 => schema.what = What::NumberOrText,
            _ => {}
        }
    }

    fn object(&mut self, is_open: bool, schema: &mut Schema) {
        schema.what = What::Object;
        schema.others = if is_open { Others::Kept } else { Others::Refused };
        for _ in 0..self.number() {
            let field = self.number();
            let name = Name::Borrowed(self.table.text(field >> 1));
            if field & 1 != 0 {
                schema.required.push(name.clone());
            }
            schema.fields.push((name, self.child()));
        }
    }
}

/// Ports are of TCP where nothing else is said; no other key has a default.
fn with_default(key: Name) -> (Name, Option<String>) {
    let default = (key == "protocol").then(|| "\"TCP\"".to_owned());
    (key, default)
}

/// Values and bounds as limits. In Go's types an empty text is one that was not given.
fn limits(schema: &Schema, values: Vec<String>, bounds: Bounds<i64>) -> Option<Limits> {
    let has_form = schema.what == What::Text && schema.format.is_some();
    if values.is_empty() && bounds.least.is_none() && bounds.most.is_none() && !has_form {
        return None;
    }
    let mut limits = Limits { values, allows_empty: true, ..Limits::default() };
    let count = Bounds {
        least: bounds.least.and_then(|least| least.try_into().ok()),
        most: bounds.most.and_then(|most| most.try_into().ok()),
    };
    match schema.what {
        What::Text => limits.length = count,
        What::List => limits.items = count,
        _ => limits.number = Bounds { least: bounds.least.map(|it| it as f64), most: bounds.most.map(|it| it as f64) },
    }
    Some(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let table = Table::built_in();
        assert_eq!(table.releases.start, 25);
        assert!(table.releases.end >= 38);
        for definition in 0..table.definition_count {
            let releases = 0..table.releases.len() as u32;
            let variants = releases.filter_map(|release| table.schema(definition, release)).count();
            assert!(variants > 0, "{}", table.definition_name(definition));
            assert_eq!(table.definition(table.definition_name(definition)), Some(definition));
        }
        for kind in table.kinds() {
            assert!(table.kinds_named(kind.kind).any(|found| found == kind));
            assert!(kind.releases != 0 && kind.definition < table.definition_count);
        }
    }
}
