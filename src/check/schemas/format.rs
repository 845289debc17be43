use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::quantity;

/// A form that texts and numbers have, as Kubernetes checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A part of a name of DNS: `web-1`.
    DnsLabel,
    /// The same, beginning with a letter.
    OldDnsLabel,
    /// Parts joined by dots: `web.example.com`.
    DnsSubdomain,
    /// Anything that can stand between two slashes.
    PathSegment,
    /// The key of a label: `example.com/name`.
    QualifiedName,
    /// The key of an annotation, which may have capitals before its slash.
    AnnotationKey,
    /// The value of a label.
    LabelValue,
    /// The key of a ConfigMap or Secret.
    DataKey,
    /// The name of an environment variable.
    EnvName,
    /// The number of a port.
    Port,
    /// The number of a port, or 0 for none.
    PortOrNone,
    /// The name of a port.
    PortName,
    /// The number or the name of a port.
    PortOrName,
    /// Permissions of a file.
    FileMode,
    /// An amount: `100m`, `2Gi`.
    Quantity,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Base64.
    Byte,
    /// A moment: `2006-01-02T15:04:05Z`.
    DateTime,
    /// A day: `2006-01-02`.
    Date,
    /// An address of IPv4.
    Ipv4,
    /// An address of IPv6.
    Ipv6,
    /// A UUID.
    Uuid,
}

/// What a form is about, which decides on the rule that finds its faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Name,
    Label,
    Port,
    Quantity,
    Other,
}

use Format::*;

impl Format {
    /// The format of that name; nothing for one that is not checked.
    pub fn named(name: &str) -> Option<Format> {
        Some(match name {
            "dns-label" => DnsLabel,
            "dns-subdomain" => DnsSubdomain,
            "qualified-name" => QualifiedName,
            "annotation-key" => AnnotationKey,
            "label-value" => LabelValue,
            "data-key" => DataKey,
            "env-name" => EnvName,
            "port" => Port,
            "port-or-none" => PortOrNone,
            "port-name" => PortName,
            "port-or-name" => PortOrName,
            "file-mode" => FileMode,
            "quantity" => Quantity,
            "int32" => Int32,
            "int64" => Int64,
            "byte" => Byte,
            "date-time" => DateTime,
            "date" => Date,
            "ipv4" => Ipv4,
            "ipv6" => Ipv6,
            "uuid" => Uuid,
            _ => return None,
        })
    }

    /// What it is about.
    pub fn subject(self) -> Subject {
        match self {
            DnsLabel | OldDnsLabel | DnsSubdomain | PathSegment => Subject::Name,
            QualifiedName | AnnotationKey | LabelValue => Subject::Label,
            Port | PortOrNone | PortName | PortOrName => Subject::Port,
            Quantity => Subject::Quantity,
            _ => Subject::Other,
        }
    }

