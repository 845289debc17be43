//! Says trees again for kustomize 5.5.0: the same meaning without what only newer releases know. Each function gives
//! nothing for a tree that it would not change.

use super::history::Again;
use super::layers::spelling;
use super::tree::{Body, Tree};
use super::value::{Docs, Value, list, map};

/// Calls `change` on every value of every document, parents first; the tree if one of the calls said yes.
fn everywhere(tree: &Tree, mut change: impl FnMut(&str, &mut Value) -> bool) -> Option<Tree> {
    let mut tree = tree.clone();
    let mut changed = false;
    for (path, file) in &mut tree.files {
        if let Body::Yaml(docs) = &mut file.body {
            for doc in &mut docs.docs {
                visit(doc, &mut |value| changed |= change(path, value));
            }
        }
    }
    changed.then_some(tree)
}

fn visit(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    change(value);
    for at in 0..value.len() {
        visit(value.child_mut(at), change);
    }
}

/// The directory of the kustomization that a file belongs to.
fn layer_of(tree: &Tree, path: &str) -> Option<String> {
    let homes = tree.kustomizations();
    let dirs = homes.iter().filter_map(|home| home.rsplit_once('/').map(|(dir, _)| dir));
    let plain = |dir: &str| !dir.rsplit('/').next().is_some_and(super::plugins::is_folder);
    dirs.filter(|dir| plain(dir) && path.starts_with(&format!("{dir}/"))).max_by_key(|dir| dir.len()).map(String::from)
}

/// Adds an entry to a list of the kustomization in `dir`.
fn add_entry(tree: &mut Tree, dir: &str, field: &str, entry: &str) {
    let Some(fields) = super::layers::home(tree, dir).and_then(|path| tree.document_mut(&path)) else { return };
    let field = spelling(fields, field);
    match fields.get_mut(&field) {
        Some(entries) => entries.push(entry),
        None => fields.set(&field, list![entry]),
    }
}

/// Entries of `patches` without a patch are left out, or change nothing where the output notes each step; a transformer for one becomes one that does nothing.
pub fn without_empty_patches(tree: &Tree) -> Option<Again> {
    let original = tree.clone();
    let noted = tree.kustomizations().iter().any(|path| {
        let metadata = tree.document(path).and_then(|fields| fields.get("buildMetadata"));
        metadata.is_some_and(|all| all.items().iter().any(|one| one.text() == Some("transformerAnnotations")))
    });
    let again = everywhere(tree, |path, value| {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let empty = |entry: &Value| is_empty_patch(&original, dir, entry);
        if value.get("kind").and_then(Value::text) == Some("PatchTransformer") && empty(value) {
            let metadata = value.get("metadata").cloned().unwrap_or(Value::Null);
            *value = map! { "apiVersion" => "builtin", "kind" => "PrefixTransformer", "metadata" => metadata, "prefix" => "" };
            return true;
        }
        let patches = spelling(value, "patches");
        let Some(Value::List(entries)) = value.get_mut(&patches).map(Value::bare_mut) else { return false };
        let before = entries.len();
        if noted {
            let found = entries.iter().any(empty);
            entries.iter_mut().filter(|entry| empty(entry)).for_each(|entry| *entry = idle_patch());
            return found;
        }
        entries.retain(|entry| !empty(entry));
        entries.len() < before
    });
    again.map(Again::from)
}

/// A patch of nothing.
fn idle_patch() -> Value {
    let patch = "{apiVersion: v1, kind: NoSuchKind, metadata: {name: none}}";
    map! { "patch" => patch, "target" => map! { "kind" => "NoSuchKind" } }
}

fn is_empty_patch(tree: &Tree, dir: &str, entry: &Value) -> bool {
    let blank = |docs: &Docs| {
        docs.docs.iter().all(|doc| match doc.bare() {
            Value::Null => true,
            Value::List(items) => items.is_empty(),
            _ => false,
        })
    };
    let says_nothing = |text: &str| {
        text.trim() == "[]" || text.lines().all(|line| line.trim().is_empty() || line.starts_with('#') || line == "---")
    };
    match entry.get("patch").map(Value::bare) {
        Some(Value::Inline(docs)) => return blank(docs),
        Some(Value::Str(text)) if !text.is_empty() => return says_nothing(text),
        _ => {}
    }
    let file = entry.get("path").and_then(Value::text).and_then(|path| tree.files.get(&format!("{dir}/{path}")));
    match file.map(|file| &file.body) {
        Some(Body::Yaml(docs)) => blank(docs),
        Some(Body::Bytes(bytes)) => says_nothing(&String::from_utf8_lossy(bytes)),
        _ => false,
    }
}

