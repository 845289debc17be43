//! Two rendered texts compared without any cleverness, against which each claim of `diff` is held.
//!
//! Claims are replayed: what is claimed has to be so on both sides, what is not claimed has to be the same.

use anyhow::{Context, Result, bail, ensure};
use rustomize::diff::{Data, ObjectDiff, ObjectId, Segment, Status, Value as Found};
use rustomize_yaml::{FileId, NodeId, Source, read_resources};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::claims::{Claim, Claims, Items, most_in_common};

/// Lists whose items have names in every type of Kubernetes.
const NAMED_LISTS: [&str; 4] = ["containers", "initContainers", "volumes", "env"];

/// An object of a rendered text.
pub struct Object {
    id: ObjectId,
    value: Json,
}

/// How much has been held against the texts.
#[derive(Default)]
pub struct Held {
    /// Objects that differ.
    pub objects: usize,
    /// Fields that differ in what was planted.
    pub planted: usize,
    /// Fields that differ in something else: the build does more with what is planted than to put it somewhere.
    pub others: usize,
    /// Fields that follow because something else is called differently.
    pub references: usize,
}

/// The objects of what a build has printed.
pub fn objects(text: &str) -> Result<Vec<Object>> {
    let source = Arc::new(Source::new(FileId::default(), "rendered", text));
    let trees = read_resources(&source).ok().context("what was printed cannot be read")?;
    let objects = trees.iter().map(|tree| {
        let mut value = Found::of(tree, tree.root(), None).to_json();
        let text = |node: Option<NodeId>| node.map_or("", |node| tree.text(node));
        let at = |key: &str| tree.get(tree.root(), key);
        let metadata = |key: &str| text(at("metadata").and_then(|metadata| tree.get(metadata, key)));
        let group = text(at("apiVersion")).split_once('/').map_or("", |(group, _)| group);
        let id = ObjectId::new(group, text(at("kind")), metadata("namespace"), metadata("name"));
        if is_secret(&id) {
            spell_out(&mut value);
        }
        Object { id, value }
    });
    Ok(objects.collect())
}

fn is_secret(id: &ObjectId) -> bool {
    // The group does not count: better hidden once too often.
    id.kind.eq_ignore_ascii_case("Secret")
}

/// What a Secret keeps counts as text, and base64 may be folded as one likes.
fn spell_out(secret: &mut Json) {
    for field in ["data", "stringData"] {
        let values = secret.get_mut(field).and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut);
        for value in values {
            match value {
                Json::String(text) if field == "data" => text.retain(|letter| !letter.is_ascii_whitespace()),
                Json::Bool(_) | Json::Number(_) => *value = Json::String(value.to_string()),
                _ => {}
            }
        }
    }
}

/// Holds what was found between two texts against them. Fails where something is claimed that is not so, or something
/// differs that is not claimed.
pub fn hold(before: &[Object], after: &[Object], found: &[ObjectDiff], mark: Option<&str>) -> Result<Held> {
    let pairs = pairs(before, after);
    let mut renames = BTreeSet::new();
    for (old, new) in pairs.iter().filter_map(|(old, new)| Some((&(*old)?.id, &(*new)?.id))) {
        for (old, new) in [(&old.name, &new.name), (&old.namespace, &new.namespace)] {
            if old != new && !old.is_empty() && !new.is_empty() {
                renames.insert((old.as_str(), new.as_str()));
            }
        }
    }
    // Two objects can be called the same: a replacement can write one name into both.
    let mut by_ids: HashMap<Ids, Vec<&ObjectDiff>> = HashMap::new();
    found.iter().for_each(|one| by_ids.entry((one.before.as_ref(), one.after.as_ref())).or_default().push(one));
    let mut held = Held::default();
    for (old, new) in pairs {
        let told = by_ids.get_mut(&(old.map(|old| &old.id), new.map(|new| &new.id)));
        let is_it = |one: &&ObjectDiff| new.or(old).is_some_and(|object| is_about(one, object));
        let one = told.and_then(|told| {
            let position =
                if told.len() == 1 && !is_ambiguous(old, before) { Some(0) } else { told.iter().position(is_it) };
            position.map(|position| told.remove(position))
        });
        let mut claims = Claims::default();
        for change in one.iter().flat_map(|one| &one.changes) {
            claims.add(&change.path.0, Claim::Change(change));
        }
        for (follower, path) in found.iter().flat_map(|one| &one.references) {
            if new.is_some_and(|new| new.id == *follower) {
                claims.add(&path.0, Claim::Follows(path));
            }
        }
        let Some(shown) = new.or(old).map(|object| &object.id) else { continue };
        let mut judge = Judge { renames: &renames, mark, id: shown, digests: HashMap::new(), path: vec![], held };
        judge.object(old, new, one, &claims).with_context(|| shown.to_string())?;
        held = judge.held;
        held.objects += usize::from(one.is_some());
    }
    by_ids.retain(|_, told| !told.is_empty());
    ensure!(by_ids.is_empty(), "what is told of is not there, or is something else: {:?}", by_ids.keys());
    Ok(held)
}

