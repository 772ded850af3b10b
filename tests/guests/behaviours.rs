//! All ways in which `hostile` misbehaves, one line each. The component has a module of each name
//! below `behaviour/`, the host's tests below `tests/contained/`: neither side compiles when it
//! misses one.

macro_rules! behaviours {
    ($for_each:ident) => {
        $for_each! {
            absurd_numbers,
            dripping_server,
            endless_loop,
            endless_stream,
            floods_log,
            follows_redirect,
            huge_text,
            hung_server,
            link_local_address,
            million_metrics,
            reads_cluster,
            reads_environment,
            reads_files,
            sleeps_for_ever,
            stack_overflow,
            ten_thousand_sockets,
            traps,
            unbounded_memory,
            undeclared_host,
        }
    };
}
