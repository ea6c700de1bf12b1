//! Roman numerals, 1 to 3999.

/// The longest numeral, MMMDCCCLXXXVIII; numerals are right-aligned in this width.
pub const WIDTH: usize = 15;

const VALUES: &[(i64, &str)] = &[
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

pub fn numeral(mut value: i64) -> Option<String> {
    if !(1..=3999).contains(&value) {
        return None;
    }
    let mut numeral = String::new();
    for (amount, letters) in VALUES {
        while value >= *amount {
            numeral.push_str(letters);
            value -= amount;
        }
    }
    Some(numeral)
}

/// The number that a numeral in upper case stands for; `None` if nobody would write it so.
pub fn value(text: &str) -> Option<i64> {
    let (mut value, mut rest) = (0, text);
    for (amount, letters) in VALUES {
        while let Some(after) = rest.strip_prefix(letters) {
            (value, rest) = (value + amount, after);
        }
    }
    (numeral(value).as_deref() == Some(text)).then_some(value)
}
