//! Patterns that take no notice of case (`(?i)`), written without that flag: each letter as the class of all that are
//! the same to it.
//!
//! The tables of the regex crate for this are full of addresses, which each start of the program would have to adapt to
//! where it lies in memory: a fifth of all there are, for a flag that hardly anyone writes.

use std::sync::LazyLock;

use regex_syntax::ast::{
    Ast, ClassBracketed, ClassSet, ClassSetItem, ClassSetRange, ClassSetUnion, Flag, Flags, FlagsItemKind, GroupKind,
    HexLiteralKind, Literal, LiteralKind, Span, parse, print,
};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};
use rustc_hash::FxHashMap;

/// The pattern, in the syntax of the regex crate, without the flag; `None` where it has none or cannot be read.
pub(super) fn without_flag(pattern: &str) -> Option<String> {
    let flags = |rest: &str| rest.split([':', ')', '<']).next().is_some_and(|flags| flags.contains('i'));
    if !pattern.split("(?").skip(1).any(flags) {
        return None;
    }
    let mut ast = parse::Parser::new().parse(pattern).ok()?;
    fold(&mut ast, &mut false);
    let mut text = String::new();
    print::Printer::new().print(&ast, &mut text).ok()?;
    Some(text)
}

/// Rewrites what the flag reaches; `is_folding` says whether it is set, at the beginning and then at the end.
fn fold(ast: &mut Ast, is_folding: &mut bool) {
    match ast {
        Ast::Flags(set) => {
            *is_folding = take_flag(&mut set.flags).unwrap_or(*is_folding);
            if set.flags.items.is_empty() {
                *ast = Ast::empty(set.span);
            }
        }
        Ast::Group(group) => {
            // What is set within a group ends with it.
            let mut inside = *is_folding;
            if let GroupKind::NonCapturing(flags) = &mut group.kind {
                inside = take_flag(flags).unwrap_or(inside);
            }
            fold(&mut group.ast, &mut inside);
        }
        Ast::Repetition(repetition) => fold(&mut repetition.ast, is_folding),
        Ast::Alternation(alternation) => alternation.asts.iter_mut().for_each(|ast| fold(ast, is_folding)),
        Ast::Concat(concat) => concat.asts.iter_mut().for_each(|ast| fold(ast, is_folding)),
        Ast::Literal(literal) if *is_folding => {
            let own = ClassUnicode::new([ClassUnicodeRange::new(literal.c, literal.c)]);
            let same = with_equivalents(&own);
            if same != own {
                *ast = class(literal.span, false, &same);
            }
        }
        Ast::ClassUnicode(item) if *is_folding => {
            let characters = characters(&ClassSetItem::Unicode((**item).clone()));
            *ast = class(item.span, false, &characters);
        }
        Ast::ClassBracketed(bracketed) if *is_folding => {
            if let ClassSet::Item(item) = &bracketed.kind {
                let characters = with_equivalents(&characters(item));
                *ast = class(bracketed.span, bracketed.negated, &characters);
            }
        }
        _ => {}
    }
}

/// Takes the flag out of some; whether it was set or unset.
fn take_flag(flags: &mut Flags) -> Option<bool> {
    let state = flags.flag_state(Flag::CaseInsensitive)?;
    flags.items.retain(|item| item.kind != FlagsItemKind::Flag(Flag::CaseInsensitive));
    if flags.items.last().is_some_and(|last| last.kind == FlagsItemKind::Negation) {
        flags.items.pop();
    }
    Some(state)
}

/// What a part of a class stands for. All but a class of classes is negated only after case was taken no notice of.
fn characters(item: &ClassSetItem) -> ClassUnicode {
    let mut positive = item.clone();
    let negated = match &mut positive {
        ClassSetItem::Unicode(class) => std::mem::take(&mut class.negated),
        ClassSetItem::Ascii(class) => std::mem::take(&mut class.negated),
        ClassSetItem::Perl(class) => std::mem::take(&mut class.negated),
        ClassSetItem::Union(union) => {
            let mut all = ClassUnicode::empty();
            union.items.iter().for_each(|item| all.union(&characters(item)));
            return all;
        }
        _ => false,
    };
    let mut found = with_equivalents(&understood(positive));
    if negated {
        found.negate();
    }
    found
}

