//! Snowball stemmers behind the stop words, with a small cache a thread: texts repeat their words,
//! and a stem costs more than all the rest of a token.

use std::{cell::RefCell, hash::Hasher};

use super::{Language, lower, snowball, stop_words};

/// Slots of a thread's cache; a word has one place.
const CACHE_SLOTS: usize = 16_384;
/// Longer words are rare and would only hold memory. Bytes.
const CACHED_BYTES_MAX: usize = 24;

struct Slot {
    language: Language,
    token: Box<str>,
    lexeme: Option<Box<str>>,
}

thread_local! {
    static CACHE: RefCell<Vec<Option<Slot>>> = const { RefCell::new(Vec::new()) };
}

/// The lexeme of a token; `None` for a stop word.
pub fn lexeme(language: Language, token: &str) -> Option<String> {
    if token.len() > CACHED_BYTES_MAX {
        return compute(language, token);
    }
    CACHE.with_borrow_mut(|slots| {
        if slots.is_empty() {
            slots.resize_with(CACHE_SLOTS, || None);
        }
        let slot = &mut slots[place(language, token)];
        let fits = |slot: &&Slot| slot.language == language && *slot.token == *token;
        if let Some(slot) = slot.as_ref().filter(fits) {
            return slot.lexeme.as_deref().map(str::to_owned);
        }
        let lexeme = compute(language, token);
        let kept = lexeme.as_deref().map(Into::into);
        *slot = Some(Slot { language, token: token.into(), lexeme: kept });
        lexeme
    })
}

/// FNV-1a: words are short, and the cache need not withstand an attack.
fn place(language: Language, token: &str) -> usize {
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
    hasher.write(&[language as u8]);
    hasher.write(token.as_bytes());
    hasher.finish() as usize % CACHE_SLOTS
}

fn compute(language: Language, token: &str) -> Option<String> {
    let word = lower(token);
    if stop_words::contains(language, &word) {
        return None;
    }
    let stem = snowball::stem(language, &word);
    // Where nothing is left of a word, it stays as it was.
    Some(if stem.is_empty() { word } else { stem })
}
