//! Timestamps as go-yaml recognises them, and RFC 3339, as which they are printed.

use std::fmt;

/// A date, perhaps with a time and an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// In minutes.
    offset: i32,
}

impl Timestamp {
    /// Reads `2006-1-2`, `2006-1-2 15:4:5.9` or `2006-1-2T15:4:5.9Z07:00` (also with `t`), as Go's `time.Parse` does:
    /// one digit or two, a comma for a dot, digits of a fraction beyond the ninth ignored.
    ///
    /// Not among them, and so strings: a zone behind a space, a time without seconds, a `T` without a zone.
    pub(crate) fn parse(text: &str) -> Option<Timestamp> {
        let mut rest = Rest(text.as_bytes());
        let year = rest.digits(4, 4)?;
        rest.expect(b'-')?;
        let month = rest.digits(1, 2)?;
        rest.expect(b'-')?;
        let day = rest.digits(1, 2)?;
        let date = Timestamp { year, month, day, hour: 0, minute: 0, second: 0, nanosecond: 0, offset: 0 };
        if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return None;
        }
        match rest.next() {
            None => Some(date),
            Some(b'T' | b't') => {
                let time = rest.time(date)?;
                let offset = rest.zone()?;
                rest.at_end().then_some(Timestamp { offset, ..time })
            }
            Some(b' ') => {
                while rest.0.first() == Some(&b' ') {
                    rest.next();
                }
                let time = rest.time(date)?;
                rest.at_end().then_some(time)
            }
            Some(_) => None,
        }
    }

    /// Whether Go can print it: an offset of 24 hours and more has no form in JSON.
    pub(crate) fn is_printable(&self) -> bool {
        self.offset.abs() < 24 * 60
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}T", self.year, self.month, self.day)?;
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        if self.nanosecond > 0 {
            let digits = format!("{:09}", self.nanosecond);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", self.offset.abs() / 60, self.offset.abs() % 60)
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// A number of at least `least` and at most `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        (count >= least).then_some(value)
    }

    /// Hours, minutes, seconds and perhaps a fraction.
    fn time(&mut self, date: Timestamp) -> Option<Timestamp> {
        let hour = self.digits(1, 2)?;
        self.expect(b':')?;
        let minute = self.digits(1, 2)?;
        self.expect(b':')?;
        let second = self.digits(1, 2)?;
        let nanosecond = self.fraction();
        (hour < 24 && minute < 60 && second < 60).then_some(Timestamp { hour, minute, second, nanosecond, ..date })
    }

    fn fraction(&mut self) -> u32 {
        let digits = match self.0 {
            [b'.' | b',', digits @ ..] => digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            _ => 0,
        };
        if digits == 0 {
            return 0;
        }
        let (fraction, rest) = self.0[1..].split_at(digits);
        self.0 = rest;
        let padded = fraction.iter().map(|digit| u32::from(digit - b'0')).chain(std::iter::repeat(0));
        padded.take(9).fold(0, |value, digit| value * 10 + digit)
    }

    /// `Z`, or an offset such as `+02:00`, in minutes.
    fn zone(&mut self) -> Option<i32> {
        let sign = match self.next()? {
            b'Z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.digits(2, 2)?;
        self.expect(b':')?;
        let minutes = self.digits(2, 2)?;
        (hours <= 24 && minutes <= 60).then_some(sign * (hours * 60 + minutes) as i32)
    }
}
