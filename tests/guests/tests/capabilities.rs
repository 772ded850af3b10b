//! Each capability, from inside a component.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use runtime_host::{Catalog, CatalogConfig, CheckError, OpenTrigger, Policy};
use runtime_types::{Trigger, UnknownReason};
use secrecy::SecretString;
use tests_guests::{TlsServer, component_file, failure, http_server};

/// When components believe it to be: 2001-09-09.
const NOW: Duration = Duration::from_secs(1_000_000_000);

fn catalog(directory: Option<&Path>) -> Catalog {
    let folder = component_file("capable");
    let config = CatalogConfig {
        policy: Policy {
            directories: directory.map(Path::to_path_buf).into_iter().collect(),
            ..Policy::default()
        },
        clock: Arc::new(|| SystemTime::UNIX_EPOCH + NOW),
        ..CatalogConfig::new(vec![folder.parent().unwrap().to_path_buf()])
    };
    Catalog::open(config).unwrap()
}

fn trigger(parameters: &[(&str, &str)], auth: &[(&str, &str)]) -> Arc<Trigger> {
    let text = |(k, v): &(&str, &str)| ((*k).to_string(), (*v).to_string());
    Arc::new(Trigger {
        trigger_type: "capable".into(),
        metadata: parameters.iter().map(text).collect(),
        auth_params: auth
            .iter()
            .map(|(k, v)| ((*k).to_string(), SecretString::from(*v)))
            .collect(),
        ..Trigger::default()
    })
}

async fn said(open: &mut OpenTrigger) -> String {
    let told = failure(open.poll().await);
    assert_eq!(told.reason, UnknownReason::Other, "{told}");
    told.message
}

async fn says(parameters: &[(&str, &str)], auth: &[(&str, &str)]) -> String {
    let mut open = catalog(None).open_trigger(trigger(parameters, auth));
    said(&mut open).await
}

#[tokio::test]
async fn the_clock_is_the_injected_one() {
    assert_eq!(says(&[("use", "clock")], &[]).await, "1000000000");
}

#[tokio::test]
async fn what_a_trigger_stored_outlives_its_instances_and_is_its_own() {
    let catalog = catalog(None);
    let mut first = catalog.open_trigger(trigger(&[("use", "kv")], &[]));
    assert_eq!(said(&mut first).await, "0");
    assert_eq!(said(&mut first).await, "1");
    let mut second = catalog.open_trigger(trigger(&[("use", "kv")], &[]));
    assert_eq!(said(&mut second).await, "0");
}

#[tokio::test]
async fn a_check_that_calls_more_than_the_log_is_refused() {
    let trigger = trigger(&[("use", "impure-check")], &[]);
    match catalog(None).check(&trigger).await {
        Err(CheckError::Component(unknown)) => {
            assert!(
                unknown.message.contains("`check` must not call kv.get"),
                "{unknown}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_directory_is_read_where_its_parameter_and_the_policy_agree() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let parameters = [("use", "files"), ("directory", path)];
    let mut granted = catalog(Some(folder.path())).open_trigger(trigger(&parameters, &[]));
    assert_eq!(said(&mut granted).await, "a b c");
    let refused = says(&parameters, &[]).await;
    assert!(
        refused.starts_with("failed: UnknownReason::Denied"),
        "{refused}"
    );
}

#[tokio::test]
async fn http_reaches_the_named_server_and_no_other() {
    let server = http_server("200 OK", "seven").await;
    let url = format!("http://{server}/metrics");
    assert_eq!(
        says(&[("use", "http"), ("url", &url)], &[]).await,
        "200 seven"
    );
    let localhost = url.replace("127.0.0.1", "localhost");
    assert_eq!(
        says(&[("use", "http"), ("url", &localhost)], &[]).await,
        "200 seven"
    );

    let closed = says(&[("use", "http"), ("url", "http://127.0.0.1:1/")], &[]).await;
    assert!(closed.contains("ConnectionRefused"), "{closed}");
    let metadata_server = says(&[("use", "http"), ("url", "http://169.254.169.254/")], &[]).await;
    assert!(
        metadata_server.contains("DestinationIpProhibited"),
        "{metadata_server}"
    );
}

#[tokio::test]
async fn tls_trusts_the_triggers_own_authority_and_checks_the_name() {
    let server = TlsServer::start().await;
    let localhost = format!("localhost:{}", server.port);
    let parameters = [("use", "tls"), ("address", localhost.as_str())];
    let trusted = [("ca", server.authority.as_str())];
    assert_eq!(says(&parameters, &trusted).await, "pong from nobody");

    let untrusted = says(&parameters, &[]).await;
    assert!(untrusted.contains("TlsFailed"), "{untrusted}");
    let unverified = [parameters[0], parameters[1], ("unsafeSsl", "true")];
    assert_eq!(says(&unverified, &[]).await, "pong from nobody");

    // The certificate is for `localhost` only.
    let by_address = format!("127.0.0.1:{}", server.port);
    let wrong_name = says(&[("use", "tls"), ("address", &by_address)], &trusted).await;
    assert!(wrong_name.contains("TlsFailed"), "{wrong_name}");

    let with_identity = [
        trusted[0],
        ("cert", server.client_certificate.as_str()),
        ("key", server.client_key.as_str()),
    ];
    assert_eq!(
        says(&parameters, &with_identity).await,
        "pong from a client"
    );
}

#[tokio::test]
async fn a_connection_can_be_upgraded_to_tls() {
    let server = TlsServer::start().await;
    let address = format!("localhost:{}", server.upgrade_port);
    let parameters = [("use", "upgrade"), ("address", address.as_str())];
    let trusted = [("ca", server.authority.as_str())];
    assert_eq!(says(&parameters, &trusted).await, "pong from nobody");
}

#[tokio::test]
async fn https_uses_the_triggers_own_authority() {
    let server = TlsServer::start().await;
    let url = format!("https://localhost:{}/", server.https_port);
    let parameters = [("use", "http"), ("url", url.as_str())];
    let trusted = [("ca", server.authority.as_str())];
    assert_eq!(says(&parameters, &trusted).await, "200 secure");
    let untrusted = says(&parameters, &[]).await;
    assert!(untrusted.contains("TlsCertificateError"), "{untrusted}");
}
