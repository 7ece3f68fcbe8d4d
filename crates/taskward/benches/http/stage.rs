//! Prepares a run: databases with people and tasks, and the bare server.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::Outcome;
use crate::load::{Load, field, head_length};
use crate::options::Options;
use crate::people::{Credentials, Person, Requests};
use crate::process::Server;
use crate::seed;

pub(crate) struct Stage {
    /// In the target directory, because the directory for temporary files may be in memory.
    directory: TempDir,
    pub(crate) large: PathBuf,
    pub(crate) small: PathBuf,
    people: Vec<Person>,
    few_people: Vec<Person>,
    tasks: u32,
}

impl Stage {
    pub(crate) fn prepare(options: &Options) -> Outcome<Self> {
        let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
        let at = |name: &str| directory.path().join(name);
        let few = (options.small_rows / options.tasks).max(1);
        let stage = Self {
            large: at("large"),
            small: at("small"),
            directory,
            people: Person::first(options.people),
            few_people: Person::first(few),
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

    /// The path of another file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// One token for each person of the large database.
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials::sign(&self.people, self.people.len())
    }

    /// As many tokens for the people of the small database, so that only the number of rows differs.
    pub(crate) fn few_credentials(&self) -> Credentials<'_> {
        Credentials::sign(&self.few_people, self.people.len())
    }

    pub(crate) fn few_people(&self) -> &[Person] {
        &self.few_people
    }

    /// The index of the task that is read by its id: neither the first nor the last of its owner.
    pub(crate) fn single(&self) -> u32 {
        self.tasks / 2
    }
}

/// Sends every request once. Returns the first answer and the entity tags of all answers.
pub(crate) fn tags(
    load: &Load,
    server: &Server,
    requests: &Requests,
    status: &str,
) -> Outcome<(Vec<u8>, Vec<String>)> {
    let mut first = Vec::new();
    let mut tags = vec![String::new(); requests.len()];
    load.send_each(server.address, requests, status, |number, answer| {
        if number == 0 {
            first = answer.to_vec();
        }
        let head = head_length(answer).and_then(|end| answer.get(..end));
        let tag = head.and_then(|head| field(head, "etag"));
        if let Some(slot) = tags.get_mut(number) {
            *slot = tag.ok_or("the answer has no entity tag")?.to_owned();
        }
        Ok(())
    })?;
    Ok((first, tags))
}

/// Starts a bare server and checks that it sends this answer.
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
    load.send_each(server.address, &request, status, |_, sent| {
        if sorted(sent) == sorted(answer) {
            Ok(())
        } else {
            let sent = String::from_utf8_lossy(sent);
            Err(format!("the bare server sends another answer: {sent}").into())
        }
    })?;
    Ok(server)
}

/// The sorted lines of the head without `date`, and the body.
fn sorted(answer: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let (head, body) = answer.split_at(head_length(answer).unwrap_or(0));
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    lines.retain(|line| !line.starts_with(b"date:"));
    lines.sort_unstable();
    (lines, body)
}