    /// Whether a text has the form.
    pub fn fits(self, text: &str) -> bool {
        match self {
            DnsLabel => is_dns_label(text),
            OldDnsLabel => is_dns_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase()),
            DnsSubdomain => text.len() <= 253 && text.split('.').all(is_subdomain_part),
            PathSegment => !text.is_empty() && !matches!(text, "." | "..") && !text.contains(['/', '%']),
            QualifiedName => is_qualified_name(text),
            AnnotationKey => match text.split_once('/') {
                Some((prefix, name)) => is_qualified_name(&format!("{}/{name}", prefix.to_ascii_lowercase())),
                None => is_qualified_name(text),
            },
            LabelValue => text.is_empty() || is_word(text, 63),
            DataKey => {
                let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                (1..=253).contains(&text.len()) && text.bytes().all(is_part) && text != "." && !text.starts_with("..")
            }
            EnvName => !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'='),
            PortName | PortOrName => is_port_name(text),
            Quantity => quantity::Quantity::parse(text).is_some(),
            Byte => STANDARD.decode(text.replace(['\n', '\r'], "")).is_ok(),
            DateTime => is_date_time(text),
            Date => is_date(text),
            Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Uuid => is_uuid(text),
            Port | PortOrNone | FileMode | Int32 | Int64 => true,
        }
    }

    /// Whether a whole number has the form.
    pub fn fits_number(self, number: i128) -> bool {
        match self {
            Port | PortOrName => (1..=65535).contains(&number),
            PortOrNone => (0..=65535).contains(&number),
            FileMode => (0..=0o777).contains(&number),
            Int32 => i32::try_from(number).is_ok(),
            Int64 => i64::try_from(number).is_ok(),
            _ => true,
        }
    }

    /// What is expected, in words that go on after "it must be".
    pub fn expected(self) -> &'static str {
        match self {
            DnsLabel => "at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit",
            OldDnsLabel => {
                "at most 63 lower-case letters, digits and `-`, beginning with a letter and ending with a letter or \
                 digit"
            }
            DnsSubdomain => {
                "at most 253 lower-case letters, digits, `-` and `.`, each part between dots beginning and ending with \
                 a letter or digit"
            }
            PathSegment => "a text without `/` and `%`, and neither `.` nor `..`",
            QualifiedName | AnnotationKey => {
                "at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit, after a \
                 domain and `/` perhaps"
            }
            LabelValue => {
                "empty, or at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit"
            }
            DataKey => "at most 253 letters, digits, `-`, `_` and `.`, and must not begin with `..`",
            EnvName => "printable ASCII characters without `=`",
            Port => "between 1 and 65535",
            PortOrNone => "between 1 and 65535, or 0 for none",
            PortName => {
                "at most 15 lower-case letters, digits and single `-`, at least one of them a letter, beginning and \
                 ending with a letter or digit"
            }
            PortOrName => {
                "a number between 1 and 65535, or the name of a port: at most 15 lower-case letters, digits and single \
                 `-`, at least one of them a letter"
            }
            FileMode => "between 0 and 0777",
            Quantity => {
                "a number and perhaps one of `n`, `u`, `m`, `k`, `M`, `G`, `T`, `P`, `E`, `Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei`"
            }
            Int32 => "between -2147483648 and 2147483647",
            Int64 => "a whole number of 64 bits",
            Byte => "base64",
            DateTime => "a moment such as `2006-01-02T15:04:05Z`",
            Date => "a day such as `2006-01-02`",
            Ipv4 => "an address of IPv4",
            Ipv6 => "an address of IPv6",
            Uuid => "a UUID",
        }
    }

    /// What a wrong text was probably meant to be, where that can be told.
    pub fn repaired(self, text: &str) -> Option<String> {
        let repaired = match self {
            DnsLabel | OldDnsLabel => text.to_ascii_lowercase().replace(['_', '.', ' ', '/'], "-"),
            DnsSubdomain | PortName | PortOrName => text.to_ascii_lowercase().replace(['_', ' '], "-"),
            LabelValue => text.replace(['/', ':', ' ', '@', '+'], "_"),
            Quantity => repaired_quantity(text)?,
            _ => return None,
        };
        (repaired != text && self.fits(&repaired)).then_some(repaired)
    }
}

/// `2GB`, `500MB` and `2gi` are what people write who think of other programs.
fn repaired_quantity(text: &str) -> Option<String> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let unit = match unit.trim_end_matches(['b', 'B']).to_ascii_lowercase().as_str() {
        "k" => "k",
        "m" => "M",
        "g" => "G",
        "t" => "T",
        "ki" => "Ki",
        "mi" => "Mi",
        "gi" => "Gi",
        "ti" => "Ti",
        _ => return None,
    };
    Some(format!("{}{unit}", number.trim_end()))
}

fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_subdomain_part(text)
}

fn is_subdomain_part(text: &str) -> bool {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
        && bytes.iter().all(|byte| is_end(byte) || *byte == b'-')
}

fn is_word(text: &str, most: usize) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= most
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => DnsSubdomain.fits(prefix) && is_word(name, 63),
        None => is_word(text, 63),
    }
}

fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && is_subdomain_part(text)
        && !text.contains("--")
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// RFC 3339, as far as its form goes and its numbers are ones of clocks and calendars.
fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(10) else { return false };
    let Some((time, zone)) = rest.split_at_checked(9) else { return false };
    let fraction = zone.strip_prefix('.').map_or(0, |digits| digits.bytes().take_while(u8::is_ascii_digit).count() + 1);
    let zone = &zone[if fraction == 1 { 0 } else { fraction }..];
    let is_offset = |zone: &str| match zone.split_at_checked(1) {
        Some(("+" | "-", offset)) => has_numbers(offset, &[24, 60]),
        _ => zone == "Z",
    };
    is_date(date) && time.starts_with('T') && has_numbers(&time[1..], &[24, 60, 60]) && is_offset(zone)
}

