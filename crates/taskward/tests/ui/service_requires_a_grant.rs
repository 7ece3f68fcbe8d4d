//! No use case works without a grant.
use taskward_domain::{PageLimit, Sort, TaskFilter, TaskQuery};
use taskward_service::Services;

async fn tasks(services: &Services) {
    let query = TaskQuery::new(TaskFilter::default(), Sort::Newest, None, PageLimit::DEFAULT).unwrap();
    let _ = services.list_tasks(query, None).await;
}

fn main() {}
