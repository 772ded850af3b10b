//! Rules on what code may call.

use crate::calls::{Mention, mentions};
use crate::{SourceFile, Violation};

/// What a comment on the line of a `sleep` in a test, or on the line above, must begin with for
/// the test to be allowed to: it is followed by the reason. Waiting for a program outside by
/// asking it again and again is one; giving it "enough" time is not.
const SLEEP_REASON: &str = "// sleep: ";

/// Mentions in `files` that `wrong` objects to.
fn check(
    files: &[SourceFile],
    wrong: impl Fn(&SourceFile, &Mention) -> Option<String>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        match mentions(&file.text) {
            Err(error) => violations.push(Violation::new(&file.path, error)),
            Ok(found) => violations.extend(found.iter().filter_map(|mention| {
                let message = wrong(file, mention)?;
                Some(Violation::new(
                    format!("{}:{}", file.path, mention.line),
                    message,
                ))
            })),
        }
    }
    violations
}

/// No detached tasks in what ships: a task belongs to a tracker or a set, and ends by the root
/// cancellation token, so that the drain is bounded and a task that dies is noticed.
pub fn no_bare_spawn(files: &[SourceFile]) -> Vec<Violation> {
    let bare = ["spawn", "spawn_local"];
    check(files, |file, m| {
        let ships = file.path.starts_with("operator/") || file.path.starts_with("runtime/");
        let (module, name) = m.path.rsplit_once("::")?;
        let of_tokio = matches!(module, "tokio" | "tokio::task" | "task");
        (ships && of_tokio && bare.contains(&name) && !m.in_test && !file.is_test()).then(|| {
            format!(
                "`{}` detaches the task: use a TaskTracker or a JoinSet",
                m.path
            )
        })
    })
}

/// No queue without a bound.
pub fn no_unbounded_channel(files: &[SourceFile]) -> Vec<Violation> {
    check(files, |_, m| {
        let name = m.path.rsplit("::").next()?;
        let unbounded = name == "unbounded_channel" || m.path.ends_with("mpsc::unbounded");
        unbounded.then(|| {
            format!(
                "`{}` has no bound: queues are bounded and count losses",
                m.path
            )
        })
    })
}

/// Tests wait for events, or move a clock that stands still; they do not sleep.
pub fn no_sleep_in_tests(files: &[SourceFile]) -> Vec<Violation> {
    check(files, |file, m| {
        let name = m.path.rsplit("::").next()?;
        let sleeps = m.called && matches!(name, "sleep" | "sleep_ms" | "sleep_until");
        let in_test = (m.in_test || file.is_test()) && !m.paused_clock;
        (sleeps && in_test && !has_reason(&file.text, m.line)).then(|| {
            format!(
                "`{}` in a test: wait for what happens, pause the clock (start_paused), or give a \
                 reason on the line above: `{SLEEP_REASON}...`",
                m.path
            )
        })
    })
}

fn has_reason(text: &str, line: usize) -> bool {
    let above = line.saturating_sub(2);
    text.lines().skip(above).take(line - above).any(|l| {
        l.split_once(SLEEP_REASON)
            .is_some_and(|(_, why)| !why.trim().is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Vec<SourceFile> {
        vec![SourceFile {
            path: path.into(),
            text: text.into(),
        }]
    }

    #[test]
    fn a_bare_spawn_is_found_where_it_ships() {
        let text = "fn f() { tokio::spawn(async {}); task::spawn(async {}); }";
        assert_eq!(
            no_bare_spawn(&file("operator/engine/src/a.rs", text)).len(),
            2
        );
        assert_eq!(no_bare_spawn(&file("runtime/host/src/a.rs", text)).len(), 2);
        assert!(no_bare_spawn(&file("operator/engine/tests/a.rs", text)).is_empty());
        assert!(no_bare_spawn(&file("scalers/testkit/src/a.rs", text)).is_empty());
    }

    #[test]
    fn importing_spawn_does_not_hide_it() {
        let found = no_bare_spawn(&file("operator/engine/src/a.rs", "use tokio::spawn;"));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn tracked_tasks_threads_and_tests_are_free_to_spawn() {
        let text = "fn f() { tracker.spawn(g()); std::thread::spawn(g); tokio::task::spawn_blocking(g); }\n#[cfg(test)] mod tests { fn t() { tokio::spawn(g()); } }";
        assert!(no_bare_spawn(&file("operator/engine/src/a.rs", text)).is_empty());
    }

    #[test]
    fn an_unbounded_channel_is_found() {
        let text = "fn f() { let (a, b) = mpsc::unbounded_channel(); }";
        let found = no_unbounded_channel(&file("operator/engine/src/a.rs", text));
        assert_eq!(found[0].place, "operator/engine/src/a.rs:1");
        let bounded = "fn f() { let (a, b) = mpsc::channel(8); }";
        assert!(no_unbounded_channel(&file("operator/engine/src/a.rs", bounded)).is_empty());
    }

    #[test]
    fn a_sleep_is_found_in_test_code_only() {
        let text = "fn f() { std::thread::sleep(d); }";
        assert_eq!(
            no_sleep_in_tests(&file("tests/e2e/src/a.rs", text)).len(),
            1
        );
        assert!(no_sleep_in_tests(&file("operator/engine/src/a.rs", text)).is_empty());
        let inside = "#[cfg(test)] mod tests { fn f() { sleep(d); } }";
        assert_eq!(
            no_sleep_in_tests(&file("operator/engine/src/a.rs", inside)).len(),
            1
        );
    }

    #[test]
    fn a_sleep_with_a_reason_is_allowed() {
        let path = "tests/e2e/src/a.rs";
        let text = "fn f() {\n    // sleep: between two looks at the server\n    sleep(d);\n}";
        assert!(no_sleep_in_tests(&file(path, text)).is_empty());
        let without = "fn f() {\n    // sleep: \n    sleep(d);\n}";
        assert_eq!(no_sleep_in_tests(&file(path, without)).len(), 1);
    }

    #[test]
    fn a_paused_clock_may_be_slept_on() {
        let text = "#[tokio::test(start_paused = true)] async fn f() { sleep(d).await; }";
        assert!(no_sleep_in_tests(&file("operator/engine/src/a.rs", text)).is_empty());
    }
}
