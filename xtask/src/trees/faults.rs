//! Deliberate mistakes: both programs have to refuse the tree.

use super::plan::Gen;
use super::tree::Body;
use super::value::{Value, list, map};

impl Gen {
    /// Breaks something in the tree.
    pub fn fault(&mut self) {
        self.uses("a deliberate fault");
        let kustomizations: Vec<String> =
            self.tree.files.keys().filter(|path| path.to_lowercase().contains("kustomization")).cloned().collect();
        let path = self.rng.pick(&kustomizations).clone();
        let choice = self.rng.below(11);
        let extra = map! { "apiVersion" => "v1", "kind" => "ConfigMap", "metadata" => map! { "name" => "twin" } };
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir).to_string();
        match choice {
            0 => {
                let others: Vec<String> =
                    self.tree.files.keys().filter(|p| !kustomizations.contains(p)).cloned().collect();
                if !others.is_empty() {
                    self.tree.files.remove(self.rng.pick(&others));
                }
            }
            1 => self
                .tree
                .bytes(&format!("{dir}/broken.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n"),
            2 => self.tree.yaml(&format!("{dir}/twin.yaml"), vec![extra.clone(), extra], 1),
            3 => self.tree.bytes(&format!("{dir}/nameless.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
            _ => {}
        }
        let Some(Body::Yaml(docs)) = self.tree.files.get_mut(&path).map(|file| &mut file.body) else { return };
        let Some(fields) = docs.docs.first_mut() else { return };
        match choice {
            1..=3 => {
                let name = ["broken.yaml", "twin.yaml", "nameless.yaml"][choice - 1];
                match fields.get_mut("resources") {
                    Some(list) => list.push(name),
                    None => fields.set("resources", list![name]),
                }
            }
            4 => fields.set("unknownField", 1),
            5 => fields.set("resources", "not-a-list.yaml"),
            6 => fields.set("configMapGenerator", list![map! { "name" => "twice", "literals" => list!["a=1", "a=2"] }]),
            7 => fields.set("configMapGenerator", list![map! { "name" => "nowhere", "behavior" => "merge", "literals" => list!["a=1"] }]),
            8 => fields.set("patches", list![map! { "patch" => "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nowhere\n" }]),
            9 => fields.set("replacements", list![map! { "source" => map! { "kind" => "Nowhere", "name" => "x" }, "targets" => list![map! { "select" => map! { "kind" => "Service" }, "fieldPaths" => list!["metadata.name"] }] }]),
            10 => fields.set("namespace", Value::Raw("n".into())),
            _ => {}
        }
    }
}
