use std::time::{Duration, Instant};

/// How long anything may take. Everything that is waited for happens within seconds; a machine that
/// is busy with other builds takes many times as long, and must not fail a test.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Short against the seconds that things take here, long against what a look costs.
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// Looks again and again until there is something to see, and gives it. An error of the look says
/// what there was to see instead.
///
/// # Panics
/// When it does not happen within [`PATIENCE`].
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = match look() {
            Ok(found) => return found,
            Err(seen) => seen,
        };
        assert!(
            Instant::now() < deadline,
            "{what}: not within {PATIENCE:?}, instead: {seen}"
        );
        // sleep: between two looks
        std::thread::sleep(BETWEEN_LOOKS);
    }
}
