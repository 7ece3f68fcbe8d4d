//! The measurements of writes of the task model: creates, a recurring task, a batch, and a list with 10,000 tasks.

use std::time::Instant;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::Outcome;
use crate::measure::{Bench, PlainLoop, Subject};
use crate::model::{body, date, rates};
use crate::people::{Caller, Credentials, Person, json as with_body};
use crate::process::Server;
use crate::report::{Report, Spread, Target, ratios};

/// People who create tasks, each with a list, which cannot take more than 10,000 tasks.
const OWNERS: usize = 2_000;
const SUBTASKS: u32 = 10;
const OPERATIONS: u32 = 100;
/// Batches that fill a list.
const BATCHES: u32 = 100;

/// People that no other measurement uses.
struct NewPeople {
    next: u64,
    now: u64,
}

impl NewPeople {
    fn writer(&mut self) -> Writer {
        self.next += 1;
        Writer {
            caller: Caller::new(self.next),
            ids: 0,
            now: self.now,
        }
    }
}

struct Writer {
    caller: Caller,
    ids: u32,
    now: u64,
}

impl Writer {
    fn id(&mut self) -> Uuid {
        self.ids += 1;
        self.caller.person.record(self.ids, self.now).0
    }

    fn batch(&mut self, bodies: impl IntoIterator<Item = Value>) -> Box<[u8]> {
        let operations: Vec<Value> = bodies
            .into_iter()
            .map(|body| json!({"op": "create", "kind": "task", "id": self.id(), "body": body}))
            .collect();
        let body = json!({ "operations": operations }).to_string();
        self.caller.write("POST", "batch", &body)
    }

    /// As many creates as a batch may have.
    fn full_batch(&mut self, list: Option<Uuid>) -> Box<[u8]> {
        let body = match list {
            None => json!({"title": TITLE}),
            Some(list) => json!({"title": TITLE, "list_id": list}),
        };
        self.batch((0..OPERATIONS).map(|_| body.clone()))
    }

    fn create(&mut self) -> Box<[u8]> {
        let body = json!({"title": TITLE, "id": self.id()}).to_string();
        self.caller.write("POST", "tasks", &body)
    }
}

const TITLE: &str = "Call the dentist about Thursday";

