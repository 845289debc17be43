//! The order of mapping keys in the output: go-yaml's "natural" order.

use std::cmp::Ordering;

use crate::unicode;

/// In which order the entries of a mapping come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// See [`natural_order`].
    Natural,
    /// See [`natural_order_after_digits`].
    NaturalAfterDigits,
    /// That of the bytes.
    Bytes,
}

impl Order {
    /// How two keys compare.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        let fronts = self.compare_fronts(front(a.as_bytes()), front(b.as_bytes()));
        fronts.unwrap_or_else(|| self.compare_all(a, b))
    }

    /// How two keys compare whose fronts do not tell.
    pub fn compare_all(self, a: &str, b: &str) -> Ordering {
        match self {
            Order::Natural => natural_order(a, b),
            Order::NaturalAfterDigits => natural_order_after_digits(a, b),
            Order::Bytes => a.cmp(b),
        }
    }

    /// How two keys compare, if their [fronts](front) tell.
    #[inline]
    pub fn compare_fronts(self, a: u64, b: u64) -> Option<Ordering> {
        let shift = (a ^ b).leading_zeros() & !7;
        if shift == 64 {
            return None;
        }
        // Most keys differ in an ASCII letter.
        let is_letter = |front: u64| ((front << shift >> 56) as u8).is_ascii_alphabetic();
        (self == Order::Bytes || (is_letter(a) && is_letter(b))).then(|| a.cmp(&b))
    }
}

/// The first eight bytes of a text, the first one highest; zeros behind its end.
#[inline]
pub const fn front(bytes: &[u8]) -> u64 {
    if let Some(&bytes) = bytes.first_chunk() {
        return u64::from_be_bytes(bytes);
    }
    let len = bytes.len();
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(&first), Some(&last)) => {
            (u32::from_be_bytes(first) as u64) << 32 | (u32::from_be_bytes(last) as u64) << (64 - 8 * len)
        }
        _ if len == 0 => 0,
        _ => {
            let (first, middle, last) = (bytes[0] as u64, bytes[len / 2] as u64, bytes[len - 1] as u64);
            first << 56 | middle << (56 - 8 * (len / 2)) | last << (64 - 8 * len)
        }
    }
}

/// Compares two mapping keys as go-yaml does when it sorts a map for printing.
///
/// At the first character where the keys differ: letters come after everything else and compare by code point; where
/// neither is a letter, the digits from there on compare as one number, then by how many they are, then by code point.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    compare(a, b, |_| Ordering::Greater)
}

/// Compares two keys as go-yaml v3 does, where letters that follow a digit come before everything else.
pub fn natural_order_after_digits(a: &str, b: &str) -> Ordering {
    let after_digit = |before: &str| before.chars().next_back().is_some_and(unicode::is_digit);
    compare(a, b, |before| if after_digit(before) { Ordering::Less } else { Ordering::Greater })
}