fn is_date(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    let is_number = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((month, day)) = rest.split_once('-') else { return false };
    let in_calendar = |text: &str, most| matches!(text.parse::<u32>(), Ok(number) if (1..=most).contains(&number));
    is_number(year, 4) && is_number(month, 2) && is_number(day, 2) && in_calendar(month, 12) && in_calendar(day, 31)
}

/// Pairs of digits with colons between them, each below its limit.
fn has_numbers(text: &str, limits: &[u32]) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let is_below = |part: &str, limit: u32| part.len() == 2 && part.parse::<u32>().is_ok_and(|number| number < limit);
    parts.len() == limits.len() && parts.iter().zip(limits).all(|(part, limit)| is_below(part, *limit))
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(count: usize) -> String {
        "a".repeat(count)
    }

    #[test]
    fn texts_have_the_forms_that_kubernetes_checks() {
        let cases: &[(Format, &[&str], &[&str])] = &[
            (DnsLabel, &["a", "web-1", "1a", &long(63)], &["", "-a", "a-", "Web", "a.b", "a_b", &long(64)]),
            (OldDnsLabel, &["a", "web-1"], &["1a", "", "a.b"]),
            (DnsSubdomain, &["a.b", "1", "a-b.c"], &["", "a..b", ".a", "A", "a_b", &long(254)]),
            (PathSegment, &["system:node", "A b"], &["", ".", "..", "a/b", "a%"]),
            (QualifiedName, &["app", "a.b/App_1.x"], &["", "/a", "a/", "A.b/c", "a/b/c", "-a", &long(64)]),
            (AnnotationKey, &["A.b/c", "x"], &["a b", "A b/c"]),
            (LabelValue, &["", "A_b.c-1"], &["-a", "a b", "a/b", "ü", &long(64)]),
            (DataKey, &["a.b", ".env", "A_1-"], &["", ".", "..", "..a", "a/b", "a b"]),
            (EnvName, &["A", "a.b-c", "with space"], &["", "A=B", "Ü"]),
            (PortName, &["http", "a1", "1a"], &["", "80", "a--b", "-a", "A", "a-name-too-long-1"]),
            (Quantity, &["1", "100m", "0.5Gi", "1e3", "-1"], &["", "1 Gi", "2GB", "Gi", "1.2.3", "x"]),
            (Byte, &["", "YQ==", "YWI=\n"], &["a", "YQ", "*"]),
            (
                DateTime,
                &["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123+01:00"],
                &[
                    "2026-01-02",
                    "2026-13-02T03:04:05Z",
                    "2026-01-02T03:04:05",
                    "2026-01-02 03:04:05Z",
                    "2026-01-02T03:04:05.Z",
                ],
            ),
            (Date, &["2026-01-02"], &["2026-1-2", "2026-01-32", "2026"]),
            (Ipv4, &["10.0.0.1"], &["10.0.0", "::1"]),
            (Ipv6, &["::1"], &["10.0.0.1"]),
            (Uuid, &["123e4567-e89b-12d3-a456-426614174000"], &["123e4567", "g23e4567-e89b-12d3-a456-426614174000"]),
        ];
        for (format, right, wrong) in cases {
            right.iter().for_each(|text| assert!(format.fits(text), "{format:?} {text}"));
            wrong.iter().for_each(|text| assert!(!format.fits(text), "{format:?} {text}"));
        }
    }

    #[test]
    fn numbers_stay_in_their_ranges() {
        assert!(
            Port.fits_number(65535) && !Port.fits_number(0) && PortOrNone.fits_number(0) && !Port.fits_number(65536)
        );
        assert!(FileMode.fits_number(0o644) && !FileMode.fits_number(0o1000));
        assert!(Int32.fits_number(-1 << 31) && !Int32.fits_number(1 << 31) && Int64.fits_number(1 << 31));
    }

    #[test]
    fn what_was_meant_is_often_plain() {
        let repaired = |format: Format, text| format.repaired(text);
        assert_eq!(repaired(DnsLabel, "My_App").as_deref(), Some("my-app"));
        assert_eq!(repaired(Quantity, "2GB").as_deref(), Some("2G"));
        assert_eq!(repaired(Quantity, "512 mib").as_deref(), Some("512Mi"));
        assert_eq!(repaired(LabelValue, "a/b").as_deref(), Some("a_b"));
        assert_eq!(repaired(DnsLabel, "-"), None);
    }
}
