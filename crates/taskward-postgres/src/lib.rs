use taskward_store::*; use taskward_access::*; use jiff::Timestamp;
#[derive(Debug, thiserror::Error)] pub enum OpenError { #[error("x")] Unusable(String), #[error("y")] Other }
#[derive(Debug, thiserror::Error)] pub enum MigrateError { #[error("x")] X }
pub struct PostgresStore;
impl PostgresStore { pub async fn open(_: &str) -> Result<Self, OpenError> { Err(OpenError::Other) } }
pub async fn migrate(_: &str, _: Option<&str>, _: bool) -> Result<Vec<String>, MigrateError> { Err(MigrateError::X) }
#[async_trait::async_trait]
impl Store for PostgresStore {
    fn for_grant<'a>(&'a self, _: &'a Grant) -> Box<dyn UserStore + 'a> { unreachable!() }
    fn lanes(&self) -> Lanes { unreachable!() }
    async fn check(&self) -> Result<(), StoreError> { unreachable!() }
    async fn close(&self) {}
    async fn purge(&self, _: &Maintenance, _: Timestamp) -> Result<Purged, StoreError> { unreachable!() }
}
