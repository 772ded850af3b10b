use crate::Config;

pub(super) fn run(_: &Config) {
    for path in ["/etc/passwd", "/", ".", "/proc/self/environ"] {
        assert!(std::fs::read(path).is_err(), "read {path}");
        assert!(std::fs::read_dir(path).is_err(), "listed {path}");
        assert!(std::fs::write(path, "x").is_err(), "wrote {path}");
        let sdk = scaler_sdk::files::read_directory(path);
        assert!(sdk.is_err(), "listed {path}");
    }
    panic!("saw no file");
}
