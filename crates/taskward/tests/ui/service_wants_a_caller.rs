//! No use case works without a caller.
use taskward::domain::{PageLimit, PageRequest, TaskFilter};
use taskward::service::Services;

async fn tasks(services: &Services) {
    let request = PageRequest::new(PageLimit::DEFAULT, TaskFilter::default(), None).unwrap();
    let _ = services.list_tasks(request, None).await;
}

fn main() {}
