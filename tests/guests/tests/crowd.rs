//! Thousands of triggers that hang among thousands that do not.

use std::time::Duration;

use runtime_host::Limits;
use runtime_types::Outcome;
use tests_guests::{Sandbox, trigger};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const HANGING: usize = 2_000;
const SOUND: usize = 8_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_hanging_triggers_cost_eight_thousand_others_no_poll() {
    // Long enough that no sound trigger could wait for a hanging one and still be done.
    let sandbox = Sandbox::with(Limits {
        call_timeout: Duration::from_secs(60),
        ..Limits::default()
    });
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();

    let mut hanging = JoinSet::new();
    for _ in 0..HANGING {
        let mut open = sandbox.open(trigger("hung_server", "poll", &[("address", &address)]));
        hanging.spawn(async move { open.poll().await });
    }
    let mut sound = JoinSet::new();
    for _ in 0..SOUND {
        let mut open = sandbox.open(trigger("good", "poll", &[]));
        sound.spawn(async move {
            for _ in 0..2 {
                assert!(matches!(open.poll().await, Outcome::Reading(_)));
            }
            open.counts()
        });
    }
    let mut done = 0;
    while let Some(counts) = sound.join_next().await {
        let counts = counts.unwrap();
        assert_eq!((counts.polls, counts.failures), (2, 0));
        done += 1;
    }
    assert_eq!(done, SOUND);
    assert_eq!(
        hanging.len(),
        HANGING,
        "some gave up before the others were done"
    );
    assert!(hanging.try_join_next().is_none(), "they were not hanging");
    hanging.shutdown().await;
}

/// The sound triggers' interval, and the hanging ones'.
const INTERVAL: Duration = Duration::from_secs(4);
const INTERVALS: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_several_intervals_the_sound_ones_have_every_due_poll() {
    // A hanging poll is cut off within its interval, and begun again in the next.
    let sandbox = Sandbox::with(Limits {
        call_timeout: Duration::from_secs(3),
        ..Limits::default()
    });
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();

    let mut hanging = JoinSet::new();
    for _ in 0..HANGING {
        let mut open = sandbox.open(trigger("hung_server", "poll", &[("address", &address)]));
        hanging.spawn(async move {
            let mut due = tokio::time::interval(INTERVAL);
            for _ in 0..INTERVALS {
                due.tick().await;
                let outcome = open.poll().await;
                assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
            }
            open.counts()
        });
    }
    // Spread as jitter spreads them: each of these has a part, one after the other.
    let mut sound = JoinSet::new();
    for _ in 0..SOUND / 500 {
        let open = |_| sandbox.open(trigger("good", "poll", &[]));
        let mut part: Vec<_> = (0..500).map(open).collect();
        sound.spawn(async move {
            let mut due = tokio::time::interval(INTERVAL);
            for _ in 0..INTERVALS {
                due.tick().await;
                for open in &mut part {
                    let outcome = open.poll().await;
                    assert!(matches!(outcome, Outcome::Reading(_)), "{outcome:?}");
                }
            }
            part.iter()
                .map(runtime_host::OpenTrigger::counts)
                .collect::<Vec<_>>()
        });
    }
    let sound: Vec<_> = sound.join_all().await.into_iter().flatten().collect();
    assert_eq!(sound.len(), SOUND);
    for counts in sound {
        assert_eq!((counts.polls, counts.failures), (INTERVALS, 0));
    }
    let hanging = hanging.join_all().await;
    assert_eq!(hanging.len(), HANGING);
    for counts in hanging {
        assert_eq!((counts.polls, counts.failures), (INTERVALS, INTERVALS));
    }
}
