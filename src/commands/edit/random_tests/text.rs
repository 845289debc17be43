//! Kustomizations as people might write them.

use super::Random;

/// A line, with what it is about: empty for comments, empty lines and whatever no edit touches; `resources/a.yaml` for
/// an entry; `resources` for what changes with every entry; `resources/` and `resources/#` for what goes with the last
/// one.
pub struct Line {
    pub text: String,
    pub end: &'static str,
    pub owner: String,
}

/// A text, line by line.
#[derive(Default)]
pub struct Written {
    pub lines: Vec<Line>,
    has_mark: bool,
}

impl Written {
    /// The whole text.
    pub fn text(&self) -> String {
        self.lines.iter().fold(self.mark().to_owned(), |text, line| text + &line.text + line.end)
    }

    /// The byte order mark, where it has one.
    pub fn mark(&self) -> &'static str {
        if self.has_mark { "\u{feff}" } else { "" }
    }

    fn push(&mut self, owner: impl Into<String>, text: impl Into<String>) {
        self.lines.push(Line { text: text.into(), end: "\n", owner: owner.into() });
    }
}

/// Entries of lists that edits know.
pub const PATHS: [&str; 8] =
    ["web.yaml", "../base", "api/deploy.yaml", "a b.yaml", "on", "1.5", "github.com/x/y?ref=v1", "x#y"];
/// Keys of labels and annotations.
pub const KEYS: [&str; 5] = ["app", "team", "example.com/tier", "on", "1"];
/// Names of images, replicas and generators.
pub const NAMES: [&str; 5] = ["api", "db", "web", "registry:5000/x", "true"];

const VALUES: [&str; 8] = ["shop", "1.25", "v1", "yes", "a: b", "it's", "\"x\"", "a # b"];
const REMARKS: [&str; 5] = ["# why", "#tight", "# key: value", "# [a, b]", "# it's \"quoted\""];

/// A random kustomization.
pub fn kustomization(random: &mut Random) -> Written {
    let mut written = Written { has_mark: random.one_in(12), ..Written::default() };
    comments(random, &mut written, 0, "");
    if random.one_in(6) {
        written.push("", "---");
    }
    if !random.one_in(4) {
        written.push("", "apiVersion: kustomize.config.k8s.io/v1beta1");
        written.push("", "kind: Kustomization");
    }
    let mut fields: Vec<Field> = FIELDS.to_vec();
    for _ in 0..1 + random.below(8) {
        if fields.is_empty() {
            break;
        }
        let field = fields.swap_remove(random.below(fields.len()));
        comments(random, &mut written, 0, "");
        field(random, &mut written);
    }
    comments(random, &mut written, 0, "");
    set_ends(random, &mut written);
    written
}

type Field = fn(&mut Random, &mut Written);

const FIELDS: [Field; 17] = [
    |random, to| scalar(random, to, "namespace"),
    |random, to| scalar(random, to, "namePrefix"),
    |random, to| scalar(random, to, "nameSuffix"),
    |random, to| list(random, to, "resources", &PATHS),
    |random, to| list(random, to, "components", &PATHS),
    |random, to| list(random, to, "transformers", &PATHS),
    |random, to| list(random, to, "buildMetadata", &["originAnnotations", "managedByLabel"]),
    |random, to| pairs(random, to, "commonLabels"),
    |random, to| pairs(random, to, "commonAnnotations"),
    |random, to| entries(random, to, "images", &["newTag", "newName", "digest"]),
    |random, to| entries(random, to, "replicas", &["count"]),
    |random, to| generators(random, to, "configMapGenerator"),
    |random, to| generators(random, to, "secretGenerator"),
    labels,
    patches,
    |_, to| to.push("", "generatorOptions: {disableNameSuffixHash: true} # { not [ yaml"),
    crds,
];

fn set_ends(random: &mut Random, written: &mut Written) {
    let form = random.below(6);
    for line in &mut written.lines {
        line.end = match form {
            0 => "\r\n",
            1 if random.one_in(4) => "\r\n",
            _ => "\n",
        };
    }
    if random.one_in(4)
        && let Some(last) = written.lines.last_mut()
        && !last.text.is_empty()
    {
        last.end = "";
    }
}

