//! Which object of one side is which of the other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;

use smallvec::SmallVec;

use super::object::{Object, ObjectId, Side};
use super::origins::Origins;
use crate::generate::split_hash;
use crate::session::Session;

/// An object on both sides, or on one.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub before: Option<&'a Object>,
    pub after: Option<&'a Object>,
}

/// Matches the objects of two sides: by what tells them apart in a cluster, else generated ones by their names without
/// the hash, else built ones by the names that they had before prefixes, suffixes and namespaces, else by those that they
/// have in the files that they were read from.
///
/// Only what means one object on either side is matched so. The pairs come sorted, and the same the other way around.
pub fn pairs<'a>(session: &Session, before: &'a Side, after: &'a Side) -> Vec<Pair<'a>> {
    let mut matching =
        Matching { before: before.objects.iter().collect(), after: after.objects.iter().collect(), pairs: Vec::new() };
    matching.by(|object| object.same);
    // One object can come in two versions of its API.
    matching.by(|object| Some((object.id.clone(), object.api_version.clone())));
    matching.by(|object| Some(object.id.clone()));
    matching.by(|object| stemmed(object, true));
    matching.by(|object| stemmed(object, false));
    if before.built.is_some() == after.built.is_some() {
        matching.by_names(|object| &object.names);
        // The names of two objects can differ in nothing but hashes.
        matching.by_names(|object| &object.hashed_names);
    }
    if before.built.is_some() && after.built.is_some() {
        matching.by_origins(session);
        // What was generated and named anew keeps the hash of its content.
        matching.by(|object| {
            let (_, hash) =
                split_hash(&object.id.name).filter(|_| object.stem.as_ref().is_some_and(|stem| stem.is_known))?;
            Some((object.id.kind.clone(), hash.to_owned()))
        });
    }
    let Matching { before, after, mut pairs } = matching;
    pairs.extend(before.into_iter().map(|object| Pair { before: Some(object), after: None }));
    pairs.extend(after.into_iter().map(|object| Pair { before: None, after: Some(object) }));
    pairs.sort_by_key(|pair| {
        let ids = [pair.before, pair.after].map(|object| object.map(|object| (&object.id, &object.api_version)));
        let names = [ids[0].min(ids[1]), ids[0].max(ids[1])];
        (names[0].or(names[1]), names[1])
    });
    pairs
}

/// The id with the name that has no hash: of an object whose hash is known, or that may have one.
fn stemmed(object: &Object, only_known: bool) -> Option<ObjectId> {
    let name = match &object.stem {
        Some(stem) if stem.is_known || !only_known => stem.name.clone(),
        _ => return None,
    };
    Some(ObjectId { name, ..object.id.clone() })
}

/// What is not matched yet, and what is.
struct Matching<'a> {
    before: Vec<&'a Object>,
    after: Vec<&'a Object>,
    pairs: Vec<Pair<'a>>,
}

impl Matching<'_> {
    /// Matches those that have the same key, where only one on each side has it.
    fn by<K: Eq + Hash>(&mut self, key: impl Fn(&Object) -> Option<K>) {
        self.by_groups(key, 1);
    }

    /// Matches those that have the same key one after the other, where as many on each side have it, and no more than so
    /// many.
    fn by_groups<K: Eq + Hash>(&mut self, key: impl Fn(&Object) -> Option<K>, most: usize) {
        let news = groups(&self.after, &key);
        let mut matched = [vec![false; self.before.len()], vec![false; self.after.len()]];
        let mut found = Vec::new();
        for (key, olds) in groups(&self.before, &key) {
            let news = news.get(&key).filter(|news| news.len() == olds.len() && olds.len() <= most);
            found.extend(olds.into_iter().zip(news.into_iter().flatten().copied()));
        }
        found.sort_unstable();
        for (old, new) in found {
            (matched[0][old], matched[1][new]) = (true, true);
            self.pairs.push(Pair { before: Some(self.before[old]), after: Some(self.after[new]) });
        }
        for (objects, matched) in [&mut self.before, &mut self.after].into_iter().zip(matched) {
            let mut matched = matched.into_iter();
            objects.retain(|_| !matched.next().unwrap_or_default());
        }
    }

    /// By the names of old: where a namespace has changed, all are the same; where an affix has, those before it are.
    fn by_names(&mut self, names: fn(&Object) -> &[String]) {
        self.by(|object| Some((object.id.kind.clone(), names(object).to_vec())));
        let most = self.before.iter().chain(&self.after).map(|object| names(object).len()).max().unwrap_or(0);
        for count in (1..=most).rev() {
            let known = |object: &Object| Some((object.id.kind.clone(), names(object).get(..count)?.to_vec()));
            self.by(|object| Some((known(object)?, object.id.namespace.clone())));
            self.by(known);
        }
        self.by(|object| Some((object.id.kind.clone(), object.id.name.clone())));
    }

    /// By what they are called where they were read: a patch or a replacement that writes a name leaves no note of the one
    /// before.
    fn by_origins(&mut self, session: &Session) {
        if self.before.is_empty() || self.after.is_empty() {
            return;
        }
        let origins = RefCell::new(Origins::new(session));
        self.by(|object| Some((origins.borrow_mut().of(object)?, object.names.clone())));
        self.by(|object| origins.borrow_mut().of(object));
        // A base that is built on in several ways comes in the order of those.
        self.by_groups(|object| origins.borrow_mut().of(object), usize::MAX);
    }
}

/// Mostly one.
type Positions = SmallVec<[usize; 1]>;

/// The positions of those that have each key.
fn groups<K: Eq + Hash>(objects: &[&Object], key: impl Fn(&Object) -> Option<K>) -> HashMap<K, Positions> {
    let mut groups: HashMap<K, Positions> = HashMap::new();
    for (position, object) in objects.iter().enumerate() {
        if let Some(key) = key(object) {
            groups.entry(key).or_default().push(position);
        }
    }
    groups
}
