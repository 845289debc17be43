//! Comments that silence a rule in one place: `# rustomize: allow CODE reason`.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use memchr::memmem;
use rustomize_yaml::Source;

use super::{CheckOptions, Collector, Finding, Group, Region, Rule, rules};
use crate::diagnostics::Span;

/// What such comments begin with, behind `#` and blanks.
const MARK: &str = "rustomize:";

/// A comment that says something to rustomize.
pub(super) struct Directive<'a> {
    /// What stands behind the mark, without blanks around it.
    pub words: &'a str,
    /// The comment.
    pub span: Span,
    /// The line that it speaks of: its own, or the next one that is no comment.
    pub line: u32,
}

/// The comments of a text that say something to rustomize.
pub(super) fn directives(source: &Arc<Source>) -> Vec<Directive<'_>> {
    let text = source.text();
    let found = memmem::find_iter(text.as_bytes(), MARK).filter_map(|at| directive(source, text, at));
    found.collect()
}

fn directive<'a>(source: &Arc<Source>, text: &'a str, at: usize) -> Option<Directive<'a>> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let hash = text[start..at].trim_end_matches([' ', '\t']).strip_suffix('#').map(str::len)?;
    let before = &line[..hash];
    if !before.is_empty() && !before.ends_with([' ', '\t']) {
        return None;
    }
    let own = source.position(at as u32).line;
    let is_alone = before.trim().is_empty();
    let is_comment = |line: &&str| line.trim_start().starts_with('#') || line.trim().is_empty();
    let comments_below = || text[start..].lines().skip(1).take_while(is_comment).count() as u32;
    Some(Directive {
        words: line[at - start + MARK.len()..].trim(),
        span: Span { source: source.clone(), at: (start + hash) as u32, len: (line.trim_end().len() - hash) as u32 },
        line: if is_alone { own + 1 + comments_below() } else { own },
    })
}

/// A comment that allows something.
struct Allowed<'a> {
    rule: &'static Rule,
    directive: Directive<'a>,
    is_used: Cell<bool>,
}

/// Takes away the findings that comments allow, and adds what is wrong with these comments.
///
/// That a comment allows nothing is told only of files in the directories that are checked (`is_own`): what others stand on
/// may need it where it is used otherwise.
pub(super) fn apply(
    found: &mut Vec<Finding>,
    collector: &Collector,
    options: &CheckOptions,
    is_own: impl Fn(&str) -> bool,
) {
    let texts = collector.texts();
    let mut seen = HashSet::new();
    let mut allowed = Vec::new();
    for directive in texts.iter().flat_map(directives) {
        let region = Region::of(&directive.span);
        if !seen.insert((region.path, region.line)) {
            continue;
        }
        match understand(&directive) {
            Ok(Some(rule)) => allowed.push(Allowed { rule, directive, is_used: Cell::new(false) }),
            Ok(None) => {}
            Err(finding) => found.push(*finding),
        }
    }
    if allowed.is_empty() {
        return;
    }
    let has_rule = |finding: &Finding| allowed.iter().any(|one| one.rule == finding.rule);
    found.retain(|finding| {
        if !has_rule(finding) {
            return true;
        }
        let Some(region) = finding.region() else { return true };
        let speaks_of = |one: &&Allowed| {
            one.rule == finding.rule
                && one.directive.line == region.line
                && one.directive.span.source.name == region.path
        };
        let by = allowed.iter().filter(speaks_of);
        by.inspect(|one| one.is_used.set(true)).count() == 0
    });
    // What nobody has looked for cannot have been found.
    let is_left_out =
        |rule: &Rule| options.allow.contains(&rule) || (options.without_manifests && rule.group == Group::Manifests);
    found.extend(
        allowed
            .iter()
            .filter(|one| !one.is_used.get() && is_own(&one.directive.span.source.name) && !is_left_out(one.rule))
            .map(unused),
    );
}

/// The rule that a comment allows; `None` for a comment that says something else.
fn understand(directive: &Directive) -> Result<Option<&'static Rule>, Box<Finding>> {
    let (verb, rest) = directive.words.split_once([' ', '\t']).unwrap_or((directive.words, ""));
    let wrong =
        |message: String| Box::new(Finding::new(&rules::INVALID_COMMENT, message).at(Some(directive.span.clone()), ""));
    match verb {
        "allow" => {}
        "external" if !rest.trim().is_empty() => return Ok(None),
        "external" => {
            return Err(Box::new(
                wrong("the comment does not say what is external".to_owned())
                    .help("write `# rustomize: external KIND/NAME`"),
            ));
        }
        _ => {
            let finding = wrong(format!("`{verb}` is nothing that a comment can say"));
            return Err(Box::new(finding.help("a comment can `allow CODE reason` or name what is `external`")));
        }
    }
    let (code, reason) = rest.trim_start().split_once([' ', '\t']).unwrap_or((rest.trim(), ""));
    let Some(rule) = Rule::find(code) else {
        let near = Rule::nearest_code(code).map(|near| format!("did you mean `{near}`?"));
        let finding = wrong(format!("there is no rule `{code}` to allow"));
        return Err(Box::new(finding.help("`rustomize check --list` lists them").help_if(near)));
    };
    if reason.trim().is_empty() {
        let finding = wrong(format!("the comment allows `{code}` without a reason"));
        return Err(Box::new(finding.help(format!("say why: `# rustomize: allow {code} because …`"))));
    }
    Ok(Some(rule))
}

fn unused(one: &Allowed) -> Finding {
    let message = format!("nothing is found here that would have to be allowed: `{}`", one.rule.code);
    Finding::new(&rules::UNUSED_ALLOW, message).at(Some(one.directive.span.clone()), "").help("remove the comment")
}

#[cfg(test)]
mod tests {
    use rustomize_yaml::FileId;

    use super::*;

    #[test]
    fn a_comment_speaks_of_its_line_or_of_the_next_one() {
        let text = "a: 1 # rustomize: allow x y\n# rustomize: allow z because\n\n#more\nb: 2\nc: '#rustomize: no'\n#rustomize: external Secret/a\nd: 3";
        let source = Arc::new(Source::new(FileId(1), "a", text));
        let found: Vec<(String, u32)> =
            directives(&source).into_iter().map(|one| (one.words.to_owned(), one.line)).collect();
        let expected = [("allow x y", 1), ("allow z because", 5), ("external Secret/a", 8)];
        assert_eq!(found, expected.map(|(words, line)| (words.to_owned(), line)));
    }
}
