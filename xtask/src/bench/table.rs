//! The Markdown table, and its place in the README.

use super::contest::{Program, Runs};
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

const BEGIN: &str = "<!-- `cargo xtask bench --update-readme` writes what follows -->";
const END: &str = "<!-- up to here -->";

/// A workload and what the programs took for it, ours first.
pub struct Row {
    pub about: String,
    pub input_size: u64,
    pub runs: Vec<Runs>,
}

/// The rows as a Markdown table. The first program is the one that the others are compared with.
pub fn markdown(programs: &[Program], rows: &[Row]) -> String {
    let mut text = "| work | input + output |".to_owned();
    let mut line = "|---|---:|".to_owned();
    for (index, program) in programs.iter().enumerate() {
        text += &format!(" {} |", program.name);
        line += "---:|";
        if index > 0 {
            text += " times as long |";
            line += "---:|";
        }
    }
    text += &format!(" peak memory |\n{line}---:|\n");
    rows.iter().for_each(|row| text += &row.markdown());
    text
}

impl Row {
    fn markdown(&self) -> String {
        let output_size = self.runs.first().map_or(0, |runs| runs.output_size);
        let size = if output_size == 0 { "–".to_owned() } else { bytes(self.input_size + output_size) };
        let mut text = format!("| {} | {size} |", self.about);
        let own = self.runs.first().and_then(Runs::median);
        for (index, runs) in self.runs.iter().enumerate() {
            let median = runs.median();
            text += &match median {
                Some(time) => format!(" {} |", milliseconds(time)),
                None if runs.given_up => " not within the limit |".to_owned(),
                None => " – |".to_owned(),
            };
            if index > 0 {
                let ratio = median.zip(own).map(|(time, own)| time.as_secs_f64() / own.as_secs_f64());
                text += &ratio.map_or(" – |".to_owned(), |ratio| format!(" {} |", factor(ratio)));
            }
        }
        let peak = self.runs.first().and_then(|runs| runs.peak);
        text + &peak.map_or(" – |\n".to_owned(), |peak| format!(" {} |\n", bytes(peak)))
    }
}

fn factor(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 9.95 => format!("{ratio:.1}"),
        ratio => format!("{ratio:.0}"),
    }
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        short if short < 9.995 => format!("{short:.2} ms"),
        middle if middle < 999.5 => format!("{middle:.0} ms"),
        long => format!("{:.1} s", long / 1e3),
    }
}

/// A size with its unit.
pub fn bytes(size: u64) -> String {
    let size = size as f64;
    match size {
        small if small < 1e3 => format!("{small} B"),
        middle if middle < 1e6 => format!("{:.1} kB", middle / 1e3),
        large => format!("{:.1} MB", large / 1e6),
    }
}

/// Puts the text between the marks of a file.
pub fn update(path: &Path, text: &str) -> Result<()> {
    let old = std::fs::read_to_string(path)?;
    let new = between_marks(&old, text).with_context(|| format!("{} has no marks for the table", path.display()))?;
    Ok(std::fs::write(path, new)?)
}

fn between_marks(old: &str, text: &str) -> Option<String> {
    let (before, rest) = old.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_the_old_one() {
        let old = format!("# A\n\n{BEGIN}\nold\n{END}\n\nmore\n");
        let new = between_marks(&old, "new\n").unwrap();
        assert_eq!(new, format!("# A\n\n{BEGIN}\n\nnew\n\n{END}\n\nmore\n"));
        assert_eq!(between_marks(&new, "new").unwrap(), new);
        assert_eq!(between_marks("nothing", "new"), None);
    }

    #[test]
    fn a_row_compares_with_the_first_program() {
        let runs = |milliseconds: &[u64], given_up| Runs {
            times: milliseconds.iter().copied().map(Duration::from_millis).collect(),
            peak: Some(12_300_000),
            output_size: 500,
            given_up,
            same_output: true,
        };
        let rows = [Row {
            about: "work".into(),
            input_size: 1_500,
            runs: vec![runs(&[9, 2, 4], false), runs(&[400], false), runs(&[], true)],
        }];
        let program = |name: &str| Program { name: name.into(), ..Program::default() };
        let table = markdown(&["a", "b", "c"].map(program), &rows);
        assert_eq!(
            table,
            "| work | input + output | a | b | times as long | c | times as long | peak memory |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|\n\
             | work | 2.0 kB | 4.00 ms | 400 ms | 100 | not within the limit | – | 12.3 MB |\n"
        );
    }
}
