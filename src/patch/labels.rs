//! Expressions over labels or annotations, in the syntax of Kubernetes label selectors: `app=web,tier in (a, b),!old`.

/// An expression: all of its requirements must hold.
#[derive(Debug)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Debug)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Greater,
    Less,
}

impl LabelSelector {
    /// Parses an expression; an empty one holds for everything. Fails with what is wrong.
    pub fn parse(text: &str) -> Result<LabelSelector, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        loop {
            match parser.peek() {
                Token::Word(_) | Token::Not => requirements.push(parser.requirement()?),
                Token::End => return Ok(LabelSelector(requirements)),
                other => return Err(format!("found {}, expected a key", other.shown())),
            }
            match parser.next() {
                Token::End => return Ok(LabelSelector(requirements)),
                Token::Comma if matches!(parser.peek(), Token::Word(_) | Token::Not) => {}
                Token::Comma => return Err(format!("found {} behind a comma, expected a key", parser.peek().shown())),
                other => return Err(format!("found {}, expected a comma or the end", other.shown())),
            }
        }
    }

    /// Whether it holds for labels that `get` looks up.
    pub fn matches<'a>(&self, get: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|requirement| requirement.matches(get(&requirement.key)))
    }
}

impl Requirement {
    fn new(key: String, operator: Operator, values: Vec<String>) -> Result<Requirement, String> {
        if matches!(operator, Operator::Greater | Operator::Less)
            && let Some(value) = values.iter().find(|value| value.parse::<i64>().is_err())
        {
            return Err(format!("`{value}` is not an integer, and `<` and `>` compare integers"));
        }
        match values.iter().find(|value| !is_value(value)) {
            Some(value) => Err(format!("`{value}` cannot be the value of a label")),
            None => Ok(Requirement { key, operator, values }),
        }
    }

