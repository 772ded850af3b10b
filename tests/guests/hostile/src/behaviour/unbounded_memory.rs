use std::hint::black_box;

use crate::Config;

pub(super) fn run(_: &Config) {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1_u8; 1 << 20]));
    }
}
