//! The place of a record among others: text that sorts byte by byte, so that a record is moved by writing that record alone.

use jiff::Timestamp;

use super::limits::RANK_MAX;
use super::{Id, Record};

/// A kind of record that the user orders by hand, among all of its kind.
pub trait Ranked {
    fn rank(&self) -> &Rank;
    fn set_rank(&mut self, rank: Rank);
}

/// Brings records into the user's order. Ids make it total.
pub fn sort_by_rank<B: Ranked>(records: &mut [Record<B>]) {
    records.sort_by(|one, other| (one.body.rank(), one.id).cmp(&(other.body.rank(), other.id)));
}

/// Where to move a record among those beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankMove {
    Before(Id),
    After(Id),
    First,
    Last,
}

/// The digits of a rank. Their order is that of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Every rank by time begins with it, so that there is room before the first one and behind the last one.
const MIDDLE: u8 = b'V';

/// Ranks by time of two minutes are so many milliseconds apart.
const MINUTE: usize = 60_000;

/// 1 to 200 digits of `0-9A-Za-z` without a final `0`, compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(String);

impl Rank {
    /// `None` if the text is no rank.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let has_length = (1..=RANK_MAX).contains(&text.len());
        let is_rank =
            has_length && !text.ends_with('0') && text.bytes().all(|byte| value(byte).is_some());
        is_rank.then(|| Self(text.to_owned()))
    }

    /// The rank of what is created at `now`, so that it is behind everything that was created before. `position` keeps what
    /// one batch creates in its order.
    #[must_use]
    pub fn at(now: Timestamp, position: usize) -> Self {
        let millisecond = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let position = u64::try_from(position).unwrap_or(u64::MAX);
        let mut text = format!("V{:012x}", millisecond.saturating_add(position));
        if text.ends_with('0') {
            text.push(char::from(MIDDLE));
        }
        Self(text)
    }

    /// The rank of what is moved behind the last one: that of what is created at `now`, if that is behind it. Otherwise one
    /// that is ahead of what is created a minute later, where there is such a rank. `None` if there is no room.
    #[must_use]
    pub fn behind(last: Option<&Self>, now: Timestamp, position: usize) -> Option<Self> {
        let by_time = Self::at(now, position);
        let Some(last) = last.filter(|last| **last >= by_time) else {
            return Some(by_time);
        };
        let soon = Self::at(now, position.saturating_add(MINUTE));
        Self::between(Some(last), Some(&soon).filter(|soon| last < *soon))
    }

    /// A rank after `before` and ahead of `after`; a missing one is no bound. `None` if the two are not in order, or if the
    /// rank would be longer than 200 digits.
    ///
    /// | `before` | `after` | between them |
    /// |---|---|---|
    /// | `V1` | `V2` | `V1V` |
    /// | none | `V` | `F` |
    /// | `z` | none | `zV` |
    #[must_use]
    pub fn between(before: Option<&Self>, after: Option<&Self>) -> Option<Self> {
        let (low, high) = (before.map(Self::digits), after.map(Self::digits));
        if matches!((low, high), (Some(low), Some(high)) if low >= high) {
            return None;
        }
        let mut low = low.unwrap_or_default();
        let mut high = high;
        let mut rank = String::new();
        loop {
            let first = low.first().copied().unwrap_or(b'0');
            if let Some([shared, rest @ ..]) = high
                && *shared == first
            {
                rank.push(char::from(first));
                low = low.get(1..).unwrap_or_default();
                high = Some(rest);
                continue;
            }
            let x = low.first().copied().and_then(value).unwrap_or(0);
            let y = high
                .and_then(<[u8]>::first)
                .copied()
                .and_then(value)
                .unwrap_or(DIGITS.len());
            if y > x + 1 {
                rank.push(digit(x.midpoint(y)));
                break;
            }
            if let Some([first, _, ..]) = high {
                rank.push(char::from(*first));
                break;
            }
            rank.push(digit(x));
            low = low.get(1..).unwrap_or_default();
            high = None;
        }
        Self::parse(&rank)
    }

    /// `count` ranks in order, evenly spread, for a container that has no room left between two of its ranks. They are ahead
    /// of every rank by time since 2004, so that what is created later still is behind them.
    pub fn spread(count: usize) -> impl Iterator<Item = Self> {
        const PLACES: u32 = 6;
        let base = DIGITS.len() as u64;
        let all = base.pow(PLACES);
        let step = all / (u64::try_from(count).unwrap_or(u64::MAX).saturating_add(1)).min(all / 2);
        (1..=u64::try_from(count).unwrap_or(u64::MAX)).map(move |number| {
            let mut place = number.saturating_mul(step).min(all - 1);
            // A final `0` is not allowed; the step is at least two, so no other rank is there.
            if place % base == 0 {
                place += 1;
            }
            let mut text = String::from("V00");
            for exponent in (0..PLACES).rev() {
                let index = usize::try_from(place / base.pow(exponent) % base).unwrap_or(0);
                text.push(digit(index));
            }
            Self(text)
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digits(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The value of a digit, 0 to 61.
fn value(byte: u8) -> Option<usize> {
    DIGITS.binary_search(&byte).ok()
}

fn digit(value: usize) -> char {
    DIGITS.get(value).copied().map_or('0', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(text: &str) -> Rank {
        Rank::parse(text).unwrap()
    }

    #[test]
    fn a_rank_between_two_is_short() {
        for (before, after, between) in [
            (Some("V1"), Some("V2"), "V1V"),
            (None, Some("V"), "F"),
            (Some("z"), None, "zV"),
            (None, None, "V"),
            (None, Some("01"), "00V"),
            (Some("V"), Some("V1"), "V0V"),
            (Some("V"), Some("W1"), "W"),
            (Some("Vz"), Some("W"), "VzV"),
        ] {
            let (before, after) = (before.map(rank), after.map(rank));
            let found = Rank::between(before.as_ref(), after.as_ref()).unwrap();
            assert_eq!(found.as_str(), between, "{before:?} {after:?}");
        }
        assert_eq!(Rank::between(Some(&rank("V")), Some(&rank("V"))), None);
        assert_eq!(Rank::between(Some(&rank("W")), Some(&rank("V"))), None);
    }

    #[test]
    fn ranks_by_time_are_in_order_and_never_end_in_zero() {
        let at = |millisecond, position| {
            Rank::at(Timestamp::from_millisecond(millisecond).unwrap(), position)
        };
        assert_eq!(at(0x0198_f5d0_7c3a, 0).as_str(), "V0198f5d07c3a");
        assert_eq!(at(0x0198_f5d0_7c3f, 1).as_str(), "V0198f5d07c40V");
        let ranks: Vec<_> = (0..300)
            .map(|position| at(1_764_000_000_000, position))
            .collect();
        assert!(ranks.is_sorted_by(|one, next| one < next));
        assert!(
            ranks
                .iter()
                .all(|made| Rank::parse(made.as_str()).as_ref() == Some(made))
        );
    }

    #[test]
    fn a_spread_has_room_between_any_two() {
        for count in [1, 2, 500, 10_000] {
            let ranks: Vec<_> = Rank::spread(count).collect();
            assert_eq!(ranks.len(), count);
            for (one, next) in ranks.iter().zip(ranks.iter().skip(1)) {
                let between = Rank::between(Some(one), Some(next)).unwrap();
                assert!(*one < between && between < *next);
            }
            assert!(
                ranks
                    .iter()
                    .all(|made| Rank::parse(made.as_str()).is_some())
            );
        }
    }

    #[test]
    fn a_full_gap_has_no_rank() {
        let (low, mut high) = (rank("V"), rank("V1"));
        let mut insertions = 0;
        while let Some(between) = Rank::between(Some(&low), Some(&high)) {
            assert!(low < between && between < high);
            high = between;
            insertions += 1;
        }
        assert!(insertions > 900, "{insertions}");
    }
}
