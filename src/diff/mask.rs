//! Secrets are not shown: what stands for a value tells only whether another one differs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::value::{Data, Value};
use crate::diagnostics::{Code, Error, Result};

/// Puts a digest under a key of this process alone in the place of values, so that nobody can try values out.
#[derive(Clone)]
pub struct Mask {
    key: [u8; 32],
    /// Whether values come as base64, which has many forms.
    encoded: bool,
}

impl Mask {
    /// A mask with a new random key. Fails where the system has no randomness to give.
    pub fn random() -> Result<Mask> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| Error::new(Code::Output, format!("no random key to hide Secrets with: {error}")))?;
        Ok(Mask { key, encoded: false })
    }

    /// The same mask for values in base64: what counts is what they stand for.
    pub fn of_base64(&self) -> Mask {
        Mask { encoded: true, ..self.clone() }
    }

    /// What stands for a text.
    pub fn hide(&self, text: &str) -> String {
        let decoded = self.encoded.then(|| {
            let compact: String = text.split_ascii_whitespace().collect();
            STANDARD.decode(compact).ok()
        });
        let bytes = decoded.flatten().unwrap_or_else(|| text.as_bytes().to_vec());
        // A key may have any length, so this cannot fail; nothing is shown if it does.
        let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(&self.key) else { return "<hidden>".to_owned() };
        digest.update(&bytes);
        let digest = digest.finalize().into_bytes();
        let shown: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("<hidden {shown}>")
    }
}

impl std::fmt::Debug for Mask {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mask").field("encoded", &self.encoded).finish_non_exhaustive()
    }
}

/// The annotation in which kubectl keeps a whole object, values and all.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Hides what Secrets keep, wherever in an object they stand: a template or a composition has them among its own fields.
pub fn hide_secrets(value: &mut Value, mask: &Mask) {
    if is_secret(value) {
        hide_values(value, mask);
    } else if let Some(copy) = last_applied(value)
        && copy.text().is_some_and(|text| text.to_ascii_lowercase().contains("secret"))
    {
        hide(copy, mask);
    }
    match &mut value.data {
        Data::List(items) => items.iter_mut().for_each(|item| hide_secrets(item, mask)),
        Data::Map(fields) => fields.values_mut().for_each(|field| hide_secrets(field, mask)),
        _ => {}
    }
}

/// Whether a value says that it is a Secret. The group does not count, and neither does the case: better hidden once too
/// often.
pub fn is_secret(value: &Value) -> bool {
    matches!(value.get("kind"), Some(Value { data: Data::Text(kind), .. }) if kind.eq_ignore_ascii_case("Secret"))
}

/// All of it in `data` and `stringData`, and the copy that kubectl makes.
fn hide_values(secret: &mut Value, mask: &Mask) {
    for (field, mask) in [("data", mask.of_base64()), ("stringData", mask.clone())] {
        if let Some(value) = secret.get_mut(field) {
            hide(value, &mask);
        }
    }
    if let Some(copy) = last_applied(secret) {
        hide(copy, mask);
    }
}

fn last_applied(object: &mut Value) -> Option<&mut Value> {
    object.get_mut("metadata")?.get_mut("annotations")?.get_mut(LAST_APPLIED)
}

fn hide(value: &mut Value, mask: &Mask) {
    match &mut value.data {
        Data::List(items) => items.iter_mut().for_each(|item| hide(item, mask)),
        Data::Map(fields) => fields.values_mut().for_each(|field| hide(field, mask)),
        data @ (Data::Bool(_) | Data::Number(_) | Data::Text(_)) => {
            let text = match data {
                Data::Text(text) => std::mem::take(text),
                Data::Bool(value) => value.to_string(),
                Data::Number(number) => number.to_string(),
                _ => String::new(),
            };
            *data = Data::Text(mask.hide(&text));
        }
        Data::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_looks_the_same_within_one_run_alone() {
        let (one, other) = (Mask::random().unwrap(), Mask::random().unwrap());
        assert_eq!(one.hide("a"), one.hide("a"));
        assert_ne!(one.hide("a"), one.hide("b"));
        assert_ne!(one.hide("a"), other.hide("a"));
        assert_eq!(one.of_base64().hide("YQ=="), one.hide("a"));
        assert_eq!(one.of_base64().hide("Y\nQ==\n"), one.hide("a"));
        assert!(!format!("{one:?}").contains("key"));
    }
}
