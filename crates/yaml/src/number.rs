//! Floats as Go prints them.

use std::fmt::{Display, Write};

/// Appends a finite float as `encoding/json` writes it: plain digits from 1e-6 up to 1e21, an exponent elsewhere.
pub fn push_json_float(out: &mut String, value: f64) {
    if value == 0.0 || (1e-6..1e21).contains(&value.abs()) {
        push(out, value);
    } else {
        let (mantissa, exponent) = scientific(value);
        push(out, format_args!("{mantissa}e{exponent:+}"));
    }
}

/// Appends a finite float as `strconv.FormatFloat(value, 'g', -1, 64)` writes it: an exponent of at least two digits
/// below 1e-4 and from 1e6 on.
pub fn push_general_float(out: &mut String, value: f64) {
    let (mantissa, exponent) = scientific(value);
    if value == 0.0 || (-4..6).contains(&exponent) {
        push(out, value);
    } else {
        push(out, format_args!("{mantissa}e{exponent:+03}"));
    }
}

/// Appends a finite float as it comes out of the road JSON, go-yaml v2: as an integer if it is one of 64 bits.
pub fn push_printed_float(out: &mut String, value: f64) {
    let start = out.len();
    push_json_float(out, value);
    let json = &out[start..];
    if json == "-0" {
        out.replace_range(start.., "0");
    } else if json.parse::<i64>().is_err() && json.parse::<u64>().is_err() {
        out.truncate(start);
        push_general_float(out, value);
    }
}

/// The shortest digits that give the float back, as `1.5`, and the exponent that goes with them.
fn scientific(value: f64) -> (String, i32) {
    let mut mantissa = format!("{value:e}");
    let at = mantissa.rfind('e').unwrap_or(mantissa.len());
    let exponent = mantissa[at..].trim_start_matches('e').parse().unwrap_or(0);
    mantissa.truncate(at);
    (mantissa, exponent)
}

fn push(out: &mut String, value: impl Display) {
    // Writing to a string does not fail.
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(value: f64, print: fn(&mut String, f64)) -> String {
        let mut out = String::new();
        print(&mut out, value);
        out
    }

    #[test]
    fn json_floats_have_an_exponent_only_when_very_small_or_large() {
        for (value, expected) in [
            (1.0, "1"),
            (-0.0, "-0"),
            (0.000001, "0.000001"),
            (0.0000001, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (1e20, "100000000000000000000"),
            (-1e21, "-1e+21"),
            (18446744073709551615.0, "18446744073709552000"),
        ] {
            assert_eq!(printed(value, push_json_float), expected);
        }
    }

    #[test]
    fn floats_come_out_as_kustomize_prints_them() {
        for (value, expected) in [
            (1.0, "1"),
            (-0.0, "0"),
            (1.10, "1.1"),
            (1e3, "1000"),
            (1.5e10, "15000000000"),
            (1e20, "1e+20"),
            (1e21, "1e+21"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000001, "1e-06"),
            (1234567.5, "1.2345675e+06"),
            (123456.5, "123456.5"),
            (12345678901234567.5, "12345678901234568"),
            (-9223372036854775809.0, "-9.223372036854776e+18"),
            (1.2345678901234568e+29, "1.2345678901234568e+29"),
            (1e-100, "1e-100"),
        ] {
            assert_eq!(printed(value, push_printed_float), expected);
        }
    }
}
