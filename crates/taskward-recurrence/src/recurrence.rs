//! The recurrence of a task: which occurrence comes after a completion, and what the next one carries on.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::rule::{End, Frequency};
use crate::series::add_days;
use crate::{Due, Rule, Series, UserDay, Zone};

/// What the next occurrence is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The dates of the rule, whenever the task is completed.
    Schedule,
    /// The day of the completion.
    Completion,
}

/// The recurrence of one occurrence of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    pub rule: Rule,
    pub anchor: Anchor,
    /// Where the rule is counted from. Its time and zone are those of every occurrence.
    pub start: Due,
    /// The date that this occurrence stands for, which stays when it is moved to another date.
    pub occurrence: Date,
    /// The number of this occurrence in its series, from 1 on.
    pub index: u64,
}

impl Recurrence {
    /// The recurrence of a task that begins a series.
    #[must_use]
    pub const fn new(rule: Rule, anchor: Anchor, start: Due) -> Self {
        let occurrence = start.date;
        Self {
            rule,
            anchor,
            start,
            occurrence,
            index: 1,
        }
    }

    /// The due of the next occurrence when this one is completed. `None`: the series has ended.
    ///
    /// The zone is that of `start`, or the user's. The *completion day* is the date of the completion there, minus
    /// `starts_at` in civil time.
    ///
    /// | anchor | the next date |
    /// |---|---|
    /// | schedule, all day | the first member of the [`Series`] after `occurrence` and after the completion day |
    /// | schedule, with a time | the first member after `occurrence` whose instant is after the completion |
    /// | completion, `MONTHLY` or `YEARLY` without `BYMONTH`, `BYMONTHDAY`, `BYDAY` | the completion day plus `INTERVAL` months or years; in a shorter month its last day |
    /// | completion, other rules | the first member after the completion day of the series that the rule without `COUNT` gives from that day |
    ///
    /// | anchor | the series ends |
    /// |---|---|
    /// | schedule | where the rule does; `index` does not count |
    /// | completion | when `index >= COUNT`, or the next date is after `UNTIL` |
    ///
    /// | case | result | why |
    /// |---|---|---|
    /// | daily, all day, due Monday 1st, completed Wednesday 3rd | Thursday 4th | once, not once for each missed day |
    /// | daily 09:00, due the 1st, completed the 3rd at 08:00 | the 3rd, 09:00 | it can still be done |
    /// | daily 23:00, due the 9th, completed the 10th at 00:30 | the 10th, 23:00 | the same |
    /// | daily all day, due the 9th, completed the 10th at 00:30 | the 11th; with `starts_at` 04:00 the 10th | the user says when a day ends |
    /// | weekly on Friday, completed on Wednesday | Friday of the next week | the present one is done, not repeated |
    /// | weekly on Monday, the 5th moved to the 14th, completed then | Monday 19th | nothing is due twice |
    /// | every 3 months from completion, completed on 29 November | 28 February | no month is skipped |
    /// | daily 02:30 in New York, across 8 March 2026 | 02:30 on each date; that of the 8th is the instant 03:30 EDT | a gap shifts an instant, never the series |
    #[must_use]
    pub fn next(&self, completed_at: Timestamp, user_day: &UserDay) -> Option<Due> {
        let zone = self.start.zone_or(&user_day.zone);
        let completion_day = user_day.date_in(zone, completed_at);
        let date = match self.anchor {
            Anchor::Schedule if self.start.time.is_none() => self
                .series()
                .first_after(self.occurrence.max(completion_day)),
            Anchor::Schedule => self.first_not_passed(completed_at, zone),
            Anchor::Completion => self.after_completion_on(completion_day, self.index),
        };
        date.map(|date| self.start.on(date))
    }

    /// The recurrence of the next occurrence.
    ///
    /// | member | value |
    /// |---|---|
    /// | `rule`, `anchor` | the same |
    /// | `start` | the same for anchor schedule, `due` for anchor completion |
    /// | `occurrence` | the date of `due` |
    /// | `index` | as given; it is at least one more than the present one |
    #[must_use]
    pub fn successor(&self, due: &Due, index: u64) -> Self {
        Self {
            rule: self.rule.clone(),
            anchor: self.anchor,
            start: match self.anchor {
                Anchor::Schedule => self.start.clone(),
                Anchor::Completion => due.clone(),
            },
            occurrence: due.date,
            index,
        }
    }

    /// The dues from this occurrence on, as they come when each is completed on its date. Begins with the present one,
    /// also where a start does not fulfil its rule: the task is due then once.
    pub fn upcoming(&self) -> impl Iterator<Item = Due> {
        let first = (self.occurrence, self.index);
        let all = std::iter::successors(Some(first), |(date, index)| {
            let next = match self.anchor {
                Anchor::Schedule => self.series().first_after(*date),
                Anchor::Completion => self.after_completion_on(*date, *index),
            };
            Some((next?, index.saturating_add(1)))
        });
        all.map(|(date, _)| self.start.on(date))
    }

    fn series(&self) -> Series<'_> {
        Series::new(&self.rule, self.start.date)
    }

    /// The first member after the present occurrence whose instant is after the completion.
    fn first_not_passed(&self, completed_at: Timestamp, zone: &Zone) -> Option<Date> {
        // The clocks of no zone have gone back or forward by more than a day, so everything two days before is over.
        let local = zone.local(completed_at).date();
        let over = add_days(local, -2).unwrap_or(local);
        let series = self.series();
        let mut members = series.members_after(self.occurrence.max(over));
        members.find(|date| match self.start.on(*date).instant(zone) {
            Some(instant) => instant > completed_at,
            // Too close to the year 10000.
            None => true,
        })
    }

    /// The date after the occurrence with this index, for anchor completion.
    fn after_completion_on(&self, day: Date, index: u64) -> Option<Date> {
        if matches!(self.rule.end, Some(End::Count(count)) if index >= count.into()) {
            return None;
        }
        let interval = self.rule.interval;
        let next = match self.rule.frequency {
            // jiff takes the last day of a shorter month.
            Frequency::Monthly if self.rule.is_plain() => {
                day.checked_add(Span::new().months(interval)).ok()
            }
            Frequency::Yearly if self.rule.is_plain() => {
                day.checked_add(Span::new().years(interval)).ok()
            }
            _ => Series::new(&self.rule, day).first_after_without_end(day),
        };
        next.filter(|next| !self.rule.ends_before(*next))
    }
}

/// Moves another date of a task, its start or its deadline, by as many days as lie between the old and the new due date.
/// Stays within the year 9999.
#[must_use]
pub fn move_date(date: Date, old_due: Date, new_due: Date) -> Date {
    date.saturating_add(new_due.duration_since(old_due))
}
