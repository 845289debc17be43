use rustomize_yaml::Spanned;

use super::object::{self, Object};
use crate::context::{Context, Generator};
use crate::diagnostics::Result;
use crate::kustomization::ConfigMapArgs;
use crate::resource::Resource;

/// Makes a ConfigMap: values that are UTF-8 go to `data`, all others to `binaryData` as base64.
#[derive(Debug, Clone, Default)]
pub struct ConfigMapGenerator {
    /// What it is made of. The old `env` does not count here, as upstream.
    args: Spanned<ConfigMapArgs>,
}

impl From<Spanned<ConfigMapArgs>> for ConfigMapGenerator {
    fn from(args: Spanned<ConfigMapArgs>) -> Self {
        ConfigMapGenerator { args }
    }
}

impl Generator for ConfigMapGenerator {
    fn generate(&self, context: &Context) -> Result<Vec<Resource>> {
        let args = &self.args;
        let mut object = Object::new("ConfigMap", args, &args.name, &args.namespace, context)?;
        for (key, value) in object::pairs(&args.envs, &args.literals, &args.files, context)? {
            match std::str::from_utf8(&value) {
                Ok(text) => object.set_value("data", &key, text, &value),
                Err(_) => object.set_value("binaryData", &key, &object::encode_base64(&value), &value),
            }
        }
        let made = object.finish(args.options.as_ref(), &args.behavior);
        made.map(|made| vec![made]).map_err(|error| error.label_if(context.sources.place(&args.name), "this generator"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::test_support::{generate, yaml};
    use crate::kustomization::GeneratorOptions;
    use crate::resource::Behavior;

    #[test]
    fn texts_and_bytes_go_to_different_fields() {
        let args = ConfigMapArgs {
            name: "a".to_owned().into(),
            literals: vec!["b=x=y".to_owned().into()],
            files: vec!["k=a.txt".to_owned().into(), "b.bin".to_owned().into()],
            ..ConfigMapArgs::default()
        };
        let files: [(&str, &[u8]); 2] = [("a.txt", b"x\ny\n"), ("b.bin", b"\xff\xfe\x00\x80")];
        let made = generate(&files, &ConfigMapGenerator::from(Spanned::from(args))).unwrap();
        let expected = "\
apiVersion: v1
binaryData:
  b.bin: //4AgA==
data:
  b: x=y
  k: |
    x
    y
kind: ConfigMap
metadata:
  name: a
";
        assert_eq!(yaml(&made[0]), expected);
        assert!(made[0].book.needs_hash);
    }

    #[test]
    fn options_and_names_are_strings_whatever_they_look_like() {
        let options = GeneratorOptions {
            labels: [("l".to_owned(), "1".to_owned())].into(),
            annotations: [("a".to_owned(), "true".to_owned())].into(),
            disable_name_suffix_hash: true,
            immutable: true,
        };
        let args = ConfigMapArgs {
            name: "2020-01-01".to_owned().into(),
            namespace: "1".to_owned().into(),
            behavior: "merge".to_owned().into(),
            options: Some(options),
            ..ConfigMapArgs::default()
        };
        let made = generate(&[], &ConfigMapGenerator::from(Spanned::from(args))).unwrap();
        let expected = "\
apiVersion: v1
immutable: true
kind: ConfigMap
metadata:
  annotations:
    a: \"true\"
  labels:
    l: \"1\"
  name: \"2020-01-01\"
  namespace: \"1\"
";
        assert_eq!(yaml(&made[0]), expected);
        assert!(!made[0].book.needs_hash);
        assert_eq!(made[0].book.behavior, Behavior::Merge);
    }

    #[test]
    fn env_files_come_with_the_line_that_is_wrong() {
        let args = |envs: &[&str], literals: &[&str]| ConfigMapArgs {
            name: "a".to_owned().into(),
            envs: envs.iter().map(|path| (*path).to_owned().into()).collect(),
            literals: literals.iter().map(|literal| (*literal).to_owned().into()).collect(),
            ..ConfigMapArgs::default()
        };
        let files: [(&str, &[u8]); 2] = [("good.env", b"A=1\n"), ("bad.env", b"A=1\nB=\xff\n")];
        let fails = |args| generate(&files, &ConfigMapGenerator::from(Spanned::from(args))).unwrap_err().to_string();
        let bad = fails(args(&["bad.env"], &[]));
        assert!(
            bad.contains("line 2 of ") && bad.contains("bad.env is not valid UTF-8") && bad.contains("2:3"),
            "{bad}"
        );
        assert!(fails(args(&["good.env"], &["A=2"])).contains("the key `A` comes twice"));
        assert!(fails(args(&[], &["A"])).contains("the literal `A` is not of the form key=value"));
        assert!(fails(ConfigMapArgs::default()).contains("has no name"));
    }
}
