//! No use case works without a caller.
use taskward::domain::{PageLimit, PageRequest};
use taskward::service::Services;

async fn tasks(services: &Services) {
    let request = PageRequest::new(PageLimit::DEFAULT, None, None).unwrap();
    let _ = services.list_tasks(request).await;
}

fn main() {}
