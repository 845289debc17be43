//! The small model of YAML that trees are written from.

/// A YAML value, with the few extras that a test wants to write on purpose.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A plain scalar, written exactly as it stands.
    Raw(String),
    /// A string; the printer chooses among the styles that keep it one.
    Str(String),
    Int(i64),
    Bool(bool),
    Null,
    Map(Vec<(String, Value)>),
    List(Vec<Value>),
    /// A block scalar with its header (`|-`, `>+` and so on) and its lines.
    Block(&'static str, Vec<String>),
    /// Documents inside a string, as in an inline patch.
    Inline(Docs),
    /// A value with a line comment.
    Noted(String, Box<Value>),
    /// A value of a mapping with a comment above its key.
    Headed(String, Box<Value>),
    /// `&name value`
    Anchor(String, Box<Value>),
    /// `*name`
    Alias(String),
}

/// Documents and the seed of the style that they are written in.
#[derive(Clone, Debug, PartialEq)]
pub struct Docs {
    pub docs: Vec<Value>,
    pub style: u64,
    pub json: bool,
}

/// `map! { "key" => value, … }`
macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {
        $crate::trees::value::Value::Map(vec![$(($key.to_string(), $crate::trees::value::Value::from($value))),*])
    };
}

/// `list![value, …]`
macro_rules! list {
    ($($value:expr),* $(,)?) => {
        $crate::trees::value::Value::List(vec![$($crate::trees::value::Value::from($value)),*])
    };
}
pub(crate) use {list, map};

impl Value {
    /// The value without comment and anchor.
    pub fn bare(&self) -> &Value {
        match self {
            Value::Noted(_, inner) | Value::Headed(_, inner) | Value::Anchor(_, inner) => inner.bare(),
            other => other,
        }
    }

    /// The value without comment and anchor, to change it.
    pub fn bare_mut(&mut self) -> &mut Value {
        match self {
            Value::Noted(_, inner) | Value::Headed(_, inner) | Value::Anchor(_, inner) => inner.bare_mut(),
            other => other,
        }
    }

    /// The entry of a mapping.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self.bare() {
            Value::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The entry of a mapping, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match self.bare_mut() {
            Value::Map(entries) => entries.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Sets the entry of a mapping.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.get_mut(key) {
            Some(place) => *place = value,
            None => {
                if let Value::Map(entries) = self.bare_mut() {
                    entries.push((key.to_string(), value));
                }
            }
        }
    }

    /// Takes the entry of a mapping out.
    pub fn remove(&mut self, key: &str) {
        if let Value::Map(entries) = self.bare_mut() {
            entries.retain(|(k, _)| k != key);
        }
    }

    /// The mapping at `key`, made when it is not there.
    pub fn map_at(&mut self, key: &str) -> &mut Value {
        if self.get(key).is_none() {
            self.set(key, Value::Map(vec![]));
        }
        self.get_mut(key).expect("was set above")
    }

    /// Adds an item to a list.
    pub fn push(&mut self, value: impl Into<Value>) {
        if let Value::List(items) = self.bare_mut() {
            items.push(value.into());
        }
    }

    /// The entries of a mapping, none for anything else.
    pub fn entries(&self) -> &[(String, Value)] {
        match self.bare() {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, none for anything else.
    pub fn items(&self) -> &[Value] {
        match self.bare() {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self.bare() {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string or of a plain scalar, whatever type a reader gives it.
    pub fn written(&self) -> Option<&str> {
        match self.bare() {
            Value::Str(text) | Value::Raw(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is neither a collection nor stands for one.
    pub fn is_scalar(&self) -> bool {
        !matches!(self.bare(), Value::Map(_) | Value::List(_) | Value::Inline(_) | Value::Alias(_))
    }

    /// How many entries, items or documents could be taken out.
    pub fn len(&self) -> usize {
        match self.bare() {
            Value::Map(entries) => entries.len(),
            Value::List(items) => items.len(),
            Value::Inline(inline) => inline.docs.len(),
            _ => 0,
        }
    }

    /// The child number `index`, as counted by [`Value::len`].
    pub fn child_mut(&mut self, index: usize) -> &mut Value {
        match self.bare_mut() {
            Value::Map(entries) => &mut entries[index].1,
            Value::List(items) => &mut items[index],
            Value::Inline(inline) => &mut inline.docs[index],
            _ => unreachable!("a scalar has no children"),
        }
    }

    /// Takes the child number `index` out.
    pub fn remove_child(&mut self, index: usize) {
        match self.bare_mut() {
            Value::Map(entries) => drop(entries.remove(index)),
            Value::List(items) => drop(items.remove(index)),
            Value::Inline(inline) => drop(inline.docs.remove(index)),
            _ => {}
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Str(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::List(items)
    }
}
