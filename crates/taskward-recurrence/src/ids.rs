//! Ids of occurrences that every device derives alike, so that two devices that complete the same occurrence make one row.

/// The bits that identify an occurrence. The others (time, version, `rand_a`, variant) are those of the base, so the
/// result is a UUIDv7 again and keeps its place in an order by age.
const DERIVED_BITS: u64 = (1 << 62) - 1;

/// The id of occurrence `n` of a series whose base is a UUIDv7, as a big-endian number.
///
/// | `n` | id |
/// |---|---|
/// | 1 | `base` |
/// | other | `base` with its lower 62 bits XORed with those of `splitmix64(n)` |
#[must_use]
pub const fn occurrence_id(base: u128, n: u64) -> u128 {
    if n == 1 {
        return base;
    }
    base ^ (splitmix64(n) & DERIVED_BITS) as u128
}

/// SplitMix64 (Steele, Lea, Flood 2014).
const fn splitmix64(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