/// Kinds that no tree has and nothing selects by name. They are known to kustomize: where one that is unknown is met
/// decides what `openapi` does later. A replacement may give all of them one name; then only the kind tells them apart.
const SAID_AGAIN: &[(&str, &str)] = &[
    ("v1", "LimitRange"),
    ("v1", "PodTemplate"),
    ("v1", "Event"),
    ("apps/v1", "ControllerRevision"),
    ("coordination.k8s.io/v1", "Lease"),
];

/// `sourceValue: v` becomes a source in a resource that is dropped at the end.
pub fn source_value_as_resource(tree: &Tree) -> Option<Again> {
    let mut added: Vec<(String, String, Value)> = vec![];
    let original = tree.clone();
    let mut values = 0;
    everywhere(tree, |_, value| {
        values += usize::from(value.get("sourceValue").is_some());
        false
    });
    let mut again = everywhere(tree, |path, value| {
        let Some(text) = value.get("sourceValue").cloned() else { return false };
        let Value::Map(entries) = value.bare_mut() else { return false };
        entries.retain(|(key, _)| key != "sourceValue");
        let name = format!("said-again-{}", added.len());
        let mut source = map! { "kind" => SAID_AGAIN[added.len() % SAID_AGAIN.len()].1, "fieldPath" => "data.value" };
        if values > SAID_AGAIN.len() {
            source.set("name", &name);
        }
        value.set("source", source);
        added.push((layer_of(&original, path).unwrap_or_default(), name, untyped(text)));
        true
    })?;
    for (number, (dir, name, text)) in added.into_iter().enumerate() {
        let (api_version, kind) = SAID_AGAIN[number % SAID_AGAIN.len()];
        let local = map! { "config.kubernetes.io/local-config" => "true" };
        let resource = map! {
            "apiVersion" => api_version, "kind" => kind,
            "metadata" => map! { "name" => &name, "annotations" => local }, "data" => map! { "value" => text },
        };
        again.yaml(&format!("{dir}/{name}.yaml"), vec![resource], 0);
        add_entry(&mut again, &dir, "resources", &format!("{name}.yaml"));
    }
    Some(again.into())
}

/// The value of a `sourceValue`, which has no type until it stands somewhere, as a value of a resource.
fn untyped(value: Value) -> Value {
    let Some(text) = value.text() else { return value };
    let is_number_or_date = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-._:".contains(c))
        && text.chars().any(|c| c.is_ascii_digit())
        && !text.ends_with(':');
    let is_word = matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE");
    if is_number_or_date || is_word { Value::Raw(text.into()) } else { value }
}

/// Regular expressions in `select` and `reject` become the exact texts that they stand for.
pub fn patterns_as_names(tree: &Tree) -> Option<Again> {
    let again = everywhere(tree, |_, value| {
        let mut changed = false;
        if let Some(Value::List(targets)) = value.get_mut("targets").map(Value::bare_mut) {
            changed |= spread(targets, |target| target.get_mut("select"));
        }
        if let Some(Value::List(rejects)) = value.get_mut("reject").map(Value::bare_mut) {
            changed |= spread(rejects, |reject| Some(reject));
        }
        changed
    });
    again.map(Again::from)
}

/// Replaces each item by one for each text that the patterns in its selector stand for.
fn spread(items: &mut Vec<Value>, selector: impl Fn(&mut Value) -> Option<&mut Value>) -> bool {
    let mut changed = false;
    for key in ["kind", "name"] {
        let mut out = vec![];
        for mut item in items.drain(..) {
            let pattern = selector(&mut item).and_then(|s| s.get(key).and_then(Value::text).map(String::from));
            let texts = pattern.as_deref().and_then(alternatives);
            match texts {
                None => out.push(item),
                Some(texts) => {
                    changed = true;
                    for text in texts {
                        let mut copy = item.clone();
                        if let Some(selector) = selector(&mut copy) {
                            match text {
                                Some(text) => selector.set(key, text),
                                None => selector.remove(key),
                            }
                        }
                        out.push(copy);
                    }
                }
            }
        }
        *items = out;
    }
    changed
}

