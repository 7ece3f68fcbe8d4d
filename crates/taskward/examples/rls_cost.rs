//! What row-level security costs: the list statement with it against the same statement without it, in one run.
//!
//! `TASKWARD_TEST_POSTGRES_URL=postgres://... cargo run --release -p taskward --example rls_cost` makes a database of its
//! own, fills it, prints the ratio and drops it again. Both sides send the same messages, in one round trip, on a
//! connection of their own; they take turns, so that whatever else the machine does strikes both. The side without is a
//! role with BYPASSRLS.

#![allow(
    clippy::print_stdout,
    reason = "printing the ratio is what this program is for"
)]

use std::time::{Duration, Instant};

use futures_util::future::try_join4;
use taskward::store::postgres::migrate;
use tokio_postgres::{Client, Error, NoTls, Statement};
use uuid::Uuid;

const LIST: &str = include_str!("../src/store/postgres/list.sql");

/// How many users there are, with 20 tasks each: a page.
const USERS: usize = 5_000;
/// How often each side lists, and how often before it counts.
const PAIRS: usize = 20_000;
const WARM_UP: usize = 1_000;

const FILL: &str = "
    INSERT INTO taskward.account SELECT 'user ' || u, 20, 20 FROM generate_series(1, 5000) u;
    INSERT INTO taskward.task
      SELECT 'user ' || u, ('0198f5d0-7c3a-7' || lpad(to_hex(n), 3, '0') || '-8000-' || lpad(to_hex(u), 12, '0'))::uuid,
        'task number ' || n, 'what it is about', NULL, 1, 1, NULL, 1, n, array_to_tsvector(ARRAY['task'])
      FROM generate_series(1, 5000) u, generate_series(1, 20) n";

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a program without a command line"
    )]
    let admin = std::env::var("TASKWARD_TEST_POSTGRES_URL")?;
    let (server, _) = admin.rsplit_once('/').ok_or("the URL names no database")?;
    let name = format!("rls_cost_{}", std::process::id());
    let url = format!("{server}/{name}");
    let outside = connect(&admin).await?;
    outside
        .batch_execute(&format!(
            "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"
        ))
        .await?;
    let measured = measure(&url, &name).await;
    outside
        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await?;
    outside
        .batch_execute(&format!("DROP ROLE IF EXISTS {name}"))
        .await?;
    let [secured, bare] = measured?.map(median);
    println!(
        "with row-level security {:.1} us, without {:.1} us, ratio {:.3} (medians of {PAIRS})",
        secured.as_secs_f64() * 1e6,
        bare.as_secs_f64() * 1e6,
        secured.as_secs_f64() / bare.as_secs_f64()
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The times with and the times without.
async fn measure(url: &str, bypassing: &str) -> Result<[Vec<Duration>; 2], Failure> {
    migrate(url, None).await?;
    let setup = connect(url).await?;
    setup.batch_execute(FILL).await?;
    setup.batch_execute("VACUUM ANALYZE").await?;
    let role = format!(
        "CREATE ROLE {bypassing} BYPASSRLS; GRANT USAGE ON SCHEMA taskward TO {bypassing};
         GRANT SELECT ON ALL TABLES IN SCHEMA taskward TO {bypassing}"
    );
    setup.batch_execute(&role).await?;
    let with = Side::new(url, "taskward_app").await?;
    let without = Side::new(url, bypassing).await?;
    let mut times = [Vec::new(), Vec::new()];
    let [secured, bare] = &mut times;
    for number in 0..WARM_UP + PAIRS {
        let owner = format!("user {}", number * 37 % USERS + 1);
        // Which goes first alternates: the second finds the pages in the processor's caches.
        let (one, other) = if number % 2 == 0 {
            let one = with.list(&owner).await?;
            (one, without.list(&owner).await?)
        } else {
            let other = without.list(&owner).await?;
            (with.list(&owner).await?, other)
        };
        if number >= WARM_UP {
            secured.push(one);
            bare.push(other);
        }
    }
    Ok(times)
}

/// A connection in one role.
struct Side {
    client: Client,
    bind: Statement,
    list: Statement,
}

impl Side {
    async fn new(url: &str, role: &str) -> Result<Self, Error> {
        let client = connect(url).await?;
        let settings = format!(
            "SET ROLE {role}; SET search_path = taskward, pg_temp; SET plan_cache_mode = force_generic_plan;
             SET enable_seqscan = off; SET enable_bitmapscan = off"
        );
        client.batch_execute(&settings).await?;
        let bind = client
            .prepare("SELECT set_config('taskward.user_id', $1, true)")
            .await?;
        let list = client.prepare(LIST).await?;
        Ok(Self { client, bind, list })
    }

    /// How long one list takes.
    async fn list(&self, owner: &str) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let rows = self.page(owner).await?;
        let took = begun.elapsed();
        match rows {
            20 => Ok(took),
            _ => Err(format!("{rows} rows instead of 20").into()),
        }
    }

    async fn page(&self, owner: &str) -> Result<usize, Error> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let list = async {
            let nothing = (None::<bool>, None::<&str>, None::<i64>);
            self.client
                .query(
                    &self.list,
                    &[
                        &owner,
                        &Uuid::max(),
                        &nothing.0,
                        &nothing.1,
                        &nothing.2,
                        &21_i64,
                    ],
                )
                .await
        };
        let (_, _, rows, _) = try_join4(
            self.client.batch_execute(begin),
            async { self.client.execute(&self.bind, &[&owner]).await },
            list,
            self.client.batch_execute("COMMIT"),
        )
        .await?;
        Ok(rows.len())
    }
}

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await?;
    // Ends with its client.
    tokio::spawn(async move { driver.await.map_err(|error| println!("{error}")) });
    Ok(client)
}
