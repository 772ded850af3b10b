use scaler_sdk::http::Request;

use crate::Config;

/// Goes where its server sends it: the client in it follows redirections.
pub(super) fn run(config: &Config) {
    match Request::get(&format!("http://{}/", config.address)).exchange() {
        Ok(answer) => panic!("got out: {answer:?}"),
        Err(failure) => panic!("kept in: {failure:?}"),
    }
}
