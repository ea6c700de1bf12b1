//! A section as a table of keys, and the macro that turns the table into a struct.

use std::fmt::Write;

use super::{layers::Layers, problems::Problems, units::Setting};

/// Whether a changed key takes effect on SIGHUP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Applied at once; running connections keep what they have started with.
    Live,
    /// Kept as it was until the next start.
    Restart,
}

/// A row of a section's table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub doc: &'static [&'static str],
    pub reload: Reload,
}

/// A key whose value differs between two configurations; secrets are hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub key: String,
    pub from: String,
    pub to: String,
    pub reload: Reload,
}

/// One `[section]` of the file.
pub trait Section: Sized {
    const NAME: &'static str;
    const DOC: &'static [&'static str];
    const KEYS: &'static [Key];

    /// Takes the section's keys out of `layers`; `None` if any was wrong (and then reported).
    fn read(layers: &mut Layers, problems: &mut Problems) -> Option<Self>;

    /// The TOML literal of each key, in the order of `KEYS`.
    fn show(&self) -> Vec<String>;

    /// As `show`, with secrets hidden.
    fn show_safe(&self) -> Vec<String>;

    /// What differs in `new`.
    fn changes(&self, new: &Self) -> Vec<Change>;

    /// `new` where keys are live, `self` elsewhere.
    fn adopt(&self, new: &Self) -> Self;

    /// The section as it stands in `config/fathom.toml`.
    fn render(&self, out: &mut String) {
        for line in Self::DOC {
            let _ = writeln!(out, "#{line}");
        }
        let _ = writeln!(out, "[{}]", Self::NAME);
        for (key, value) in Self::KEYS.iter().zip(self.show()) {
            out.push('\n');
            for line in key.doc {
                let _ = writeln!(out, "#{line}");
            }
            if key.reload == Reload::Restart {
                out.push_str("# (Takes effect at the next start.)\n");
            }
            let _ = writeln!(out, "{} = {value}", key.name);
        }
    }
}

/// Reads one key: its layered value or its default, within its bounds.
pub fn read_key<T: Setting>(
    layers: &mut Layers,
    problems: &mut Problems,
    (section, key): (&str, &str),
    default: &str,
    bounds: Option<(&str, &str)>,
) -> Option<T> {
    let literal = |text| T::parse(text).expect("defaults and bounds in the tables are right");
    let Some(found) = layers.take(section, key) else {
        return Some(literal(default));
    };
    let name = format!("{section}.{key}");
    let Some(value) = found.read::<T>() else {
        problems.push(name, format!("expected {}, found {found}", T::EXPECTED));
        return None;
    };
    if let Some((low, high)) = bounds
        && (value < literal(low) || value > literal(high))
    {
        problems.push(name, format!("must be between {low} and {high}, found {found}"));
        return None;
    }
    Some(value)
}

/// A section: its documentation, name, struct, and keys as
/// `name: Type = "default" [in "low" .. "high"], Live|Restart;`.
macro_rules! section {
    (
        $(#[doc = $section_doc:literal])*
        $section:ident = $name:literal {
            $(
                $(#[doc = $doc:literal])*
                $key:ident: $ty:ty = $default:literal $(in $low:literal .. $high:literal)?, $reload:ident;
            )*
        }
    ) => {
        $(#[doc = $section_doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $section {
            $($(#[doc = $doc])* pub $key: $ty,)*
        }

        impl $crate::config::Section for $section {
            const NAME: &'static str = $name;
            const DOC: &'static [&'static str] = &[$($section_doc),*];
            const KEYS: &'static [$crate::config::Key] = &[$($crate::config::Key {
                name: stringify!($key),
                doc: &[$($doc),*],
                reload: $crate::config::Reload::$reload,
            }),*];

            fn read(
                layers: &mut $crate::config::Layers,
                problems: &mut $crate::config::Problems,
            ) -> Option<Self> {
                $(
                    let bounds: &[(&str, &str)] = &[$(($low, $high))?];
                    let $key = $crate::config::section::read_key::<$ty>(
                        layers,
                        problems,
                        ($name, stringify!($key)),
                        $default,
                        bounds.first().copied(),
                    );
                )*
                Some(Self { $($key: $key?,)* })
            }

            fn show(&self) -> Vec<String> {
                vec![$($crate::config::Setting::show(&self.$key)),*]
            }

            fn show_safe(&self) -> Vec<String> {
                vec![$($crate::config::Setting::show_safe(&self.$key)),*]
            }

            fn changes(&self, new: &Self) -> Vec<$crate::config::Change> {
                let mut changes = Vec::new();
                $(
                    if self.$key != new.$key {
                        changes.push($crate::config::Change {
                            key: format!("{}.{}", $name, stringify!($key)),
                            from: $crate::config::Setting::show_safe(&self.$key),
                            to: $crate::config::Setting::show_safe(&new.$key),
                            reload: $crate::config::Reload::$reload,
                        });
                    }
                )*
                changes
            }

            fn adopt(&self, new: &Self) -> Self {
                use $crate::config::Reload;
                Self {
                    $($key: match Reload::$reload {
                        Reload::Live => new.$key.clone(),
                        Reload::Restart => self.$key.clone(),
                    },)*
                }
            }
        }
    };
}
pub(super) use section;
