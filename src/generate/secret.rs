use rustomize_yaml::Spanned;

use super::object::{self, Object};
use crate::context::{Context, Generator};
use crate::diagnostics::Result;
use crate::kustomization::SecretArgs;
use crate::resource::Resource;

/// Makes a Secret: all values go to `data` as base64.
#[derive(Debug, Clone, Default)]
pub struct SecretGenerator {
    /// What it is made of. The old `env` does not count here, as upstream.
    args: Spanned<SecretArgs>,
}

impl From<Spanned<SecretArgs>> for SecretGenerator {
    fn from(args: Spanned<SecretArgs>) -> Self {
        SecretGenerator { args }
    }
}

impl Generator for SecretGenerator {
    fn generate(&self, context: &Context) -> Result<Vec<Resource>> {
        let args = &self.args;
        let mut object = Object::new("Secret", args, &args.name, &args.namespace, context)?;
        object.set_type(if args.secret_type.is_empty() { "Opaque" } else { &args.secret_type });
        object.add_empty("data");
        for (key, value) in object::pairs(&args.envs, &args.literals, &args.files, context)? {
            object.set_value("data", &key, &object::encode_base64(&value), &value);
        }
        let made = object.finish(args.options.as_ref(), &args.behavior);
        made.map(|made| vec![made]).map_err(|error| error.label_if(context.sources.place(&args.name), "this generator"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::test_support::{generate, yaml};

    #[test]
    fn values_become_base64() {
        let args = SecretArgs {
            name: "a".to_owned().into(),
            literals: vec!["short=x".to_owned().into(), format!("long={}", "x".repeat(60)).into()],
            secret_type: "1".to_owned().into(),
            ..SecretArgs::default()
        };
        let made = generate(&[], &SecretGenerator::from(Spanned::from(args))).unwrap();
        let expected = "\
apiVersion: v1
data:
  long: |
    eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eH
    h4eHh4eHh4
  short: eA==
kind: Secret
metadata:
  name: a
type: \"1\"
";
        assert_eq!(yaml(&made[0]), expected);
    }

    #[test]
    fn one_without_values_has_empty_data() {
        let args = SecretArgs { name: "a".to_owned().into(), ..SecretArgs::default() };
        let made = generate(&[], &SecretGenerator::from(Spanned::from(args))).unwrap();
        let expected = "apiVersion: v1\ndata: {}\nkind: Secret\nmetadata:\n  name: a\ntype: Opaque\n";
        assert_eq!(yaml(&made[0]), expected);
    }
}
