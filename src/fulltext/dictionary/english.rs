//! Snowball's English stemmer behind the stop words, with a small cache a thread: texts repeat
//! their words, and a stem costs more than all the rest of a token.

use std::{cell::RefCell, hash::Hasher};

use rust_stemmers::{Algorithm, Stemmer};

use super::{lower, stop_words};

/// Slots of a thread's cache; a word has one place.
const CACHE_SLOTS: usize = 16_384;
/// Longer words are rare and would only hold memory. Bytes.
const CACHED_BYTES_MAX: usize = 24;

struct Slot {
    token: Box<str>,
    lexeme: Option<Box<str>>,
}

thread_local! {
    static CACHE: RefCell<Vec<Option<Slot>>> = const { RefCell::new(Vec::new()) };
}

pub fn lexeme(token: &str) -> Option<String> {
    if token.len() > CACHED_BYTES_MAX {
        return compute(token);
    }
    CACHE.with_borrow_mut(|slots| {
        if slots.is_empty() {
            slots.resize_with(CACHE_SLOTS, || None);
        }
        let slot = &mut slots[place(token)];
        if let Some(slot) = slot.as_ref().filter(|slot| *slot.token == *token) {
            return slot.lexeme.as_deref().map(str::to_owned);
        }
        let lexeme = compute(token);
        *slot = Some(Slot { token: token.into(), lexeme: lexeme.as_deref().map(Into::into) });
        lexeme
    })
}

/// FNV-1a: words are short, and the cache need not withstand an attack.
fn place(token: &str) -> usize {
    struct Fnv(u64);
    impl Hasher for Fnv {
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        fn finish(&self) -> u64 {
            self.0 ^ self.0 >> 32
        }
    }
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    hasher.write(token.as_bytes());
    hasher.finish() as usize % CACHE_SLOTS
}

fn compute(token: &str) -> Option<String> {
    let word = lower(token);
    if stop_words::ENGLISH.binary_search(&word.as_str()).is_ok() {
        return None;
    }
    Some(stem(word))
}

fn stem(word: String) -> String {
    let stem = Stemmer::create(Algorithm::English).stem(&word);
    if undoubled_too_far(&word, &stem) {
        return word[..3].to_owned();
    }
    stem.into_owned()
}

/// Newer Snowball keeps both consonants of `add`, `egg` and `off` when it takes `-ed` or `-ing`
/// away; the stemmer at hand drops one, which leaves two letters.
fn undoubled_too_far(word: &str, stem: &str) -> bool {
    let (&[vowel, consonant], &[_, _, doubled, _, ..]) = (stem.as_bytes(), word.as_bytes()) else {
        return false;
    };
    matches!(vowel, b'a' | b'e' | b'o')
        && matches!(consonant, b'b' | b'd' | b'f' | b'g' | b'm' | b'n' | b'p' | b'r' | b't')
        && doubled == consonant
        && word.starts_with(stem)
}
