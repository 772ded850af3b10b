use std::sync::Once;

use rustix::process::{Resource, Rlimit, setrlimit};

/// As little as a thread of the program may have. libFuzzer runs on the main thread, which would
/// have four times as much and hide a recursion that is too deep.
const BYTES: u64 = 2 << 20;

/// Gives this program's main thread the stack of any other.
pub(crate) fn small() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let limit = Rlimit {
            current: Some(BYTES),
            maximum: Some(BYTES),
        };
        setrlimit(Resource::Stack, limit).expect("a limit may be lowered");
    });
}
