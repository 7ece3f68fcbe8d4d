//! The order of lists and of filters, of which a user has few enough to read all.

use super::rules::{Done, Rules};
use super::{Decision, Stop};
use crate::{Id, Rank, RankMove, Ranked, Record, sort_by_rank};

/// What a move of one record does.
enum Moved<B> {
    /// The record already is there, or what it is to be beside no longer exists.
    Keep,
    To(Rank),
    /// There is no room: every record that gets another rank, with that rank; the moved one is among them.
    Anew(Vec<(Record<B>, Rank)>),
}

impl Decision<'_> {
    /// Moves a record among those of its kind.
    pub(super) fn move_ranked<B: Ranked + Rules>(
        &mut self,
        before: Record<B>,
        to: RankMove,
    ) -> Result<Done<B>, Stop> {
        let id = before.id;
        match self.moved::<B>(id, to)? {
            Moved::Keep => Ok(Done::unchanged(before)),
            Moved::To(rank) => self.rank(before, rank).map(Done::updated),
            Moved::Anew(ranks) => {
                let mut moved = before;
                for (record, rank) in ranks {
                    if *record.body.rank() != rank {
                        let after = self.rank(record, rank)?;
                        if after.id == id {
                            moved = after;
                        }
                    }
                }
                Ok(Done::updated(moved))
            }
        }
    }

    fn rank<B: Ranked + Rules>(
        &mut self,
        before: Record<B>,
        rank: Rank,
    ) -> Result<Record<B>, Stop> {
        let mut body = before.body.clone();
        body.set_rank(rank);
        self.update(before, body)
    }

    /// Where the record comes. One that is no longer there is no reason to fail: an outbox sends its moves late.
    fn moved<B: Ranked + Rules>(&mut self, id: Id, to: RankMove) -> Result<Moved<B>, Stop> {
        let mut all = self.all::<B>()?;
        sort_by_rank(&mut all);
        let Some(from) = all.iter().position(|record| record.id == id) else {
            return Ok(Moved::Keep);
        };
        let moving = all.remove(from);
        let place = |anchor: Id| all.iter().position(|record| record.id == anchor);
        let target = match to {
            RankMove::First => Some(0),
            RankMove::Last => Some(all.len()),
            RankMove::Before(anchor) => place(anchor),
            RankMove::After(anchor) => place(anchor).map(|index| index + 1),
        };
        let Some(target) = target.filter(|target| *target != from) else {
            return Ok(Moved::Keep);
        };
        let rank = |index: Option<usize>| Some(all.get(index?)?.body.rank());
        let (before, after) = (rank(target.checked_sub(1)), rank(Some(target)));
        let rank = match after {
            Some(_) => Rank::between(before, after),
            None => Rank::behind(before, self.now, self.position),
        };
        if let Some(rank) = rank {
            return Ok(Moved::To(rank));
        }
        all.insert(target, moving);
        let ranks = Rank::spread(all.len());
        Ok(Moved::Anew(all.into_iter().zip(ranks).collect()))
    }
}
