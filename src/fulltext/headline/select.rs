//! Which words of the document a headline shows.

use super::{HeadlineOptions, Stretch, Word};
use crate::fulltext::matching::{Expression, Places};

pub fn select(words: &mut [Word], expression: Option<&Expression>, options: &HeadlineOptions) {
    let covers = match expression {
        Some(expression) => {
            let locations = expression.locations(&Stretch(words)).unwrap_or_default();
            covers(words, expression, &locations)
        }
        None => vec![],
    };
    if options.max_fragments != 0 {
        select_fragments(words, covers, options);
    } else if options.highlight_all {
        show(words, true, 0, words.len());
    } else {
        select_one(words, &covers, options);
    }
}

/// Marks the words of `[start, end)` as shown.
fn show(words: &mut [Word], highlight_all: bool, start: usize, end: usize) {
    for word in &mut words[start..end] {
        word.selected |= word.operand.is_some();
        if !highlight_all && word.kind == crate::fulltext::parser::TokenKind::Tag {
            word.replaced = true;
        } else if word.is_skippable() {
            word.skipped = true;
        }
        word.shown = !word.repeated;
    }
}

/// Indexes of the first and last word of each shortest stretch that satisfies the query.
fn covers(words: &[Word], expression: &Expression, locations: &[Places]) -> Vec<(usize, usize)> {
    let mut covers = Vec::new();
    let mut from = 0;
    while let Some(cover) = next_cover(words, expression, locations, &mut from) {
        covers.push(cover);
    }
    covers
}

fn next_cover(
    words: &[Word],
    expression: &Expression,
    locations: &[Places],
    from: &mut i64,
) -> Option<(usize, usize)> {
    loop {
        // Up to where every term has occurred once, at or behind `from`.
        let mut end = None;
        for term in locations {
            let first = term.ends.iter().map(|end| i64::from(*end)).find(|end| end >= from)?;
            end = end.max(Some(first));
        }
        let end = end?;
        // Back to where, seen from there, every term still occurs.
        let starts = locations.iter().map(|term| {
            let starts = term.ends.iter().rev().map(|end| i64::from(*end) - i64::from(term.width));
            starts.into_iter().find(|start| *start <= end).unwrap_or(-1)
        });
        let begin = starts.min().unwrap_or(end).max(*from);
        *from = begin + 1;
        if begin > end {
            continue;
        }
        let marked = words.iter().enumerate().filter(|(_, word)| word.operand.is_some());
        let (mut first, mut last) = (None, None);
        for (index, word) in marked {
            let position = i64::from(word.position);
            if first.is_none() && position >= begin {
                first = Some(index);
            }
            if position > end {
                break;
            }
            last = Some(index);
        }
        if let (Some(first), Some(last)) = (first, last)
            && first <= last
            && expression.holds(&Stretch(&words[first..=last]))
        {
            return Some((first, last));
        }
    }
}

/// A stretch of words and what speaks for it.
#[derive(Clone, Copy, Default)]
struct Candidate {
    /// `[start, end)`
    start: usize,
    end: usize,
    counted: i32,
    interesting: i32,
}

impl Candidate {
    fn add(&mut self, word: &Word) {
        self.counted += i32::from(word.counts());
        self.interesting += i32::from(word.is_interesting());
    }

    fn remove(&mut self, word: &Word) {
        self.counted -= i32::from(word.counts());
        self.interesting -= i32::from(word.is_interesting());
    }
}

/// The first words, where nothing matches.
fn first_words(words: &[Word], min_words: i32) -> usize {
    let (mut counted, mut end) = (0, 0);
    while end < words.len() && counted < min_words {
        counted += i32::from(words[end].counts());
        end += 1;
    }
    end
}

fn select_one(words: &mut [Word], covers: &[(usize, usize)], options: &HeadlineOptions) {
    let short = options.short_word.max(0) as usize;
    let mut best: Option<(Candidate, bool)> = None;
    for (first, last) in covers.iter().copied() {
        let candidate = fit(words, first, last, options);
        let whole = candidate.start <= first && candidate.end > last;
        let bad = |candidate: &Candidate| {
            candidate.end.checked_sub(1).is_none_or(|end| words[end].is_bad_end(short))
        };
        let better = best.as_ref().is_none_or(|(best, best_whole)| {
            (whole, candidate.interesting) > (*best_whole, best.interesting)
                || (whole, candidate.interesting) == (*best_whole, best.interesting)
                    && !bad(&candidate)
                    && bad(best)
        });
        if better {
            best = Some((candidate, whole));
        }
    }
    match best {
        Some((best, _)) => show(words, false, best.start, best.end),
        None => show(words, false, 0, first_words(words, options.min_words)),
    }
}