    fn matches(&self, value: Option<&str>) -> bool {
        let is_listed = |value: &str| self.values.iter().any(|wanted| wanted == value);
        let compares = |compare: fn(&i64, &i64) -> bool, value: &str| {
            let wanted = self.values.first().and_then(|wanted| wanted.parse().ok());
            value.parse().ok().zip(wanted).is_some_and(|(value, wanted)| compare(&value, &wanted))
        };
        match self.operator {
            Operator::In => value.is_some_and(is_listed),
            Operator::NotIn => !value.is_some_and(is_listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Greater => value.is_some_and(|value| compares(i64::gt, value)),
            Operator::Less => value.is_some_and(|value| compares(i64::lt, value)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Not,
    Equals,
    NotEquals,
    Greater,
    Less,
    Comma,
    Open,
    Close,
    End,
}

impl Token<'_> {
    fn shown(&self) -> String {
        match self {
            Token::Word(word) => format!("`{word}`"),
            Token::Not => "`!`".to_owned(),
            Token::Equals => "`=`".to_owned(),
            Token::NotEquals => "`!=`".to_owned(),
            Token::Greater => "`>`".to_owned(),
            Token::Less => "`<`".to_owned(),
            Token::Comma => "a comma".to_owned(),
            Token::Open => "`(`".to_owned(),
            Token::Close => "`)`".to_owned(),
            Token::End => "the end".to_owned(),
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let (token, len) = match rest.as_bytes() {
            [] => {
                tokens.push(Token::End);
                return tokens;
            }
            [b'=', b'=', ..] => (Token::Equals, 2),
            [b'=', ..] => (Token::Equals, 1),
            [b'!', b'=', ..] => (Token::NotEquals, 2),
            [b'!', ..] => (Token::Not, 1),
            [b'>', ..] => (Token::Greater, 1),
            [b'<', ..] => (Token::Less, 1),
            [b',', ..] => (Token::Comma, 1),
            [b'(', ..] => (Token::Open, 1),
            [b')', ..] => (Token::Close, 1),
            _ => {
                let is_end = |c: char| matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<' | ' ' | '\t' | '\r' | '\n');
                let end = rest.find(is_end).unwrap_or(rest.len());
                (Token::Word(&rest[..end]), end)
            }
        };
        tokens.push(token);
        rest = &rest[len..];
    }
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens.get(self.at).copied().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let is_negated = self.peek() == Token::Not;
        self.at += usize::from(is_negated);
        let key = match self.next() {
            Token::Word(key) if is_key(key) => key.to_owned(),
            Token::Word(key) => return Err(format!("`{key}` cannot be the key of a label")),
            other => return Err(format!("found {}, expected a key", other.shown())),
        };
        if is_negated {
            return Requirement::new(key, Operator::DoesNotExist, Vec::new());
        }
        if matches!(self.peek(), Token::End | Token::Comma) {
            return Requirement::new(key, Operator::Exists, Vec::new());
        }
        let (operator, values) = match self.next() {
            Token::Word("in") => (Operator::In, self.values()?),
            Token::Word("notin") => (Operator::NotIn, self.values()?),
            Token::Equals => (Operator::In, self.exact_value()?),
            Token::NotEquals => (Operator::NotIn, self.exact_value()?),
            Token::Greater => (Operator::Greater, self.exact_value()?),
            Token::Less => (Operator::Less, self.exact_value()?),
            other => return Err(format!("found {} behind a key, expected an operator", other.shown())),
        };
        Requirement::new(key, operator, values)
    }

    /// The value behind `=`, which may be empty.
    fn exact_value(&mut self) -> Result<Vec<String>, String> {
        match self.peek() {
            Token::End | Token::Comma => Ok(vec![String::new()]),
            Token::Word(value) => {
                self.at += 1;
                Ok(vec![value.to_owned()])
            }
            other => Err(format!("found {}, expected a value", other.shown())),
        }
    }

    /// The values in parentheses, each of which may be empty.
    fn values(&mut self) -> Result<Vec<String>, String> {
        if self.next() != Token::Open {
            return Err("behind `in` and `notin` come values in parentheses".to_owned());
        }
        let mut values = vec![String::new()];
        let mut is_filled = false;
        loop {
            match self.next() {
                Token::Word(value) if !is_filled => {
                    values.pop();
                    values.push(value.to_owned());
                    is_filled = true;
                }
                Token::Comma => {
                    values.push(String::new());
                    is_filled = false;
                }
                Token::Close => return Ok(values),
                other => return Err(format!("found {}, expected a comma or `)`", other.shown())),
            }
        }
    }
}

/// A name of up to 63 characters, perhaps behind a domain and a slash.
fn is_key(key: &str) -> bool {
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    domain.is_none_or(is_domain) && !name.is_empty() && is_value(name)
}

/// Up to 63 letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends; or nothing.
fn is_value(value: &str) -> bool {
    let ends = |end: Option<char>| end.is_none_or(|end| end.is_ascii_alphanumeric());
    value.len() <= 63
        && value.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
        && ends(value.chars().next())
        && ends(value.chars().next_back())
}

fn is_domain(domain: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    domain.len() <= 253 && domain.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [(&str, &str); 4] = [("app", "web"), ("tier", "a"), ("empty", ""), ("example.com/n", "5")];

    fn holds(expression: &str) -> bool {
        let selector = LabelSelector::parse(expression).unwrap();
        selector.matches(|key| LABELS.iter().find(|(name, _)| *name == key).map(|(_, value)| *value))
    }

    #[test]
    fn requirements_hold_together() {
        for expression in [
            "",
            "app",
            "app=web",
            "app==web",
            "app = web , tier",
            "app!=x",
            "none!=x",
            "!none",
            "app in (x, web)",
            "tier notin (b,c)",
            "none notin (x)",
            "empty=",
            "empty in (,x)",
            "empty in ()",
            "example.com/n>4",
            "example.com/n < 6",
            "app in(web)",
            "none notin ()",
        ] {
            assert!(holds(expression), "{expression}");
        }
        for expression in
            ["none", "app=x", "!app", "app,none", "app notin (web)", "none=x", "app>1", "tier=", "none in ()"]
        {
            assert!(!holds(expression), "{expression}");
        }
    }

    #[test]
    fn what_kubernetes_refuses_is_refused() {
        for expression in [
            ",",
            "app,",
            "=x",
            "app=web tier",
            "app in web",
            "app in (a b)",
            "app in (a",
            "app web",
            "a/b/c",
            "-a",
            "A.com/x",
            "app=-x",
            "app>x",
            "!",
            "!app=x",
            "app=(x)",
            "app in (a,=)",
        ] {
            assert!(LabelSelector::parse(expression).is_err(), "{expression}");
        }
        assert!(LabelSelector::parse(&format!("a={}", "x".repeat(64))).is_err());
    }

    #[test]
    fn words_of_operators_can_be_keys_and_values() {
        assert!(LabelSelector::parse("in=notin,notin in (in)").is_ok());
    }
}