/// Some comments and empty lines.
fn comments(random: &mut Random, to: &mut Written, column: usize, owner: &str) {
    for _ in 0..random.below(3) {
        let column = if random.one_in(5) { random.below(6) } else { column };
        let text = if random.one_in(3) { String::new() } else { " ".repeat(column) + random.pick(&REMARKS) };
        to.push(owner, text);
    }
}

/// What may stand behind a value: nothing, spaces, a comment.
fn remark(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!(" {}", random.pick(&REMARKS)),
        1 => format!("{}{}", " ".repeat(1 + random.below(5)), random.pick(&REMARKS)),
        2 if random.one_in(4) => "  ".into(),
        _ => String::new(),
    }
}

/// A text in one of the styles that hold it; plain only where that is a text to YAML.
fn styled(random: &mut Random, text: &str) -> String {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte))
        && !["on", "yes", "true", "1.25", "1.5", "1"].contains(&text);
    match random.below(if is_plain { 4 } else { 2 }) {
        0 => format!("'{}'", text.replace('\'', "''")),
        1 => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        _ => text.to_owned(),
    }
}

fn key(random: &mut Random, name: &str) -> String {
    match random.below(12) {
        0 => format!("\"{name}\":"),
        1 => format!("{name} :"),
        2 => format!("{}:", name.to_lowercase()),
        _ => format!("{name}:"),
    }
}

fn some<'a>(random: &mut Random, of: &[&'a str]) -> Vec<&'a str> {
    let mut some: Vec<&str> = of.iter().copied().filter(|_| random.one_in(2)).collect();
    if some.is_empty() {
        some.push(random.pick(of));
    }
    some
}

fn scalar(random: &mut Random, to: &mut Written, name: &str) {
    let value = random.pick(&VALUES);
    let text =
        format!("{}{}{}{}", key(random, name), " ".repeat(1 + random.below(2)), styled(random, value), remark(random));
    to.push(name, text);
}

fn list(random: &mut Random, to: &mut Written, name: &str, of: &[&str]) {
    let items = some(random, of);
    let key = key(random, name);
    match random.below(8) {
        0 => {
            let items: Vec<String> = items.iter().map(|item| styled(random, item)).collect();
            let pad = random.pick(&["", " "]);
            to.push(name, format!("{key} [{pad}{}{pad}]{}", items.join(random.pick(&[", ", ","])), remark(random)));
        }
        1 => flow_of_lines(random, to, name, &key, &items),
        2 => to.push(name, format!("{key}{}{}", random.pick(&["", " []", " null"]), remark(random))),
        _ => {
            let column = random.pick(&[0, 0, 1, 2, 4]);
            to.push(format!("{name}/"), key + &remark(random));
            for item in items {
                comments(random, to, column, &format!("{name}/#"));
                let dash = " ".repeat(column) + "-" + &" ".repeat(1 + random.below(3));
                to.push(format!("{name}/{item}"), dash + &styled(random, item) + &remark(random));
            }
        }
    }
}

fn flow_of_lines(random: &mut Random, to: &mut Written, name: &str, key: &str, items: &[&str]) {
    to.push(format!("{name}/"), format!("{key} [{}", remark(random)));
    let last = items.len() - 1;
    for (at, item) in items.iter().enumerate() {
        comments(random, to, 2, &format!("{name}/#"));
        let is_ended = at < last || random.one_in(2);
        let item_owner = if is_ended { format!("{name}/{item}") } else { name.to_owned() };
        to.push(item_owner, format!("  {}{}{}", styled(random, item), if is_ended { "," } else { "" }, remark(random)));
    }
    to.push(format!("{name}/"), format!("]{}", remark(random)));
}

fn pairs(random: &mut Random, to: &mut Written, name: &str) {
    let keys = some(random, &KEYS);
    let named = key(random, name);
    if random.one_in(4) {
        let pairs = keys.iter().map(|key| {
            let value = random.pick(&VALUES);
            format!("{}: {}", styled(random, key), styled(random, value))
        });
        let pairs: Vec<String> = pairs.collect();
        to.push(name, format!("{named} {{{}}}{}", pairs.join(", "), remark(random)));
        return;
    }
    let column = random.pick(&[1, 2, 2, 3, 4]);
    to.push(format!("{name}/"), named + &remark(random));
    for key in keys {
        comments(random, to, column, &format!("{name}/#"));
        let value = random.pick(&VALUES);
        let text =
            format!("{}{}: {}{}", " ".repeat(column), styled(random, key), styled(random, value), remark(random));
        to.push(format!("{name}/{key}"), text);
    }
}

