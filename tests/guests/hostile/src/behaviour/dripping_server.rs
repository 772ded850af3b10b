use std::io::Read;

use crate::Config;

/// Waits for a whole answer of a server that never ends it.
pub(super) fn run(config: &Config) {
    let (host, port) = config.address.split_once(':').expect("host:port");
    let port = port.parse().expect("a port");
    let mut server = scaler_sdk::net::connect(host, port, false).expect("a server");
    let mut answer = [0; 4096];
    while server.read(&mut answer).is_ok_and(|length| length > 0) {}
}
