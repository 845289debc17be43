//! Odd ways to write a kustomization file, and to call the build.

use super::plan::{Gen, Layer};
use super::tree::Call;
use super::value::{Value, list, map};

impl Gen {
    /// Writes the fields of a kustomization as few people would.
    pub fn odd_form(&mut self, layer: &mut Layer) {
        if self.rng.chance(6) {
            self.uses("form: null and empty fields");
            for (field, empty) in [
                ("patches", Value::Null),
                ("images", list![]),
                ("generatorOptions", Value::Null),
                ("commonAnnotations", map! {}),
                ("namePrefix", "".into()),
                ("labels", Value::Null),
                ("openapi", map! {}),
                ("configurations", list![]),
                ("vars", Value::Null),
                ("metadata", Value::Null),
            ] {
                if layer.fields.get(field).is_none() && self.rng.chance(25) {
                    layer.fields.set(field, empty);
                }
            }
        }
        if self.rng.chance(6) {
            self.uses("form: anchors in a kustomization");
            let pairs = Value::Anchor("pairs".into(), Box::new(map! { "shared" => "value", "two" => "words here" }));
            let again = match self.rng.below(3) {
                0 => Value::Alias("pairs".into()),
                1 => Value::Map(vec![("<<".into(), Value::Alias("pairs".into())), ("own".into(), "x".into())]),
                _ => Value::Map(vec![("two".into(), "over".into()), ("<<".into(), list_of_alias("pairs"))]),
            };
            if let Value::Map(fields) = &mut layer.fields {
                fields.retain(|(field, _)| field != "commonAnnotations" && field != "labels");
                fields.insert(0, ("labels".into(), list![map! { "pairs" => pairs }]));
                fields.push(("commonAnnotations".into(), again));
            }
        } else if let Value::Map(fields) = &mut layer.fields {
            self.rng.shuffle(fields);
        }
        if self.rng.chance(4) {
            self.uses("form: keys in another case");
            if let Value::Map(fields) = &mut layer.fields {
                let at = self.rng.below(fields.len());
                let key = &fields[at].0;
                let key = if self.rng.chance(50) { key.to_uppercase() } else { key.to_lowercase() };
                fields[at].0 = key;
            }
        }
        if self.rng.chance(4) {
            self.uses("form: a field twice");
            let first: (&str, Value) = self
                .rng
                .pick(&[
                    ("namePrefix", "lost-".into()),
                    ("namespace", "lost".into()),
                    ("commonAnnotations", map! { "lost" => "or not" }),
                    ("buildMetadata", list!["managedByLabel"]),
                ])
                .clone();
            if let Value::Map(fields) = &mut layer.fields
                && fields.iter().any(|(field, _)| field == first.0)
            {
                fields.insert(0, (first.0.into(), first.1));
            }
        }
    }

    /// The flags of the build, and what makes them matter.
    pub fn call(&mut self) {
        let mut call = Call::default();
        if !self.policies && self.rng.chance(7) {
            self.uses("call: --output DIR");
            call.into_directory = true;
        }
        if self.rng.chance(7) {
            self.uses("call: --reorder");
            call.reorder = Some(if self.rng.chance(70) { "none" } else { "legacy" });
        }
        if self.rng.chance(9) {
            self.uses("call: --load-restrictor");
            call.load_anything = self.rng.chance(85);
            self.outside();
        }
        self.tree.call = call;
    }

    /// Lets a kustomization name a file outside of its directory.
    fn outside(&mut self) {
        let homes = self.tree.kustomizations();
        let home = self.rng.pick(&homes).clone();
        let Some((dir, _)) = home.rsplit_once('/') else { return };
        let up = "../".repeat(dir.matches('/').count() + 1);
        let (field, entry) = match self.rng.below(5) {
            0 => {
                self.tree.bytes("outside/settings.txt", "text\n");
                let generator = map! { "name" => "outside", "files" => list![format!("{up}outside/settings.txt")] };
                ("configMapGenerator", generator)
            }
            1 => {
                let patch = map! { "apiVersion" => "v1", "kind" => "Any", "metadata" => map! { "name" => "any", "annotations" => map! { "from" => "outside" } } };
                self.tree.yaml("outside/patch.yaml", vec![patch], 0);
                ("patches", map! { "path" => format!("{up}outside/patch.yaml"), "target" => map! { "kind" => ".*" } })
            }
            2 => {
                self.tree.yaml("outside/map.yaml", vec![outside_resource("linked")], 0);
                self.tree.link(&format!("{dir}/linked.yaml"), &format!("{up}outside/map.yaml"));
                ("resources", "linked.yaml".into())
            }
            _ => {
                self.tree.yaml("outside/map.yaml", vec![outside_resource("outside")], 0);
                ("resources", format!("{up}outside/map.yaml").into())
            }
        };
        let Some(fields) = self.tree.document_mut(&home) else { return };
        match fields.get_mut(field) {
            Some(entries) => entries.push(entry),
            None => fields.set(field, list![entry]),
        }
    }
}

fn outside_resource(name: &str) -> Value {
    map! { "apiVersion" => "v1", "kind" => "ConfigMap", "metadata" => map! { "name" => name }, "data" => map! { "k" => "v" } }
}

fn list_of_alias(name: &str) -> Value {
    Value::List(vec![Value::Alias(name.into())])
}
