//! What a run needs before it can measure: databases with people in them, and everybody's requests.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::Outcome;
use crate::load::{Load, field, head_length};
use crate::options::Options;
use crate::people::{Credentials, Person, Requests};
use crate::process::Server;
use crate::seed;

pub(crate) struct Stage {
    /// Beside the build's other files and so on a disk, which a directory for temporary files need not be.
    directory: TempDir,
    pub(crate) large: PathBuf,
    pub(crate) small: PathBuf,
    people: Vec<Person>,
    few_people: Vec<Person>,
    tasks: u32,
}

impl Stage {
    pub(crate) fn set(options: &Options) -> Outcome<Self> {
        let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
        let at = |name: &str| directory.path().join(name);
        let few = (options.small_rows / options.tasks).max(1);
        let stage = Self {
            large: at("large"),
            small: at("small"),
            directory,
            people: Person::some(options.people),
            few_people: Person::some(few),
            tasks: options.tasks,
        };
        for (data, people) in [
            (&stage.large, &stage.people),
            (&stage.small, &stage.few_people),
        ] {
            Server::taskward(data)?.stop()?;
            seed::fill(&data.join("tasks.db"), people, stage.tasks)?;
        }
        Ok(stage)
    }

    /// A place for another file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// Somebody's token and tasks each, for every person of the large database.
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials::sign(&self.people, self.people.len())
    }

    /// As many tokens, for the people of the small database. Only rows may differ.
    pub(crate) fn few_credentials(&self) -> Credentials<'_> {
        Credentials::sign(&self.few_people, self.people.len())
    }

    /// The task that is asked for by its id: neither the first nor the last of anybody's.
    pub(crate) fn single(&self) -> u32 {
        self.tasks / 2
    }
}

/// Asks everything once, and gives the first answer and every answer's entity tag.
pub(crate) fn tags(
    load: &Load,
    server: &Server,
    requests: &Requests,
    status: &str,
) -> Outcome<(Vec<u8>, Vec<String>)> {
    let mut first = Vec::new();
    let mut tags = vec![String::new(); requests.len()];
    load.ask_each(server.address, requests, status, |number, answer| {
        if number == 0 {
            first = answer.to_vec();
        }
        let head = head_length(answer).and_then(|end| answer.get(..end));
        let tag = head.and_then(|head| field(head, "etag"));
        if let Some(place) = tags.get_mut(number) {
            *place = tag.ok_or("the answer has a tag")?.to_owned();
        }
        Ok(())
    })?;
    Ok((first, tags))
}

/// Starts the server that sends just this answer, and makes sure that it does.
pub(crate) fn bare(
    stage: &Stage,
    load: &Load,
    answer: &[u8],
    request: &[u8],
    status: &str,
) -> Outcome<Server> {
    let file = stage.file(status);
    std::fs::write(&file, answer)?;
    let server = Server::bare(&file)?;
    let request = vec![Box::from(request)];
    load.ask_each(server.address, &request, status, |_, sent| {
        if sorted(sent) == sorted(answer) {
            Ok(())
        } else {
            let sent = String::from_utf8_lossy(sent);
            Err(format!("the bare server sends something else: {sent}").into())
        }
    })?;
    Ok(server)
}

/// An answer's head in the order of names and without its date, and its body.
fn sorted(answer: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let (head, body) = answer.split_at(head_length(answer).unwrap_or(0));
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    lines.retain(|line| !line.starts_with(b"date:"));
    lines.sort_unstable();
    (lines, body)
}
