use std::hint::black_box;

use crate::Config;

pub(super) fn run(_: &Config) {
    let mut rounds = 0_u64;
    while black_box(true) {
        rounds = black_box(rounds.wrapping_add(1));
    }
}