/// The exact texts that a pattern stands for, in the few forms that trees have; none stands for every text.
fn alternatives(pattern: &str) -> Option<Vec<Option<String>>> {
    if pattern == ".*" {
        return Some(vec![None]);
    }
    if pattern.contains('+') || pattern.trim_end_matches('$').contains('$') {
        // Names that are patterns by accident, and do not fit themselves.
        return Some(vec![Some("fits-nothing".into())]);
    }
    let inner = pattern.strip_prefix('^').and_then(|p| p.strip_suffix('$')).unwrap_or(pattern);
    let inner = inner.strip_prefix('(').and_then(|p| p.strip_suffix(')')).unwrap_or(inner);
    (inner != pattern || inner.contains('|')).then(|| inner.split('|').map(|text| Some(text.to_string())).collect())
}

/// Every kustomization is told where else images are.
pub fn image_volumes_configured(tree: &Tree) -> Option<Again> {
    everywhere(tree, |_, value| value.get("image").is_some_and(|image| image.get("reference").is_some()))?;
    let mut again = tree.clone();
    let specs = list![
        map! { "path" => "spec/volumes[]/image/reference", "create" => true },
        map! { "path" => "spec/template/spec/volumes[]/image/reference", "create" => true }
    ];
    for path in tree.kustomizations() {
        let Some((dir, _)) = path.rsplit_once('/') else { continue };
        if dir.rsplit('/').next().is_some_and(super::plugins::is_folder) {
            continue;
        }
        again.yaml(&format!("{dir}/said-again.yaml"), vec![map! { "images" => specs.clone() }], 0);
        add_entry(&mut again, dir, "configurations", "said-again.yaml");
    }
    Some(again.into())
}

/// `includeTemplates` becomes the list of fields that it stands for.
pub fn template_labels_as_fields(tree: &Tree) -> Option<Again> {
    let claims = map! { "path" => "spec/volumeClaimTemplates[]/metadata/labels", "create" => true, "group" => "apps", "kind" => "StatefulSet" };
    let again = everywhere(tree, |path, value| {
        let is_true = |key: &str| value.get(key) == Some(&Value::Bool(true));
        let (templates, volumes) = (is_true("includeTemplates"), is_true("includeVolumeClaimTemplates"));
        if !(templates || volumes) {
            return false;
        }
        let selectors = is_true("includeSelectors");
        value.remove("includeTemplates");
        value.remove("includeVolumeClaimTemplates");
        if selectors {
            return true;
        }
        let mut fields = value.get("fields").map(|fields| fields.items().to_vec()).unwrap_or_default();
        if templates {
            fields.extend(template_fields());
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            fields.extend(configured_template_fields(tree, dir));
        }
        if volumes {
            fields.push(claims.clone());
        }
        value.set("fields", fields);
        true
    });
    again.map(Again::from)
}

/// Where labels of templates are according to the configurations that the kustomization in `dir` knows.
fn configured_template_fields(tree: &Tree, dir: &str) -> Vec<Value> {
    let mut fields = vec![];
    for layer in super::layers::known_to(tree, dir) {
        for file in super::layers::entries(tree, &layer, "configurations") {
            if let Some(Body::Yaml(docs)) = tree.files.get(&file).map(|file| &file.body) {
                fields.extend(
                    docs.docs.iter().filter_map(|doc| doc.get("templateLabels")).flat_map(Value::items).cloned(),
                );
            }
        }
    }
    fields
}

