//! The plan of a tree: which layers there are, what each sees, what is in it.

use super::rng::{Rng, mix};
use super::tree::Tree;
use super::value::{Value, list, map};
use std::collections::BTreeSet;

/// A resource as the layers above see it.
#[derive(Clone)]
pub struct Res {
    /// As written; deletions by patches are followed, other changes are not.
    pub value: Value,
    pub kind: String,
    /// The name as written.
    pub name: String,
    /// The name after the prefixes and suffixes so far, without hash.
    pub current: String,
    pub namespace: Option<String>,
    /// Several resources share this name: it cannot be named alone.
    pub ambiguous: bool,
}

impl Res {
    /// Reads kind and names off a resource.
    pub fn new(value: Value) -> Self {
        let at = |key: &str| value.get(key).and_then(Value::text).unwrap_or_default().to_string();
        let metadata =
            |key: &str| value.get("metadata").and_then(|m| m.get(key)).and_then(Value::written).map(String::from);
        let name = metadata("name").unwrap_or_default();
        let name = name.rsplit(' ').next().unwrap_or_default().trim_matches(['\'', '"']).to_string();
        Res {
            kind: at("kind"),
            current: name.clone(),
            name,
            namespace: metadata("namespace"),
            value: value.clone(),
            ambiguous: false,
        }
    }

    pub fn api_version(&self) -> String {
        self.value.get("apiVersion").and_then(Value::text).unwrap_or("v1").to_string()
    }

    /// Whether it has pods.
    pub fn is_workload(&self) -> bool {
        matches!(self.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob")
    }
}

/// A ConfigMap or Secret that a layer below generates.
#[derive(Clone)]
pub struct Generated {
    pub secret: bool,
    pub name: String,
    pub namespace: Option<String>,
}

/// One directory with a kustomization file, while it is being made.
pub struct Layer {
    pub dir: String,
    /// The kustomization's fields.
    pub fields: Value,
    /// What its resources, bases and generators give.
    pub resources: Vec<Res>,
    pub generated: Vec<Generated>,
    /// Nothing comes from below.
    pub is_base: bool,
    /// Nothing is above.
    pub is_top: bool,
    pub component: bool,
}

/// What a tree is made of, and the choices still to come.
pub struct Gen {
    pub rng: Rng,
    pub tree: Tree,
    /// The features that the tree uses, for the table.
    pub used: BTreeSet<&'static str>,
    /// Odd scalars, line ends and marks occur.
    pub odd: bool,
    /// StatefulSets claim volumes.
    pub claims: bool,
    /// There are admission policies. 5.5.0 gives them a namespace; to see that this is the only difference, nothing
    /// else in the tree must show a namespace or a transformer.
    pub policies: bool,
    pub names: BTreeSet<String>,
    pub vars: BTreeSet<&'static str>,
    files: usize,
}

/// Names of applications.
const APPS: &[&str] = &[
    "web",
    "api",
    "db",
    "cache",
    "worker",
    "mailer",
    "billing",
    "search",
    "gateway",
    "ledger",
    "queue-1",
    "x",
    "front-end",
];

/// The tree of a seed, and the features that it uses.
pub fn tree(seed: u64) -> (Tree, BTreeSet<&'static str>) {
    let mut rng = Rng::new(seed);
    let odd = rng.chance(35);
    let claims = rng.chance(25);
    let policies = rng.chance(9);
    let mut g = Gen {
        rng,
        tree: Tree::default(),
        used: BTreeSet::new(),
        odd,
        claims,
        policies,
        names: BTreeSet::new(),
        vars: BTreeSet::new(),
        files: 0,
    };
    g.layers();
    if g.rng.chance(14) {
        g.fault();
    }
    g.call();
    g.encodings();
    (g.tree, g.used)
}

impl Gen {
    /// Notes that the tree uses a feature.
    pub fn uses(&mut self, feature: &'static str) {
        debug_assert!(super::features::ALL.contains(&feature), "{feature} is missing in the list of features");
        self.used.insert(feature);
    }

    /// A seed for the style of one file.
    pub fn style(&mut self) -> u64 {
        mix(self.rng.next())
    }

    /// A number that no other file of the tree has.
    pub fn number(&mut self) -> usize {
        self.files += 1;
        self.files
    }

    /// A name for a resource of `kind`, new in this tree but for a few.
    pub fn name(&mut self, kind: &str) -> String {
        for _ in 0..40 {
            let mut name = self.rng.word(APPS);
            if self.rng.chance(30) {
                name = format!("{name}-{}", self.rng.pick(&["a", "main", "v2", "conf", "01"]));
            }
            if self.names.insert(format!("{kind}/{name}")) {
                return name;
            }
        }
        format!("more-{}", self.number())
    }

    fn layers(&mut self) {
        let depth = *self.rng.pick(&[2, 3, 3, 3, 3, 4, 4, 5]);
        if depth > 3 {
            self.uses("tree: more than three layers");
        }
        let mut below = vec![self.layer("base", vec![], false)];
        if self.rng.chance(30) {
            below.push(self.layer("base2", vec![], false));
        }
        // Some kinds keep their names under every prefix, so that they cannot be there twice.
        let twice = below[0].resources.iter().all(|r| !keeps_name(&r.kind));
        if depth > 2 && twice && self.rng.chance(17) {
            self.uses("tree: one base twice");
            let base = below.remove(0);
            let sides: Vec<Layer> = ["left", "right"]
                .map(|side| {
                    let mut layer = self.open(side, vec![copy(&base)], false);
                    layer.fields.set("namePrefix", format!("{side}-"));
                    rename(&mut layer, &format!("{side}-"), "");
                    self.close(layer)
                })
                .into();
            below.splice(0..0, sides);
        }
        for i in 1..depth - 1 {
            let dir = ["mid", "env/test", "upper"][i - 1];
            below = vec![self.layer(dir, below, false)];
        }
        self.layer("overlay", below, true);
    }

