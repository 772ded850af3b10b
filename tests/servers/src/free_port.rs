use std::net::TcpListener;

/// A port that is free now. Whoever asked takes it in a moment; the kernel does not hand it out
/// again so soon.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
