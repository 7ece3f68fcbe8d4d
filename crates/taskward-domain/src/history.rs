//! The position of a user's data in time: the write counter `seq`, and the epoch that tells histories apart.
//!
//! A restored backup undoes writes and counts on from an earlier `seq`. The new epoch keeps cursors and tags of the
//! undone history from matching the new one.

/// `seq` stays below 2^36, so that a cursor with any epoch is below 2^53 and fits in a JSON number.
pub const SEQ_MAX: u64 = (1 << SEQ_BITS) - 1;

const SEQ_BITS: u32 = 36;

/// The number of the database's history: 0 for a new database, another one after each restore.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Epoch(u32);

impl Epoch {
    pub const FIRST: Self = Self(0);

    /// The largest epoch: 17 bits.
    pub const MAX: u32 = (1 << 17) - 1;

    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        (number <= Self::MAX).then_some(Self(number))
    }

    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// An epoch other than this one and 0, chosen by `random`.
    #[must_use]
    pub fn another(self, random: u32) -> Self {
        let candidate = 1 + random % Self::MAX;
        if candidate == self.0 {
            Self(1 + candidate % Self::MAX)
        } else {
            Self(candidate)
        }
    }
}

/// A position in a user's feed of changes. On the wire it is the number `epoch * 2^36 + seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeedCursor {
    pub epoch: Epoch,
    pub seq: u64,
}

impl FeedCursor {
    #[must_use]
    pub fn number(self) -> u64 {
        (u64::from(self.epoch.0) << SEQ_BITS) + self.seq
    }

    /// Reads what [`Self::number`] wrote; `None` for a number that is no cursor.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        let epoch = u32::try_from(number >> SEQ_BITS)
            .ok()
            .and_then(Epoch::new)?;
        Some(Self {
            epoch,
            seq: number & SEQ_MAX,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_json_number_and_equals_seq_in_the_first_epoch() {
        let cursor = |epoch, seq| FeedCursor {
            epoch: Epoch::new(epoch).unwrap(),
            seq,
        };
        assert_eq!(cursor(0, 120).number(), 120);
        for (epoch, seq) in [(0, 0), (0, SEQ_MAX), (5, 100), (Epoch::MAX, SEQ_MAX)] {
            let cursor = cursor(epoch, seq);
            assert!(cursor.number() < 1 << 53);
            assert_eq!(FeedCursor::from_number(cursor.number()), Some(cursor));
        }
        assert_eq!(FeedCursor::from_number(1 << 53), None);
        assert_eq!(FeedCursor::from_number(u64::MAX), None);
    }

    #[test]
    fn another_epoch_is_never_the_same_one_nor_the_first() {
        for number in [0, 1, 2, Epoch::MAX] {
            let epoch = Epoch::new(number).unwrap();
            for random in [0, 1, 2, Epoch::MAX - 1, Epoch::MAX, u32::MAX] {
                let another = epoch.another(random);
                assert!(another != epoch && another != Epoch::FIRST);
                assert!(another.number() <= Epoch::MAX);
            }
        }
    }
}
