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
