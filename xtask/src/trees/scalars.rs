//! Strings and odd scalars.

use super::plan::Gen;
use super::value::{Value, map};

/// Plain scalars that one of the YAML readers takes for something else than a string, or that look like it.
const RAW: &[&str] = &[
    "10",
    "-3",
    "12345678901234567890",
    "123456789012345678901234567890",
    "9223372036854775807",
    "-9223372036854775809",
    "1.0",
    "1.10",
    "3.14159265358979323846",
    "1e3",
    "1e20",
    "1e21",
    "0.000001",
    "1234567.5",
    "12345678901234567.5",
    "0x1F",
    "0o17",
    "017",
    "09",
    "1_000",
    "0b11",
    "+1",
    ".5",
    "1.",
    "true",
    "True",
    "yes",
    "on",
    "n",
    "null",
    "~",
    "2020-01-01",
    "2020-01-01T10:11:12Z",
    "12:30:45",
    "1.2.3",
    "10.0.0.1",
    "{}",
    "[]",
    "!!str 123",
    "!!binary aGVsbG8=",
    "!!int \"5\"",
    "9007199254740993",
    "<<",
    "=",
    "a#b",
    "1e",
    "0xZ",
    "-.5",
    "1:60",
];

/// Strings that have to be quoted, folded or broken into lines when they are written.
const STRINGS: &[&str] = &[
    "",
    " ",
    "yes",
    "no",
    "on",
    "null",
    "~",
    "1",
    "1e3",
    "0x1F",
    "017",
    "08",
    "1_000",
    "+1",
    "1.",
    ".5",
    ".inf",
    "12:30:45",
    "2020-01-01",
    "1.10",
    "1e",
    "0xZ",
    "a: b",
    "a #b",
    " lead",
    "trail ",
    "*x",
    "&x",
    "!x",
    "%x",
    "@x",
    "`x",
    "{{ x }}",
    "[a]",
    "- a",
    "-",
    "---",
    "...",
    ",a",
    "]",
    "?",
    "|",
    ">",
    "abc:",
    "it's",
    "say \"hi\"",
    "back\\slash",
    "tab\there",
    "bell\u{7}",
    "h\u{e9}llo \u{2603} \u{1f600}",
    "nbsp\u{a0}x",
    "line\u{2028}sep",
    "next\u{85}line",
    "bom\u{feff}x",
    "cr\rx",
    "a\r\nb\r\n",
    "one\ntwo",
    "one\ntwo\n",
    "one\n\n",
    "\none",
    "  two\nthree\n",
    "one  \ntwo",
    "\n",
    "tab\tx\ny\n",
    "# not a comment\nx",
    "key: value\nlist:\n- a\n- b\n",
    "---\nx",
    "trailing colon:\n",
    "<<",
    "=",
    "y",
    "N",
    "True",
    "0o17",
    "190:20:30",
    "1:60",
    "20-01-01",
    "\u{65e5}\u{672c}\u{8a9e}",
];

/// Words for long strings.
const WORDS: &[&str] = &[
    "the", "quick", "brown", "fox:", "jumps", "over", "a", "lazy", "dog", "and", "1234", "#5", "then,", "it's",
    "--flag",
];

impl Gen {
    /// An ordinary string, or in odd trees now and then another one.
    pub fn string(&mut self) -> Value {
        if self.odd && self.rng.chance(40) {
            return self.odd_string();
        }
        let words = [
            "info",
            "debug",
            "a value",
            "http://example.com:80/x",
            "true",
            "8080",
            "0.5",
            "on",
            "key=value",
            "a,b,c",
            "plain-text",
        ];
        self.rng.word(&words).into()
    }

    /// Anything that is a string and not ordinary.
    pub fn odd_string(&mut self) -> Value {
        match self.rng.below(10) {
            0 | 1 => {
                self.uses("odd: long string");
                self.long_string().into()
            }
            2 => {
                self.uses("odd: block scalar");
                let header = *self.rng.pick(&[">", ">-", ">+", "|", "|-", "|+"]);
                let mut lines = vec!["first line of text".to_string(), "second line".into()];
                if self.rng.chance(40) {
                    lines.extend(["".into(), "after a gap".into(), "  deeper".into(), "back".into()]);
                }
                if self.rng.chance(30) {
                    lines.push(self.long_string());
                }
                if self.rng.chance(20) {
                    lines.extend(["".into(), "".into()]);
                }
                Value::Block(header, lines)
            }
            3 => {
                self.uses("odd: long string");
                format!("{}\n{}\n", self.long_string(), self.long_string()).into()
            }
            _ => {
                self.uses("odd: string that needs quotes");
                self.rng.word(STRINGS).into()
            }
        }
    }

    fn long_string(&mut self) -> String {
        let count = self.rng.range(10, 50);
        let mut text = self.rng.word(&["start", "\"quoted", "plain", "- dash", "h\u{e9}"]);
        for _ in 0..count {
            text.push_str(if self.rng.chance(4) { "  " } else { " " });
            text.push_str(&self.rng.word(WORDS));
        }
        text + &self.rng.word(&["", ".", " end", ":x"])
    }

    /// A scalar of any type.
    pub fn odd_scalar(&mut self) -> Value {
        if self.rng.chance(50) {
            return self.odd_string();
        }
        self.uses("odd: number, date and the like");
        Value::Raw(self.rng.word(RAW))
    }

    /// Puts odd things into a resource where any value is allowed.
    pub fn make_odd(&mut self, resource: &mut Value) {
        for _ in 0..self.rng.range(1, 4) {
            let value = self.odd_scalar();
            match self.rng.below(4) {
                0 => resource.map_at("metadata").map_at("annotations").set("odd.example.com/a", value),
                1 if resource.get("data").is_some() => {
                    let value = if resource.get("kind").and_then(Value::text) == Some("Secret") {
                        "b2Rk".into()
                    } else {
                        self.odd_string()
                    };
                    resource.map_at("data").set("odd", value);
                }
                2 => resource
                    .map_at("metadata")
                    .map_at("labels")
                    .set("odd", self.rng.pick(&[Value::Int(1), Value::Bool(true), "1".into()]).clone()),
                _ => {
                    let rare = if self.rng.chance(10) { "" } else { "b" };
                    let key =
                        self.rng.word(&[rare, "odd", "1", "a b", "yes", "Zed", "a10", "a2", "\u{e9}", "~", "a.b/c"]);
                    resource.map_at("status").set(&key, value);
                }
            }
        }
        if self.rng.chance(20) {
            self.uses("odd: anchor");
            let shared = Value::Anchor("shared".into(), Box::new(map! { "x" => 1, "y" => "two" }));
            let status = resource.map_at("status");
            status.set("first", shared);
            status.set("second", Value::Alias("shared".into()));
            if self.rng.chance(50) {
                status.set(
                    "third",
                    Value::Map(vec![("<<".into(), Value::Alias("shared".into())), ("y".into(), 3.into())]),
                );
            }
        }
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Value::Int(number.into())
    }
}
