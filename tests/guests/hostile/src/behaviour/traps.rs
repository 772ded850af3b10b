use crate::Config;

/// Panics with its password in the message.
pub(super) fn run(config: &Config) {
    panic!("cannot go on with {}", config.password.expose());
}
