//! What the query of a repository's URL says, read as Go's standard library reads it.

use std::time::Duration;

/// How long each command of git may take when the URL does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(27);

/// The parameters of a repository's URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    /// `ref`, else `version`: a branch, tag or commit; empty for the default branch.
    pub reference: String,
    /// `timeout`, as seconds or as a duration.
    pub timeout: Duration,
    /// `submodules`: whether they are fetched too.
    pub submodules: bool,
}

impl Query {
    /// Reads the text behind the question mark. One that is malformed anywhere counts as absent, and so does a value
    /// that does not fit its parameter.
    pub fn parse(text: &str) -> Query {
        let values = parameters(text).unwrap_or_default();
        let get = |name: &str| values.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let reference = [get("ref"), get("version")].into_iter().find(|value| !value.is_empty());
        let seconds = get("timeout").parse::<i64>().ok().filter(|seconds| *seconds > 0);
        let timeout = seconds.map(|seconds| Duration::from_secs(seconds.unsigned_abs()));
        Query {
            reference: reference.unwrap_or_default().to_owned(),
            timeout: timeout.or_else(|| duration(get("timeout"))).unwrap_or(DEFAULT_TIMEOUT),
            submodules: truth(get("submodules")).unwrap_or(true),
        }
    }
}

/// The pairs of a query; `None` when it is malformed.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if pair.contains(';') { None } else { Some((unescape(key)?, unescape(value)?)) }
        })
        .collect()
}

/// Takes `+` for a space and `%XX` for a byte; `None` for a percent sign that does not stand for a byte.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A duration such as `90s` or `1m30s`; `None` for anything else, and for one that is not positive.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let seconds = match &tail[..unit_end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = &tail[unit_end..];
    }
    Some(total).filter(|total| !total.is_zero())
}

/// The words that Go takes for truth values.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_wins_over_version() {
        assert_eq!(Query::parse("version=v1&ref=v2").reference, "v2");
        assert_eq!(Query::parse("ref=&version=v1").reference, "v1");
        assert_eq!(Query::parse("ref=feature%2Fx+y").reference, "feature/x y");
        assert_eq!(Query::parse("ref=a&ref=b").reference, "a");
    }

    #[test]
    fn a_malformed_query_counts_as_absent() {
        for text in ["ref=v1;timeout=3", "ref=v1&x=%zz", "ref=v1&%", ""] {
            assert_eq!(Query::parse(text).reference, "", "{text}");
        }
    }

    #[test]
    fn timeouts_are_seconds_or_durations() {
        let timeout = |text: &str| Query::parse(&format!("timeout={text}")).timeout;
        assert_eq!(timeout("61"), Duration::from_secs(61));
        assert_eq!(timeout("1m1s"), Duration::from_secs(61));
        assert_eq!(timeout("1.5h"), Duration::from_secs(5400));
        assert_eq!(timeout("%2B20ms"), Duration::from_millis(20));
        for default in ["0", "-3", "x", "1d", "-1s", "1m1", "."] {
            assert_eq!(timeout(default), DEFAULT_TIMEOUT, "{default}");
        }
    }

    #[test]
    fn submodules_take_the_words_of_go() {
        let submodules = |text: &str| Query::parse(&format!("submodules={text}")).submodules;
        assert!(!submodules("0") && !submodules("False") && submodules("t") && submodules("no") && submodules(""));
    }
}
