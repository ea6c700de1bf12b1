use super::*;

/// A word and PostgreSQL 18's `ts_lexize('english_stem', word)`, empty for a stop word.
const CASES: &str = include_str!("../testdata/stems.tsv");

#[test]
fn english_stems_are_postgres() {
    for line in CASES.lines() {
        let (word, stem) = line.split_once('\t').unwrap();
        let expected = (!stem.is_empty()).then(|| stem.to_owned());
        assert_eq!(Dictionary::EnglishStem.lexeme(word), expected, "{word}");
        // Once more, from the cache.
        assert_eq!(Dictionary::EnglishStem.lexeme(word), expected, "{word}");
    }
}

#[test]
fn simple_is_lower_case() {
    assert_eq!(Dictionary::Simple.lexeme("The ÉÀİ").as_deref(), Some("the éài"));
}
