use std::io::Read;

use crate::Config;

/// Keeps all that a server sends, which never stops sending.
pub(super) fn run(config: &Config) {
    let (host, port) = config.address.split_once(':').expect("host:port");
    let port = port.parse().expect("a port");
    let mut server = scaler_sdk::net::connect(host, port, false).expect("a server");
    let mut all = Vec::new();
    let mut piece = [0; 16 << 10];
    while let Ok(length @ 1..) = server.read(&mut piece) {
        all.extend_from_slice(&piece[..length]);
    }
}
