//! Texts as a person who does not know YAML sees them: lines with values that can be changed a little.

/// The lines of a file.
pub struct Text<'a> {
    lines: Vec<&'a str>,
}

impl<'a> Text<'a> {
    /// The lines of a file; none of what is not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Text<'a> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        Text { lines: text.split_inclusive('\n').collect() }
    }

    /// A line, counted from 1.
    pub fn line(&self, number: u32) -> &'a str {
        self.lines.get(number as usize - 1).copied().unwrap_or_default()
    }

    /// What stands from a column of a line on, up to the end of another line.
    pub fn value_at(&self, line: u32, column: u32, end_line: u32) -> Option<String> {
        let first = without_mark(self.lines.get(line as usize - 1)?, line);
        let (start, _) = first.char_indices().chain([(first.len(), ' ')]).nth(column as usize - 1)?;
        let rest = (line + 1..=end_line).map(|line| self.line(line));
        let value: String = std::iter::once(&first[start..]).chain(rest).collect();
        (!value.is_empty()).then_some(value)
    }

    /// The numbers of the lines that say something of the form `key: value` or `- value`.
    pub fn lines_with_values(&self) -> Vec<u32> {
        let has_value = |line: &str| {
            let text = line.trim_start().trim_start_matches("- ").trim_end();
            let value = text.split_once(": ").map_or(text, |(_, value)| value).trim();
            // A field spec says where to look, not what to write: one that finds nothing is named nowhere, and another one
            // may find something.
            // The same holds for what a patch may do besides, and for a null, which says that there be nothing.
            let words = ["path:", "create:", "allowNameChange:", "allowKindChange:"];
            let is_place = words.iter().any(|word| text.contains(word));
            line.contains(": ")
                && !is_place
                && !text.starts_with('#')
                && value != "null"
                && !value.starts_with("null ")
                && value.starts_with(|first: char| first.is_alphanumeric())
        };
        // What a replacement rejects is named nowhere: nothing is made of it, and without it something may be.
        let mut rejecting: Option<usize> = None;
        let mut is_rejected = |line: &str| {
            let text = line.trim_start();
            let indent = line.len() - text.len();
            if text.is_empty() || text.starts_with('#') {
                return false;
            }
            let goes_on = rejecting.is_some_and(|start| indent > start || (indent == start && text.starts_with("- ")));
            if !goes_on {
                let bare = text.trim_start_matches("- ");
                rejecting = bare.starts_with("reject:").then_some(line.len() - bare.len());
            }
            rejecting.is_some() || text.replace(['"', '\''], "").contains("reject: ")
        };
        let lines = (1..).zip(&self.lines).filter(|(_, line)| !is_rejected(line) && has_value(line));
        lines.map(|(number, _)| number).collect()
    }

    /// The whole text with one value changed a little: the one at the column, or the one behind the colon. `None` where
    /// there is none that could be changed so.
    pub fn with_change(&self, line: u32, column: Option<u32>) -> Option<String> {
        let text = self.lines.get(line as usize - 1)?;
        let mark = text.len() - without_mark(text, line).len();
        let start = match column {
            Some(column) => mark + without_mark(text, line).char_indices().nth(column as usize - 1)?.0,
            None => text.find(": ")? + 2 + text[text.find(": ")? + 2..].find(|c: char| c != ' ')?,
        };
        let rest = &text[start..];
        if rest.starts_with(['|', '>']) {
            return self.with_change_at_start(line + 1);
        }
        if rest.starts_with("- ") || rest.starts_with(['{', '[', '&', '*', '!']) {
            return None;
        }
        let quote = rest.starts_with(['"', '\'']);
        let (at, rest) = if quote { (start + 1, &rest[1..]) } else { (start, rest) };
        self.replaced(line, at, rest)
    }

    fn with_change_at_start(&self, line: u32) -> Option<String> {
        let text = self.lines.get(line as usize - 1)?;
        let at = text.len() - text.trim_start().len();
        self.replaced(line, at, &text[at..])
    }

    /// The whole text, each time with a letter more in what stands from a column of a line to the end of another: before
    /// its words and behind its signs.
    pub fn with_changed_parts(&self, line: u32, column: u32, end_line: u32) -> Vec<String> {
        let first = self.with_change(line, Some(column));
        let mut changed: Vec<String> = first.into_iter().collect();
        for number in line..=end_line {
            let text = self.line(number);
            let mark = text.len() - without_mark(text, number).len();
            let skipped = if number == line { column as usize - 1 } else { 0 };
            let mut is_in_word = false;
            for (at, letter) in text[mark..].char_indices().skip(skipped).filter(|(_, letter)| *letter != '\n') {
                let behind = if letter.is_alphanumeric() { 0 } else { letter.len_utf8() };
                if behind > 0 || !is_in_word {
                    changed.push(self.with_letter(number, mark + at + behind));
                }
                is_in_word = behind == 0;
            }
        }
        changed
    }

    fn with_letter(&self, line: u32, at: usize) -> String {
        let mut lines: Vec<String> = self.lines.iter().map(|&line| line.to_owned()).collect();
        lines[line as usize - 1].insert(at, 'z');
        lines.concat()
    }

    /// The text with what stands at a byte of a line changed: numbers and words get another character in front, switches
    /// are thrown.
    fn replaced(&self, line: u32, at: usize, rest: &str) -> Option<String> {
        let word: &str = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let (dropped, new) = match word {
            "true" => (4, "false".to_owned()),
            "false" => (5, "true".to_owned()),
            "null" => (4, "z".to_owned()),
            _ if rest.starts_with(|c: char| c.is_ascii_digit()) => (0, "1".to_owned()),
            _ if rest.starts_with(char::is_alphanumeric) => (0, "z".to_owned()),
            _ => return None,
        };
        let mut lines: Vec<String> = self.lines.iter().map(|&line| line.to_owned()).collect();
        lines[line as usize - 1].replace_range(at..at + dropped, &new);
        Some(lines.concat())
    }
}

