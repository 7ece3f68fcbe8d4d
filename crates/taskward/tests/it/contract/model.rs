//! Random writes of several users, compared with a small model: every answer, every counter and every list.
//!
//! The users write under the same few ids, so that anything that leaks from one user to another shows in a list.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Method;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use serde_json::{Value, json};

use super::{BATCH, CHANGES, LIST};
use crate::harness::{Answer, Client, Server, fresh_id};

const USERS: usize = 3;
const IDS: usize = 4;
const TITLES: [&str; 3] = ["milk", "oat milk", "bread"];

/// A user does something with the task under one of the ids.
#[derive(Debug, Clone)]
struct Step {
    user: usize,
    id: usize,
    action: Action,
    condition: Condition,
    /// Whether the write is sent in a batch, if a batch can have it.
    in_batch: bool,
}

#[derive(Debug, Clone)]
enum Action {
    Create(Content),
    Put {
        title: usize,
        completed: Option<bool>,
    },
    Patch {
        title: Option<usize>,
        completed: Option<bool>,
    },
    Complete(Option<bool>),
    Delete,
    Restore,
    Read,
}

#[derive(Debug, Clone)]
struct Content {
    title: usize,
    completed: bool,
}

#[derive(Debug, Clone)]
enum Condition {
    None,
    /// The version of the task in the model.
    Current,
    Stale,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ModelTask {
    title: usize,
    completed: bool,
    version: u64,
    is_deleted: bool,
    seq: u64,
}

/// One user's tasks by the number of their id.
#[derive(Debug, Default)]
struct ModelUser {
    seq: u64,
    tasks: BTreeMap<usize, ModelTask>,
}

impl ModelUser {
    /// Carries out a step as the API's description says. Returns the status and the task of the answer.
    fn apply(&mut self, step: &Step) -> (u16, Option<ModelTask>) {
        let found = self.tasks.get(&step.id).cloned();
        if let Action::Create(content) = &step.action {
            return match found {
                None => self.write(
                    step.id,
                    201,
                    ModelTask {
                        title: content.title,
                        completed: content.completed,
                        version: 0,
                        is_deleted: false,
                        seq: 0,
                    },
                ),
                Some(task)
                    if !task.is_deleted
                        && (task.title, task.completed) == (content.title, content.completed) =>
                {
                    (200, Some(task))
                }
                Some(_) => (409, None),
            };
        }
        let restores = matches!(step.action, Action::Restore);
        let Some(task) = found.filter(|task| restores || !task.is_deleted) else {
            return (404, None);
        };
        let is_conditional = !matches!(step.action, Action::Read);
        if is_conditional && matches!(step.condition, Condition::Stale) {
            return (412, None);
        }
        let mut after = task.clone();
        match &step.action {
            Action::Put { title, completed } => {
                after.title = *title;
                after.completed = completed.unwrap_or(task.completed);
            }
            Action::Patch { title, completed } => {
                after.title = title.unwrap_or(task.title);
                after.completed = completed.unwrap_or(task.completed);
            }
            Action::Complete(completed) => after.completed = completed.unwrap_or(!task.completed),
            Action::Delete => after.is_deleted = true,
            Action::Restore => after.is_deleted = false,
            Action::Create(_) | Action::Read => {}
        }
        if after == task {
            return (200, Some(task));
        }
        let (status, after) = self.write(step.id, 200, after);
        if matches!(step.action, Action::Delete) {
            (204, None)
        } else {
            (status, after)
        }
    }

    fn write(&mut self, id: usize, status: u16, task: ModelTask) -> (u16, Option<ModelTask>) {
        self.seq += 1;
        let task = ModelTask {
            version: task.version + 1,
            seq: self.seq,
            ..task
        };
        self.tasks.insert(id, task.clone());
        (status, Some(task))
    }

    /// The live tasks with these properties, newest id first.
    fn list(&self, fits: impl Fn(&ModelTask) -> bool) -> Vec<(usize, ModelTask)> {
        let live = self.tasks.iter().rev();
        live.filter(|(_, task)| !task.is_deleted && fits(task))
            .map(|(id, task)| (*id, task.clone()))
            .collect()
    }
}

/// The server side of one sequence: users and ids that no other sequence has.
struct World {
    clients: Vec<Client>,
    ids: Vec<String>,
}

impl World {
    fn new(server: &Server) -> Self {
        let ids: Vec<String> = (0..IDS).map(|_| fresh_id()).collect();
        let user = |number| server.user(&format!("user {number} of {}", ids.first().unwrap()));
        Self {
            clients: (0..USERS).map(user).collect(),
            ids,
        }
    }