/// Whether several objects of a side are called the same.
fn is_ambiguous(object: Option<&Object>, side: &[Object]) -> bool {
    object.is_some_and(|object| side.iter().filter(|other| other.id == object.id).count() > 1)
}

/// Whether what is told of one of several objects that are called the same is told of this one.
fn is_about(one: &ObjectDiff, object: &Object) -> bool {
    let told = one.values.1.as_ref().or(one.values.0.as_ref()).map(Found::to_json);
    let path = ["apiVersion", "kind", "metadata", "spec"];
    told.is_some_and(|told| path.iter().all(|field| told.get(field) == object.value.get(field)))
}

type Ids<'a> = (Option<&'a ObjectId>, Option<&'a ObjectId>);

type Pair<'a> = (Option<&'a Object>, Option<&'a Object>);

/// What is the same object: what is called the same, else what has the same name in another namespace, and of the rest of a
/// kind, the first one and the first one and so on, since what is planted adds none and takes none away.
fn pairs<'a>(before: &'a [Object], after: &'a [Object]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let mut left = [before.iter().collect::<Vec<_>>(), after.iter().collect::<Vec<_>>()];
    let ids: [fn(&ObjectId) -> ObjectId; 3] = [
        ObjectId::clone,
        |id| ObjectId { namespace: String::new(), ..id.clone() },
        |id| ObjectId { namespace: String::new(), name: String::new(), ..id.clone() },
    ];
    for (step, id) in ids.iter().enumerate() {
        let mut groups: BTreeMap<ObjectId, [Vec<&Object>; 2]> = BTreeMap::new();
        for (side, objects) in left.iter_mut().enumerate() {
            objects.drain(..).for_each(|object| groups.entry(id(&object.id)).or_default()[side].push(object));
        }
        for [olds, news] in groups.into_values() {
            let is_clear = olds.len() == news.len() && (olds.len() == 1 || step == 2);
            if is_clear {
                pairs.extend(olds.into_iter().map(Some).zip(news.into_iter().map(Some)));
            } else {
                left[0].extend(olds);
                left[1].extend(news);
            }
        }
    }
    let [olds, news] = left;
    pairs.extend(olds.into_iter().map(|old| (Some(old), None)));
    pairs.extend(news.into_iter().map(|new| (None, Some(new))));
    pairs
}

/// Holds the claims about one object.
struct Judge<'a> {
    renames: &'a BTreeSet<(&'a str, &'a str)>,
    /// What is seen where something was planted; `None` where something goes.
    mark: Option<&'a str>,
    id: &'a ObjectId,
    /// What stands for each value of a Secret.
    digests: HashMap<String, String>,
    path: Vec<String>,
    held: Held,
}

