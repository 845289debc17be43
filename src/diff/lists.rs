//! Which item of one list is which of the other.

use std::collections::HashMap;

use super::renames::Renames;
use super::value::{Data, Value};

/// Lists with more pairs of items than this between their common ends are compared by position.
const MOST_PAIRS: usize = 1_000_000;

/// What the items of two lists have to do with each other.
#[derive(Debug, Default)]
pub struct Alignment {
    /// Positions in both, or in one.
    pub pairs: Vec<(Option<usize>, Option<usize>)>,
    /// The keys of the items that both have, where their order is another one.
    pub moved: Option<(Value, Value)>,
}

/// Aligns two lists, by the fields that tell items apart, or else so that as many items as can be are the same.
///
/// The other way around, the answer is the same with both sides exchanged.
pub fn align(old: &[Value], new: &[Value], keys: &[String], renames: &Renames) -> Alignment {
    if keys.is_empty() { by_content(old, new, renames) } else { by_key(old, new, keys, renames) }
}

/// The texts of the fields that tell an item apart; nothing for an item without the first of them.
pub fn key_of(item: &Value, keys: &[String]) -> Vec<(String, String)> {
    let text = |key: &String| item.get(key).and_then(Value::text);
    if keys.first().is_none_or(|first| text(first).is_none()) {
        return Vec::new();
    }
    // A port without a protocol is one of TCP.
    let text = |key: &String| text(key).or_else(|| (key == "protocol").then(|| "TCP".to_owned()));
    keys.iter().filter_map(|key| Some((key.clone(), text(key)?))).collect()
}

fn by_key(old: &[Value], new: &[Value], keys: &[String], renames: &Renames) -> Alignment {
    let [olds, news] = [old, new].map(|items| items.iter().map(|item| key_of(item, keys)).collect::<Vec<_>>());
    let mut free: HashMap<&Vec<(String, String)>, usize> = news.iter().zip(0..).collect();
    let mut partners: Vec<Option<usize>> = olds.iter().map(|key| free.remove(key)).collect();
    if !renames.is_empty() {
        let renamed = |from: &[(String, String)], to: &[(String, String)]| {
            let same = |((key, old), (other, new)): (&(String, String), &(String, String))| {
                key == other && (old == new || renames.explain(old, new).is_some())
            };
            from.len() == to.len() && from.iter().zip(to).all(same)
        };
        for (key, partner) in olds.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
            let found = free.iter().filter(|(other, _)| renamed(key, other)).map(|(_, at)| *at).min();
            if let Some(at) = found {
                free.remove(&news[at]);
                *partner = Some(at);
            }
        }
    }
    for (old, new) in called_differently(old, new, keys, &partners, &free.values().copied().collect::<Vec<_>>()) {
        partners[old] = Some(new);
        free.remove(&news[new]);
    }
    let moved = order(&olds, &news, &partners);
    let mut pairs: Vec<_> = partners.into_iter().enumerate().map(|(at, partner)| (Some(at), partner)).collect();
    pairs.extend(free.into_values().map(|at| (None, Some(at))));
    // By keys and not by positions, which are others the other way around.
    pairs.sort_by_key(|(before, after)| {
        let keys = [before.map(|at| &olds[at]), after.map(|at| &news[at])];
        (keys[0].into_iter().chain(keys[1]).min(), *before, *after)
    });
    Alignment { pairs, moved }
}

/// The items without partners that are the same but for what tells them apart, where that is no guess.
fn called_differently(
    old: &[Value],
    new: &[Value],
    keys: &[String],
    partners: &[Option<usize>],
    free: &[usize],
) -> Vec<(usize, usize)> {
    let left = (0..old.len()).filter(|at| partners[*at].is_none());
    let [olds, news] = [by_rest(old, left, keys), by_rest(new, free.iter().copied(), keys)];
    let both = olds.into_iter().filter_map(|(rest, old)| Some((old?, (*news.get(&rest)?)?)));
    both.collect()
}

/// The positions of items by all but their keys; `None` for what several have.
fn by_rest(items: &[Value], at: impl Iterator<Item = usize>, keys: &[String]) -> HashMap<String, Option<usize>> {
    let mut found = HashMap::new();
    for at in at {
        let mut item = items[at].clone();
        if let Data::Map(fields) = &mut item.data {
            fields.retain(|name, _| !keys.contains(name));
        }
        found.entry(item.to_json().to_string()).and_modify(|known| *known = None).or_insert(Some(at));
    }
    found
}

