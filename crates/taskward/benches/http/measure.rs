//! The measurements. Servers are measured in windows by turns, so that other load on the machine affects all of them.

use std::time::{Duration, Instant};

use rusqlite::{Connection, named_params};

use crate::Outcome;
use crate::load::Load;
use crate::options::Options;
use crate::people::Requests;
use crate::process::{Server, machine_cpu_seconds, own_cpu_seconds};
use crate::report::{Report, Spread, Target, ratios};
use crate::stage::{Stage, bare, tags};

/// A kind of request to one server.
pub(crate) struct Subject<'s> {
    pub(crate) server: &'s Server,
    pub(crate) requests: &'s Requests,
    pub(crate) status: &'s str,
}

/// The results of one subject, a number for each window.
#[derive(Default)]
pub(crate) struct Series {
    pub(crate) per_cpu_second: Vec<f64>,
    pub(crate) per_second: Vec<f64>,
    /// The 50th and the 99th percentile of the latency, in milliseconds.
    pub(crate) p50: Vec<f64>,
    pub(crate) p99: Vec<f64>,
}

impl Series {
    /// The ratio of the answers per CPU second.
    pub(crate) fn ratio(&self, other: &Self) -> Spread {
        Spread::of(&ratios(&self.per_cpu_second, &other.per_cpu_second))
    }
}

pub(crate) struct Bench<'b> {
    pub(crate) options: &'b Options,
    pub(crate) stage: &'b Stage,
    pub(crate) load: Load,
    /// Processor time of processes that are not part of the benchmark, in seconds.
    others: f64,
    /// The length of all windows, in seconds.
    measured: f64,
}

impl<'b> Bench<'b> {
    pub(crate) fn new(options: &'b Options, stage: &'b Stage) -> Outcome<Self> {
        Ok(Self {
            options,
            stage,
            load: Load::new(options.connections)?,
            others: 0.0,
            measured: 0.0,
        })
    }

    /// How many processors other processes kept busy, on average over all windows.
    pub(crate) fn others(&self) -> f64 {
        self.others / self.measured
    }

    /// Lists, unchanged lists and single tasks, compared with the bare server and with each other.
    pub(crate) fn reads(&mut self, server: &Server, report: &mut Report) -> Outcome<()> {
        let (stage, status) = (self.stage, "304");
        let credentials = stage.credentials();
        let lists = credentials.lists();
        let (list, list_tags) = tags(&self.load, server, &lists, "200")?;
        let known_lists = credentials.known_lists(&list_tags);
        let (unchanged, _) = tags(&self.load, server, &known_lists, status)?;
        let tasks = credentials.single_tasks(stage.single(), None);
        let (_, task_tags) = tags(&self.load, server, &tasks, "200")?;
        let known_tasks = credentials.single_tasks(stage.single(), Some(&task_tags));
        let request = lists.first().ok_or("there are no people")?;
        let bare_list = bare(stage, &self.load, &list, request, "200")?;
        let bare_unchanged = bare(stage, &self.load, &unchanged, request, status)?;

        let subject = |server, requests, status| Subject {
            server,
            requests,
            status,
        };
        let series = self.take_turns([
            subject(server, &lists, "200"),
            subject(&bare_list, &lists, "200"),
            subject(server, &known_lists, status),
            subject(&bare_unchanged, &known_lists, status),
            subject(server, &tasks, "200"),
            subject(server, &known_tasks, status),
        ])?;
        let [list, bare_list, unchanged, bare_unchanged, task, known_task] = &series;
        report.share(
            "list of 20 from the database : bare server",
            0.25,
            &list.ratio(bare_list),
        );
        report.share(
            "unchanged list (304) : bare server",
            0.60,
            &unchanged.ratio(bare_unchanged),
        );
        report.share("task by id : list", 1.0, &task.ratio(list));
        report.share("task by id (304) : list", 1.0, &known_task.ratio(list));
        report.number(
            "99th percentile of the list, ms",
            Target::Below(5.0),
            &Spread::of(&list.p99),
        );
        for (name, series) in [
            ("list of 20", list),
            ("the bare server's", bare_list),
            ("unchanged list", unchanged),
            ("the bare server's", bare_unchanged),
            ("task by id", task),
            ("task by id, 304", known_task),
        ] {
            report.rates(
                name,
                &Spread::of(&series.per_cpu_second),
                &Spread::of(&series.per_second),
            );
        }
        Ok(())
    }

    /// The list in the large database compared with that in the small one.
    pub(crate) fn growth(&mut self, server: &Server, report: &mut Report) -> Outcome<()> {
        let small = Server::taskward(&self.stage.small)?;
        let lists = self.stage.credentials().lists();
        let small_lists = self.stage.few_credentials().lists();
        let [large_series, small_series] = self.take_turns([
            Subject {
                server,
                requests: &lists,
                status: "200",
            },
            Subject {
                server: &small,
                requests: &small_lists,
                status: "200",
            },
        ])?;
        report.share(
            "list in the large database : in the small one",
            0.90,
            &large_series.ratio(&small_series),
        );
        report.rates(
            "list of 20, small database",
            &Spread::of(&small_series.per_cpu_second),
            &Spread::of(&small_series.per_second),
        );
        small.stop()
    }