/// Where labels of pod templates are.
fn template_fields() -> Vec<Value> {
    let template = |group: &str, kind: &str, path: &str| {
        let mut spec = map! { "path" => path, "create" => true, "kind" => kind };
        if !group.is_empty() {
            spec.set("group", group);
        }
        spec
    };
    let mut controller = template("", "ReplicationController", "spec/template/metadata/labels");
    controller.set("version", "v1");
    vec![
        controller,
        template("", "Deployment", "spec/template/metadata/labels"),
        template("", "ReplicaSet", "spec/template/metadata/labels"),
        template("", "DaemonSet", "spec/template/metadata/labels"),
        template("apps", "StatefulSet", "spec/template/metadata/labels"),
        template("batch", "Job", "spec/template/metadata/labels"),
        template("batch", "CronJob", "spec/jobTemplate/metadata/labels"),
        template("batch", "CronJob", "spec/jobTemplate/spec/template/metadata/labels"),
    ]
}

/// The mark of digests that are not SHA-256: no other text of a tree has it.
pub const OTHER_DIGEST: &str = "sha512:5ha512";

/// Another algorithm of the same length.
pub fn digests_as_sha256(tree: &Tree) -> Option<Again> {
    const WRITTEN: &str = "sha256:5ha512";
    let again = everywhere(tree, |_, value| match value {
        Value::Str(text) if text.contains(OTHER_DIGEST) => {
            *text = text.replace(OTHER_DIGEST, WRITTEN);
            true
        }
        _ => false,
    })?;
    Some(Again { put_back: vec![(WRITTEN.into(), OTHER_DIGEST.into())], digests: true, ..Again::from(again) })
}

/// An image's name that is no regular expression.
pub const INVALID_PATTERN: &str = "broken[";

/// Images whose name is no regular expression get one that fits nothing.
pub fn without_invalid_image_patterns(tree: &Tree) -> Option<Again> {
    let broken = |entry: &Value| entry.get("name").and_then(Value::text) == Some(INVALID_PATTERN);
    let again = everywhere(tree, |_, value| {
        let images = spelling(value, "images");
        let Some(Value::List(entries)) = value.get_mut(&images).map(Value::bare_mut) else { return false };
        let found = entries.iter().any(broken);
        entries.iter_mut().filter(|entry| broken(entry)).for_each(|entry| entry.set("name", "no-such-image"));
        found
    });
    again.map(Again::from)
}

/// Kinds that 5.5.0 knows to be cluster-scoped, in the place of those that only the newest kustomize knows; no tree has
/// them, nor their group.
const POLICIES: &[(&str, &str)] =
    &[("ValidatingAdmissionPolicyBinding", "PriorityLevelConfiguration"), ("ValidatingAdmissionPolicy", "FlowSchema")];
const POLICIES_GROUP: (&str, &str) = ("admissionregistration.k8s.io", "flowcontrol.apiserver.k8s.io");

/// Policies become something that 5.5.0 knows to be cluster-scoped, with the reference between them.
pub fn policies(tree: &Tree) -> Option<Again> {
    let mut again = everywhere(tree, |_, value| {
        let found = value.get("kind").and_then(Value::text).is_some_and(|kind| kind.contains(POLICIES[1].0));
        if !found {
            return false;
        }
        for (key, text) in [("apiVersion", "/v1beta1"), ("version", "v1beta1"), ("group", "")] {
            let Some(Value::Str(place)) = value.get_mut(key).map(Value::bare_mut) else { continue };
            let is_v1 = key == "group" || place == "v1" || place.ends_with("/v1");
            let is_group = key == "version" || place.starts_with(POLICIES_GROUP.0);
            if is_v1 && is_group {
                *place = if key == "version" { text.into() } else { format!("{}{text}", POLICIES_GROUP.1) };
            }
        }
        if let Some(Value::Str(kind)) = value.get_mut("kind").map(Value::bare_mut) {
            *kind = POLICIES.iter().fold(kind.clone(), |text, (from, to)| text.replace(from, to));
        }
        true
    })?;
    let (policy, binding, group) = (POLICIES[1].1, POLICIES[0].1, POLICIES_GROUP.1);
    let named_in = map! { "path" => "spec/policyName", "kind" => binding, "group" => group };
    let reference = map! { "kind" => policy, "group" => group, "fieldSpecs" => list![named_in] };
    again.yaml("overlay/said-again-policies.yaml", vec![map! { "nameReference" => list![reference] }], 0);
    add_entry(&mut again, "overlay", "configurations", "said-again-policies.yaml");
    let mut put_back = vec![];
    for (from, to) in POLICIES {
        put_back.push((to.to_string(), from.to_string()));
        put_back.push((format!("v1beta1_{}_", to.to_lowercase()), format!("v1_{}_", from.to_lowercase())));
    }
    put_back.push((format!("{group}/v1beta1"), format!("{}/v1", POLICIES_GROUP.0)));
    put_back.push((group.into(), POLICIES_GROUP.0.into()));
    Some(Again { put_back, any_order: true, ..Again::from(again) })
}