    /// The status, and the task of the answer.
    async fn perform(&self, step: &Step, current: Option<u64>) -> (u16, Value) {
        if let Some(operation) = self.operation(step, current) {
            let batch = json!({ "operations": [operation] });
            let answer = self.clients[step.user].post(BATCH, batch).await;
            if answer.status != 200 {
                return (answer.status.as_u16(), Value::Null);
            }
            let result = &answer.json()["results"][0];
            let status = u16::try_from(result["status"].as_u64().unwrap()).unwrap();
            return (status, result["task"].clone());
        }
        let answer = self.perform_alone(step, current).await;
        let task = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status.as_u16(), task)
    }

    /// The step as an operation of a batch.
    fn operation(&self, step: &Step, current: Option<u64>) -> Option<Value> {
        let (op, body) = match &step.action {
            Action::Create(new) => {
                let body = json!({ "title": TITLES[new.title], "completed": new.completed });
                ("create", Some(body))
            }
            Action::Patch { title, completed } => {
                let mut body = json!({});
                if let Some(title) = title {
                    body["title"] = json!(TITLES[*title]);
                }
                if let Some(completed) = completed {
                    body["completed"] = json!(completed);
                }
                ("patch", Some(body))
            }
            Action::Complete(Some(completed)) => {
                ("complete", Some(json!({ "completed": completed })))
            }
            Action::Delete => ("delete", None),
            Action::Restore => ("restore", None),
            Action::Put { .. } | Action::Complete(None) | Action::Read => return None,
        };
        let mut operation = json!({ "op": op, "kind": "task", "id": self.ids[step.id] });
        if let Some(body) = body {
            operation["body"] = body;
        }
        match &step.condition {
            Condition::Current | Condition::Stale if op == "create" => {}
            Condition::None => {}
            Condition::Current => operation["if_version"] = current.unwrap_or(99).into(),
            Condition::Stale => operation["if_version"] = 99.into(),
        }
        step.in_batch.then_some(operation)
    }