    /// A whole layer.
    fn layer(&mut self, dir: &str, below: Vec<Layer>, top: bool) -> Layer {
        let mut layer = self.open(dir, below, top);
        self.add_fields(&mut layer);
        self.close(layer)
    }

    /// A layer with its resources, still without transformations.
    fn open(&mut self, dir: &str, below: Vec<Layer>, is_top: bool) -> Layer {
        let mut layer = Layer {
            dir: dir.into(),
            fields: map! {},
            resources: vec![],
            generated: vec![],
            is_base: below.is_empty(),
            is_top,
            component: false,
        };
        let mut entries = vec![];
        let up = "../".repeat(dir.matches('/').count() + 1);
        for base in below {
            let path = format!("{up}{}", base.dir);
            if self.rng.chance(7) {
                self.uses("bases");
                layer.fields.map_at("bases");
                match layer.fields.get("bases").map(Value::len) {
                    Some(n) if n > 0 => {}
                    _ => layer.fields.set("bases", list![]),
                }
                layer.fields.get_mut("bases").expect("was set above").push(path);
            } else {
                entries.push(Value::from(path));
            }
            for res in base.resources {
                let clash = layer.resources.iter_mut().filter(|r| r.kind == res.kind && r.name == res.name);
                let ambiguous = clash.map(|r| r.ambiguous = true).count() > 0 || res.ambiguous;
                layer.resources.push(Res { ambiguous, ..res });
            }
            layer.generated.extend(base.generated);
        }
        let count = if layer.is_base { self.rng.range(2, 7) } else { [0, 0, 1, 1, 2][self.rng.below(5)] };
        entries.extend(self.write_resources(&mut layer, count));
        if !entries.is_empty() {
            if self.rng.chance(20) {
                self.rng.shuffle(&mut entries);
            }
            layer.fields.set("resources", entries);
        }
        layer
    }

    /// Adds a component below a layer, which lists it.
    pub fn component(&mut self, layer: &mut Layer) {
        self.uses("components");
        let name = format!("extra{}", self.number());
        let mut component = Layer {
            dir: format!("components/{name}"),
            fields: map! { "apiVersion" => "kustomize.config.k8s.io/v1alpha1", "kind" => "Component" },
            resources: std::mem::take(&mut layer.resources),
            generated: layer.generated.clone(),
            is_base: false,
            is_top: false,
            component: true,
        };
        if self.rng.chance(40) {
            let entries = self.write_resources(&mut component, 1);
            component.fields.set("resources", entries);
        }
        self.add_fields(&mut component);
        let component = self.close(component);
        layer.resources = component.resources;
        layer.generated = component.generated;
        let up = "../".repeat(layer.dir.matches('/').count() + 1);
        let entry = format!("{up}{}", component.dir);
        match layer.fields.get_mut("components") {
            Some(entries) => entries.push(entry),
            None => layer.fields.set("components", list![entry]),
        }
    }

    /// Writes the kustomization file.
    fn close(&mut self, mut layer: Layer) -> Layer {
        if !layer.component && self.rng.chance(50) {
            layer.fields.set("apiVersion", "kustomize.config.k8s.io/v1beta1");
            layer.fields.set("kind", "Kustomization");
        }
        if layer.fields.len() == 0 {
            layer.fields.set("resources", list![]);
        }
        self.odd_form(&mut layer);
        let file = self.rng.word(&[
            "kustomization.yaml",
            "kustomization.yaml",
            "kustomization.yaml",
            "kustomization.yml",
            "Kustomization",
        ]);
        let style = self.style();
        self.tree.yaml(&format!("{}/{file}", layer.dir), vec![layer.fields.clone()], style);
        layer
    }

    /// Line ends and byte order marks.
    fn encodings(&mut self) {
        if !self.odd {
            return;
        }
        let mut crlf = false;
        let mut bom = false;
        let mut ended = false;
        for file in self.tree.files.values_mut() {
            file.crlf = self.rng.chance(6);
            file.bom = self.rng.chance(3);
            crlf |= file.crlf;
            bom |= file.bom;
            file.ended = self.rng.chance(4);
            ended |= file.ended;
        }
        for (seen, feature) in
            [(crlf, "odd: CRLF"), (bom, "odd: byte order mark"), (ended, "odd: text after the document's end")]
        {
            if seen {
                self.uses(feature);
            }
        }
    }
}

/// Whether prefixes and suffixes leave the names of that kind alone.
fn keeps_name(kind: &str) -> bool {
    matches!(kind, "Namespace" | "CustomResourceDefinition" | "APIService")
}

/// Follows the names through a prefix and a suffix.
pub fn rename(layer: &mut Layer, prefix: &str, suffix: &str) {
    for res in &mut layer.resources {
        if !keeps_name(&res.kind) {
            res.current = format!("{prefix}{}{suffix}", res.current);
        }
    }
}

fn copy(layer: &Layer) -> Layer {
    Layer {
        dir: layer.dir.clone(),
        fields: map! {},
        resources: layer.resources.clone(),
        generated: vec![],
        is_base: false,
        is_top: false,
        component: false,
    }
}