/// Annotations that kustomize keeps for itself are taken out of the resources, and replacements and vars that read
/// them, and replacements that write them, with them.
pub fn without_own_annotations(tree: &Tree) -> Option<Tree> {
    let own = |key: &str| super::names::OWN_ANNOTATIONS.iter().any(|(own, _)| *own == key);
    let is_own = |path: &Value| {
        path.text().is_some_and(|path| own(&path.replace("metadata.annotations.", "").replace('\\', "")))
    };
    let from_own = |value: &Value| value.get("source").and_then(|source| source.get("fieldPath")).is_some_and(is_own);
    let var_of_own = |value: &Value| {
        let reference = value.get("fieldref").or_else(|| value.get("fieldRef"));
        value.get("objref").is_some() && reference.and_then(|field| field.get("fieldPath")).is_some_and(is_own)
    };
    let to_own = |value: &Value| value.get("fieldPaths").is_some_and(|paths| paths.items().iter().any(is_own));
    everywhere(tree, |_, value| {
        let before = value.len();
        match value.bare_mut() {
            Value::Map(entries) => entries.retain(|(key, _)| !own(key)),
            Value::List(items) => {
                items.retain(|item| !from_own(item) && !to_own(item) && !var_of_own(item));
                // Without a target a replacement would be an error.
                let aimless = |item: &Value| item.get("targets").is_some_and(|all| all.items().iter().all(to_own));
                items.retain(|item| !aimless(item));
            }
            _ => {}
        }
        value.len() < before
    })
}

/// `options` of patches without what is no option.
pub fn without_unknown_options(tree: &Tree) -> Option<Tree> {
    everywhere(tree, |_, value| {
        if value.get("patch").is_none() && value.get("path").is_none() {
            return false;
        }
        let Some(Value::Map(options)) = value.get_mut("options").map(Value::bare_mut) else { return false };
        let before = options.len();
        options.retain(|(key, _)| matches!(key.as_str(), "allowNameChange" | "allowKindChange"));
        options.len() < before
    })
}

/// Directories named `a..b` get another name.
pub fn without_inner_dots(tree: &Tree) -> Option<Tree> {
    let plain = |text: &str| text.replace(INNER_DOTS, "inner-dots");
    let mut again = everywhere(tree, |_, value| match value {
        Value::Str(text) if text.contains(INNER_DOTS) => {
            *text = plain(text);
            true
        }
        _ => false,
    })?;
    again.files = again.files.into_iter().map(|(path, file)| (plain(&path), file)).collect();
    Some(again)
}

/// A name of a directory with two dots in it.
pub const INNER_DOTS: &str = "inner..dots";

/// Replacements whose path goes on inside of a text are left out; one in a file of its own gets a target that is no
/// resource's.
pub fn without_structured_replacements(tree: &Tree) -> Option<Tree> {
    let inside = |target: &Value| {
        let paths = target.get("fieldPaths").map(Value::items).unwrap_or_default();
        paths.iter().any(|path| path.text().is_some_and(|path| path.contains(STRUCTURED)))
    };
    everywhere(tree, |_, value| {
        let Some(Value::List(targets)) = value.get_mut("targets").map(Value::bare_mut) else { return false };
        let mut changed = false;
        for target in targets.iter_mut().filter(|target| inside(target)) {
            *target = map! { "select" => map! { "kind" => "NoSuchKind" } };
            changed = true;
        }
        changed
    })
}

/// Kustomizations without validators.
pub fn without_validators(tree: &Tree) -> Option<Tree> {
    everywhere(tree, |_, value| {
        let validators = spelling(value, "validators");
        let found = value.get(&validators).is_some();
        value.remove(&validators);
        found
    })
}

/// A key of ConfigMaps whose value is JSON.
pub const STRUCTURED: &str = "structured\\.json";