    async fn perform_alone(&self, step: &Step, current: Option<u64>) -> Answer {
        let client = &self.clients[step.user];
        let path = format!("{LIST}/{}", self.ids[step.id]);
        let content = |content: &Content| json!({ "title": TITLES[content.title], "completed": content.completed });
        let (method, path, body) = match &step.action {
            Action::Create(new) => {
                let mut body = content(new);
                body["id"] = json!(self.ids[step.id]);
                (Method::POST, LIST.to_owned(), Some(body))
            }
            Action::Put { title, completed } => {
                let mut body = json!({ "title": TITLES[*title] });
                if let Some(completed) = completed {
                    body["completed"] = json!(completed);
                }
                (Method::PUT, path, Some(body))
            }
            Action::Patch { title, completed } => {
                let mut body = json!({});
                if let Some(title) = title {
                    body["title"] = json!(TITLES[*title]);
                }
                if let Some(completed) = completed {
                    body["completed"] = json!(completed);
                }
                (Method::PATCH, path, Some(body))
            }
            Action::Complete(None) => (Method::PATCH, format!("{path}/complete"), None),
            Action::Complete(Some(completed)) => {
                let body = json!({ "completed": completed });
                (Method::PATCH, format!("{path}/complete"), Some(body))
            }
            Action::Delete => (Method::DELETE, path, None),
            Action::Restore => (Method::POST, format!("{path}/restore"), None),
            Action::Read => (Method::GET, path, None),
        };
        let tag = match (&step.condition, current) {
            (Condition::None, _) => None,
            (Condition::Current, Some(version)) => Some(format!("\"{version}\"")),
            (Condition::Current, None) | (Condition::Stale, _) => Some("\"99\"".to_owned()),
        };
        let mut fields = Vec::new();
        if body.is_some() {
            fields.push(("content-type", "application/json"));
        }
        if let Some(tag) = &tag {
            fields.push(("if-match", tag.as_str()));
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        client.request(method, &path, &fields, body).await
    }

    /// Asserts that every way to read the tasks of a user agrees with the model.
    async fn compare(&self, user: usize, model: &ModelUser) {
        let client = &self.clients[user];
        let lists: [(&str, Vec<(usize, ModelTask)>); 4] = [
            ("", model.list(|_| true)),
            ("?completed=true", model.list(|task| task.completed)),
            ("?q=MILK", model.list(|task| task.title < 2)),
            (
                "?q=oat&completed=false",
                model.list(|task| task.title == 1 && !task.completed),
            ),
        ];
        for (query, expected) in lists {
            let tasks = client.get(&format!("{LIST}{query}")).await.json();
            let tasks = tasks.as_array().unwrap();
            assert_eq!(tasks.len(), expected.len(), "{query}");
            for (task, (id, expected)) in tasks.iter().zip(expected) {
                assert_eq!(task["id"], self.ids[id], "{query}");
                self.assert_same(task, &expected);
            }
        }
        let page = client.get(&format!("{CHANGES}?since=0")).await.json();
        assert_eq!(page["cursor"], model.seq);
        let mut expected: Vec<_> = model.tasks.iter().collect();
        expected.sort_by_key(|(_, task)| task.seq);
        let changes = page["changes"].as_array().unwrap();
        assert_eq!(changes.len(), expected.len());
        for (change, (id, expected)) in changes.iter().zip(expected) {
            assert_eq!(change["id"], self.ids[*id]);
            assert_eq!(change["task"].is_null(), expected.is_deleted);
            if !expected.is_deleted {
                self.assert_same(&change["task"], expected);
            }
        }
    }

    fn assert_same(&self, task: &Value, expected: &ModelTask) {
        let seen = (
            &task["title"],
            &task["completed"],
            &task["version"],
            task["completed_at"].is_null(),
        );
        let (title, completed, version) =
            (TITLES[expected.title], expected.completed, expected.version);
        assert_eq!(
            seen,
            (
                &json!(title),
                &json!(completed),
                &json!(version),
                !completed
            )
        );
    }
}

async fn run(world: &World, steps: &[Step]) {
    let mut model: Vec<ModelUser> = (0..USERS).map(|_| ModelUser::default()).collect();
    for (number, step) in steps.iter().enumerate() {
        let user = &mut model[step.user];
        let current = user.tasks.get(&step.id).map(|task| task.version);
        let (found, answered) = world.perform(step, current).await;
        let (status, task) = user.apply(step);
        assert_eq!(found, status, "step {number}, {step:?}: {answered}");
        if let Some(task) = task {
            world.assert_same(&answered, &task);
        }
        // After each write of one user, the others must read what they did before.
        for (user, model) in model.iter().enumerate() {
            world.compare(user, model).await;
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let content = (0..TITLES.len(), any::<bool>())
        .prop_map(|(title, completed)| Content { title, completed });
    let put = (0..TITLES.len(), any::<Option<bool>>());
    let patch = (
        proptest::option::of(0..TITLES.len()),
        proptest::option::of(any::<bool>()),
    );
    let action = prop_oneof![
        4 => content.prop_map(Action::Create),
        1 => put.prop_map(|(title, completed)| Action::Put { title, completed }),
        2 => patch.prop_map(|(title, completed)| Action::Patch { title, completed }),
        1 => any::<Option<bool>>().prop_map(Action::Complete),
        2 => Just(Action::Delete),
        2 => Just(Action::Restore),
        1 => Just(Action::Read),
    ];
    let condition = prop_oneof![4 => Just(Condition::None), 2 => Just(Condition::Current), 1 => Just(Condition::Stale)];
    let step = (0..USERS, 0..IDS, action, condition, any::<bool>());
    let step = step.prop_map(|(user, id, action, condition, in_batch)| Step {
        user,
        id,
        action,
        condition,
        in_batch,
    });
    vec(step, 1..40)
}

pub(super) async fn random_writes_of_several_users_match_the_model(server: Server) {
    let config = Config {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..Config::default()
    };
    let runtime = tokio::runtime::Handle::current();
    // The runner is synchronous, so it runs on a thread for blocking work.
    let done = tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(config);
        let outcome = runner.run(&steps(), |steps| {
            let world = World::new(&server);
            runtime.block_on(run(&world, &steps));
            Ok(())
        });
        outcome.map_err(|failure| failure.to_string())
    });
    done.await.unwrap().unwrap();
}
