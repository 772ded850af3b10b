//! All ways in which `hostile` misbehaves, one line each. The component has a module of each name
//! below `behaviour/`, the host's tests below `tests/contained/`: neither side compiles when it
//! misses one.

macro_rules! behaviours {
    ($for_each:ident) => {
        $for_each! {
            endless_loop,
            hung_server,
            sleeps_for_ever,
            traps,
            unbounded_memory,
            undeclared_host,
        }
    };
}
