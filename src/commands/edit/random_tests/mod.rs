//! Random edits of random kustomizations with comments everywhere: what an edit is not about stays, byte for byte, and
//! what it is about is what the same edit of plain data gives.

mod model;
mod text;

use std::cell::RefCell;
use std::ffi::OsString;

use rustomize_yaml::{Dialect, FileId, Source, from_node, read_document};
use serde_json::Value;

use super::{Editor, add, remove, set};
use crate::cli::{self, Command, EditCommand, Request};
use model::Edit;
use text::{Line, Written};

/// Numbers that look random and are the same each time (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True in one of so many cases.
    fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

#[test]
fn a_thousand_random_edits_keep_what_they_are_not_about() {
    (0..1000).for_each(check);
}

fn check(seed: u64) {
    let mut random = Random(seed);
    let written = text::kustomization(&mut random);
    let before = written.text();
    let data = data(&before).unwrap_or_else(|| panic!("seed {seed}: not YAML:\n{before}"));
    let edit = model::edit(&mut random, &data);
    let told = || format!("seed {seed}: edit {}\n--- before\n{before}", edit.arguments.join(" "));
    let Some(after) = edited(&before, &edit.arguments) else {
        assert!(edit.after.is_none(), "{}\nfails", told());
        return;
    };
    let told = || format!("{}\n--- after\n{after}", told());
    let expected = edit.after.as_ref().unwrap_or_else(|| panic!("{}\nsucceeds", told()));
    let found = self::data(&after).unwrap_or_else(|| panic!("{}\nis not YAML", told()));
    assert_eq!(&found, expected, "{}", told());
    if let Some(lost) = first_lost(&written, &edit, &after) {
        panic!("{}\n--- lost: {lost:?}", told());
    }
}

/// What a text becomes by an edit; `None` where the edit fails, and with it the text is as it was.
fn edited(text: &str, arguments: &[String]) -> Option<String> {
    let all = ["rustomize", "edit"].into_iter().map(str::to_owned).chain(arguments.iter().cloned());
    let Ok(Request::Run(Command::Edit(parsed))) = cli::parse(all.map(OsString::from)) else { panic!("{arguments:?}") };
    let editor = Editor::Text(RefCell::new(text.to_owned()));
    let outcome = match &parsed.command {
        EditCommand::Add(command) => add::run(command, &editor),
        EditCommand::Set(command) => set::run(command, &editor),
        EditCommand::Remove(command) => remove::run(command, &editor),
        other => panic!("{other:?}"),
    };
    let Editor::Text(after) = editor else { unreachable!("it was made so") };
    match outcome {
        Ok(()) => Some(after.into_inner()),
        Err(_) => {
            assert_eq!(after.into_inner(), text);
            None
        }
    }
}

fn data(text: &str) -> Option<Value> {
    let source = Source::from_bytes(FileId(0), "kustomization.yaml", text.into()).ok()?.into();
    let tree = read_document(&source, Dialect::Yaml11).ok()??;
    from_node(&tree, tree.root()).ok()
}

/// The first line that the edit is not about and that is not there, behind those before it, in the text after.
fn first_lost(written: &Written, edit: &Edit, after: &str) -> Option<String> {
    let mut lines = after.strip_prefix(written.mark()).expect("the mark stays").split_inclusive('\n');
    let is_last = |at: usize| at + 1 == written.lines.len();
    let may_go = |line: &Line| edit.is_about(&line.owner) || edit.removes && line.text.trim().is_empty();
    for (at, line) in written.lines.iter().enumerate().filter(|(_, line)| !may_go(line)) {
        let wanted = format!("{}{}", line.text, line.end);
        // The last line gets an end where something is added behind it.
        let fits = |found: &str| found == wanted || is_last(at) && found.trim_end_matches(['\r', '\n']) == line.text;
        if !lines.any(fits) {
            return Some(wanted);
        }
    }
    None
}
