//! People with tasks and tokens, the same in every run, and the requests they send.
//!
//! Invariant: requests do not come in the order of the database's key, so that no page is in a cache because of the request
//! before.

use better_auth_verifier::testing::TestIssuer;
use uuid::Uuid;

/// The public origin of the server under test.
pub(crate) const ORIGIN: &str = "http://taskward.bench";
pub(crate) const SECRET: &str = "a secret of the benchmark, forty-four bytes!";

/// Longer than any run.
const TOKEN_SECONDS: i64 = 12 * 60 * 60;

/// The time of the oldest tasks: 1 January 2026.
const EPOCH_MS: u64 = 1_767_225_600_000;
/// The time between two tasks of one person: seven hours.
const TASK_EVERY_MS: u64 = 7 * 60 * 60 * 1_000;

pub(crate) struct Person {
    pub(crate) id: String,
    number: u64,
}

impl Person {
    /// The first `count` people.
    pub(crate) fn first(count: u32) -> Vec<Self> {
        (0..u64::from(count)).map(Self::new).collect()
    }

    /// The id has the form of Better Auth's ids: 32 letters and digits.
    pub(crate) fn new(number: u64) -> Self {
        const LETTERS: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let letter = |place: u64| {
            let chosen = scatter(number * 32 + place) % 62;
            let letter = usize::try_from(chosen).ok().and_then(|at| LETTERS.get(at));
            char::from(*letter.unwrap_or(&b'A'))
        };
        Self {
            id: (0..32).map(letter).collect(),
            number,
        }
    }

    /// The id and the time of the person's task with this index, oldest first.
    pub(crate) fn task(&self, index: u32) -> (Uuid, u64) {
        let spread = scatter(self.number) % TASK_EVERY_MS;
        self.record(index, EPOCH_MS + spread + u64::from(index) * TASK_EVERY_MS)
    }

    /// The id and the time of a record of the person that is made at this time. Each needs another index.
    pub(crate) fn record(&self, index: u32, at: u64) -> (Uuid, u64) {
        let random = u128::from(scatter(self.number << 32 | u64::from(index)));
        let bytes = (random << 64 | random).to_be_bytes();
        let [random @ .., _, _, _, _, _, _] = bytes;
        let id = uuid::Builder::from_unix_timestamp_millis(at, &random).into_uuid();
        (id, at)
    }

    /// A token with the claims that the auth server sets. Each serial number makes a different token.
    fn token(&self, issuer: &TestIssuer, serial: usize) -> String {
        issuer
            .draft(&self.id)
            .claim_str("email", &format!("person-{}@example.org", self.number))
            .claim_str("name", &format!("Person {}", self.number))
            .claim_str("jti", &serial.to_string())
            .lifetime(TOKEN_SECONDS)
            .sign()
    }
}

/// The bytes of requests, one for each token.
pub(crate) type Requests = Vec<Box<[u8]>>;

/// Tokens of people, signed once and used for requests of every kind.
pub(crate) struct Credentials<'p> {
    people: usize,
    /// Each with its owner. If there are more tokens than people, people have several.
    tokens: Vec<(&'p Person, String)>,
}

impl<'p> Credentials<'p> {
    /// Signs `count` tokens for `people` in turn.
    pub(crate) fn sign(people: &'p [Person], count: usize) -> Self {
        let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
        let owners = people.iter().cycle().take(count).enumerate();
        Self {
            people: people.len(),
            tokens: owners
                .map(|(serial, owner)| (owner, owner.token(&issuer, serial)))
                .collect(),
        }
    }

    /// One request for each token. `text` makes its request line and its end from the token's index and owner.
    pub(crate) fn requests(&self, text: impl Fn(usize, &Person) -> (String, String)) -> Requests {
        let request = |(index, (owner, token)): (usize, &(&Person, String))| {
            let (line, rest) = text(index, owner);
            bytes(&line, token, &rest)
        };
        self.tokens.iter().enumerate().map(request).collect()
    }

    /// Each person reads a list of 20.
    pub(crate) fn lists(&self) -> Requests {
        self.requests(|index, owner| (self.list_of(index, owner), "\r\n".to_owned()))
    }

    /// The server keeps the page that a user read last, and the benchmark measures reading it. So a person asks by turns for up
    /// to 20 and for up to 21 tasks, which is the same list of 20.
    fn list_of(&self, index: usize, owner: &Person) -> String {
        let limit = 20 + (index / self.people) % 2;
        format!("GET /api/users/{}/tasks?limit={limit}", owner.id)
    }

    /// Each person reads the list again with the entity tag of the first answer.
    pub(crate) fn known_lists(&self, tags: &[String]) -> Requests {
        self.requests(|index, owner| (self.list_of(index, owner), known(tags.get(index))))
    }

    /// Each person reads the task with this index, with its entity tag if there are `tags`.
    pub(crate) fn single_tasks(&self, index: u32, tags: Option<&[String]>) -> Requests {
        self.requests(|place, owner| {
            let (id, _) = owner.task(index);
            let line = format!("GET /api/users/{}/tasks/{id}", owner.id);
            let rest = tags.map_or_else(|| "\r\n".to_owned(), |tags| known(tags.get(place)));
            (line, rest)
        })
    }

    /// Each person creates a task.
    pub(crate) fn creates(&self) -> Requests {
        self.requests(|_, owner| {
            let body = r#"{"title":"Call the dentist about Thursday","description":"Before ten, or after four"}"#;
            let line = format!("POST /api/users/{}/tasks", owner.id);
            (line, json(body))
        })
    }
}

/// The requests of one person, who has one token.
pub(crate) struct Caller {
    pub(crate) person: Person,
    token: String,
}

impl Caller {
    pub(crate) fn new(number: u64) -> Self {
        let person = Person::new(number);
        let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
        Self {
            token: person.token(&issuer, 0),
            person,
        }
    }

    /// A request without a body. `path` is behind that of the person.
    pub(crate) fn get(&self, path: &str, tag: Option<&String>) -> Requests {
        let rest = tag.map_or_else(|| "\r\n".to_owned(), |tag| known(Some(tag)));
        vec![self.request("GET", path, &rest)]
    }

    /// A request with a body, which is JSON; without one if it is empty.
    pub(crate) fn write(&self, method: &str, path: &str, body: &str) -> Box<[u8]> {
        self.request(method, path, &json(body))
    }

    fn request(&self, method: &str, path: &str, rest: &str) -> Box<[u8]> {
        let line = format!("{method} /api/users/{}/{path}", self.person.id);
        bytes(&line, &self.token, rest)
    }
}

fn bytes(line: &str, token: &str, rest: &str) -> Box<[u8]> {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: taskward.bench\r\nAccept: application/json\r\n\
         Authorization: Bearer {token}\r\n{rest}"
    );
    request.into_bytes().into_boxed_slice()
}

/// The end of a request with a body.
pub(crate) fn json(body: &str) -> String {
    if body.is_empty() {
        return "\r\n".to_owned();
    }
    let length = body.len();
    format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn known(tag: Option<&String>) -> String {
    format!("If-None-Match: {}\r\n\r\n", tag.map_or("", String::as_str))
}

/// Pseudorandom numbers that are the same in every run (the finalizer of SplitMix64).
pub(crate) fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
