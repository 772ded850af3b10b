//! Many triggers in one instance: one that misbehaves costs the others no poll.

use std::collections::BTreeSet;
use std::time::Duration;

use runtime_host::Limits;
use runtime_types::{Outcome, UnknownReason};
use secrecy::SecretString;
use tests_guests::{Company, described, failure, sharing_trigger, whole};

/// Enough for a busy machine, and short enough to wait for.
fn limits() -> Limits {
    Limits {
        call_timeout: Duration::from_secs(3),
        cpu_per_call: Duration::from_secs(1),
        ..Limits::default()
    }
}

fn company(good: usize) -> Company {
    let mut company = Company::new(limits());
    company.add_good(good);
    company
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_triggers_are_four_instances_and_each_has_its_own_value() {
    let mut company = company(990);
    for _ in 0..10 {
        company.add(sharing_trigger("tells_open", 0));
    }
    let telling: Vec<usize> = (990..1000).collect();
    // While they come, nobody knows how many there will be.
    company.tick_all_good_but(&telling).await;
    let before = company.counts();
    for tick in 1..=3 {
        let outcomes = company.tick_all_good_but(&telling).await;
        for outcome in &outcomes[990..] {
            // Three of 256, and the rest.
            assert!([256, 232].contains(&whole(outcome)), "{outcome:?}");
        }
        for (before, counts) in before.iter().zip(company.counts()) {
            assert_eq!((counts.polls, counts.failures), (tick + 1, 0));
            assert_eq!((counts.shared, counts.warm), (tick + 1, before.warm + tick));
        }
    }
    let groups: BTreeSet<_> = company.triggers.iter().map(|t| t.group()).collect();
    assert_eq!(groups.len(), 1);
}

/// The misbehaving one is at place 99 of 999 others; which outcome it gets is `expected`.
async fn costs_the_others_nothing(behaviour: &str, expected: UnknownReason) {
    let mut company = company(99);
    company.add(sharing_trigger(behaviour, 99));
    company.add_good(900);
    for tick in 1..=4 {
        let outcomes = company.tick_all_good_but(&[99]).await;
        let failed = failure(outcomes[99].clone());
        assert_eq!(failed.reason, expected, "{failed}");
        for (place, counts) in company.counts().iter().enumerate() {
            if place == 99 {
                // Known from the first poll on.
                assert_eq!((counts.failures, counts.shared), (tick, 0));
            } else {
                assert_eq!((counts.polls, counts.failures), (tick, 0), "{place}");
                assert_eq!(counts.shared, tick, "{place} was sent away");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_traps_at_its_hundredth_trigger() {
    costs_the_others_nothing("traps", UnknownReason::Crashed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_traps_when_its_hundredth_trigger_is_opened() {
    costs_the_others_nothing("traps_in_open", UnknownReason::Crashed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_hangs_at_its_hundredth_trigger() {
    costs_the_others_nothing("hangs", UnknownReason::TimedOut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_computes_for_ever_at_its_hundredth_trigger() {
    costs_the_others_nothing("loops", UnknownReason::LimitExceeded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_never_reports_its_hundredth_trigger() {
    costs_the_others_nothing("never_reports", UnknownReason::Malformed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_reports_for_a_handle_that_is_not_its_own() {
    costs_the_others_nothing("reports_for_a_stranger", UnknownReason::Malformed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_gives_a_handle_twice() {
    let mut company = company(5);
    company.add(sharing_trigger("takes_a_handle_twice", 5));
    company.add_good(5);
    for _ in 0..3 {
        // Alone it is like any other that has no such behaviour when it is polled.
        let outcomes = company.tick_all_good_but(&[5]).await;
        assert_eq!(failure(outcomes[5].clone()).reason, UnknownReason::Crashed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_of_two_reports_counts() {
    let mut company = company(9);
    company.add(sharing_trigger("reports_twice", 9));
    company.add(sharing_trigger("returns", 10));
    for _ in 0..3 {
        company.tick_all_good_but(&[]).await;
    }
    assert!(company.counts().iter().all(|counts| counts.shared == 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_reported_before_a_trap_is_kept() {
    let mut company = company(9);
    company.add(sharing_trigger("traps_after_its_report", 9));
    company.add_good(90);
    for _ in 0..3 {
        company.tick_all_good_but(&[]).await;
    }
    let counts = company.counts();
    assert_eq!((counts[9].failures, counts[9].shared), (0, 1));
    assert!(counts[10..].iter().all(|counts| counts.shared == 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_for_nobody_sends_all_away_and_each_gets_its_own_value() {
    let mut company = company(20);
    company.add(sharing_trigger("never_enters", 20));
    company.add_good(20);
    for _ in 0..3 {
        let outcomes = company.tick_all_good_but(&[20]).await;
        assert_eq!(failure(outcomes[20].clone()).reason, UnknownReason::Crashed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_suspects_than_rounds_cost_the_others_nothing_either() {
    let mut company = company(0);
    let mut bad = Vec::new();
    for place in 0..200 {
        if place % 8 == 0 {
            bad.push(place);
            company.add(sharing_trigger("traps", place));
        } else {
            company.add_good(1);
        }
    }
    for _ in 0..6 {
        company.tick_all_good_but(&bad).await;
    }
    let counts = company.counts();
    // Eight were found in each tick.
    let good = counts.iter().filter(|counts| counts.failures == 0);
    assert!(good.clone().all(|counts| counts.shared >= 2));
    assert_eq!(good.count(), 175);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspect_may_come_back_after_ten_sound_polls() {
    let mut company = company(9);
    company.add(sharing_trigger("traps_in_company", 9));
    for _ in 0..10 {
        company.tick_all_good_but(&[]).await;
    }
    assert!(company.triggers[9].group().is_none());
    // The eleventh is in company again, and was repeated alone.
    company.tick_all_good_but(&[]).await;
    company.tick_all_good_but(&[]).await;
    assert!(company.triggers[9].group().is_none());
    let counts = company.counts();
    assert!(counts.iter().all(|c| (c.polls, c.failures) == (12, 0)));
    assert!(counts[..9].iter().all(|c| c.shared == 12));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_equal_triggers_share() {
    let telling = || sharing_trigger("tells_open", 0);
    let mut company = Company::new(limits());
    company.add(telling());
    company.add(telling());
    let mut namespace = telling();
    namespace.namespace = "others".into();
    let mut endpoint = telling();
    endpoint
        .metadata
        .insert("address".into(), "server.example:2".into());
    let mut timeout = telling();
    timeout.metadata.insert("timeout".into(), "20s".into());
    let with = |name: &str, value: &str| {
        let mut trigger = telling();
        let secret = SecretString::from(value);
        trigger.auth_params.insert(name.into(), secret);
        trigger
    };
    for other in [
        namespace,
        endpoint,
        timeout,
        with("password", "one"),
        with("password", "two"),
        with("username", "one"),
        with("undeclared", "one"),
    ] {
        company.add(other);
    }
    company.tick().await;
    let open: Vec<i64> = company.tick().await.iter().map(whole).collect();
    assert_eq!(open, [2, 2, 1, 1, 1, 1, 1, 1, 1]);
    let groups: BTreeSet<_> = company.triggers.iter().map(|t| t.group()).collect();
    assert_eq!(groups.len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_has_a_memory_of_its_own() {
    let mut company = Company::new(limits());
    for _ in 0..5 {
        company.add(sharing_trigger("counts_in_kv", 0));
    }
    for tick in 0..3 {
        let counted: Vec<i64> = company.tick().await.iter().map(whole).collect();
        assert_eq!(counted, [tick; 5]);
    }
    company.add(sharing_trigger("counts_in_kv", 0));
    let counted: Vec<i64> = company.tick().await.iter().map(whole).collect();
    assert_eq!(counted, [3, 3, 3, 3, 3, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_is_closed_and_makes_room() {
    let mut company = Company::new(limits());
    company.add(sharing_trigger("tells_closed", 0));
    company.add(sharing_trigger("tells_open", 0));
    for _ in 0..254 {
        company.add(sharing_trigger("good", 0));
    }
    company.tick().await;
    let outcomes = company.tick().await;
    assert_eq!((whole(&outcomes[0]), whole(&outcomes[1])), (0, 256));
    company.triggers.truncate(100);
    let outcomes = company.tick().await;
    assert_eq!((whole(&outcomes[0]), whole(&outcomes[1])), (156, 100));
    company.add(sharing_trigger("tells_closed", 0));
    let outcomes = company.tick().await;
    assert_eq!((whole(&outcomes[0]), whole(&outcomes[100])), (156, 156));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_in_close_ends_the_instance_and_no_poll() {
    let mut company = company(9);
    company.add(sharing_trigger("traps_in_close", 9));
    company.tick_all_good_but(&[]).await;
    company.triggers.pop();
    for _ in 0..3 {
        company.tick_all_good_but(&[]).await;
    }
    assert!(company.counts().iter().all(|counts| counts.shared == 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_error_is_the_triggers_own() {
    let mut company = company(9);
    company.add(sharing_trigger("misconfigured", 9));
    company.add_good(9);
    for tick in 1..=3 {
        let outcomes = company.tick_all_good_but(&[9]).await;
        assert!(matches!(outcomes[9], Outcome::Config(_)));
        assert!(company.counts().iter().all(|c| c.shared == tick));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_budget_for_warm_instances_all_is_opened_anew() {
    let mut company = Company::new(Limits {
        warm_instances: 0,
        ..limits()
    });
    company.add_good(300);
    for _ in 0..3 {
        company.tick_all_good_but(&[]).await;
    }
    for counts in company.counts() {
        assert_eq!((counts.shared, counts.warm, counts.failures), (3, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_that_are_given_up_leave_nothing_behind() {
    let mut company = Company::new(limits());
    company.add(sharing_trigger("hangs", 0));
    company.add_good(9);
    for _ in 0..20 {
        // Dropped while it waits, as when an object is edited.
        let given_up = tokio::time::timeout(Duration::from_millis(1), company.tick()).await;
        assert!(given_up.is_err());
    }
    let outcomes = company.tick_all_good_but(&[0]).await;
    assert_eq!(failure(outcomes[0].clone()).reason, UnknownReason::TimedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_component_is_shared_from_the_next_tick_on() {
    let version = |number: u32| {
        let json = format!(
            r#"{{"schema":1,"name":"sharing","version":"{number}","lifecycle":"warm",
            "sharing":"connection","types":[{{"type":"sharing"}}]}}"#
        );
        described("sharing", &json)
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sharing.wasm");
    std::fs::write(&file, version(1)).unwrap();
    let mut company = Company::of(folder.path(), limits());
    company.add_good(300);
    company.tick_all_good_but(&[]).await;
    let before = company.triggers[0].group();
    for number in 2..5 {
        // As package managers do.
        let new = folder.path().join("new");
        std::fs::write(&new, version(number)).unwrap();
        std::fs::rename(&new, &file).unwrap();
        company.tick_all_good_but(&[]).await;
    }
    assert_ne!(company.triggers[0].group(), before);
    for counts in company.counts() {
        assert_eq!((counts.shared, counts.failures), (4, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_triggers_own_time_out_lengthens_its_polls_up_to_a_bound() {
    let mut company = Company::new(Limits {
        call_timeout: Duration::from_millis(500),
        longest_call_timeout: Duration::from_secs(2),
        ..limits()
    });
    for own in ["", "10ms", "1000", "1.25s", "1h"] {
        let mut trigger = sharing_trigger("hangs", 0);
        trigger.metadata.insert("timeout".into(), own.into());
        company.add(trigger);
    }
    let outcomes = company.tick().await;
    let told: Vec<_> = outcomes.into_iter().map(|o| failure(o).message).collect();
    // A tenth of the general limit is for the component to notice by itself.
    let limits = ["500ms", "500ms", "1.05s", "1.3s", "2s"];
    let expected = limits.map(|l| format!("no answer within {l} (poll was cut off)"));
    assert_eq!(told, expected);
}
