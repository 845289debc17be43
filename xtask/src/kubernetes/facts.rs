//! What the published schemas leave out.

use anyhow::{Context as _, Result, bail};

use super::node::{Node, Shape};

/// One fact a line, as the file itself tells.
const TEXT: &str = include_str!("facts.txt");

/// Everything that is known of fields beside their schemas.
pub struct Facts(Vec<Fact>);

struct Fact {
    line: usize,
    definition: String,
    field: String,
    says: Says,
    used: bool,
}

enum Says {
    Values(Vec<String>),
    Format(String),
    Keys(String),
    Least(i64),
    Most(i64),
}

impl Facts {
    /// Reads the facts. Fails at the first line that is none.
    pub fn read() -> Result<Facts> {
        let lines = TEXT.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let facts = lines.map(|(at, line)| Fact::read(at + 1, line).with_context(|| format!("facts.txt:{}", at + 1)));
        Ok(Facts(facts.collect::<Result<_>>()?))
    }

    /// Adds to a definition what is known of its fields. Fails for a field that the definition has not.
    pub fn add_to(&mut self, name: &str, node: &mut Node) -> Result<()> {
        for fact in self.0.iter_mut().filter(|fact| fact.is_of(name)) {
            if let Some(field) = field(node, &fact.field)? {
                fact.add_to(field).with_context(|| format!("facts.txt:{}", fact.line))?;
                fact.used = true;
            }
        }
        Ok(())
    }

    /// Fails when a fact was about nothing: its definition or field is not there in any release.
    pub fn refuse_unused(&self) -> Result<()> {
        match self.0.iter().find(|fact| !fact.used) {
            Some(fact) => bail!("facts.txt:{}: there is no `{} {}`", fact.line, fact.definition, fact.field),
            None => Ok(()),
        }
    }
}

impl Fact {
    fn read(line: usize, text: &str) -> Result<Fact> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [definition, field, verb, rest @ ..] = words.as_slice() else { bail!("too short") };
        let one = || rest.first().filter(|_| rest.len() == 1).copied().context("one word is expected");
        let says = match *verb {
            "values" => Says::Values(rest.iter().map(|value| value.trim_matches('"').to_owned()).collect()),
            "format" => Says::Format(one()?.to_owned()),
            "keys" => Says::Keys(one()?.to_owned()),
            "least" => Says::Least(one()?.parse()?),
            "most" => Says::Most(one()?.parse()?),
            _ => bail!("`{verb}` is unknown"),
        };
        Ok(Fact { line, definition: (*definition).to_owned(), field: (*field).to_owned(), says, used: false })
    }

    /// Whether the definition of that name is meant: `core.v1.Container`, or `batch.*.JobSpec` of any version.
    fn is_of(&self, name: &str) -> bool {
        let mut parts = name.rsplitn(4, '.');
        let (kind, version, group) = (parts.next(), parts.next(), parts.next());
        let mut own = self.definition.split('.');
        let (own_group, own_version) = (own.next(), own.next());
        own_group == group && own.next() == kind && (own_version == Some("*") || own_version == version)
    }

    fn add_to(&self, node: &mut Node) -> Result<()> {
        match (&self.says, &mut node.shape) {
            (Says::Keys(format), Shape::Map { keys, .. }) => *keys = Some(format.clone()),
            (Says::Values(values), Shape::Text) => node.values.clone_from(values),
            (Says::Format(format), Shape::Text | Shape::Integer | Shape::IntegerOrText) => {
                node.format = Some(format.clone());
            }
            (Says::Least(least), Shape::Text | Shape::Integer | Shape::List { .. }) => node.least = Some(*least),
            (Says::Most(most), Shape::Text | Shape::Integer | Shape::List { .. }) => node.most = Some(*most),
            (_, shape) => bail!("that cannot be said of {shape:?}"),
        }
        Ok(())
    }
}

/// The node of a field: `name`, `name[]` for the items of a list, `name{}` for the values of a map. Nothing where this
/// release does not have it.
fn field<'a>(node: &'a mut Node, path: &str) -> Result<Option<&'a mut Node>> {
    let name = path.trim_end_matches("[]").trim_end_matches("{}");
    let Shape::Object { fields, .. } = &mut node.shape else { bail!("`{path}` of what has no fields") };
    let Some((_, node)) = fields.get_mut(name) else { return Ok(None) };
    let inside = &path[name.len()..];
    if inside.is_empty() {
        return Ok(Some(node));
    }
    Ok(match (inside, &mut node.shape) {
        ("[]", Shape::List { items, .. }) => Some(items),
        ("{}", Shape::Map { values, .. }) => Some(values),
        (_, shape) => bail!("`{path}` of {shape:?}"),
    })
}
