use std::hint::black_box;

use crate::Config;

pub(super) fn run(_: &Config) {
    black_box(deeper(0));
}

#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let ballast = black_box([depth; 64]);
    deeper(depth + 1) + ballast[0]
}