/// A line without the byte order mark that a file can begin with.
fn without_mark(text: &str, line: u32) -> &str {
    if line == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text }
}

/// Whether what is written in a file and what is printed can be the same, or one a part of the other: letters and digits
/// count, quotes, escapes and folding do not.
pub fn agree(written: &str, printed: &str) -> bool {
    let (whole, value) = (letters(written), letters(&printed.replace('\u{85}', " ")));
    let end = written.find([',', '}', ']', '\n', '\r', '#']).unwrap_or(written.len());
    let word = letters(&written[..end]);
    if matches!(printed, "true" | "false") && matches!(word.as_str(), "yes" | "no" | "on" | "off" | "y" | "n") {
        // as YAML 1.1 has it
        return true;
    }
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if is_number(&value) && is_number(&word) && !(printed.starts_with('"') && written.starts_with(['"', '\''])) {
        // 0x1F and 31, 1e3 and 1000
        return true;
    }
    let raw = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    value.is_empty() || whole.contains(&value) || value.contains(&word) || raw(printed).contains(&raw(&written[..end]))
}

/// The letters and digits of a text, without escapes.
pub fn letters(text: &str) -> String {
    unescaped(text).chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_lowercase()
}

/// Whether a text has come of another one without a letter that was not there: JSON inside of it may be sorted anew.
pub fn takes_only(before: &Option<String>, after: &Option<String>) -> bool {
    let [mut left, letters] = [before, after].map(|text| letters(text.as_deref().unwrap_or_default()).into_bytes());
    letters.iter().all(|letter| left.iter().position(|other| other == letter).map(|at| left.swap_remove(at)).is_some())
}

/// Whether a word of one text is in the other: a delimiter cuts parts out.
pub fn share_a_word(written: &str, printed: &str) -> bool {
    let end = written.find('\n').unwrap_or(written.len());
    let by_signs = written[..end].split(|c: char| !c.is_alphanumeric());
    let by_delimiters = written[..end].split(|c: char| c.is_whitespace() || "/:,.-'\"".contains(c));
    by_signs.chain(by_delimiters).any(|word| !word.is_empty() && printed.contains(word))
}

/// A text without what YAML and JSON write otherwise than as itself.
fn unescaped(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        let skipped = match rest[at + 1..].chars().next() {
            Some('x') => 4,
            Some('u') => 6,
            Some('U') => 10,
            Some(other) => 1 + other.len_utf8(),
            None => 1,
        };
        rest = rest.get(at + skipped..).unwrap_or_default();
    }
    result + rest
}

/// Choices that follow from a seed.
pub struct Choice(u64);

impl Choice {
    pub fn new(seed: u64, text: &str, number: usize) -> Choice {
        // The name of the directory is another one each time.
        let name = text.rsplit('/').next().unwrap_or_default();
        let start =
            name.bytes().fold(seed ^ number as u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        Choice(start)
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count.max(1)
    }
}