impl Judge<'_> {
    fn object(
        &mut self,
        old: Option<&Object>,
        new: Option<&Object>,
        one: Option<&ObjectDiff>,
        claims: &Claims,
    ) -> Result<()> {
        let status = one.map(|one| one.status);
        if let Some(one) = one {
            for (told, object) in [(&one.values.1, new), (&one.values.0, old.filter(|_| new.is_none()))] {
                let is_told = match (told, object) {
                    (Some(told), Some(object)) => self.is(&told.to_json(), &object.value),
                    (None, None) => true,
                    (told, _) => told.is_some() && new.is_some(),
                };
                ensure!(is_told, "all of it is not all of it");
            }
        }
        let (Some(old), Some(new)) = (old, new) else {
            let expected = if old.is_some() { Status::Removed } else { Status::Added };
            ensure!(status == Some(expected), "{status:?}, and it is {expected:?}");
            return Ok(());
        };
        let [mut before, mut after] = [old, new].map(|object| object.value.clone());
        if old.id != new.id {
            // What it is called itself tells that it is renamed, or that its hash is another one.
            ensure!(matches!(status, Some(Status::Renamed | Status::Changed)), "{status:?}, and it has another name");
            for value in [&mut before, &mut after] {
                let metadata = value.get_mut("metadata").and_then(Json::as_object_mut);
                metadata.into_iter().for_each(|metadata| metadata.retain(|key, _| key != "name" && key != "namespace"));
            }
        } else {
            ensure!(status != Some(Status::Renamed), "it is not renamed");
            ensure!(one.is_none_or(|one| !one.changes.is_empty()), "it is told of, and nothing is said of it");
        }
        self.value(&before, &after, claims)
    }

    fn value(&mut self, old: &Json, new: &Json, claims: &Claims) -> Result<()> {
        match (old, new) {
            (Json::Array(old), Json::Array(new)) if old != new => self.list(old, new, claims),
            (Json::Object(old), Json::Object(new)) if old != new => self.map(old, new, claims),
            _ => self.maybe(Some(old), Some(new), claims),
        }
    }

    fn maybe(&mut self, old: Option<&Json>, new: Option<&Json>, claims: &Claims) -> Result<()> {
        let shown = self.path.join(".");
        if claims.is_empty() {
            ensure!(old == new, "{shown}: {old:?} → {new:?}, and nothing is said of it");
            return Ok(());
        }
        let are_alike = |old: &Json, new: &Json| old.is_array() && new.is_array() || old.is_object() && new.is_object();
        if let (Some(old), Some(new)) = (old, new)
            && old != new
            && are_alike(old, new)
        {
            return self.value(old, new, claims);
        }
        ensure!(old != new, "{shown}: told of, and the same");
        let [claim] = claims.here.as_slice() else { bail!("{shown}: {} claims", claims.here.len()) };
        ensure!(claims.below.is_empty(), "{shown}: claims below what is told of");
        let follows = match (old, new) {
            // What a Secret keeps cannot be seen to be a name.
            (Some(Json::String(old)), Some(Json::String(new))) => !self.hides() && self.is_named_after(old, new),
            _ => false,
        };
        match claim {
            Claim::Follows(path) => {
                ensure!(follows, "{path}: {old:?} → {new:?} is no name that has changed");
                self.held.references += 1;
            }
            Claim::Change(change) => {
                ensure!(!follows, "{shown}: {old:?} → {new:?} is told of, and is a name that has changed");
                ensure!(!change.is_order, "{shown}: an order of what is no list");
                for (told, is) in [(&change.before, old), (&change.after, new)] {
                    let told = told.as_ref().map(Found::to_json);
                    let is_so = match (&told, is) {
                        (Some(told), Some(is)) => self.is(told, is),
                        (told, is) => told.is_none() && is.is_none(),
                    };
                    ensure!(is_so, "{shown}: {told:?} is told, and it is {is:?}");
                }
                let is_planted = match (self.mark, new) {
                    (Some(mark), Some(new)) => shown.to_lowercase().contains(mark) || new.to_string().contains(mark),
                    (Some(_), None) => false,
                    (None, new) => new.is_none(),
                };
                *(if is_planted { &mut self.held.planted } else { &mut self.held.others }) += 1;
            }
        }
        Ok(())
    }

    fn map(&mut self, old: &Map<String, Json>, new: &Map<String, Json>, claims: &Claims) -> Result<()> {
        let shown = self.path.join(".");
        ensure!(claims.here.is_empty(), "{shown}: all of it is told of, where fields are");
        let none = Claims::default();
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for (segment, _) in &claims.below {
            let is_there = matches!(segment, Segment::Field(name) if keys.contains(name));
            ensure!(is_there, "{shown}: {segment:?} is not there");
        }
        for key in keys {
            let is_it = |segment: &Segment| matches!(segment, Segment::Field(name) if name == key);
            let below = claims.below.iter().find(|(segment, _)| is_it(segment)).map_or(&none, |(_, below)| below);
            self.path.push(key.clone());
            self.maybe(old.get(key), new.get(key), below)?;
            self.path.pop();
        }
        Ok(())
    }

    fn list(&mut self, old: &[Json], new: &[Json], claims: &Claims) -> Result<()> {
        let shown = self.path.join(".");
        let items = Items::of(old, new, claims).with_context(|| shown.clone())?;
        let order = match claims.here.as_slice() {
            [] => None,
            [Claim::Change(change)] if change.is_order => Some(change),
            _ => bail!("{shown}: all of it is told of, where items are"),
        };
        self.is_well_aligned(old, new, claims, &items).with_context(|| shown.clone())?;
        for (at, claims) in items.removed.iter().map(|(at, claims)| (*at, *claims)) {
            self.item(at, Some(&old[at]), None, claims)?;
        }
        for (at, claims) in items.added.iter().map(|(at, claims)| (*at, *claims)) {
            self.item(at, None, Some(&new[at]), claims)?;
        }
        let partners = match order {
            None => items.in_order(old, new),
            Some(order) => {
                let partners = items.in_any_order(old, new);
                let [told_before, told_after] = [&order.before, &order.after].map(|told| match told {
                    Some(Found { data: Data::List(items), .. }) => items.len(),
                    _ => 0,
                });
                ensure!(told_before == partners.len() && told_after == partners.len(), "{shown}: not all are in order");
                ensure!(!partners.is_sorted_by_key(|(_, new)| *new), "{shown}: the order is the same");
                self.held.others += 1;
                partners
            }
        };
        ensure!(partners.len() + items.removed.len() == old.len(), "{shown}: not all items are told of");
        ensure!(partners.len() + items.added.len() == new.len(), "{shown}: not all items are told of");
        let none = Claims::default();
        for (before, after) in partners {
            let claims = match items.changed.get(&before) {
                Some((partner, claims)) => {
                    ensure!(*partner == after, "{shown}: item {before} is told to be {partner}, and is {after}");
                    claims
                }
                None => &none,
            };
            self.item(after, Some(&old[before]), Some(&new[after]), claims)?;
        }
        Ok(())
    }

    fn item(&mut self, at: usize, old: Option<&Json>, new: Option<&Json>, claims: &Claims) -> Result<()> {
        self.path.push(at.to_string());
        self.maybe(old, new, claims)?;
        self.path.pop();
        Ok(())
    }

    /// Items that can be the same have to be.
    fn is_well_aligned(&self, old: &[Json], new: &[Json], claims: &Claims, items: &Items) -> Result<()> {
        let keys = claims.below.iter().filter_map(|(segment, _)| match segment {
            Segment::Item { keys, .. } => Some(keys),
            Segment::Field(_) => None,
        });
        if keys.clone().any(|keys| !keys.is_empty()) {
            let side = |wanted: &BTreeMap<usize, &Claims>, of_old: bool| -> BTreeSet<Vec<String>> {
                let all = claims.below.iter().filter_map(|(segment, _)| match segment {
                    Segment::Item { keys, before: Some(at), after: None } if of_old && wanted.contains_key(at) => {
                        Some(keys)
                    }
                    Segment::Item { keys, before: None, after: Some(at) } if !of_old && wanted.contains_key(at) => {
                        Some(keys)
                    }
                    _ => None,
                });
                all.map(|keys| keys.iter().map(|key| format!("{}={}", key.field, key.after)).collect()).collect()
            };
            let (removed, added) = (side(&items.removed, true), side(&items.added, false));
            ensure!(
                removed.is_disjoint(&added),
                "items of the same key are told to come and go: {removed:?} {added:?}"
            );
            return Ok(());
        }
        let is_named = |list: &[Json]| {
            let names: BTreeSet<_> = list.iter().filter_map(|item| item.get("name").and_then(Json::as_str)).collect();
            names.len() == list.len()
        };
        let is_kubernetes = self.id.group.is_empty() || self.id.group == "apps" || self.id.group == "batch";
        if keys.clone().next().is_some() && is_kubernetes && is_named(old) && is_named(new) {
            let is_known = self.path.last().is_some_and(|last| NAMED_LISTS.contains(&last.as_str()));
            ensure!(!is_known, "the items have names, by which they are not told apart");
        }
        let touched = items.changed.values().filter(|(_, claims)| !claims.only_follow()).count();
        let kept = old.len() - items.removed.len() - touched;
        let most = most_in_common(old, new);
        ensure!(kept >= most, "{kept} items stay, and {most} could");
        Ok(())
    }

    /// Whether something that is told is what is there; of a Secret, whether it hides just that.
    fn is(&mut self, told: &Json, is: &Json) -> bool {
        if !is_secret(self.id) {
            return told == is;
        }
        match (told, is) {
            (Json::Object(told), Json::Object(is)) => {
                let same_keys = told.len() == is.len();
                same_keys
                    && told.iter().all(|(key, told)| {
                        is.get(key).is_some_and(|is| {
                            self.path.push(key.clone());
                            let same = self.is(told, is);
                            self.path.pop();
                            same
                        })
                    })
            }
            (Json::String(told), Json::String(is)) if self.hides() => {
                let digest = told.strip_prefix("<hidden ").and_then(|told| told.strip_suffix('>'));
                let is_digest = digest.is_some_and(|digest| digest.len() == 12);
                is_digest && self.digests.entry(is.clone()).or_insert_with(|| told.clone()) == told
            }
            _ => told == is,
        }
    }

    /// Whether the value at the path is one that a Secret keeps.
    fn hides(&self) -> bool {
        is_secret(self.id) && self.path.len() == 2 && (self.path[0] == "data" || self.path[0] == "stringData")
    }

    /// Whether the texts differ in names that have changed and in nothing else.
    fn is_named_after(&self, old: &str, new: &str) -> bool {
        let [olds, news] = [old, new].map(words);
        let is_renamed = |old: &str, new: &str| old == new || self.renames.contains(&(old, new));
        is_renamed(old, new)
            || olds.len() == news.len() && olds.iter().zip(&news).all(|(old, new)| is_renamed(old, new))
    }
}

/// The words of a text that can be names, and what is between them.
fn words(text: &str) -> Vec<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let mut words: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter| is_name(letter) != is_name(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}
