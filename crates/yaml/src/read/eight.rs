//! Looking at eight bytes at a time: what ends a run of text is found without a branch for each byte.
//!
//! A test of eight bytes gives a number in which the highest bit of a byte is set where the test holds. Behind the
//! first such byte other bits may be set, too: only the first one counts.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// The place of the first byte for which a test holds: `test` for one byte, `tests` for eight of them. The length of
/// `bytes` when there is none.
#[inline]
pub(super) fn position(bytes: &[u8], test: impl Fn(u8) -> bool, tests: impl Fn(u64) -> u64) -> usize {
    let (eights, rest) = bytes.as_chunks::<8>();
    for (number, &eight) in eights.iter().enumerate() {
        let found = tests(u64::from_le_bytes(eight));
        if found != 0 {
            return 8 * number + found.trailing_zeros() as usize / 8;
        }
    }
    let behind = bytes.len() - rest.len();
    rest.iter().position(|&byte| test(byte)).map_or(bytes.len(), |at| behind + at)
}

/// Where bytes are `byte`.
#[inline]
pub(super) const fn are(bytes: u64, byte: u8) -> u64 {
    let differences = bytes ^ (ONES * byte as u64);
    differences.wrapping_sub(ONES) & !differences & HIGH
}

/// Where bytes are less than `limit`, which is no more than 128.
#[inline]
pub(super) const fn are_below(bytes: u64, limit: u8) -> u64 {
    bytes.wrapping_sub(ONES * limit as u64) & !bytes & HIGH
}

/// Where bytes are no ASCII.
#[inline]
pub(super) const fn are_high(bytes: u64) -> u64 {
    bytes & HIGH
}

/// Where bytes are 0xc2 or 0xe2, with which line breaks begin that are no ASCII.
#[inline]
pub(super) const fn begin_breaks(bytes: u64) -> u64 {
    const UNLIKE: u64 = ONES * (0xc2 ^ 0xe2);
    are(bytes | UNLIKE, 0xe2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks for each byte that a test holds for behind each that it does not hold for.
    fn check(test: impl Fn(u8) -> bool, tests: impl Fn(u64) -> u64) {
        for wanted in (0..=255).filter(|&byte| test(byte)) {
            for other in (0..=255).filter(|&byte| !test(byte)) {
                for at in [0, 3, 7, 8, 17] {
                    let mut bytes = [other; 20];
                    bytes[at..].fill(wanted);
                    assert_eq!(position(&bytes, &test, &tests), at, "{wanted} behind {other}");
                    assert_eq!(position(&bytes[..at], &test, &tests), at, "nothing but {other}");
                }
            }
        }
    }

    #[test]
    fn the_first_byte_is_found_wherever_it_stands() {
        check(|byte| byte == b':', |bytes| are(bytes, b':'));
        check(|byte| byte < b' ', |bytes| are_below(bytes, b' '));
        check(|byte| byte >= 128, are_high);
        check(|byte| byte == 0xc2 || byte == 0xe2, begin_breaks);
    }
}
