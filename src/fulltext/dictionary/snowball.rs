//! Stems as PostgreSQL's release of Snowball gives them. The stemmers at hand are a little older;
//! what has changed since is done around them.

use rust_stemmers::Stemmer;

use super::Language;

/// The stem of a word in lower case; may be empty.
pub fn stem(language: Language, word: &str) -> String {
    match language {
        Language::English => english(word),
        Language::French => french(word),
        Language::German => german(word),
        Language::Swedish => swedish(word),
        // The letter is one with `е`.
        Language::Russian if word.contains('ё') => plain(language, &word.replace('ё', "е")),
        Language::Romanian => romanian(word),
        language => plain(language, word),
    }
}

fn plain(language: Language, word: &str) -> String {
    Stemmer::create(language.algorithm()).stem(word).into_owned()
}

fn english(word: &str) -> String {
    let stem = plain(Language::English, word);
    if undoubled_too_far(word, &stem) { word[..3].to_owned() } else { stem }
}

/// `added`, `egged` and `offing` keep both consonants when `-ed` or `-ing` goes; the stemmer at
/// hand drops one, which leaves two letters.
fn undoubled_too_far(word: &str, stem: &str) -> bool {
    let (&[vowel, consonant], &[_, _, doubled, _, ..]) = (stem.as_bytes(), word.as_bytes()) else {
        return false;
    };
    matches!(vowel, b'a' | b'e' | b'o')
        && matches!(consonant, b'b' | b'd' | b'f' | b'g' | b'm' | b'n' | b'p' | b'r' | b't')
        && doubled == consonant
        && word.starts_with(stem)
        && (word[3..].starts_with("ed") || word[3..].starts_with("ing"))
}

/// Letters with a comma below were once written with a cedilla, which the stemmer knows.
fn romanian(word: &str) -> String {
    if word.is_ascii() {
        return plain(Language::Romanian, word);
    }
    let older = word.replace('ș', "ş").replace('ț', "ţ");
    plain(Language::Romanian, &older).replace('ş', "ș").replace('ţ', "ț")
}

/// `ë` and `ï` are consonant and vowel at once, so that suffixes are not cut into: `H` is the
/// consonant, which no word in lower case has.
fn french(word: &str) -> String {
    if !word.contains(['ë', 'ï']) {
        return plain(Language::French, word);
    }
    let marked = word.replace('ë', "He").replace('ï', "Hi");
    let stem = plain(Language::French, &marked);
    if let Some(before) = stem.strip_suffix('H')
        && let Some(cut) = marked.get(stem.len()..)
        && cut.starts_with('i')
        && marked.starts_with(before)
        && !(cut.starts_with("iqu") || cut.starts_with("ité"))
    {
        // A verb's ending does not begin with `ï`.
        return word.to_owned();
    }
    stem.replace("He", "ë").replace("Hi", "ï").replace('H', "")
}

fn is_german_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü')
}

/// `ae`, `oe` and `ue` are umlauts; the plural of `-l` may end in `-ln`; `-system` has no ending.
fn german(word: &str) -> String {
    let folded = umlauts(word);
    if let Some(before) = folded.strip_suffix("system")
        && !before.is_empty()
    {
        let before = before.replace('ä', "a").replace('ö', "o").replace('ü', "u");
        return format!("{}system", before.replace('ß', "ss"));
    }
    let plural = folded.strip_suffix("lns").or_else(|| folded.strip_suffix("ln"));
    if let Some(before) = plural {
        let length = before.chars().count();
        if length >= 3 && length >= first_region(&folded, is_german_vowel) {
            return plain(Language::German, &format!("{before}l"));
        }
    }
    plain(Language::German, &folded)
}

fn umlauts(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    let mut letters = word.chars().peekable();
    let mut last = None;
    while let Some(letter) = letters.next() {
        // The `u` of `qu` and the one between vowels are consonants.
        let umlaut = match letter {
            'a' => Some('ä'),
            'o' => Some('ö'),
            'u' if last.is_none_or(|last| last != 'q' && !is_german_vowel(last)) => Some('ü'),
            _ => None,
        };
        match umlaut.filter(|_| letters.peek() == Some(&'e')) {
            Some(umlaut) => {
                letters.next();
                folded.push(umlaut);
                last = Some('e');
            }
            None => {
                folded.push(letter);
                last = Some(letter);
            }
        }
    }
    folded
}

/// `-öst` ends in `-ös`, as `-löst` does.
fn swedish(word: &str) -> String {
    let stem = plain(Language::Swedish, word);
    let Some(before) = stem.strip_suffix("öst") else { return stem };
    let vowel = |letter| matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'å' | 'ä' | 'ö');
    let within = before.chars().count() >= first_region(word, vowel);
    let preceded = before.ends_with(['i', 'k', 'l', 'n', 'p', 'r', 't', 'u', 'v']);
    if within && preceded { stem[..stem.len() - 1].to_owned() } else { stem }
}

/// Where Snowball's region R1 begins, letters: behind the first consonant that follows a vowel,
/// the third letter at the earliest.
fn first_region(word: &str, vowel: impl Fn(char) -> bool) -> usize {
    let mut letters = word.chars().enumerate();
    letters.find(|(_, letter)| vowel(*letter));
    let consonant = letters.find(|(_, letter)| !vowel(*letter));
    consonant.map_or_else(|| word.chars().count() + 1, |(index, _)| index + 1).max(3)
}
