//! The lists of a rule as sets of bits. Their order is the order of the canonical text.

use jiff::civil::Weekday;

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

pub(crate) fn weekday_named(name: &str) -> Option<Weekday> {
    let found = WEEKDAYS
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known));
    found.map(|(_, weekday)| *weekday)
}

pub(crate) fn weekday_name(weekday: Weekday) -> &'static str {
    let found = WEEKDAYS.iter().find(|(_, known)| *known == weekday);
    found.map_or("MO", |(name, _)| name)
}

/// Days of one month, as the bits 1 to 31.
pub(crate) type Days = u32;

/// All days of a month of this length.
const fn all_days(length: i8) -> Days {
    (Days::MAX >> (31 - length)) & !1
}

/// Months, 1 to 12.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct MonthSet(u16);

impl MonthSet {
    pub(crate) fn insert(&mut self, month: i8) {
        self.0 |= 1 << month;
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, month: i8) -> bool {
        self.0 & (1 << month) != 0
    }

    /// An empty list allows every month.
    pub(crate) const fn allows(self, month: i8) -> bool {
        self.is_empty() || self.contains(month)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = i8> {
        (1..=12).filter(move |month| self.contains(*month))
    }
}

/// Numbers from ±1 to ±31: days of a month or positions, the negative ones from the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct SignedSet(u64);

impl SignedSet {
    /// The positive numbers have the bits 1 to 31, the negative ones the bits 33 to 63.
    const fn bit(number: i8) -> u64 {
        let base = if number < 0 { 32 } else { 0 };
        1 << (base + (number.unsigned_abs() & 31))
    }

    pub(crate) fn insert(&mut self, number: i8) {
        self.0 |= Self::bit(number);
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(crate) const fn contains(self, number: i8) -> bool {
        self.0 & Self::bit(number) != 0
    }

    /// Whether the set has a position, or the same from the end, which is positive here.
    pub(crate) fn contains_position(self, position: u32, from_end: u32) -> bool {
        let is_in_half = |half: u32, position: u32| position < 32 && half & (1 << position) != 0;
        is_in_half(self.positive(), position) || is_in_half(self.negative(), from_end)
    }

    /// The days of a month of this length that the set names.
    pub(crate) const fn days_of(self, length: i8) -> Days {
        // Reversed, the bit of -1 is bit 30. It belongs to the last day.
        let from_end = self.negative().reverse_bits();
        let from_end = if length == 31 {
            from_end << 1
        } else {
            from_end >> (30 - length)
        };
        (self.positive() | from_end) & all_days(length)
    }

    const fn positive(self) -> u32 {
        self.0 as u32
    }

    const fn negative(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = i8> {
        let all = (1..=31).chain((1..=31).map(|number: i8| -number));
        all.filter(move |number| self.contains(*number))
    }
}

/// Weekdays with an ordinal from ±1 to ±5 within the month, or 0 for every one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct DaySet(u128);

impl DaySet {
    const ORDINALS: [i8; 11] = [0, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5];

    /// Eleven groups of seven bits, in the order of `ORDINALS`.
    const fn bit(ordinal: i8, weekday: Weekday) -> u128 {
        let group = if ordinal < 0 { 5 } else { 0 } + ordinal.unsigned_abs();
        1 << (group * 7 + weekday.to_monday_zero_offset().unsigned_abs())
    }

    pub(crate) fn insert(&mut self, ordinal: i8, weekday: Weekday) {
        self.0 |= Self::bit(ordinal, weekday);
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn has_ordinals(self) -> bool {
        self.0 >> 7 != 0
    }

    pub(crate) const fn contains(self, ordinal: i8, weekday: Weekday) -> bool {
        self.0 & Self::bit(ordinal, weekday) != 0
    }

    /// An empty list allows every weekday.
    pub(crate) const fn allows(self, weekday: Weekday) -> bool {
        self.is_empty() || self.contains(0, weekday)
    }

    /// The days that the set names in a month that begins on `first`.
    pub(crate) fn days_of(self, first: Weekday, length: i8) -> Days {
        // Day 1 and every seventh after it.
        const EVERY_SEVENTH: Days = 1 << 1 | 1 << 8 | 1 << 15 | 1 << 22 | 1 << 29;
        let mut days = 0;
        for (_, weekday) in WEEKDAYS {
            let all = (EVERY_SEVENTH << weekday.since(first)) & all_days(length);
            if self.contains(0, weekday) {
                days |= all;
            } else if self.has_ordinals() {
                days |= self.with_ordinal(weekday, all);
            }
        }
        days
    }

    /// Of all days of a month with this weekday, those whose ordinal is in the set.
    fn with_ordinal(self, weekday: Weekday, all: Days) -> Days {
        const HIGHEST_BIT: Days = 1 << 31;
        let mut days = 0;
        let (mut forward, mut backward) = (all, all);
        for ordinal in 1..=5 {
            let lowest = forward & forward.wrapping_neg();
            let highest = HIGHEST_BIT
                .checked_shr(backward.leading_zeros())
                .unwrap_or(0);
            if self.contains(ordinal, weekday) {
                days |= lowest;
            }
            if self.contains(-ordinal, weekday) {
                days |= highest;
            }
            forward ^= lowest;
            backward ^= highest;
        }
        days
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (i8, Weekday)> {
        let all = Self::ORDINALS
            .into_iter()
            .flat_map(|ordinal| WEEKDAYS.map(|(_, weekday)| (ordinal, weekday)));
        all.filter(move |(ordinal, weekday)| self.contains(*ordinal, *weekday))
    }
}
