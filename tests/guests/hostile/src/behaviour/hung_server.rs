use std::io::Read;

use crate::Config;

/// Waits for an answer that never comes, without a time-out of its own.
pub(super) fn run(config: &Config) {
    let (host, port) = config.address.split_once(':').expect("host:port");
    let port = port.parse().expect("a port");
    let mut server = scaler_sdk::net::connect(host, port, false).expect("a server");
    let mut answer = [0];
    let _ = server.read(&mut answer);
}
