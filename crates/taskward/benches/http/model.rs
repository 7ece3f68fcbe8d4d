//! The measurements of views: pages, counts and a filter of a person with 100,000 tasks, and growth.
//!
//! Invariant: no measured page comes from the server's memory. Pages are second ones, which it does not keep, and counts are
//! asked for days by turns, of which it keeps one.

use jiff::tz::TimeZone;
use serde_json::Value;
use taskward::system::SystemClock;
use taskward_service::Clock;

use crate::Outcome;
use crate::load::{Load, field, head_length};
use crate::measure::{Bench, Series, Subject};
use crate::model_seed::{self, Expected};
use crate::people::{Caller, Credentials, Requests};
use crate::process::Server;
use crate::report::{Report, Spread, Target, ratios};
use crate::stage::tags;

/// What the devices of one person open together.
const CONNECTIONS: u16 = 8;
/// One of so many people has tasks that are due.
const DUES_EVERY: usize = 10;
/// The newest tasks: the list that all views are compared with.
const LIST: &str = "tasks?limit=50";
const TODAY: &str = "tasks?view=today&limit=50";

impl Bench<'_> {
    pub(crate) fn model(&mut self, report: &mut Report) -> Outcome<()> {
        let now = u64::try_from(SystemClock.now().as_millisecond())?;
        let caller = Caller::new(u64::from(self.options.people));
        let people = self.stage.people();
        let people = people.get(..people.len() / DUES_EVERY).unwrap_or(people);
        let large = self.stage.large.join("tasks.db");
        let expected = model_seed::fill(&large, &caller.person, now)?;
        model_seed::add_dues(&large, people.iter(), now)?;
        let few_people = self.stage.few_people();
        model_seed::add_dues(&self.stage.small.join("tasks.db"), few_people.iter(), now)?;

        let server = Server::taskward(&self.stage.large)?;
        check(&self.load, &server, &caller, &expected)?;
        self.with_connections(CONNECTIONS, |bench| {
            bench.pages(&server, &caller, now, report)
        })?;
        self.with_connections(1, |bench| bench.scans(&server, &caller, report))?;
        let lists = Credentials::sign(people, people.len());
        let few = Credentials::sign(few_people, people.len());
        self.growth_of_today(&server, &lists, &few, report)?;
        self.model_writes(&server, now, report)?;
        let (_, peak) = server.memory()?;
        report.number(
            "memory under the load of the task model, at most, MiB",
            Target::Below(80.0),
            &Spread::of(&[peak]),
        );
        server.stop()
    }

    pub(crate) fn with_connections(
        &mut self,
        connections: u16,
        measure: impl FnOnce(&mut Self) -> Outcome<()>,
    ) -> Outcome<()> {
        let usual = std::mem::replace(&mut self.load, Load::new(connections)?);
        let done = measure(self);
        self.load = usual;
        done
    }

    /// Pages of 50 of each view, and answers to requests with the present tag, compared with those of the list.
    fn pages(
        &mut self,
        server: &Server,
        caller: &Caller,
        now: u64,
        report: &mut Report,
    ) -> Outcome<()> {
        let list_id = model_seed::collection(&caller.person, 1, now);
        let label_id = model_seed::collection(&caller.person, 2, now);
        let paths = [
            LIST,
            TODAY,
            &format!("tasks?view=list&list_id={list_id}&limit=50"),
            &format!("tasks?view=label&label_id={label_id}&limit=50"),
            "tasks?view=completed&limit=50",
            "tasks?view=trash&limit=50",
        ];
        let mut pages = Vec::new();
        for path in paths {
            pages.push(second_page(&self.load, server, caller, path)?);
        }
        let today_named = format!("{TODAY}&day={}", date(0)?);
        let mut known = Vec::new();
        for path in [LIST, TODAY, &today_named] {
            let (_, found) = tags(&self.load, server, &caller.get(path, None), "200")?;
            known.push(caller.get(path, found.first()));
        }
        let ([list, today, of_list, label, completed, trash], [list_again, again, named]) =
            (pages.as_slice(), known.as_slice())
        else {
            return Err("a page is missing".into());
        };
        let subject = |requests, status| Subject {
            server,
            requests,
            status,
        };
        let series = self.take_turns([
            subject(list, "200"),
            subject(today, "200"),
            subject(of_list, "200"),
            subject(label, "200"),
            subject(completed, "200"),
            subject(trash, "200"),
            subject(list_again, "304"),
            subject(again, "304"),
            subject(named, "304"),
        ])?;
        let [list, views @ .., list_again, again, named] = &series;
        let names = ["Today", "a list", "a label", "completed", "trash"];
        for (name, series) in names.iter().zip(views) {
            report.share(
                &format!("{name}, page of 50 : newest tasks"),
                0.8,
                &series.ratio(list),
            );
        }
        for (name, series) in names.iter().zip(views) {
            let what = format!("99th percentile of {name}, ms");
            report.number(&what, Target::Below(5.0), &Spread::of(&series.p99));
        }
        for (what, series) in [
            ("Today again (304) : list again (304)", again),
            ("Today with `day` again (304) : list again (304)", named),
        ] {
            report.share(what, 0.9, &series.ratio(list_again));
        }
        rates(report, "newest tasks, page of 50", list);
        for (name, series) in names.iter().zip(views) {
            rates(report, &format!("{name}, page of 50"), series);
        }
        rates(report, "newest tasks again, 304", list_again);
        rates(report, "Today again, 304", again);
        rates(report, "Today with `day` again, 304", named);
        Ok(())
    }

    /// A filter that matches nothing within the rows that one request looks at, and counts.
    fn scans(&mut self, server: &Server, caller: &Caller, report: &mut Report) -> Outcome<()> {
        let list = second_page(&self.load, server, caller, LIST)?;
        let filter = caller.get("tasks?view=filter&filter=has:zone&limit=50", None);
        let (_, none) = ask(&self.load, server, &filter)?;
        if none.as_array().is_none_or(|tasks| !tasks.is_empty()) {
            return Err("the filter matches tasks".into());
        }
        let mut counts = Requests::new();
        for days in [0, 1, -1] {
            counts.extend(caller.get(&format!("counts?day={}", date(days)?), None));
        }
        let subject = |requests| Subject {
            server,
            requests,
            status: "200",
        };
        let series = self.take_turns([subject(&list), subject(&filter), subject(&counts)])?;
        let [list, filter, counts] = &series;
        for (name, target, series) in [
            ("filter without a match in 10,000 rows", 30.0, filter),
            ("counts, not in memory", 20.0, counts),
        ] {
            let what = format!("{name}, ms");
            report.number(&what, Target::Below(target), &Spread::of(&series.p50));
            let what = format!("{name} : page of 50, processor time");
            let times = ratios(&list.per_cpu_second, &series.per_cpu_second);
            report.number(&what, Target::None, &Spread::of(&times));
            rates(report, name, series);
        }
        Ok(())
    }

    /// The view in the large database compared with that in the small one.
    fn growth_of_today(
        &mut self,
        server: &Server,
        large: &Credentials<'_>,
        small: &Credentials<'_>,
        report: &mut Report,
    ) -> Outcome<()> {
        let small_server = Server::taskward(&self.stage.small)?;
        let today = |people: &Credentials<'_>| {
            people.requests(|_, owner| {
                let line = format!("GET /api/users/{}/{TODAY}", owner.id);
                (line, "\r\n".to_owned())
            })
        };
        let (large, small) = (today(large), today(small));
        let (first, _) = tags(&self.load, server, &large, "200")?;
        if body(&first)?.as_array().is_none_or(Vec::is_empty) {
            return Err("nothing is due today".into());
        }
        let [large, small] = self.take_turns([
            Subject {
                server,
                requests: &large,
                status: "200",
            },
            Subject {
                server: &small_server,
                requests: &small,
                status: "200",
            },
        ])?;
        report.share(
            "Today in the large database : in the small one",
            0.90,
            &large.ratio(&small),
        );
        rates(report, "Today of a person with 20 tasks", &large);
        rates(report, "the same, small database", &small);
        small_server.stop()
    }
}

