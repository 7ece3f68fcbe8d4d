//! Measures the server's speed and memory over HTTP on loopback and compares them with targets:
//! `cargo bench -p taskward --bench http`.
//!
//! Measures the release binary in turns with a bare server, which has the same HTTP stack and sends the same bytes from
//! memory. Reports the ratio of their answers per second of processor time, which other work on the machine disturbs
//! least. Linux only, because it reads processor times from `/proc`.

mod bare;
mod in_process;
mod load;
mod measure;
mod model;
mod model_seed;
mod model_writes;
mod options;
mod people;
mod process;
mod report;
mod seed;
mod stage;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use taskward::system::SystemClock;
use taskward_service::Clock;

use measure::Bench;
use options::{Measure, Options};
use process::Server;
use report::Report;
use stage::Stage;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Outcome<T> = Result<T, Error>;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let done = match arguments.as_slice() {
        [_, command, answer] if command == bare::COMMAND => bare::serve(Path::new(answer)),
        _ => run(&Options::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be reported if standard error is closed too.
            let _ = writeln!(std::io::stderr(), "http: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    let stage = Stage::prepare(options)?;
    let mut bench = Bench::new(options, &stage)?;
    let mut report = Report::default();
    let server = Server::taskward(&stage.large)?;
    let (idle, _) = server.memory()?;
    if options.wants(Measure::Reads) {
        bench.reads(&server, &mut report)?;
    }
    if options.wants(Measure::Growth) {
        bench.growth(&server, &mut report)?;
    }
    if options.wants(Measure::Creates) {
        bench.creates(&server, &mut report)?;
    }
    let (_, peak) = server.memory()?;
    if [Measure::Reads, Measure::Growth, Measure::Creates]
        .into_iter()
        .any(|measure| options.wants(measure))
    {
        report.memory(idle, peak);
    }
    server.stop()?;
    if options.wants(Measure::Start) {
        bench.start(&mut report)?;
    }
    // Last, because it adds to the databases.
    if options.wants(Measure::Model) {
        bench.model(&mut report)?;
        in_process::measure(options, &mut report)?;
    }
    let mut out = std::io::stdout();
    writeln!(out, "{}\n", environment(options, &bench)?)?;
    write!(out, "{}", report.text())?;
    Ok(())
}

/// The time, the machine, the options, and the load of other processes.
fn environment(options: &Options, bench: &Bench<'_>) -> Outcome<String> {
    let processors = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches(['\t', ':', ' ']));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "{:.0}, {} x {model}, Linux {}\n\
         {} people x {} tasks, {} connections, {} rounds of {} s windows; \
         other processes kept {:.2} processors busy meanwhile",
        SystemClock.now(),
        std::thread::available_parallelism()?,
        kernel.trim(),
        options.people,
        options.tasks,
        options.connections,
        options.rounds,
        options.window.as_secs_f64(),
        bench.others(),
    ))
}
