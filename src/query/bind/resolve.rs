//! Overload resolution: which of several functions or operators the argument types mean.
//!
//! Source: PostgreSQL documentation, sections 10.2 "Operators" and 10.3 "Functions".

use super::coerce::can_coerce;
use crate::{
    base::Oid,
    query::functions::CastContext,
    types::{PgType, oid},
};

/// What came of looking for an overload.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice {
    One(usize),
    None,
    Ambiguous,
}

/// Picks among `candidates`, each the declared types for exactly the given arguments.
pub fn choose(candidates: &[Vec<Oid>], given: &[Oid]) -> Choice {
    if let Some(exact) = candidates.iter().position(|candidate| candidate == given) {
        return Choice::One(exact);
    }
    let mut left: Vec<usize> = (0..candidates.len())
        .filter(|&index| {
            candidates[index]
                .iter()
                .zip(given)
                .all(|(target, source)| can_coerce(*source, *target, CastContext::Implicit))
                && polymorphic_agree(&candidates[index], given)
        })
        .collect();
    match left.as_slice() {
        [] => return Choice::None,
        [one] => return Choice::One(*one),
        _ => {}
    }
    keep_best(&mut left, |index| exact_matches(&candidates[index], given));
    if let [one] = left.as_slice() {
        return Choice::One(*one);
    }
    keep_best(&mut left, |index| preferred_matches(&candidates[index], given));
    if let [one] = left.as_slice() {
        return Choice::One(*one);
    }
    if given.contains(&oid::UNKNOWN) {
        settle_unknowns(&mut left, candidates, given);
        if let [one] = left.as_slice() {
            return Choice::One(*one);
        }
        if let Some(one) = assume_one_type(&left, candidates, given) {
            return Choice::One(one);
        }
    }
    Choice::Ambiguous
}

fn keep_best(left: &mut Vec<usize>, score: impl Fn(usize) -> usize) {
    let best = left.iter().map(|index| score(*index)).max().unwrap_or(0);
    left.retain(|index| score(*index) == best);
}

fn exact_matches(candidate: &[Oid], given: &[Oid]) -> usize {
    candidate.iter().zip(given).filter(|(target, source)| target == source).count()
}

/// Arguments that match exactly, or where the candidate takes its category's preferred type.
fn preferred_matches(candidate: &[Oid], given: &[Oid]) -> usize {
    candidate
        .iter()
        .zip(given)
        .filter(|(target, source)| {
            **source != oid::UNKNOWN
                && (target == source
                    || (oid::category(**target) == oid::category(**source)
                        && oid::is_preferred(**target)))
        })
        .count()
}

/// Step 4e: for each unknown argument, the string category if any candidate takes it, else the
/// category all agree on; then only candidates of that category, of its preferred type if any.
fn settle_unknowns(left: &mut Vec<usize>, candidates: &[Vec<Oid>], given: &[Oid]) {
    let mut chosen: Vec<Option<(char, bool)>> = vec![None; given.len()];
    for (position, source) in given.iter().enumerate() {
        if *source != oid::UNKNOWN {
            continue;
        }
        let categories: Vec<char> =
            left.iter().map(|index| oid::category(candidates[*index][position])).collect();
        let category = if categories.contains(&'S') {
            'S'
        } else if categories.windows(2).all(|pair| pair[0] == pair[1]) {
            categories[0]
        } else {
            // The candidates disagree: no choice can be made here.
            return;
        };
        let preferred = left.iter().any(|index| {
            let target = candidates[*index][position];
            oid::category(target) == category && oid::is_preferred(target)
        });
        chosen[position] = Some((category, preferred));
    }
    let kept: Vec<usize> = left
        .iter()
        .copied()
        .filter(|index| {
            chosen.iter().enumerate().all(|(position, choice)| match choice {
                None => true,
                Some((category, preferred)) => {
                    let target = candidates[*index][position];
                    oid::category(target) == *category && (!preferred || oid::is_preferred(target))
                }
            })
        })
        .collect();
    if !kept.is_empty() {
        *left = kept;
    }
}

/// Step 4f: if all known arguments have one type, the unknown ones are assumed to have it too.
fn assume_one_type(left: &[usize], candidates: &[Vec<Oid>], given: &[Oid]) -> Option<usize> {
    let mut known = given.iter().filter(|source| **source != oid::UNKNOWN);
    let first = *known.next()?;
    if known.any(|source| *source != first) {
        return None;
    }
    let mut fitting = left.iter().copied().filter(|index| {
        let candidate = &candidates[*index];
        candidate.iter().all(|target| can_coerce(first, *target, CastContext::Implicit))
            && polymorphic_agree(candidate, &vec![first; candidate.len()])
    });
    let one = fitting.next()?;
    fitting.next().is_none().then_some(one)
}

