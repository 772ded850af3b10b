use std::time::Duration;

use crate::Config;

pub(super) fn run(_: &Config) {
    std::thread::sleep(Duration::MAX);
}
