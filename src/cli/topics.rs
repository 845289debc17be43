use clap::Command;

/// Pages that belong to no command, by the names that they have in the original.
const TOPICS: &[(&str, &str)] = &[
    ("docs-fn", include_str!("topics/docs-fn.txt")),
    ("docs-fn-spec", include_str!("topics/docs-fn-spec.txt")),
    ("docs-io-annotations", include_str!("topics/docs-io-annotations.txt")),
    ("docs-merge", include_str!("topics/docs-merge.txt")),
    ("docs-merge3", include_str!("topics/docs-merge3.txt")),
    ("tutorials-command-basics", include_str!("topics/tutorials-command-basics.txt")),
    ("tutorials-function-basics", include_str!("topics/tutorials-function-basics.txt")),
];

/// The page that `words`, all behind the name of the program, ask for: `help TOPIC`, or the topic alone.
pub fn topic(words: &[&str]) -> Option<&'static str> {
    let (["help", name] | [name] | [name, "--help" | "-h"]) = words else { return None };
    TOPICS.iter().find(|(known, _)| known == name).map(|(_, page)| *page)
}

/// The help of the program lists the topics below its examples.
pub fn with_topics(command: Command) -> Command {
    let examples = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
    let width = TOPICS.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line = |(name, page): &(&str, &str)| format!("  {name:width$}  {}", page.lines().next().unwrap_or_default());
    let topics: Vec<String> = TOPICS.iter().map(line).collect();
    command.after_help(format!("{examples}Topics, shown by `rustomize help TOPIC`:\n{}", topics.join("\n")))
}