/// The characters of an item, as the regex crate understands it.
fn understood(item: ClassSetItem) -> ClassUnicode {
    let alone = ClassBracketed { span: *item.span(), negated: false, kind: ClassSet::Item(item) };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = print::Printer::new().print(&Ast::class_bracketed(alone), &mut text);
    match regex_syntax::parse(&text).map(|hir| hir.into_kind()) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        Ok(HirKind::Literal(literal)) => {
            let text = String::from_utf8_lossy(&literal.0).into_owned();
            ClassUnicode::new(text.chars().map(|character| ClassUnicodeRange::new(character, character)))
        }
        _ => ClassUnicode::empty(),
    }
}

/// These characters, and all that are the same to one of them but for case.
fn with_equivalents(characters: &ClassUnicode) -> ClassUnicode {
    let mut all = characters.clone();
    let mut add = |character: char| all.push(ClassUnicodeRange::new(character, character));
    if characters.iter().all(|range| range.end().is_ascii()) {
        for character in characters.iter().flat_map(|range| range.start()..=range.end()) {
            add(character.to_ascii_lowercase());
            add(character.to_ascii_uppercase());
            match character.to_ascii_lowercase() {
                'k' => add('\u{212a}'),
                's' => add('\u{17f}'),
                _ => {}
            }
        }
        return all;
    }
    let has = |&character: &char| characters.iter().any(|range| (range.start()..=range.end()).contains(&character));
    SAME.iter().filter(|same| same.iter().any(has)).flatten().copied().for_each(add);
    all
}

/// The characters that are the same but for case, each with all others.
static SAME: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    // No planes but the first two have upper and lower case.
    let mut same: FxHashMap<char, Vec<char>> = FxHashMap::default();
    for character in '\0'..'\u{20000}' {
        let lower = lower_case(character);
        if lower != character {
            same.entry(lower).or_insert_with(|| vec![lower]).push(character);
        }
    }
    same.into_values().collect()
});

/// What stands for a character and all that are the same but for case.
fn lower_case(character: char) -> char {
    // Only where Turkish is written has this one an upper case, and that is not this one's alone.
    if character == 'ı' {
        return character;
    }
    let upper = only(character.to_uppercase()).unwrap_or(character);
    only(upper.to_lowercase()).unwrap_or(upper)
}

fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

fn class(span: Span, negated: bool, characters: &ClassUnicode) -> Ast {
    let literal = |c| Literal { span, kind: LiteralKind::HexBrace(HexLiteralKind::X), c };
    let range = |range: &ClassUnicodeRange| {
        let (start, end) = (literal(range.start()), literal(range.end()));
        ClassSetItem::Range(ClassSetRange { span, start, end })
    };
    let union = ClassSetUnion { span, items: characters.iter().map(range).collect() };
    Ast::class_bracketed(ClassBracketed { span, negated, kind: ClassSet::union(union) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_flag_is_taken_away() {
        for (pattern, expected) in [
            ("^(?:(?i)a1)$", "^(?:[\\x{41}-\\x{41}\\x{61}-\\x{61}]1)$"),
            ("a(?i:b)b", "a(?:[\\x{42}-\\x{42}\\x{62}-\\x{62}])b"),
            ("(?i)(?-i:b)", "(?:b)"),
            ("(?si)(?i-s).", "(?s)(?-s)."),
        ] {
            assert_eq!(without_flag(pattern).as_deref(), Some(expected), "{pattern}");
        }
        for pattern in ["abc", "(?:i)", "(?P<i>a)", "(?s)i", "(?i)("] {
            assert_eq!(without_flag(pattern), None, "{pattern}");
        }
    }

    /// Where the regex crate has tables of its own, as it has in tests, both must say the same.
    #[test]
    fn the_same_but_for_case_are_the_same_to_the_regex_crate() {
        // From Unicode 15.1 on; Go has 15.0.
        const NEW: [char; 6] = ['\u{390}', '\u{1fd3}', '\u{3b0}', '\u{1fe3}', '\u{fb05}', '\u{fb06}'];
        let mut tried = 0;
        for character in ('\0'..'\u{20000}').filter(|character| !NEW.contains(character)) {
            let own = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
            let mut folded = own.clone();
            if folded.try_case_fold_simple().is_err() {
                println!("SKIPPED: the regex crate was built without its tables");
                return;
            }
            // The standard library may know a letter or two more, as its Unicode is the newer one.
            if folded != own {
                assert_eq!(with_equivalents(&own), folded, "{character:?}");
                tried += 1;
            }
        }
        assert!(tried > 2800, "{tried}");
    }
}
