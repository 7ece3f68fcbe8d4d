//! What holds between any two batches, whatever they do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use taskward_domain::limits::{SUBTASKS_PER_TASK, TASKS_PER_LIST};
use taskward_domain::{
    Derived, Entity, FilterBody, Id, LabelBody, ListBody, LiveCounts, Rank, SettingsBody, Stored,
    Task, TaskBody, fold_name,
};

use crate::store::Store;

impl Store {
    pub(crate) fn check(&self) {
        self.check_unique();
        self.check_counters();
        let sizes = self.sizes();
        let settings = self.settings();
        let written = self.settings_or_lists_written();
        for task in self.each::<TaskBody>() {
            self.check_task(task, &sizes);
            self.check_derived(task, &settings, written);
        }
        for list in self.each_live::<ListBody>() {
            assert!(Rank::parse(list.body.rank.as_str()).is_some());
        }
        if let Some(list) = settings.default_list {
            assert!(self.list(list).is_some(), "the default list is live");
        }
    }

    /// What a database checks with each statement.
    pub(crate) fn check_unique(&self) {
        let mut series = BTreeSet::new();
        for task in self.each_live::<TaskBody>() {
            if let (Some(recurrence), true) = (&task.body.recurrence, task.body.is_open()) {
                let is_first = series.insert(recurrence.series_id);
                assert!(is_first, "at most one occurrence of a series is open");
            }
        }
        let mut names = BTreeSet::new();
        for label in self.each_live::<LabelBody>() {
            let is_first = names.insert(fold_name(label.body.name.as_str()));
            assert!(is_first, "no two live labels have the same name");
        }
        let mut seqs = BTreeSet::new();
        for seq in self.seqs() {
            assert!(seqs.insert(seq), "no two records have the same seq");
        }
    }

    fn seqs(&self) -> Vec<u64> {
        fn of<B: Entity + 'static>(store: &Store) -> Vec<u64> {
            store.each::<B>().map(|record| record.meta.seq).collect()
        }
        let mut seqs = of::<TaskBody>(self);
        seqs.extend(of::<ListBody>(self));
        seqs.extend(of::<LabelBody>(self));
        seqs.extend(of::<FilterBody>(self));
        seqs.extend(of::<SettingsBody>(self));
        seqs
    }

    fn check_counters(&self) {
        fn live<B: Entity + 'static>(store: &Store) -> u32 {
            u32::try_from(store.each_live::<B>().count()).unwrap()
        }
        fn gone<B: Entity>(store: &Store) -> usize {
            let rows = B::rows(&store.rows).values().flatten();
            rows.filter(|row| !matches!(row, Stored::Record(record) if record.is_live()))
                .count()
        }
        let account = &self.account;
        let counted = LiveCounts {
            task: live::<TaskBody>(self),
            list: live::<ListBody>(self),
            label: live::<LabelBody>(self),
            filter: live::<FilterBody>(self),
            settings: live::<SettingsBody>(self),
        };
        assert_eq!(account.live, counted);
        let count = |test: &dyn Fn(&Task) -> bool| {
            u32::try_from(self.each::<TaskBody>().filter(|task| test(task)).count()).unwrap()
        };
        assert_eq!(account.trash_count, count(&|task| !task.is_live()));
        let is_zoned =
            |task: &Task| task.is_live() && task.body.is_open() && task.body.depends_on_zone();
        assert_eq!(account.zoned_count, count(&is_zoned));
        let gone = gone::<TaskBody>(self)
            + gone::<ListBody>(self)
            + gone::<LabelBody>(self)
            + gone::<FilterBody>(self);
        assert_eq!(account.gone_count, u32::try_from(gone).unwrap());
    }

    /// How many live tasks each list has, and how many live subtasks each task.
    fn sizes(&self) -> BTreeMap<Id, usize> {
        let mut sizes = BTreeMap::new();
        for task in self.each_live::<TaskBody>() {
            let container = task.body.place.container;
            for id in container.list.into_iter().chain(container.parent) {
                *sizes.entry(id).or_default() += 1;
            }
        }
        sizes
    }

    fn check_task(&self, task: &Task, sizes: &BTreeMap<Id, usize>) {
        let body = &task.body;
        let rank = body.place.rank.as_str();
        assert!(Rank::parse(rank).is_some(), "{rank}");
        if !task.is_live() {
            return;
        }
        assert_eq!(body.deleted_with, None);
        if let Some(list) = body.place.container.list {
            assert!(self.list(list).is_some(), "a live task is in a live list");
            assert!(sizes[&list] <= usize::try_from(TASKS_PER_LIST).unwrap());
        }
        if let Some(id) = body.place.container.parent {
            let parent = self.task(id);
            assert!(parent.is_live(), "the parent of a live task is live");
            let of_parent = parent.body.place.container;
            assert_eq!(of_parent.parent, None, "there is one level of subtasks");
            assert_eq!(of_parent.list, body.place.container.list);
            assert!(body.recurrence.is_none(), "no subtask recurs");
            assert!(sizes[&id] <= usize::from(SUBTASKS_PER_TASK));
        }
        if body.recurrence.is_some() {
            assert!(body.due.is_some(), "a task that recurs has a due");
        }
        if let Some(at) = body.completed_at {
            assert!(
                at <= task.meta.updated_at,
                "nothing is completed in the future"
            );
        }
    }

    /// Moments may be missing that had passed when the task was derived; nothing else may differ.
    fn check_derived(&self, task: &Task, settings: &SettingsBody, written: Timestamp) {
        let stored = &task.body.derived;
        if !task.is_live() {
            assert_eq!(*stored, Derived::default());
            return;
        }
        let list = task.body.place.container.list.and_then(|id| self.list(id));
        let is_archived = list.is_some_and(|list| list.body.archived_at.is_some());
        let of = |now| Derived::of(&task.body, settings, is_archived, now);
        let all = of(Timestamp::MIN);
        assert_eq!((stored.agenda, stored.is_shown), (all.agenda, all.is_shown));
        let kept = stored.moments.as_slice();
        assert!(
            kept.iter()
                .all(|moment| all.moments.as_slice().contains(moment))
        );
        let to_come = of(written.max(task.meta.updated_at)).moments;
        let mut to_come = to_come.as_slice().iter();
        assert!(
            to_come.all(|moment| kept.contains(moment)),
            "what is to come is kept"
        );
    }

    /// When something was written last that tasks are derived from.
    fn settings_or_lists_written(&self) -> Timestamp {
        let lists = self.each::<ListBody>().map(|list| list.meta.updated_at);
        let settings = self
            .each::<SettingsBody>()
            .map(|settings| settings.meta.updated_at);
        lists.chain(settings).max().unwrap_or(Timestamp::MIN)
    }
}