impl Bench<'_> {
    pub(crate) fn model_writes(
        &mut self,
        server: &Server,
        now: u64,
        report: &mut Report,
    ) -> Outcome<()> {
        let mut people = NewPeople {
            next: u64::from(self.options.people),
            now,
        };
        self.kinds_of_creates(server, now, report)?;
        self.with_connections(1, |bench| {
            bench.sequences(server, &mut people, report)?;
            bench.long_list(server, &mut people, report)
        })
    }

    /// A plain task, and one with a list and a due, which is in more indexes.
    fn kinds_of_creates(&mut self, server: &Server, now: u64, report: &mut Report) -> Outcome<()> {
        let people = self.stage.people();
        let owners = people.get(..OWNERS).unwrap_or(people);
        let credentials = Credentials::sign(owners, owners.len());
        let due = date(3)?;
        // No other list of the person has this id.
        let list_of = |owner: &Person| owner.record(0, now).0;
        let lists = credentials.requests(|_, owner| {
            let body = json!({"name": "Home", "id": list_of(owner)}).to_string();
            let line = format!("POST /api/users/{}/lists", owner.id);
            (line, with_body(&body))
        });
        self.load
            .send_each(server.address, &lists, "201", |_, _| Ok(()))?;
        let full = credentials.requests(|_, owner| {
            let body = json!({
                "title": "Call the dentist about Thursday", "description": "Before ten, or after four",
                "list_id": list_of(owner), "due": {"date": due, "time": "09:00"},
            });
            let line = format!("POST /api/users/{}/tasks", owner.id);
            (line, with_body(&body.to_string()))
        });
        let plain = credentials.creates();
        let subject = |requests| Subject {
            server,
            requests,
            status: "201",
        };
        let [plain, full] = self.take_turns([subject(&plain), subject(&full)])?;
        report.ratio(
            "create with a list and a due : plain create",
            &Target::None,
            &full.ratio(&plain),
        );
        rates(report, "plain create", &plain);
        rates(report, "create with a list and a due", &full);
        Ok(())
    }

    /// One person's writes, one after the other: completions of a recurring task, single creates and batches; and commits
    /// of the plain loop.
    fn sequences(
        &mut self,
        server: &Server,
        people: &mut NewPeople,
        report: &mut Report,
    ) -> Outcome<()> {
        let mut plain = PlainLoop::open(self.stage, "plain for sequences")?;
        let [mut commits, mut completions, mut batches, mut singles] = [const { Vec::new() }; 4];
        for _ in 0..self.options.rounds {
            commits.push(1_000.0 / plain.commits_per_second(self.options.window)?);
            completions.push(self.completion(server, people.writer())?);
            let (single, batch) = self.creates_of_one(server, people.writer())?;
            batches.push(batch);
            singles.push(single);
        }
        let hundred: Vec<f64> = singles
            .iter()
            .map(|time| time * f64::from(OPERATIONS))
            .collect();
        // The targets are for the time beside the commit, so these are stricter.
        report.number(
            "complete a recurring task with 10 subtasks, with the commit, ms",
            Target::Below(3.0),
            &Spread::of(&completions),
        );
        report.number(
            "batch of 100 creates, with the commit, ms",
            Target::Below(15.0),
            &Spread::of(&batches),
        );
        report.ratio(
            "batch of 100 creates : 100 creates one after the other, time",
            &Target::None,
            &Spread::of(&ratios(&batches, &hundred)),
        );
        for (what, times) in [
            ("single create, with the commit, ms", singles),
            ("commit of a plain loop, ms", commits),
        ] {
            report.number(what, Target::None, &Spread::of(&times));
        }
        Ok(())
    }

    /// Completes a daily task again and again. Returns the median time in milliseconds.
    fn completion(&self, server: &Server, mut writer: Writer) -> Outcome<f64> {
        let task = json!({
            "title": "Water plants", "due": {"date": date(0)?}, "recurrence": {"rule": "FREQ=DAILY"},
        });
        let parent = writer.caller.person.record(1, writer.now).0;
        let subtasks = (0..SUBTASKS).map(
            |number| json!({"title": format!("Water plant number {number}"), "parent_id": parent}),
        );
        let seed = vec![writer.batch(std::iter::once(task).chain(subtasks))];
        self.load
            .send_each(server.address, &seed, "200", |_, _| Ok(()))?;
        let complete = |id: &str| {
            let path = format!("tasks/{id}/complete");
            writer.caller.write("PATCH", &path, r#"{"completed":true}"#)
        };
        let first = complete(&parent.to_string());
        let window = self.options.window;
        let times = self
            .load
            .send_chain(server.address, first, "200", window, |answer| {
                let answer = body(answer)?;
                let next = answer
                    .pointer("/next_occurrence/id")
                    .and_then(Value::as_str);
                Ok(complete(next.ok_or("the series has ended")?))
            })?;
        median(times)
    }

    /// The median times of a single create and of a batch, in milliseconds.
    fn creates_of_one(&self, server: &Server, mut writer: Writer) -> Outcome<(f64, f64)> {
        let window = self.options.window;
        let first = writer.create();
        let singles =
            self.load.send_chain(
                server.address,
                first,
                "201",
                window,
                |_| Ok(writer.create()),
            )?;
        let first = writer.full_batch(None);
        let batches = self
            .load
            .send_chain(server.address, first, "200", window, |_| {
                Ok(writer.full_batch(None))
            })?;
        Ok((median(singles)?, median(batches)?))
    }

    /// Deletes and restores a list of 10,000 tasks.
    fn long_list(
        &self,
        server: &Server,
        people: &mut NewPeople,
        report: &mut Report,
    ) -> Outcome<()> {
        let mut writer = people.writer();
        let list = writer.id();
        let send = |request: Box<[u8]>, status: &str| -> Outcome<f64> {
            let (start, requests) = (Instant::now(), vec![request]);
            self.load
                .send_each(server.address, &requests, status, |_, _| Ok(()))?;
            Ok(start.elapsed().as_secs_f64() * 1_000.0)
        };
        let create = json!({"name": "Long", "id": list}).to_string();
        send(writer.caller.write("POST", "lists", &create), "201")?;
        for _ in 0..BATCHES {
            send(writer.full_batch(Some(list)), "200")?;
        }
        let (mut deletes, mut restores) = (Vec::new(), Vec::new());
        for _ in 0..self.options.rounds {
            let path = format!("lists/{list}");
            deletes.push(send(writer.caller.write("DELETE", &path, ""), "204")?);
            let path = format!("{path}/restore");
            restores.push(send(writer.caller.write("POST", &path, ""), "200")?);
        }
        for (what, times) in [
            ("delete a list of 10,000 tasks, ms", deletes),
            ("restore it, ms", restores),
        ] {
            report.number(what, Target::Below(1_500.0), &Spread::of(&times));
        }
        Ok(())
    }
}

/// The median of times in microseconds, in milliseconds.
fn median(mut times: Vec<u32>) -> Outcome<f64> {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).ok_or("no answer arrived")?;
    Ok(f64::from(*middle) / 1_000.0)
}
