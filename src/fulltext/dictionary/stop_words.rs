//! The words that the dictionaries of languages drop.
//!
//! Source: the Snowball project's lists (BSD 3-Clause, snowballstem.org), as PostgreSQL has them;
//! one word a line, sorted by bytes.

use std::sync::LazyLock;

use super::Language;

macro_rules! lists {
    ($($language:ident $file:literal;)*) => {
        fn text(language: Language) -> &'static str {
            match language {
                $(Language::$language => include_str!(concat!("stop_words/", $file)),)*
                _ => "",
            }
        }
    };
}

lists! {
    Danish "danish.txt";
    Dutch "dutch.txt";
    English "english.txt";
    French "french.txt";
    German "german.txt";
    Hungarian "hungarian.txt";
    Italian "italian.txt";
    Norwegian "norwegian.txt";
    Portuguese "portuguese.txt";
    Russian "russian.txt";
    Spanish "spanish.txt";
    Swedish "swedish.txt";
    Turkish "turkish.txt";
}

static LISTS: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
    Language::ALL.iter().map(|language| text(*language).lines().collect()).collect()
});

/// Whether `word`, in lower case, is a stop word.
pub fn contains(language: Language, word: &str) -> bool {
    LISTS[language as usize].binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_unique() {
        for list in LISTS.iter() {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert_eq!(LISTS[Language::English as usize].len(), 127);
        assert!(LISTS[Language::Greek as usize].is_empty());
    }
}
