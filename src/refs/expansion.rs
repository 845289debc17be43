//! `$(NAME)` in a text.

use base64::Engine;
use rustomize_yaml::Tag;

/// The value of a var.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A mapping or a list, which cannot stand in a text.
    Collection,
}

impl Value {
    /// Tag and text of a scalar that is this value.
    pub fn into_scalar(self) -> (Tag, String) {
        match self {
            Value::Text(text) => (Tag::Str, text),
            Value::Int(number) => (Tag::Int, number.to_string()),
            Value::Float(number) => (Tag::Float, number.to_string()),
            Value::Bool(flag) => (Tag::Bool, flag.to_string()),
            Value::Collection => (Tag::Str, String::new()),
        }
    }

    /// The value inside a longer text.
    fn shown(&self) -> String {
        match self {
            Value::Float(number) => {
                let mut text = String::new();
                rustomize_yaml::push_general_float(&mut text, *number);
                text
            }
            other => other.clone().into_scalar().1,
        }
    }
}

/// Puts values in the place of `$(NAME)`; `$$` stands for `$`, and a name that `look_up` does not know stays.
///
/// A text that is nothing but one name becomes the value, with its type.
pub(super) fn expand<'v>(text: &str, look_up: &dyn Fn(&str) -> Option<&'v Value>) -> Value {
    let mut result: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
        let Some(&next) = rest.get(at + 1) else { break };
        result.extend_from_slice(&rest[..at]);
        let after = &rest[at + 1..];
        let name = match next {
            b'(' => after.iter().position(|&byte| byte == b')').and_then(|end| str::from_utf8(&after[1..end]).ok()),
            _ => None,
        };
        match name {
            Some(name) => {
                let value = look_up(name);
                if let (Some(value), true) = (value, text.len() == name.len() + 3) {
                    return value.clone();
                }
                let shown = value.map_or_else(|| format!("$({name})"), Value::shown);
                result.extend_from_slice(shown.as_bytes());
                rest = &after[name.len() + 2..];
            }
            None => {
                result.push(b'$');
                if next != b'$' {
                    // kustomize takes the first byte behind the `$` for a whole character
                    result.extend_from_slice(char::from(next).to_string().as_bytes());
                }
                rest = &after[1..];
            }
        }
    }
    result.extend_from_slice(rest);
    // what kustomize has garbled comes out as base64
    let text = String::from_utf8(result);
    Value::Text(text.unwrap_or_else(|error| base64::engine::general_purpose::STANDARD.encode(error.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Value {
        let values = [
            ("NAME", Value::Text("web".to_owned())),
            ("PORT", Value::Int(80)),
            ("RATIO", Value::Float(1_000_000.0)),
            ("ON", Value::Bool(true)),
        ];
        expand(text, &|name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value))
    }

    #[test]
    fn names_in_a_text_give_text() {
        for (text, expected) in [
            ("http://$(NAME):$(PORT)/", "http://web:80/"),
            ("$(NAME)$(NAME)", "webweb"),
            ("is $(ON)", "is true"),
            ("of $(RATIO)", "of 1e+06"),
            ("$$(NAME) $$$(NAME) $$", "$(NAME) $web $"),
            ("$(OTHER) $() $x $(", "$(OTHER) $() $x $("),
            ("cost: 5$", "cost: 5$"),
            ("", ""),
        ] {
            assert_eq!(expanded(text), Value::Text(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_name_alone_keeps_its_type() {
        assert_eq!(expanded("$(PORT)"), Value::Int(80));
        assert_eq!(expanded("$(ON)"), Value::Bool(true));
        assert_eq!(expanded("$(OTHER)"), Value::Text("$(OTHER)".to_owned()));
        assert_eq!(Value::Float(1_000_000.0).into_scalar(), (Tag::Float, "1000000".to_owned()));
    }

    #[test]
    fn a_long_character_behind_a_dollar_is_garbled_as_in_kustomize() {
        // seen with kustomize: `args: ["a$é", "$é$(NAME) z"]`
        assert_eq!(expanded("a$é"), Value::Text("YSTDg6k=".to_owned()));
        assert_eq!(expanded("$é$(NAME) z"), Value::Text("JMODqXdlYiB6".to_owned()));
    }
}