/// `letter` says how a letter compares to something else, from the text that both keys have in front of it.
fn compare(a: &str, b: &str, letter: impl Fn(&str) -> Ordering) -> Ordering {
    // Most keys differ in an ASCII letter.
    match a.bytes().zip(b.bytes()).find(|(x, y)| x != y) {
        None => return a.len().cmp(&b.len()),
        Some((x, y)) if x.is_ascii_alphabetic() && y.is_ascii_alphabetic() => return x.cmp(&y),
        _ => {}
    }
    let Some(at) = first_difference(a, b) else { return a.len().cmp(&b.len()) };
    let (Some(x), Some(y)) = (a[at..].chars().next(), b[at..].chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (unicode::is_letter(x), unicode::is_letter(y)) {
        (true, true) => x.cmp(&y),
        (true, false) => letter(&a[..at]),
        (false, true) => letter(&a[..at]).reverse(),
        (false, false) => compare_numbers(a, b, at).then(x.cmp(&y)),
    }
}

/// The start of the first character in which the texts differ; `None` when one begins with the other.
fn first_difference(a: &str, b: &str) -> Option<usize> {
    let mut at = a.bytes().zip(b.bytes()).position(|(x, y)| x != y)?;
    while !a.is_char_boundary(at) {
        at -= 1;
    }
    Some(at)
}

fn compare_numbers(a: &str, b: &str, at: usize) -> Ordering {
    // A zero only counts as a leading one when no other digit stands before it.
    let zero = a.as_bytes()[at] == b'0' || b.as_bytes()[at] == b'0';
    let digits_before = a[..at].chars().rev().take_while(|&c| unicode::is_digit(c));
    let start = i64::from(zero && digits_before.into_iter().any(|c| c != '0'));
    number(&a[at..], start).cmp(&number(&b[at..], start))
}

/// The value and the length of the digits that a text begins with; the value wraps around as Go's does.
fn number(text: &str, start: i64) -> (i64, usize) {
    text.chars().take_while(|&c| unicode::is_digit(c)).fold((start, 0), |(value, count), digit| {
        (value.wrapping_mul(10).wrapping_add(digit as i64 - '0' as i64), count + 1)
    })
}

/// Sorts by `compare`, keeping the order of equals.
///
/// [`natural_order`] is no total order: `2` < `10` < `1a` < `2`, and long numbers wrap around. The standard library's
/// sort may panic for that; this merge sort does not mind. (What kustomize prints then changes from run to run.)
pub fn sort_by<T: Clone>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    if items.len() <= 12 {
        return insertion_sort(items, compare);
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    sort_by(left, compare);
    sort_by(right, compare);
    let (left, right) = (left.to_vec(), right.to_vec());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    for slot in items {
        let take_right = match (left.peek(), right.peek()) {
            (Some(x), Some(y)) => compare(x, y) == Ordering::Greater,
            (left, _) => left.is_none(),
        };
        if let Some(item) = if take_right { right.next() } else { left.next() } {
            *slot = item;
        }
    }
}

fn insertion_sort<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && compare(&items[at - 1], &items[at]) == Ordering::Greater {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_stand_as_kustomize_prints_them() {
        let printed = [
            "", "-d", ".x", "/x", "_u", "~", "1", "01", "2", "10", "A", "A1", "B", "a", "a b", "a-b", "a.b", "a/b",
            "a_b", "a1", "a01", "a2", "a10", "aB", "aa", "ab", "b", "é",
        ];
        let mut keys = printed;
        keys.reverse();
        sort_by(&mut keys, &|a, b| natural_order(a, b));
        assert_eq!(keys, printed);
    }

    #[test]
    fn the_front_of_a_text_is_its_first_bytes() {
        for len in 0..=9 {
            let text = &"abcdefghi"[..len];
            let mut bytes = [0; 8];
            bytes[..len.min(8)].copy_from_slice(&text.as_bytes()[..len.min(8)]);
            assert_eq!(front(text.as_bytes()), u64::from_be_bytes(bytes), "{text}");
        }
    }

    #[test]
    fn zeros_after_other_digits_are_not_leading_zeros() {
        assert_eq!(natural_order("a1", "a01"), Ordering::Less);
        assert_eq!(natural_order("a10", "a9"), Ordering::Greater);
        assert_eq!(natural_order("a105", "a12"), Ordering::Greater);
        assert_eq!(natural_order("a100", "a1-"), Ordering::Greater);
    }

    proptest! {
        #[test]
        fn fronts_tell_nothing_else_than_the_whole_keys(a in "[a-cA1é\0-]{0,10}", b in "[a-cA1é\0-]{0,10}") {
            for (order, compare) in [
                (Order::Natural, natural_order as fn(&str, &str) -> Ordering),
                (Order::NaturalAfterDigits, natural_order_after_digits),
                (Order::Bytes, str::cmp),
            ] {
                prop_assert_eq!(order.compare(&a, &b), compare(&a, &b));
            }
        }

        #[test]
        fn long_lists_are_sorted_as_short_ones_are(mut keys in prop::collection::vec("[a-cé-]{0,2}[0-2]{0,3}", 0..60)) {
            let mut expected = keys.clone();
            insertion_sort(&mut expected, &|a, b| natural_order(a, b));
            sort_by(&mut keys, &|a, b| natural_order(a, b));
            prop_assert_eq!(keys, expected);
        }

        #[test]
        fn keys_that_have_no_order_do_not_panic(mut keys in prop::collection::vec("[0-9a-]{0,40}", 0..60)) {
            sort_by(&mut keys, &|a, b| natural_order(a, b));
        }
    }
}
