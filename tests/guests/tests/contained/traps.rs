use runtime_types::UnknownReason;
use secrecy::SecretString;
use tests_guests::{Neighbours, Sandbox, failure, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let mut with_secret = trigger("traps", "poll", &[]);
    let secret = SecretString::from("correct horse");
    with_secret.auth_params.insert("password".into(), secret);
    let mut trapping = sandbox.open(with_secret);
    let failed = failure(neighbours.unharmed_by(trapping.poll()).await);
    assert_eq!(failed.reason, UnknownReason::Crashed, "{failed}");
    // The panic's own words help; the password in them does not.
    assert!(failed.message.contains("traps.rs"), "{failed}");
    assert!(failed.message.ends_with("cannot go on with [redacted]"), "{failed}");
    // The next poll starts from nothing, and traps again by itself.
    let again = failure(neighbours.unharmed_by(trapping.poll()).await);
    assert_eq!(again, failed);
}
