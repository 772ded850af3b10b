//! The components that speak HTTP: against a real Prometheus, over TLS made by the host, and
//! against servers that only a test would write.

mod metrics_api;
mod prometheus;
mod server;

use runtime_types::{Number, Outcome, Trigger, UnknownReason};
use scaler_testkit::{Setting, Subject};
use secrecy::SecretString;
use tests_integration::ComponentSubject;
use tests_servers::Certificates;

/// Parameters as a manifest has them.
type Texts<'a> = [(&'a str, &'a str)];

fn trigger(trigger_type: &str, metadata: &Texts<'_>, auth: &Texts<'_>) -> Trigger {
    let metadata = metadata.iter();
    let auth = auth.iter();
    Trigger {
        trigger_type: trigger_type.into(),
        metadata: metadata.map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        auth_params: auth
            .map(|(k, v)| ((*k).to_string(), SecretString::from(*v)))
            .collect(),
        ..Trigger::default()
    }
}

fn poll(trigger: &Trigger) -> Outcome {
    let mut subject = ComponentSubject::new();
    subject.begin(&Setting::default());
    subject.poll(trigger)
}

#[track_caller]
fn number(outcome: Outcome) -> Number {
    match outcome {
        Outcome::Reading(reading) => reading.samples[0].value.clone().expect("a value"),
        other => panic!("{other:?}"),
    }
}

/// Why there is no value, and the message.
#[track_caller]
fn unknown(outcome: Outcome) -> (UnknownReason, String) {
    match outcome {
        Outcome::Unknown(unknown) => (unknown.reason, unknown.message),
        other => panic!("{other:?}"),
    }
}

/// A server of TLS 1.3 refuses a client when that one believes the handshake to be over. Whether
/// its reason is read before the connection breaks is a race.
#[track_caller]
fn assert_not_let_in(outcome: Outcome) {
    let (reason, message) = unknown(outcome);
    let expected = [UnknownReason::TlsFailed, UnknownReason::Unreachable];
    assert!(expected.contains(&reason), "{reason:?}: {message}");
}

/// A client certificate as the authentication mode `tls` wants it.
fn client(certificates: &Certificates) -> [(&str, &str); 3] {
    [
        ("ca", &certificates.authority),
        ("cert", &certificates.client),
        ("key", &certificates.client_key),
    ]
}
