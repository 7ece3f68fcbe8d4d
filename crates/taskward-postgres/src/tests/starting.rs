//! `taskward migrate`, and what the server refuses to start on.

use super::*;
use crate::migrate::expected_version;
use crate::{MigrateError, OpenError};

async fn refusal(database: &Database) -> String {
    match PostgresStore::open(&database.url()).await {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn an_empty_database_is_made_ready_and_twice_is_no_harm() {
    let database = Database::empty().await;
    let refused = PostgresStore::open(&database.admin_url()).await.err();
    assert!(
        matches!(refused, Some(OpenError::NotMigrated(_))),
        "{refused:?}"
    );
    let done = migrate(&database.admin_url(), None, false).await.unwrap();
    assert!(done.iter().any(|line| line.contains("V1__")), "{done:?}");
    let again = migrate(&database.admin_url(), None, false).await.unwrap();
    assert_eq!(
        again,
        [format!("the schema is at version {}", expected_version())]
    );
    // A superuser may take every role; the one it takes is bound.
    PostgresStore::open(&database.admin_url()).await.unwrap();
}

#[tokio::test]
async fn many_at_once_are_one_after_the_other() {
    let database = Database::empty().await;
    let url = database.admin_url();
    let runs = futures_util::future::join_all((0..4).map(|_| migrate(&url, None, false))).await;
    let applied = runs.iter().flat_map(|run| run.as_ref().unwrap());
    assert_eq!(applied.filter(|line| line.contains("V1__")).count(), 1);
}

#[tokio::test]
async fn a_login_without_the_roles_is_told_what_to_run() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let login = format!("outsider_{}", std::process::id());
    let make = format!("CREATE ROLE {login} LOGIN PASSWORD 'x'");
    admin.batch_execute(&make).await.unwrap();
    let url =
        database
            .url()
            .replacen(LOGIN, &login, 1)
            .replacen(&PASSWORD.replace(' ', "%20"), "x", 1);
    let refused = PostgresStore::open(&url).await.err().unwrap().to_string();
    assert!(
        refused.contains(&format!("taskward migrate --grant-to {login}")),
        "{refused}"
    );
    migrate(&database.admin_url(), Some(&login), false)
        .await
        .unwrap();
    PostgresStore::open(&url).await.unwrap();
    let remove = format!("DROP OWNED BY {login}; DROP ROLE {login}");
    admin.batch_execute(&remove).await.unwrap();
    let nobody = migrate(&database.admin_url(), Some(&login), false).await;
    assert!(
        matches!(nobody, Err(MigrateError::Refused { .. })),
        "{nobody:?}"
    );
}

#[tokio::test]
async fn sec_49_the_server_does_not_start_where_users_are_not_kept_apart() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    for (undo, redo) in [
        (
            "ALTER TABLE taskward.task NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE taskward.task FORCE ROW LEVEL SECURITY",
        ),
        (
            "ALTER TABLE taskward.account DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE taskward.account ENABLE ROW LEVEL SECURITY",
        ),
        (
            "CREATE TABLE taskward.extra (user_id text)",
            "DROP TABLE taskward.extra",
        ),
    ] {
        admin.batch_execute(undo).await.unwrap();
        assert!(
            refusal(&database)
                .await
                .contains("row-level security is not forced"),
            "{undo}"
        );
        admin.batch_execute(redo).await.unwrap();
        PostgresStore::open(&database.url()).await.unwrap();
    }
}

#[tokio::test]
async fn a_schema_of_another_version_is_not_worked_with() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let newer = "INSERT INTO taskward.schema_history (version, name) VALUES (999, 'later')";
    admin.batch_execute(newer).await.unwrap();
    assert!(
        refusal(&database)
            .await
            .contains("made by a newer taskward")
    );
    admin
        .batch_execute("DELETE FROM taskward.schema_history")
        .await
        .unwrap();
    assert!(refusal(&database).await.contains("run `taskward migrate`"));
}

#[tokio::test]
async fn nobody_there_is_told_in_one_line() {
    let refused = PostgresStore::open("postgres://u@127.0.0.1:1/d")
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("refused") && !refused.contains('\n'),
        "{refused}"
    );
    let plain = Database::empty().await;
    let tls = format!("{}?sslmode=require", plain.admin_url());
    let refused = PostgresStore::open(&tls).await.err().unwrap().to_string();
    assert!(refused.contains("TLS"), "{refused}");
}
