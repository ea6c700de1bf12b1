use super::*;

/// Dictionary, word, and PostgreSQL 18's `ts_lexize(dictionary, word)`, empty for a stop word.
const CASES: &str = include_str!("../testdata/stems.tsv");

#[test]
fn stems_are_postgres() {
    for line in CASES.lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let dictionary = Dictionary::by_name(fields[0]).unwrap();
        let expected = (!fields[2].is_empty()).then(|| fields[2].to_owned());
        assert_eq!(dictionary.lexeme(fields[1]), expected, "{line}");
        // Once more, from the cache.
        assert_eq!(dictionary.lexeme(fields[1]), expected, "{line}");
    }
}

#[test]
fn simple_is_lower_case() {
    assert_eq!(Dictionary::Simple.lexeme("The ÉÀİ").as_deref(), Some("the éài"));
}

#[test]
fn names_and_oids_lead_back() {
    for dictionary in Dictionary::all() {
        assert_eq!(Dictionary::by_name(dictionary.name()), Some(dictionary));
        assert_eq!(Dictionary::by_oid(dictionary.oid()), Some(dictionary));
    }
}

proptest::proptest! {
    #[test]
    fn no_word_panics(word in "[a-zäöüßéïëжёșğışαςطप்'0-9\u{301}]{0,12}", any in ".{0,8}") {
        for dictionary in Dictionary::all() {
            dictionary.lexeme(&word);
            dictionary.lexeme(&any);
        }
    }
}
