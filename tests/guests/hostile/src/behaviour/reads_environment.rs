use crate::Config;

pub(super) fn run(_: &Config) {
    let variables = std::env::vars().count();
    let arguments = std::env::args().count();
    panic!("saw {variables} variables and {arguments} arguments");
}
