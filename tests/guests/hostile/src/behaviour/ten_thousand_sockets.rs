use crate::Config;

/// Opens as many connections as it can, and tells how many that were.
pub(super) fn run(config: &Config) {
    let (host, port) = config.address.split_once(':').expect("host:port");
    let port = port.parse().expect("a port");
    let mut open = Vec::new();
    while open.len() < 10_000 {
        match scaler_sdk::net::connect(host, port, false) {
            Ok(connection) => open.push(connection),
            Err(failure) => panic!("{} connections, then {failure:?}", open.len()),
        }
    }
    panic!("{} connections", open.len());
}
