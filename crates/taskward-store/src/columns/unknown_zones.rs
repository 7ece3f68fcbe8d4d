//! Tells the operator which time zones rows name that the data of this program lacks. Such a zone counts as UTC.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use taskward_recurrence::Zone;

/// The names that were told already.
static REPORTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

pub(super) fn report(zone: &Zone) {
    if !zone.is_known() && is_first(zone.name()) {
        tracing::warn!(
            zone = zone.name(),
            "the time zone data of this program lacks a zone that is stored, so it counts as UTC; a newer version may have it"
        );
    }
}

fn is_first(name: &str) -> bool {
    let mut reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
    !reported.contains(name) && reported.insert(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_told_once() {
        let told = ["Mars/Olympus", "Mars/Hellas", "Mars/Olympus"].map(is_first);
        assert_eq!(told, [true, true, false]);
    }
}
