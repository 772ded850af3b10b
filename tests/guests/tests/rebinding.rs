//! A name server that answers differently the second time gains nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use futures::future::BoxFuture;
use runtime_host::{Catalog, CatalogConfig, Names};
use tests_guests::{component_file, failure, http_server, trigger};

/// Answers 127.0.0.1 the first time and a cloud's metadata server from then on.
#[derive(Default)]
struct Rebinding(AtomicUsize);

impl Names for Rebinding {
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        assert_eq!(name, "db.test");
        let address = match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Ipv4Addr::LOCALHOST,
            _ => Ipv4Addr::new(169, 254, 169, 254),
        };
        async move { Ok(vec![address.into()]) }.boxed()
    }
}

fn catalog() -> Catalog {
    let folder = component_file("hostile");
    Catalog::open(CatalogConfig {
        names: Arc::new(Rebinding::default()),
        ..CatalogConfig::new(vec![folder.parent().unwrap().to_path_buf()])
    })
    .unwrap()
}

#[tokio::test]
async fn a_socket_to_a_name_that_became_link_local_is_refused() {
    let server = http_server("200 OK", "").await;
    let address = format!("db.test:{}", server.port());
    let trigger = trigger("link_local_address", "poll", &[("address", &address)]);
    let mut open = catalog().open_trigger(Arc::new(trigger));
    // The component panics either way, and says what happened.
    let first = failure(open.poll().await);
    assert!(first.message.contains("got out"), "{first}");
    let second = failure(open.poll().await);
    assert!(second.message.contains("kept in"), "{second}");
}

#[tokio::test]
async fn a_request_to_a_name_that_became_link_local_is_refused() {
    let server = http_server("200 OK", "seven").await;
    let url = format!("http://db.test:{}/", server.port());
    let mut trigger = trigger("", "", &[("use", "http"), ("url", &url)]);
    trigger.trigger_type = "capable".into();
    let mut open = catalog().open_trigger(Arc::new(trigger));
    assert_eq!(failure(open.poll().await).message, "200 seven");
    let second = failure(open.poll().await);
    assert!(
        second.message.contains("DestinationIpProhibited"),
        "{second}"
    );
}
