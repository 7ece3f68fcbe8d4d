//! The body of the fuzz target of ranks. It panics if a property does not hold.
//!
//! Called by libFuzzer, and by the tests of `taskward-domain`, which include this file. Depends on that crate only.

use taskward_domain::Rank;

/// The lines are ranks or are refused. The ranks are put in order, and then the bytes move them around as they would
/// move the elements of a vector.
pub fn rank(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut ranks: Vec<Rank> = text.lines().filter_map(parse).collect();
    ranks.sort();
    ranks.dedup();
    for pair in ranks.windows(2) {
        if let [low, high] = pair {
            check_between(Some(low), Some(high));
            assert_eq!(Rank::between(Some(high), Some(low)), None);
        }
    }
    check_between(None, ranks.first());
    check_between(ranks.last(), None);

    for pair in data.chunks_exact(2) {
        if ranks.is_empty() {
            return;
        }
        let place = |index: usize| usize::from(pair.get(index).copied().unwrap_or_default());
        ranks.remove(place(0) % ranks.len());
        let target = place(1) % (ranks.len() + 1);
        let low = target.checked_sub(1).and_then(|index| ranks.get(index));
        match check_between(low, ranks.get(target)) {
            Some(rank) => ranks.insert(target, rank),
            None => ranks = Rank::spread(ranks.len() + 1).collect(),
        }
        assert!(ranks.is_sorted_by(|one, next| one < next));
    }
}

fn parse(text: &str) -> Option<Rank> {
    let rank = Rank::parse(text)?;
    assert_eq!(rank.as_str(), text);
    assert!((1..=200).contains(&text.len()) && !text.ends_with('0'));
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    Some(rank)
}

/// There is a rank between any two that leave room for one more digit.
fn check_between(low: Option<&Rank>, high: Option<&Rank>) -> Option<Rank> {
    let made = Rank::between(low, high);
    let length = |rank: Option<&Rank>| rank.map_or(0, |rank| rank.as_str().len());
    match &made {
        Some(rank) => {
            assert!(low.is_none_or(|low| low < rank) && high.is_none_or(|high| rank < high));
            assert_eq!(Rank::parse(rank.as_str()).as_ref(), Some(rank));
        }
        None => assert!(length(low).max(length(high)) >= 200),
    }
    made
}
