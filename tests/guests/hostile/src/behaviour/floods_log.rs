use crate::Config;

#[allow(clippy::print_stderr)] // It is a second way to flood.
pub(super) fn run(_: &Config) {
    let long = "x".repeat(100_000);
    for line in 0..10_000 {
        scaler_sdk::log::info("flood", &[("line", &line), ("long", &long)]);
        eprintln!("{long}");
    }
}
