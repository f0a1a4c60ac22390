//! Decimal numbers to `f32`, exactly rounded, without the general parser's cost.
//!
//! A number of at most 19 digits whose digits, read as an integer, are below 2⁵³ and whose decimal point moves at most 22
//! places is one exact `f64` divided by another: correctly rounded to `f64`. Rounding that to `f32` is correct too, unless the `f64`
//! lies exactly between two `f32`, which is seen in its lower bits. Everything else goes to the standard parser.
//!
//! Most numbers of a file of vectors are a digit, a point and up to 16 more digits. Those are read eight at a time, as
//! bytes of one integer: it tells where the digits end, and three multiplications add them up.

/// 10⁰ to 10²², all exact.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// 10⁰ to 10¹⁶ as integers.
const POWERS_OF_TEN: [u64; 17] = {
    let mut powers = [1; 17];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Whether a byte separates fields. No-break spaces do not: they occur inside words.
pub(crate) const fn is_separator(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Reads the number that begins at `at` in `line` and reaches to the next separator or the end: its value and where it
/// ends. `None` if there is something else.
pub(crate) fn parse(line: &[u8], at: usize) -> Option<(f32, usize)> {
    parse_usual(line, at).or_else(|| parse_plain(line, at)).or_else(|| parse_any(line, at))
}

/// A sign or none, one digit, a point and at most 16 digits, with eight bytes to look at wherever digits are expected.
#[inline]
fn parse_usual(line: &[u8], at: usize) -> Option<(f32, usize)> {
    let negative = *line.get(at)? == b'-';
    let first = at + usize::from(negative);
    let (&[whole, point], rest) = line.get(first..)?.split_first_chunk()?;
    let whole = u64::from(whole.wrapping_sub(b'0'));
    let (mut digits, mut places) = leading_digits(rest.first_chunk()?);
    if places == 8 {
        let (more, n_more) = leading_digits(rest.get(8..)?.first_chunk()?);
        digits = digits * POWERS_OF_TEN[n_more] + more;
        places += n_more;
    }
    if whole > 9 || point != b'.' || !is_separator(*rest.get(places)?) {
        return None;
    }
    let value = scale(whole * POWERS_OF_TEN[places] + digits, places)?;
    Some((if negative { -value } else { value }, first + 2 + places))
}

/// The digits that eight bytes begin with: their value, and how many there are.
#[inline]
fn leading_digits(bytes: &[u8; 8]) -> (u64, usize) {
    let digits = u64::from_le_bytes(*bytes) ^ ZEROS;
    let n_digits = others(digits).trailing_zeros() as usize / 8;
    match n_digits {
        0 => (0, 0),
        // The first digit is the lowest byte. Zeros go before it, so that eight digits remain.
        n => (eight_digits(digits << (64 - 8 * n)), n),
    }
}

/// Reads the number after the separator that `line` begins with, if it is as nearly all are: a sign, one digit up to 7, a point and
/// one to six digits, and a separator. It is always finite. Gives its value and how far the next separator is; `None` if
/// it is anything else, or near the line's end.
///
/// Speed is in three things. Where the number ends is told by one look at eight bytes, whatever its sign is, so that the next number is
/// begun before this one is known. Its digits are taken all at once, as bytes of one integer. And nothing is decided
/// by a jump that some numbers take and others do not.
#[inline(always)]
pub(crate) fn parse_short(line: &[u8]) -> Option<(f32, usize)> {
    let window: &[u8; 12] = line.first_chunk()?;
    // The first byte that can end a number is the fifth: " 0.1 ".
    let tail = u64::from_le_bytes(*window.last_chunk()?);
    let ends = !tail & MARKS_OF_DIGITS;
    let after = ends.trailing_zeros() & 0x38;
    let negative = usize::from(window[1] == b'-');
    let [integer, point, digits @ ..] = *window[1 + negative..].first_chunk::<10>()?;
    let integer = integer.wrapping_sub(b'0');
    let places = (after as usize / 8 + 1).wrapping_sub(negative);
    if ends == 0 || integer > 7 || point != b'.' || !(1..7).contains(&places) {
        return None;
    }
    let digits = (u64::from_le_bytes(digits) ^ ZEROS) << (64 - 8 * places);
    if others(digits) != 0 || !is_separator((tail >> after) as u8) {
        return None;
    }
    let number = u64::from(integer) * POWERS_OF_TEN[places] + eight_digits(digits);
    // Both are exact, so one division rounds once.
    let value = small_integer(number as u32) / SIGNED_POWERS[negative][places];
    Some((value, 4 + after as usize / 8))
}

/// A bit that all digits have, and no separator.
const MARKS_OF_DIGITS: u64 = 0x1010_1010_1010_1010;

/// The highest bit of each byte that is none of 0 to 9. The first such byte is right; after it others may be marked that
/// are digits.
fn others(bytes: u64) -> u64 {
    (bytes.wrapping_add(0x7676_7676_7676_7676) | bytes) & 0x8080_8080_8080_8080
}

/// A number below 2²³, put into the fraction of 2²³ and taken out again. The processor's own conversion waits for whatever was in the
/// register before, here the quotient of the last number.
fn small_integer(number: u32) -> f32 {
    const BASE: f32 = 8_388_608.0;
    f32::from_bits(BASE.to_bits() | number) - BASE
}

/// "00000000" as an integer.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// 10⁰ to 10⁷ for a number without sign, and for one with: dividing by a negative one gives −0 its sign too. A table of eight needs
/// no check of its bounds.
const SIGNED_POWERS: [[f32; 8]; 2] =
    [[1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7], [-1e0, -1e1, -1e2, -1e3, -1e4, -1e5, -1e6, -1e7]];

/// The number whose decimal digits are the bytes of `digits`, the first digit in the lowest byte: neighbours are joined to numbers
/// of two digits, those to four, and those to eight.
fn eight_digits(digits: u64) -> u64 {
    const LANES: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let upper = (pairs & LANES).wrapping_mul(100 + (1_000_000 << 32));
    let lower = ((pairs >> 16) & LANES).wrapping_mul(1 + (10_000 << 32));
    upper.wrapping_add(lower) >> 32
}

/// Sign, digits and at most one point.
#[inline]
fn parse_plain(line: &[u8], mut at: usize) -> Option<(f32, usize)> {
    let negative = line.get(at) == Some(&b'-');
    at += usize::from(negative);
    let first = at;
    let mut digits: u64 = 0;
    while let Some(digit) = digit(line, at) {
        digits = digits.wrapping_mul(10).wrapping_add(digit);
        at += 1;
    }
    let mut n_digits = at - first;
    let mut places = 0;
    if line.get(at) == Some(&b'.') {
        at += 1;
        let point = at;
        while let Some(digit) = digit(line, at) {
            digits = digits.wrapping_mul(10).wrapping_add(digit);
            at += 1;
        }
        places = at - point;
        n_digits += places;
    }
    let ended = line.get(at).is_none_or(|byte| is_separator(*byte));
    if !ended || n_digits == 0 || n_digits > 19 {
        return None;
    }
    let value = scale(digits, places)?;
    Some((if negative { -value } else { value }, at))
}

fn digit(line: &[u8], at: usize) -> Option<u64> {
    let digit = line.get(at)?.wrapping_sub(b'0');
    (digit < 10).then_some(u64::from(digit))
}

/// `digits` ÷ 10^`places`, if that can be rounded exactly in one division.
fn scale(digits: u64, places: usize) -> Option<f32> {
    if digits >= 1 << 53 || places >= POWERS.len() {
        return None;
    }
    let exact = digits as f64 / POWERS[places];
    let halfway = exact.to_bits() & 0x1fff_ffff == 0x1000_0000;
    let normal = exact >= f64::from(f32::MIN_POSITIVE) || digits == 0;
    (!halfway && normal).then_some(exact as f32)
}

/// Exponents, many digits, NaN, infinities.
#[cold]
fn parse_any(line: &[u8], at: usize) -> Option<(f32, usize)> {
    let length = line.get(at..)?.iter().position(|byte| is_separator(*byte)).unwrap_or(line.len() - at);
    let value = std::str::from_utf8(&line[at..at + length]).ok()?.parse().ok()?;
    Some((value, at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        let expected: Option<f32> = text.parse().ok();
        let found = parse(text.as_bytes(), 0);
        assert_eq!(found.map(|(value, _)| value.to_bits()), expected.map(f32::to_bits), "{text}");
        if let Some((_, end)) = found {
            assert_eq!(end, text.len());
        }
        // The same within a line, where there is more to look at.
        let line = format!("x {text} 0.12345678 0.12345678");
        let within = parse(line.as_bytes(), 2).filter(|(_, end)| *end == 2 + text.len());
        assert_eq!(within.map(|(value, _)| value.to_bits()), expected.map(f32::to_bits), "{line}");
        // After a separator, as nearly all numbers are.
        let longer = format!(" {text} -0.25 0.125");
        if let Some((value, end)) = parse_short(longer.as_bytes()) {
            assert_eq!((Some(value.to_bits()), end), (expected.map(f32::to_bits), text.len() + 1), "{text}");
        }
    }

    #[test]
    fn short_numbers_are_taken_at_once() {
        let check = |line: &str, expected: Option<(f32, usize)>| {
            assert_eq!(parse_short(line.as_bytes()), expected, "{line}");
        };
        check(" 0.1 .......", Some((0.1, 4)));
        check(" -7.654321 ..", Some((-7.654321, 10)));
        check("\t-0.00000\t..", Some((-0.0, 9)));
        check(" 0.4194305 ..", None);
        check(" 8.5 ........", None);
        for line in [
            " 0.12345678 ..",
            " 12.5 ......",
            " 1.5e3 .....",
            " .5 .........",
            " 0. .........",
            "  0.25 ......",
            " -0. ........",
            " --0.1 .......",
            " 0.1",
            " :.12345 ....",
            " 0.1\u{a0}0.2 ......",
            " 0.a2 ......",
        ] {
            check(line, None);
        }
    }

    #[test]
    fn numbers_are_rounded_as_the_standard_parser_does() {
        for text in [
            "0",
            "-0",
            "0.0",
            "-0.0",
            "1",
            "-1",
            "1.",
            ".5",
            "-.5",
            "0.1",
            "0.1234567",
            "-0.00012345",
            "16777217",
            "16777219",
            "3.4028235e38",
            "1e39",
            "1e-46",
            "1e-45",
            "0.000000000000000000000000000000000000000000001",
            "+1.5",
            "1e5",
            "1E-5",
            "123456789012345678901234567890",
            "0.5000000298023223876953125",
            "0.50000002980232238769531250000001",
            "9007199254740993",
            "8388608.5",
            "8388609.5",
            "-0.0007369244245224787",
            "",
            ".",
            "-",
            "--1",
            "1.2.3",
            "1,5",
            "x",
            "0x10",
            "1e",
            "00012",
            "0.00000000000000000000001",
            "nan",
            "inf",
            "-inf",
            "1_000",
            "0.1234567",
            "-9.7654321",
            "1.6777217",
            "0.12345678",
            "0.1234é",
            "0.12e5",
            "-.12345",
            "--0.12345",
            "0.123.45",
            ":.12345",
            "/.12345",
        ] {
            check(text);
        }
    }

    #[test]
    fn many_lengths_and_places_agree_with_the_standard_parser() {
        let mut state = 1_u64;
        for round in 0..2_000_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let digits = (state >> 8) % 10_u64.pow(1 + round % 19);
            let places = if round % 3 == 0 { (round % 19) as usize } else { (state >> 3) as usize % 18 };
            let text = format!("{digits:0width$}", width = places + 1);
            let (whole, fraction) = text.split_at(text.len() - places);
            check(&format!("{}{whole}.{fraction}", if state & 4 == 0 { "-" } else { "" }));
        }
    }

    #[test]
    fn a_number_ends_at_a_separator() {
        assert_eq!(parse(b"0.5 1", 0), Some((0.5, 3)));
        assert_eq!(parse(b"0.5\t1", 4), Some((1.0, 5)));
        assert_eq!(parse(b"1e1 ", 0), Some((10.0, 3)));
        assert_eq!(parse("0.5\u{a0}1".as_bytes(), 0), None);
        assert_eq!(parse(b"1", 9), None);
    }
}
