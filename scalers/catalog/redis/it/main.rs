//! Against a real server, which the tests start themselves.
//!
//! Without `redis-server` they are left out on a developer's machine and fail where `CI` is set.

use runtime_types::{Number, Outcome, Trigger, Unknown, UnknownReason};
use scaler_redis::Component;
use scaler_testkit::{Native, Setting, Subject as _};
use secrecy::SecretString;
use tests_servers::Redis;

fn trigger(server: &Redis, metadata: &[(&str, &str)], auth: &[(&str, &str)]) -> Trigger {
    let metadata = metadata
        .iter()
        .map(|(k, v)| ((*k).to_string(), (*v).to_string()));
    let auth = auth
        .iter()
        .map(|(k, v)| ((*k).to_string(), SecretString::from(*v)));
    let mut trigger = Trigger {
        trigger_type: "redis".to_string(),
        metadata: metadata.collect(),
        auth_params: auth.collect(),
        ..Trigger::default()
    };
    trigger
        .metadata
        .insert("address".to_string(), server.address());
    trigger
}

fn scaler() -> Native<Component> {
    let mut scaler = Native::new();
    scaler.begin(&Setting::default());
    scaler
}

fn poll(trigger: &Trigger) -> Outcome {
    use scaler_testkit::Subject as _;
    scaler().poll(trigger)
}

fn length(outcome: &Outcome) -> i64 {
    match outcome {
        Outcome::Reading(reading) => match reading.samples[..] {
            [ref one] => match one.value {
                Ok(Number::Whole(length)) => length,
                ref other => panic!("{other:?}"),
            },
            ref other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn unknown(outcome: Outcome) -> Unknown {
    match outcome {
        Outcome::Unknown(unknown) => unknown,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_type_with_elements_is_counted_and_others_are_rejected() {
    let Some(server) = Redis::start(&[]) else {
        return;
    };
    server.run(&["RPUSH", "list", "a", "b", "c"]);
    server.run(&["SADD", "set", "a", "b"]);
    server.run(&["ZADD", "zset", "1", "a"]);
    server.run(&["HSET", "hash", "a", "1", "b", "2", "c", "3", "d", "4"]);
    server.run(&["SET", "string", "x"]);
    server.run(&["XADD", "stream", "*", "a", "1"]);
    for (key, expected) in [
        ("list", 3),
        ("set", 2),
        ("zset", 1),
        ("hash", 4),
        ("none", 0),
    ] {
        let outcome = poll(&trigger(&server, &[("listName", key)], &[]));
        assert_eq!(length(&outcome), expected, "{key}");
    }
    for key in ["string", "stream"] {
        let unknown = unknown(poll(&trigger(&server, &[("listName", key)], &[])));
        assert_eq!(unknown.reason, UnknownReason::Rejected);
        assert!(unknown.message.contains(key), "{}", unknown.message);
    }
}

#[test]
fn the_database_is_selected() {
    let Some(server) = Redis::start(&[]) else {
        return;
    };
    server.run(&["-n", "3", "RPUSH", "list", "a"]);
    for (database, expected) in [("0", 0), ("3", 1)] {
        let metadata = [("listName", "list"), ("databaseIndex", database)];
        let outcome = poll(&trigger(&server, &metadata, &[]));
        assert_eq!(length(&outcome), expected, "database {database}");
    }
    let metadata = [("listName", "list"), ("databaseIndex", "99")];
    let unknown = unknown(poll(&trigger(&server, &metadata, &[])));
    assert_eq!(
        unknown.reason,
        UnknownReason::Rejected,
        "{}",
        unknown.message
    );
}

#[test]
fn passwords_and_users_are_checked_by_the_server() {
    let Some(server) = Redis::start(&["--requirepass", "hunter2"]) else {
        return;
    };
    let run = |arguments: &[&str]| server.run(&[&["-a", "hunter2"], arguments].concat());
    run(&["RPUSH", "list", "a"]);
    let all = "on >s3cret ~* +@all";
    run(&[
        &["ACL", "SETUSER", "scaler"][..],
        &all.split(' ').collect::<Vec<_>>(),
    ]
    .concat());
    let few = "on >s3cret ~* +ping";
    run(&[
        &["ACL", "SETUSER", "pinger"][..],
        &few.split(' ').collect::<Vec<_>>(),
    ]
    .concat());
    let ask = |auth: &[(&str, &str)]| poll(&trigger(&server, &[("listName", "list")], auth));

    assert_eq!(length(&ask(&[("password", "hunter2")])), 1);
    assert_eq!(
        length(&ask(&[("username", "scaler"), ("password", "s3cret")])),
        1
    );
    for auth in [
        &[][..],
        &[("password", "wrong-one")],
        &[("username", "scaler"), ("password", "wrong-one")],
    ] {
        let unknown = unknown(ask(auth));
        assert_eq!(
            unknown.reason,
            UnknownReason::Unauthenticated,
            "{}",
            unknown.message
        );
        assert!(
            !unknown.message.contains("wrong-one"),
            "{}",
            unknown.message
        );
    }
    let unknown = unknown(ask(&[("username", "pinger"), ("password", "s3cret")]));
    assert_eq!(
        unknown.reason,
        UnknownReason::Forbidden,
        "{}",
        unknown.message
    );
}

#[test]
fn a_kept_connection_survives_being_killed_and_a_restart_of_the_server() {
    let Some(mut server) = Redis::start(&[]) else {
        return;
    };
    server.run(&["RPUSH", "list", "a", "b"]);
    let trigger = trigger(&server, &[("listName", "list")], &[]);
    let mut scaler = scaler();
    assert_eq!(length(&scaler.poll(&trigger)), 2);
    server.run(&["CLIENT", "KILL", "TYPE", "normal"]);
    assert_eq!(length(&scaler.poll(&trigger)), 2);

    server.stop();
    let gone = unknown(scaler.poll(&trigger));
    assert_eq!(gone.reason, UnknownReason::Unreachable, "{}", gone.message);
    server.restart();
    assert_eq!(length(&scaler.poll(&trigger)), 0, "nothing was saved");
}
