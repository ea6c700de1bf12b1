//! PostgreSQL's order of tsvectors: by size, by number of lexemes, then lexeme by lexeme.

use std::cmp::Ordering;

use super::TsVector;

impl TsVector {
    /// The order of `<` and its kin. It is total, but means nothing to a reader.
    pub fn compare(&self, other: &Self) -> Ordering {
        let sizes = |vector: &Self| (vector.postgres_bytes(), vector.lexemes.len());
        sizes(self).cmp(&sizes(other)).then_with(|| {
            let pairs = self.lexemes.iter().zip(&other.lexemes);
            pairs.fold(Ordering::Equal, |order, (a, b)| {
                order
                    .then_with(|| a.positions.is_empty().cmp(&b.positions.is_empty()))
                    .then_with(|| a.word.as_bytes().cmp(b.word.as_bytes()))
                    .then_with(|| b.positions.len().cmp(&a.positions.len()))
                    .then_with(|| {
                        let places = a.positions.iter().zip(&b.positions);
                        places
                            .map(|(a, b)| b.at.cmp(&a.at).then(b.weight.cmp(&a.weight)))
                            .find(|order| order.is_ne())
                            .unwrap_or(Ordering::Equal)
                    })
            })
        })
    }

    /// Appends bytes that compare as [`TsVector::compare`] does.
    pub fn order_key(&self, out: &mut Vec<u8>) {
        out.extend((self.postgres_bytes() as u32).to_be_bytes());
        out.extend((self.lexemes.len() as u32).to_be_bytes());
        for lexeme in &self.lexemes {
            out.push(u8::from(lexeme.positions.is_empty()));
            // No word holds a NUL, so that one ends it, and a prefix comes first.
            out.extend(lexeme.word.as_bytes());
            out.push(0);
            out.extend((!(lexeme.positions.len() as u16)).to_be_bytes());
            for position in &lexeme.positions {
                out.extend((!position.at).to_be_bytes());
                out.push(!(position.weight as u8));
            }
        }
    }
}