pub(crate) fn rates(report: &mut Report, name: &str, series: &Series) {
    report.rates(
        name,
        &Spread::of(&series.per_cpu_second),
        &Spread::of(&series.per_second),
    );
}

/// Compares the server's counts with what was written by SQL.
fn check(load: &Load, server: &Server, caller: &Caller, expected: &Expected) -> Outcome<()> {
    let (_, counts) = ask(load, server, &caller.get("counts", None))?;
    let number = |name: &str| counts.get(name).and_then(Value::as_u64);
    let sum = |name: &str| {
        let numbers = counts.get(name).and_then(Value::as_object);
        numbers.map(|numbers| numbers.values().filter_map(Value::as_u64).sum())
    };
    let found = [
        number("today"),
        number("inbox"),
        sum("lists"),
        sum("labels"),
        number("trash"),
    ];
    let Expected {
        today,
        inbox,
        listed,
        labelled,
        trash,
    } = *expected;
    let written = [today, inbox, listed, labelled, trash];
    if found == written.map(Some) {
        Ok(())
    } else {
        Err(format!("the server counts {found:?}, but {written:?} were written").into())
    }
}

/// The request for the second page of this list. Both pages must be full.
fn second_page(load: &Load, server: &Server, caller: &Caller, path: &str) -> Outcome<Requests> {
    let mut requests = caller.get(path, None);
    for page in [1, 2] {
        let (head, tasks) = ask(load, server, &requests)?;
        if tasks.as_array().map(Vec::len) != Some(50) {
            return Err(format!("page {page} of {path} is not full").into());
        }
        if page == 1 {
            let link =
                field(head.as_bytes(), "link").and_then(|link| link.split(['<', '>']).nth(1));
            let link = link.ok_or("the first page has no link to the second one")?;
            let start = format!("/api/users/{}/", caller.person.id);
            let link = link
                .strip_prefix(&start)
                .ok_or("the link is of another person")?;
            requests = caller.get(link, None);
        }
    }
    Ok(requests)
}

/// The head and the body of the answer to one request.
fn ask(load: &Load, server: &Server, request: &Requests) -> Outcome<(String, Value)> {
    let mut answer = Vec::new();
    load.send_each(server.address, request, "200", |_, bytes| {
        answer = bytes.to_vec();
        Ok(())
    })?;
    let head = answer.get(..head_length(&answer).unwrap_or(0));
    let head = std::str::from_utf8(head.unwrap_or_default())?.to_owned();
    Ok((head, body(&answer)?))
}

pub(crate) fn body(answer: &[u8]) -> Outcome<Value> {
    let body = answer.get(head_length(answer).unwrap_or(0)..);
    Ok(serde_json::from_slice(body.unwrap_or_default())?)
}

/// The date so many days from now.
pub(crate) fn date(days: i64) -> Outcome<String> {
    let today = TimeZone::UTC.to_datetime(SystemClock.now()).date();
    Ok(today
        .checked_add(jiff::Span::new().try_days(days)?)?
        .to_string())
}
