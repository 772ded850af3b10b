//! What misbehaving components took of the process's memory comes back.
//!
//! Each family runs in a process of its own, so that nothing else moves the figures.

// The child tells its figures; so does the test, to whoever looks.
#![allow(clippy::print_stdout)]

use std::fs;
use std::process::Command;
use std::time::Duration;

use runtime_host::Limits;
use runtime_types::{Outcome, Trigger};
use tests_guests::{Sandbox, stream_server, trigger};

/// Tells the child what to do.
const FAMILY: &str = "PENSTOCK_TEST_MEMORY_FAMILY";

/// How much more the process may hold afterwards. The allocator keeps some of what it got for the next
/// time: less than one such poll takes, however many there were.
const MARGIN_MIB: u64 = 64;

/// Enough that a leak of a tenth of what one takes would show.
const POLLS: usize = 12;

fn returns(family: &str) {
    if std::env::var(FAMILY).is_ok_and(|asked| asked == family) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (before, after) = runtime.block_on(measure(family));
        println!("{family}: {before} MiB before, {after} MiB after");
        assert!(
            after <= before + MARGIN_MIB,
            "{family}: {before} MiB before, {after} MiB after"
        );
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([&format!("{family}_returns"), "--exact", "--nocapture"])
        .env(FAMILY, family)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{error}");
    assert!(text.contains("MiB after"), "nothing was measured: {text}");
    println!("{}", text.lines().find(|l| l.contains("MiB")).unwrap());
}

async fn measure(family: &str) -> (u64, u64) {
    // All are allowed to take much: what is refused early would have nothing to give back.
    let sandbox = Sandbox::with(Limits {
        call_timeout: Duration::from_secs(20),
        cpu_per_call: Duration::from_secs(15),
        memory_bytes: 256 << 20,
        instances: 20,
        ..Limits::default()
    });
    let server = stream_server(&[b'x'; 16 << 10], Duration::ZERO).await;
    let server = server.to_string();
    let polled = |behaviour: &str, more: &[(&str, &str)]| trigger(behaviour, "poll", more);
    let hungry: Trigger = match family {
        "unbounded_memory" => polled("unbounded_memory", &[]),
        "huge_text" => polled("huge_text", &[("elsewhere", "60")]),
        "million_metrics" => polled("million_metrics", &[("elsewhere", "500000")]),
        "endless_stream" => polled("endless_stream", &[("address", &server)]),
        other => panic!("no such family: {other}"),
    };
    // Compiling, and the first use of everything.
    let mut good = sandbox.open(polled("good", &[]));
    assert!(matches!(good.poll().await, Outcome::Reading(_)));
    let small = sandbox.poll_failure(polled("huge_text", &[("elsewhere", "1")]));
    small.await;
    let before = resident();
    let mut most = before;
    for _ in 0..POLLS {
        let poll = sandbox.poll_failure(hungry.clone());
        tokio::pin!(poll);
        let mut looks = tokio::time::interval(Duration::from_millis(1));
        loop {
            tokio::select! {
                _ = &mut poll => break,
                _ = looks.tick() => most = most.max(resident()),
            }
        }
    }
    // Otherwise nothing came back because nothing was taken.
    assert!(most >= before + 60, "it took {} MiB only", most - before);
    (before, resident())
}

/// MiB of this process in memory.
fn resident() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    (pages * 4096) >> 20
}

#[test]
fn unbounded_memory_returns() {
    returns("unbounded_memory");
}

#[test]
fn huge_text_returns() {
    returns("huge_text");
}

#[test]
fn million_metrics_returns() {
    returns("million_metrics");
}

#[test]
fn endless_stream_returns() {
    returns("endless_stream");
}
