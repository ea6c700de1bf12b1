//! The types of values: durations and sizes with their units, addresses, secrets, counts.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// A type that a key may have.
pub trait Setting: Sized + Clone + PartialEq + PartialOrd {
    /// What a right value looks like, for the message about a wrong one.
    const EXPECTED: &'static str;

    /// Reads the form that variables and flags have.
    fn parse(text: &str) -> Option<Self>;

    /// Reads the form that the file has; a string by default.
    fn from_toml(value: &toml::Value) -> Option<Self> {
        value.as_str().and_then(Self::parse)
    }

    /// The TOML literal that reads back as this value.
    fn show(&self) -> String;

    /// As `show`, with secrets hidden: for logs.
    fn show_safe(&self) -> String {
        self.show()
    }
}

fn quoted(text: impl fmt::Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}

macro_rules! counts {
    ($($count:ty),*) => {$(
        impl Setting for $count {
            const EXPECTED: &'static str = "a whole number";

            fn parse(text: &str) -> Option<Self> {
                text.replace('_', "").parse().ok()
            }

            fn from_toml(value: &toml::Value) -> Option<Self> {
                value.as_integer().and_then(|number| number.try_into().ok())
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
counts!(u32, u64, usize);

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Some(true),
            "false" | "off" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        value.as_bool()
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a string";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn show(&self) -> String {
        quoted(self)
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    fn show(&self) -> String {
        quoted(self.display())
    }
}

/// The empty string is none.
impl Setting for Option<PathBuf> {
    const EXPECTED: &'static str = "a path, or nothing";

    fn parse(text: &str) -> Option<Self> {
        Some(PathBuf::parse(text))
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| quoted(""), Setting::show)
    }
}

impl Setting for SocketAddr {
    const EXPECTED: &'static str =
        "an address and port such as \"127.0.0.1:5432\" or \"[::1]:5432\"";

    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("localhost:") {
            Some(port) => Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?))),
            None => text.parse().ok(),
        }
    }

    fn show(&self) -> String {
        quoted(self)
    }
}

const DURATION_UNITS: &[(&str, u64)] = &[
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

impl Setting for Duration {
    const EXPECTED: &'static str =
        "a duration with its unit (us, ms, s, min, h, d) such as \"30s\"";

    fn parse(text: &str) -> Option<Self> {
        scaled(text, DURATION_UNITS).map(Duration::from_micros)
    }

    fn show(&self) -> String {
        let micros = u64::try_from(self.as_micros()).unwrap_or(u64::MAX);
        quoted(unscaled(micros, DURATION_UNITS, "s"))
    }
}

/// A number of bytes, written with a binary unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl ByteSize {
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// As a count of memory; saturates where addresses are narrower than 64 bits.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&unscaled(self.0, BYTE_UNITS, "B"))
    }
}

const BYTE_UNITS: &[(&str, u64)] =
    &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Setting for ByteSize {
    const EXPECTED: &'static str = "a size with its unit (B, KiB, MiB, GiB, TiB) such as \"64MiB\"";

    fn parse(text: &str) -> Option<Self> {
        scaled(text, BYTE_UNITS).map(ByteSize)
    }

    fn show(&self) -> String {
        quoted(self)
    }
}

/// `<whole number><unit>`; zero needs no unit.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'_').count();
    let number: u64 = text[..digits].replace('_', "").parse().ok()?;
    let unit = text[digits..].trim();
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*scale)
}

/// The largest unit that loses nothing.
fn unscaled(value: u64, units: &[(&str, u64)], zero_unit: &str) -> String {
    if value == 0 {
        return format!("0{zero_unit}");
    }
    let (name, scale) =
        units.iter().find(|(_, scale)| value.is_multiple_of(*scale)).expect("the last unit is 1");
    format!("{}{name}", value / scale)
}

/// A value that is never printed. Empty means absent.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl Secret {
    pub fn is_absent(&self) -> bool {
        self.0.is_empty()
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_absent() { "absent" } else { "present" })
    }
}

impl Setting for Secret {
    const EXPECTED: &'static str = "a string";

    fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }

    fn show_safe(&self) -> String {
        quoted(format_args!("({self:?})"))
    }
}

/// Implements [`Setting`] for an enum whose variants have names of their own.
macro_rules! choice {
    ($(#[$meta:meta])* $choice:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* } $expected:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $choice { $($(#[$doc])* $variant,)* }

        impl $choice {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl $crate::config::Setting for $choice {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<Self> {
                match text { $($name => Some(Self::$variant),)* _ => None }
            }

            fn show(&self) -> String {
                format!("{:?}", self.as_str())
            }
        }
    };
}
pub(super) use choice;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_read_and_wrong_ones_refused() {
        assert_eq!(Duration::parse("30s"), Some(Duration::from_secs(30)));
        assert_eq!(Duration::parse("2 min"), Some(Duration::from_secs(120)));
        assert_eq!(Duration::parse("0"), Some(Duration::ZERO));
        assert_eq!(ByteSize::parse("64MiB"), Some(ByteSize(64 << 20)));
        for wrong in ["30", "s", "-1s", "1.5s", "1parsec", "", "99999999999999999999s"] {
            assert_eq!(Duration::parse(wrong), None, "{wrong}");
        }
        assert_eq!(ByteSize::parse("64MB"), None);
        assert_eq!(ByteSize::parse("99999999999TiB"), None);
    }

    #[test]
    fn a_secret_never_shows_in_logs() {
        let secret = Secret::from("hunter2");
        assert!(!format!("{secret:?} {}", secret.show_safe()).contains("hunter2"));
    }

    proptest! {
        #[test]
        fn sizes_and_durations_read_back_as_shown(value in any::<u64>()) {
            let size = ByteSize(value);
            prop_assert_eq!(ByteSize::parse(&size.to_string()), Some(size));
            let duration = Duration::from_micros(value);
            prop_assert_eq!(Duration::parse(duration.show().trim_matches('"')), Some(duration));
        }
    }
}