/// Whether the arguments of polymorphic parameters can be one type.
fn polymorphic_agree(candidate: &[Oid], given: &[Oid]) -> bool {
    let mut element: Option<Oid> = None;
    let mut compatible: Option<Oid> = None;
    for (target, source) in candidate.iter().zip(given) {
        if *source == oid::UNKNOWN {
            continue;
        }
        let found = match *target {
            oid::ANYELEMENT | oid::ANYNONARRAY => *source,
            oid::ANYARRAY => match oid::element_of(*source) {
                Some(element) => element,
                None => return false,
            },
            oid::ANYRANGE | oid::ANYMULTIRANGE => match spanned(*source) {
                Some(element) => element,
                None => return false,
            },
            oid::ANYCOMPATIBLE | oid::ANYCOMPATIBLEARRAY => {
                let found = match *target {
                    oid::ANYCOMPATIBLE => *source,
                    _ => oid::element_of(*source).unwrap_or(*source),
                };
                match compatible {
                    Some(other) if !have_common_type(other, found) => return false,
                    _ => compatible = Some(found),
                }
                continue;
            }
            _ => continue,
        };
        match element {
            None => element = Some(found),
            Some(other) if other == found => {}
            Some(_) => return false,
        }
    }
    true
}

/// Types of one category have a common type if one of them becomes the other by itself.
fn have_common_type(one: Oid, other: Oid) -> bool {
    oid::category(one) == oid::category(other)
        && (can_coerce(one, other, CastContext::Implicit)
            || can_coerce(other, one, CastContext::Implicit))
}

/// What a call's polymorphic parameters and result stand for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Polymorphic {
    element: Option<PgType>,
    compatible: Option<PgType>,
}

impl Polymorphic {
    /// Infers from declared and given types; `common` finds the common type of `anycompatible` ones.
    pub fn infer(
        declared: &[Oid],
        given: &[PgType],
        common: impl Fn(&[PgType]) -> Option<PgType>,
    ) -> Self {
        let mut element = None;
        let mut compatible = Vec::new();
        for (target, source) in declared.iter().zip(given) {
            if source.oid == oid::UNKNOWN {
                continue;
            }
            match *target {
                oid::ANYELEMENT | oid::ANYNONARRAY => element = element.or(Some(*source)),
                oid::ANYARRAY => {
                    element = element.or(element_of(*source));
                }
                oid::ANYRANGE | oid::ANYMULTIRANGE => {
                    element = element.or(spanned(source.oid).map(PgType::new));
                }
                oid::ANYCOMPATIBLE => compatible.push(*source),
                oid::ANYCOMPATIBLEARRAY => {
                    compatible.extend(element_of(*source));
                }
                _ => {}
            }
        }
        let compatible = if compatible.is_empty() { None } else { common(&compatible) };
        // Only unknown literals were given: they are text, as PostgreSQL's anycompatible has it.
        let lonely = declared
            .iter()
            .any(|target| matches!(*target, oid::ANYCOMPATIBLE | oid::ANYCOMPATIBLEARRAY));
        Self { element, compatible: compatible.or(lonely.then_some(PgType::TEXT)) }
    }

    /// The actual type of a declared one; `None` if nothing given determines it.
    pub fn actual(&self, declared: Oid) -> Option<PgType> {
        match declared {
            oid::ANYELEMENT | oid::ANYNONARRAY => self.element,
            oid::ANYARRAY => self.element.and_then(array_over),
            oid::ANYRANGE | oid::ANYMULTIRANGE => {
                let (range, multirange) = oid::ranges_over(self.element?.oid)?;
                Some(PgType::new(if declared == oid::ANYRANGE { range } else { multirange }))
            }
            oid::ANYCOMPATIBLE => self.compatible,
            oid::ANYCOMPATIBLEARRAY => self.compatible.and_then(array_over),
            other => Some(PgType::new(other)),
        }
    }
}

/// What a range or a multirange is of.
fn spanned(type_oid: Oid) -> Option<Oid> {
    oid::range_element(type_oid).or_else(|| oid::multirange_element(type_oid))
}

/// The array over a type, and a type of an array: of modifiers only the names of a row's fields stay.
pub(super) fn array_over(element: PgType) -> Option<PgType> {
    match element.oid {
        oid::RECORD => Some(PgType::with_typmod(oid::RECORD_ARRAY, element.typmod)),
        element => oid::array_of(element).map(PgType::new),
    }
}

fn element_of(array: PgType) -> Option<PgType> {
    match array.oid {
        oid::RECORD_ARRAY => Some(PgType::with_typmod(oid::RECORD, array.typmod)),
        array => oid::element_of(array).map(PgType::new),
    }
}