/// Makes a headline of a cover: longer up to a good end, or shorter where there are too many words.
fn fit(words: &[Word], first: usize, last: usize, options: &HeadlineOptions) -> Candidate {
    let short = options.short_word.max(0) as usize;
    let (max, min) = (options.max_words, options.min_words);
    let mut candidate = Candidate { start: first, end: first, ..Candidate::default() };
    while candidate.end <= last && candidate.counted < max {
        candidate.add(&words[candidate.end]);
        candidate.end += 1;
    }
    if candidate.counted >= max {
        // The word behind the cut is looked at too: where it would be a good end, so is its place.
        let mut index = candidate.end.min(last);
        while candidate.counted > min && words[index].is_bad_end(short) {
            candidate.remove(&words[index]);
            candidate.end = index;
            index -= 1;
        }
        return candidate;
    }
    // The cover's last word may be a good end already.
    let mut index = candidate.end - 1;
    while index < words.len() && candidate.counted < max {
        if index > last {
            candidate.add(&words[index]);
        }
        candidate.end = index + 1;
        if !words[index].is_bad_end(short) && candidate.counted >= min {
            break;
        }
        index += 1;
    }
    if candidate.counted < min {
        extend_left(words, &mut candidate, options);
    }
    candidate
}

fn extend_left(words: &[Word], candidate: &mut Candidate, options: &HeadlineOptions) {
    let start = candidate.start;
    candidate.start = 0;
    for index in (0..start).rev() {
        let word = &words[index];
        candidate.add(word);
        let good = !word.is_bad_end(options.short_word.max(0) as usize);
        let enough = good && candidate.counted >= options.min_words;
        if candidate.counted >= options.max_words || enough {
            candidate.start = index;
            return;
        }
    }
}

fn select_fragments(words: &mut [Word], covers: Vec<(usize, usize)>, options: &HeadlineOptions) {
    let mut fragments: Vec<_> = covers
        .into_iter()
        .flat_map(|(first, last)| split(words, first, last, options.max_words))
        .collect();
    let mut any = false;
    for _ in 0..options.max_fragments {
        // The most interesting words, then the fewest words; the first of equals.
        let best = fragments
            .iter()
            .enumerate()
            .min_by_key(|(index, fragment)| (-fragment.interesting, fragment.counted, *index));
        let Some((index, _)) = best else { break };
        let mut fragment = fragments.remove(index);
        if fragment.counted < options.max_words {
            stretch(words, &mut fragment, options);
        }
        show(words, options.highlight_all, fragment.start, fragment.end);
        any = true;
        fragments.retain(|other| other.end <= fragment.start || other.start >= fragment.end);
    }
    if !any {
        show(words, options.highlight_all, 0, first_words(words, options.min_words));
    }
}

/// Cuts a cover into pieces of at most `max_words`, each with a term of the query at both ends.
fn split(words: &[Word], first: usize, last: usize, max_words: i32) -> Vec<Candidate> {
    let mut pieces = Vec::new();
    let mut start = first;
    while start <= last {
        start = (start..=last).find(|index| words[*index].is_interesting()).unwrap_or(last);
        let mut piece = Candidate { start, end: start, ..Candidate::default() };
        while piece.end <= last && piece.counted < max_words {
            piece.add(&words[piece.end]);
            piece.end += 1;
        }
        if last > piece.end {
            // It was cut: back to a term. The word behind the cut was not counted, but leaves too.
            let mut end = piece.end;
            while end > start && !words[end].is_interesting() {
                piece.counted -= i32::from(words[end].counts());
                end -= 1;
            }
            piece.end = end + 1;
        } else {
            piece.end = last + 1;
        }
        start = piece.end;
        pieces.push(piece);
    }
    pieces
}

/// Lengthens a fragment to both sides, up to other fragments and to good ends.
fn stretch(words: &[Word], fragment: &mut Candidate, options: &HeadlineOptions) {
    let short = options.short_word.max(0) as usize;
    let spare = (options.max_words - fragment.counted) / 2;
    let (mut gained, mut start) = (0, fragment.start);
    while start > 0 && gained < spare && !words[start - 1].shown {
        start -= 1;
        gained += i32::from(words[start].counts());
    }
    fragment.counted += gained;
    while start < fragment.start && words[start].is_bad_end(short) {
        fragment.counted -= i32::from(words[start].counts());
        start += 1;
    }
    let mut end = fragment.end;
    while end < words.len() && fragment.counted < options.max_words && !words[end].shown {
        fragment.counted += i32::from(words[end].counts());
        end += 1;
    }
    while end > fragment.end && words[end - 1].is_bad_end(short) {
        fragment.counted -= i32::from(words[end - 1].counts());
        end -= 1;
    }
    fragment.start = start;
    fragment.end = end;
}
