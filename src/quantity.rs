/// A number as Kubernetes writes amounts of resources: `3`, `0.5`, `100m`, `2Gi`, `1e3`. In billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

impl Quantity {
    /// Understands an amount; `None` for anything else. What is beyond a billionth is cut off.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (sign, rest) = match text.as_bytes().first()? {
            b'-' => (-1, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        // In tenths of the fraction's last digit, and billionths of the whole.
        let shift = 9 - i32::try_from(fraction.len()).ok()?;
        let amount = match BINARY.iter().find(|(known, _)| *known == suffix) {
            Some((_, power)) => scaled(digits.checked_mul(1 << power)?, shift)?,
            None => scaled(digits, shift + exponent(suffix)?)?,
        };
        Some(Quantity(sign * amount))
    }
}

fn exponent(suffix: &str) -> Option<i32> {
    let known = DECIMAL.iter().find(|(known, _)| *known == suffix).map(|(_, exponent)| *exponent);
    known.or_else(|| suffix.strip_prefix(['e', 'E'])?.parse().ok().filter(|exponent| (-30..=30).contains(exponent)))
}

fn scaled(digits: i128, power: i32) -> Option<i128> {
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    if power < 0 { Some(digits / factor) } else { digits.checked_mul(factor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_compare_whatever_their_form() {
        let amount = |text| Quantity::parse(text).unwrap();
        for (less, more) in
            [("2", "10"), ("100m", "0.2"), ("1000M", "1Gi"), ("1Ki", "1.1Ki"), ("-1", "0"), ("9e2", "1k")]
        {
            assert!(amount(less) < amount(more), "{less} {more}");
        }
        for (one, other) in [("1000m", "1"), ("0.5Gi", "512Mi"), ("1e3", "1k"), (".5", "500m"), ("+3", "3.")] {
            assert_eq!(amount(one), amount(other), "{one} {other}");
        }
        for none in ["", "x", "1x", "1.2.3", "Gi", "1e", "99999999999999999999999999999999E"] {
            assert_eq!(Quantity::parse(none), None, "{none}");
        }
    }
}