/// A list of mappings with names, sorted by name as edits leave it.
fn entries(random: &mut Random, to: &mut Written, name: &str, of: &[&str]) {
    let mut names = some(random, &NAMES);
    names.sort_unstable();
    let column = random.pick(&[0, 0, 2, 3]);
    to.push(format!("{name}/"), key(random, name) + &remark(random));
    for entry in names {
        comments(random, to, column, &format!("{name}/#"));
        let mut fields = vec![("name", styled(random, entry))];
        for field in some(random, of) {
            let value = random.pick(&VALUES);
            fields.push((field, if field == "count" { "3".into() } else { styled(random, value) }));
        }
        let owner = format!("{name}/{entry}");
        if random.one_in(4) {
            let fields: Vec<String> = fields.iter().map(|(field, value)| format!("{field}: {value}")).collect();
            let text = format!("{}- {{{}}}{}", " ".repeat(column), fields.join(", "), remark(random));
            to.push(owner, text);
            continue;
        }
        let is_first = !random.one_in(4);
        if !is_first {
            fields.rotate_left(1);
        }
        for (at, (field, value)) in fields.iter().enumerate() {
            if at > 0 {
                comments(random, to, column + 2, &format!("{owner}/#"));
            }
            let lead = if at == 0 { "- " } else { "  " };
            let own = if is_first { format!("{owner}/{field}") } else { owner.clone() };
            to.push(own, format!("{}{lead}{field}: {value}{}", " ".repeat(column), remark(random)));
        }
    }
}

fn generators(random: &mut Random, to: &mut Written, name: &str) {
    let column = random.pick(&[0, 2]);
    let margin = " ".repeat(column);
    to.push(format!("{name}/"), key(random, name) + &remark(random));
    for generator in some(random, &NAMES) {
        let owner = format!("{name}/{generator}");
        comments(random, to, column, &format!("{name}/#"));
        to.push(format!("{owner}/name"), format!("{margin}- name: {}{}", styled(random, generator), remark(random)));
        to.push(format!("{owner}/literals/"), format!("{margin}  literals:{}", remark(random)));
        for literal in some(random, &["A=1", "B=x y", "C= "]) {
            comments(random, to, column + 2, &format!("{owner}/#"));
            let text = format!("{margin}  - {}{}", styled(random, literal), remark(random));
            to.push(format!("{owner}/literals/{}", &literal[..1]), text);
        }
    }
}

fn labels(random: &mut Random, to: &mut Written) {
    to.push("labels/", key(random, "labels") + &remark(random));
    for switch in some(random, &["", "includeSelectors: true", "includeTemplates: true"]) {
        to.push("", format!("- {}{}", if switch.is_empty() { "fields: []" } else { switch }, remark(random)));
        if random.one_in(3) {
            to.push("labels", format!("  pairs: {{{}: x}}{}", random.pick(&["app", "team"]), remark(random)));
            continue;
        }
        to.push("", format!("  pairs:{}", remark(random)));
        for key in some(random, &KEYS) {
            comments(random, to, 4, "");
            to.push(format!("labels/{key}"), format!("    {}: x{}", styled(random, key), remark(random)));
        }
    }
}

fn crds(_: &mut Random, to: &mut Written) {
    for line in ["crds: # all of them", "    # four in", "    - 'crd.yaml'   "] {
        to.push("", line);
    }
}

/// Patches with texts that look like much else.
fn patches(random: &mut Random, to: &mut Written) {
    to.push("patches/", key(random, "patches") + &remark(random));
    if random.one_in(2) {
        to.push("patches/path", "- path: patch.yaml # by file");
    }
    let header = random.pick(&["|-", "|", ">", "|+"]);
    for line in [
        &format!("- patch: {header} # below"),
        "    # a comment of the patch",
        "    - op: replace",
        "",
        "      path: /spec",
        "  # behind",
        "  target: {kind: Deployment, name: \"a.*\"}",
    ] {
        to.push("", line);
    }
}
