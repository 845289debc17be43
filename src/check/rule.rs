use std::fmt;

use super::rules;
use crate::diagnostics::{Severity, nearest};

/// What kind of fault a finding is of: a stable code, and words about it.
pub struct Rule {
    /// The stable name, such as `unmatched-patch`.
    pub code: &'static str,
    /// What it looks at.
    pub group: Group,
    /// How bad its findings are, unless somebody says otherwise.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// See [`Rule::explanation`]; lines can begin with a blank.
    pub(super) words: &'static str,
}

/// What rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Kustomizations and what they come to: `build --strict` takes findings of these for errors.
    Kustomization,
    /// The manifests that come out, as Kubernetes sees them.
    Manifests,
}

impl Rule {
    /// Every rule, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = &'static Rule> {
        rules::ALL.iter().flat_map(|rules| rules.iter().copied())
    }

    /// Why what it finds is a fault, and what to do about it: paragraphs of Markdown.
    pub fn explanation(&self) -> String {
        let lines = self.words.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The rule with this code.
    pub fn find(code: &str) -> Option<&'static Rule> {
        Rule::all().find(|rule| rule.code == code)
    }

    /// The code that is most like this one, which is none.
    pub(crate) fn nearest_code(code: &str) -> Option<&'static str> {
        nearest(code, Rule::all().map(|rule| rule.code))
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// Rules of one group and a list of them: for each its words, its code, how bad its findings are, and its summary.
macro_rules! declare_rules {
    ($list:ident of $group:ident: $($(#[doc = $words:literal])+ $name:ident = $code:literal $severity:ident $summary:literal,)+) => {
        /// These rules, in the order of the documentation.
        pub(in crate::check) static $list: &[&$crate::check::Rule] = &[$(&$name,)+];
        $(
            $(#[doc = $words])+
            pub(crate) static $name: $crate::check::Rule = $crate::check::Rule {
                code: $code,
                group: $crate::check::Group::$group,
                severity: $crate::diagnostics::Severity::$severity,
                summary: $summary,
                words: concat!($($words, "\n"),+).trim_ascii(),
            };
        )+
    };
}
pub(super) use declare_rules;

#[cfg(test)]
mod tests {
    use super::*;

    /// The page has a section for each rule, with the words that `--explain` prints, and for nothing else.
    #[test]
    fn every_rule_is_documented() {
        let page = include_str!("../../docs/check.md");
        let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        assert_eq!(sections, Rule::all().map(|rule| rule.code).collect::<Vec<_>>());
        for rule in Rule::all() {
            let words =
                format!("### {}\n\n{:?}: {}.\n\n{}\n", rule.code, rule.severity, rule.summary, rule.explanation());
            assert!(page.contains(&words), "this should be in docs/check.md:\n{words}");
        }
    }

    #[test]
    fn codes_are_unique_and_rules_say_something() {
        let mut codes: Vec<&str> = Rule::all().map(|rule| rule.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for rule in Rule::all() {
            assert!(!rule.summary.ends_with('.') && !rule.summary.contains('\n'), "{rule:?}");
            assert!(rule.explanation().ends_with(['.', ')', '`']), "{rule:?}");
        }
    }
}
