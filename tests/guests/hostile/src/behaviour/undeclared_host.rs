use crate::Config;

/// Connects to a place that is not the trigger's, and dies of success.
pub(super) fn run(config: &Config) {
    let (host, port) = config.elsewhere.split_once(':').expect("host:port");
    let port = port.parse().expect("a port");
    match scaler_sdk::net::connect(host, port, false) {
        Ok(_) => panic!("got out"),
        Err(failure) => panic!("kept in: {failure:?}"),
    }
}