    /// Durable concurrent creates, compared with a loop that commits one row at a time.
    pub(crate) fn creates(&mut self, server: &Server, report: &mut Report) -> Outcome<()> {
        let creates = self.stage.credentials().creates();
        let mut plain = PlainLoop::open(self.stage, "plain")?;
        let (mut ours, mut loops) = (Series::default(), Vec::new());
        for _ in 0..self.options.rounds {
            loops.push(plain.commits_per_second(self.options.window)?);
            let subject = Subject {
                server,
                requests: &creates,
                status: "201",
            };
            self.window(&subject, &mut ours)?;
        }
        report.number(
            "durable creates per second : commits of a plain loop",
            Target::AtLeast(10.0),
            &Spread::of(&ratios(&ours.per_second, &loops)),
        );
        report.rates(
            "create",
            &Spread::of(&ours.per_cpu_second),
            &Spread::of(&ours.per_second),
        );
        report.loop_rate(&Spread::of(&loops));
        Ok(())
    }

    /// From exec to the first answer, on the large database.
    pub(crate) fn start(&self, report: &mut Report) -> Outcome<()> {
        let request = "GET /healthz HTTP/1.1\r\nHost: taskward.bench\r\n\r\n";
        let requests = vec![Box::from(request.as_bytes())];
        let mut times = Vec::new();
        for _ in 0..self.options.rounds {
            let exec = Instant::now();
            let server = Server::taskward(&self.stage.large)?;
            self.load
                .send_each(server.address, &requests, "200", |_, _| Ok(()))?;
            times.push(exec.elapsed().as_secs_f64() * 1_000.0);
            server.stop()?;
        }
        report.number(
            "from exec to the first answer, ms",
            Target::Below(150.0),
            &Spread::of(&times),
        );
        Ok(())
    }

    /// Measures one window of each subject a round, after a warm-up window of each.
    pub(crate) fn take_turns<const N: usize>(
        &mut self,
        subjects: [Subject<'_>; N],
    ) -> Outcome<[Series; N]> {
        let mut series = [const { None }; N].map(|_: Option<()>| Series::default());
        for subject in &subjects {
            self.window(subject, &mut Series::default())?;
        }
        for _ in 0..self.options.rounds {
            for (subject, series) in subjects.iter().zip(&mut series) {
                self.window(subject, series)?;
            }
        }
        Ok(series)
    }

    fn window(&mut self, subject: &Subject<'_>, series: &mut Series) -> Outcome<()> {
        let Subject {
            server,
            requests,
            status,
        } = *subject;
        let (used, ours) = (server.cpu_seconds()?, own_cpu_seconds()?);
        let busy = machine_cpu_seconds()?;
        let window = self
            .load
            .send_for(server.address, requests, status, self.options.window)?;
        let busy = machine_cpu_seconds()? - busy;
        let used = server.cpu_seconds()? - used;
        self.others += (busy - used - (own_cpu_seconds()? - ours)).max(0.0);
        self.measured += window.seconds;
        series.per_cpu_second.push(window.answers() / used);
        series.per_second.push(window.per_second());
        let mut times = window.times;
        times.sort_unstable();
        let percentile = |percent: usize| -> Outcome<f64> {
            let time = times.get(times.len() * percent / 100);
            Ok(f64::from(*time.ok_or("no answer arrived")?) / 1_000.0)
        };
        series.p50.push(percentile(50)?);
        series.p99.push(percentile(99)?);
        Ok(())
    }
}

/// Commits one row at a time, each with its fsync, with the server's settings in a database that the server created. It does
/// less than a create: it looks nothing up, and writes neither the search index nor a row of `change`.
pub(crate) struct PlainLoop<'s> {
    connection: Connection,
    stage: &'s Stage,
    rows: u32,
}

impl<'s> PlainLoop<'s> {
    pub(crate) fn open(stage: &'s Stage, name: &str) -> Outcome<Self> {
        let data = stage.file(name);
        Server::taskward(&data)?.stop()?;
        let connection = Connection::open(data.join("tasks.db"))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(Self {
            connection,
            stage,
            rows: 0,
        })
    }

    pub(crate) fn commits_per_second(&mut self, window: Duration) -> Outcome<f64> {
        let before = self.rows;
        let start = Instant::now();
        while start.elapsed() < window {
            self.commit_one()?;
        }
        Ok(f64::from(self.rows - before) / start.elapsed().as_secs_f64())
    }

    fn commit_one(&mut self) -> Outcome<()> {
        const COUNT: &str = "INSERT INTO account (user_id, seq, task_count) VALUES (:user_id, 1, 1)
             ON CONFLICT (user_id) DO UPDATE SET seq = seq + 1, task_count = task_count + 1
             WHERE user_id = :user_id RETURNING seq";
        const ADD: &str = "INSERT INTO task
               (user_id, id, title, description, rank, created_at, updated_at, version, seq)
             VALUES (:user_id, :id, 'Call the dentist about Thursday', 'Before ten, or after four',
                     'V' || hex(substr(:id, 1, 6)) || 'V', 0, 0, 1, :seq)";
        let people = self.stage.people();
        let person = people
            .get(usize::try_from(self.rows)? % people.len())
            .ok_or("there are no people")?;
        let (id, _) = person.task(self.rows / u32::try_from(people.len())?);
        let transaction = self.connection.transaction()?;
        let seq: i64 = transaction
            .prepare_cached(COUNT)?
            .query_row(named_params! { ":user_id": person.id }, |row| row.get(0))?;
        transaction.prepare_cached(ADD)?.execute(
            named_params! { ":user_id": person.id, ":id": id.into_bytes(), ":seq": seq },
        )?;
        transaction.commit()?;
        self.rows += 1;
        Ok(())
    }
}