/// The keys of the items that both lists have, as each has them, if their order differs.
fn order(
    olds: &[Vec<(String, String)>],
    news: &[Vec<(String, String)>],
    partners: &[Option<usize>],
) -> Option<(Value, Value)> {
    let common: Vec<usize> = partners.iter().flatten().copied().collect();
    if common.is_sorted() {
        return None;
    }
    let shown = |key: &Vec<(String, String)>| {
        let texts: Vec<&str> = key.iter().map(|(_, text)| text.as_str()).collect();
        Value { data: Data::Text(texts.join(",")), place: None }
    };
    let kept = olds.iter().zip(partners).filter(|(_, partner)| partner.is_some()).map(|(key, _)| shown(key));
    let before = Value { data: Data::List(kept.collect()), place: None };
    let mut sorted = common;
    sorted.sort_unstable();
    let after = sorted.into_iter().map(|at| shown(&news[at])).collect();
    Some((before, Value { data: Data::List(after), place: None }))
}

fn by_content(old: &[Value], new: &[Value], renames: &Renames) -> Alignment {
    let [olds, news] = [old, new].map(|items| items.iter().map(|item| content(item, renames)).collect::<Vec<_>>());
    // What is the same can often be found in more than one way: one order of the two sides decides.
    let pairs = if olds <= news {
        longest(&olds, &news)
    } else {
        longest(&news, &olds).into_iter().map(|(after, before)| (before, after)).collect()
    };
    Alignment { pairs, moved: None }
}

/// An item as a text, with neutral names.
fn content(item: &Value, renames: &Renames) -> String {
    if renames.is_empty() {
        return item.to_json().to_string();
    }
    let mut item = item.clone();
    item.each_text(&mut |text| {
        if let Some(neutral) = renames.neutral(text) {
            *text = neutral;
        }
    });
    item.to_json().to_string()
}

/// The pairs of the longest common subsequence; between them, what is left is paired in order.
fn longest(old: &[String], new: &[String]) -> Vec<(Option<usize>, Option<usize>)> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let suffix = old[prefix..].iter().rev().zip(new[prefix..].iter().rev()).take_while(|(a, b)| a == b).count();
    let [olds, news] = [old, new].map(|all| &all[prefix..all.len() - suffix]);
    let mut pairs: Vec<_> = (0..prefix).map(|at| (Some(at), Some(at))).collect();
    let mut gap = (prefix, prefix);
    for (a, b) in common(olds, news) {
        fill(&mut pairs, gap, (prefix + a, prefix + b));
        pairs.push((Some(prefix + a), Some(prefix + b)));
        gap = (prefix + a + 1, prefix + b + 1);
    }
    fill(&mut pairs, gap, (old.len() - suffix, new.len() - suffix));
    pairs.extend((0..suffix).map(|at| (Some(old.len() - suffix + at), Some(new.len() - suffix + at))));
    pairs
}

/// Pairs what lies between two places in order; what is left over stands alone.
fn fill(pairs: &mut Vec<(Option<usize>, Option<usize>)>, from: (usize, usize), to: (usize, usize)) {
    let both = (to.0 - from.0).min(to.1 - from.1);
    pairs.extend((0..both).map(|at| (Some(from.0 + at), Some(from.1 + at))));
    pairs.extend((from.0 + both..to.0).map(|at| (Some(at), None)));
    pairs.extend((from.1 + both..to.1).map(|at| (None, Some(at))));
}

/// The positions of a longest common subsequence.
fn common(old: &[String], new: &[String]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut lengths = vec![0u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            lengths[a * width + b] = if old[a] == new[b] {
                lengths[(a + 1) * width + b + 1] + 1
            } else {
                lengths[(a + 1) * width + b].max(lengths[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b, mut found) = (0, 0, Vec::new());
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            found.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if lengths[(a + 1) * width + b] >= lengths[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<Value> {
        texts.iter().map(|text| Value { data: Data::Text((*text).to_owned()), place: None }).collect()
    }

    fn aligned(old: &[&str], new: &[&str]) -> Vec<(Option<usize>, Option<usize>)> {
        align(&list(old), &list(new), &[], &Renames::default()).pairs
    }

    #[test]
    fn what_is_the_same_stays_together() {
        let both = |at: usize| (Some(at), Some(at));
        assert_eq!(aligned(&["a", "b"], &["a", "x", "b"]), [both(0), (None, Some(1)), (Some(1), Some(2))]);
        assert_eq!(aligned(&["a", "b", "c"], &["a", "x", "c"]), [both(0), both(1), both(2)]);
        assert_eq!(aligned(&["a"], &[]), [(Some(0), None)]);
    }

    #[test]
    fn the_other_way_around_it_is_the_same() {
        let texts = [vec!["a", "b", "c", "a"], vec!["b", "a", "c"], vec!["c", "c", "a", "b"], vec!["x", "b"], vec![]];
        for old in &texts {
            for new in &texts {
                let mut reversed: Vec<_> = aligned(new, old).into_iter().map(|(a, b)| (b, a)).collect();
                let mut pairs = aligned(old, new);
                pairs.sort();
                reversed.sort();
                assert_eq!(pairs, reversed, "{old:?} {new:?}");
            }
        }
    }
}
