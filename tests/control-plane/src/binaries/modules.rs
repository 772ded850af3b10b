use std::path::{Path, PathBuf};

/// Part of the key: to be raised when the build itself changes what lies in a folder.
const LAYOUT: &str = "1";

/// A Go module that holds nothing but `tool` lines. Its files are compiled in, so that a program or a test finds
/// the builds of its own version, wherever the clone is.
pub(crate) struct Module {
    pub(crate) name: &'static str,
    pub(crate) go_mod: &'static str,
    pub(crate) go_sum: &'static str,
    /// The module whose version counts.
    main: &'static str,
    /// Variables that the linker sets; `{}` is the version, `{major}` and `{minor}` its parts.
    variables: &'static [(&'static str, &'static str)],
    /// Programs that go by another name than Go's.
    pub(crate) renamed: &'static [(&'static str, &'static str)],
}

/// The control plane itself, and kubectl.
pub(crate) const KUBERNETES: Module = Module {
    name: "kubernetes",
    go_mod: include_str!("../../go/kubernetes/go.mod"),
    go_sum: include_str!("../../go/kubernetes/go.sum"),
    main: "k8s.io/kubernetes",
    // Without them the server says that it is v0.0.0, and charts refuse to be installed.
    variables: &[
        ("k8s.io/component-base/version.gitVersion", "{}"),
        ("k8s.io/component-base/version.gitMajor", "{major}"),
        ("k8s.io/component-base/version.gitMinor", "{minor}"),
    ],
    renamed: &[("server", "etcd")],
};

/// kwok wants other versions of Kubernetes' libraries: a module of its own.
pub(crate) const KWOK: Module = Module {
    name: "kwok",
    go_mod: include_str!("../../go/kwok/go.mod"),
    go_sum: include_str!("../../go/kwok/go.sum"),
    main: "sigs.k8s.io/kwok",
    variables: &[],
    renamed: &[],
};

/// So does Helm.
pub(crate) const HELM: Module = Module {
    name: "helm",
    go_mod: include_str!("../../go/helm/go.mod"),
    go_sum: include_str!("../../go/helm/go.sum"),
    main: "helm.sh/helm/v4",
    variables: &[("helm.sh/helm/v4/internal/version.version", "{}")],
    renamed: &[],
};

pub(crate) const MODULES: [Module; 3] = [KUBERNETES, KWOK, HELM];

impl Module {
    /// As in `v1.37.2`.
    pub(crate) fn version(&self) -> &'static str {
        let line = self.go_mod.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("require ");
            line.strip_prefix(self.main)?.strip_prefix(' ')
        });
        let version = line.and_then(|rest| rest.split_whitespace().next());
        version.unwrap_or("v0.0.0")
    }

    /// `-ldflags`' value.
    pub(crate) fn linker_flags(&self) -> String {
        let version = self.version();
        let mut parts = version.trim_start_matches('v').split('.');
        let (major, minor) = (parts.next().unwrap_or("0"), parts.next().unwrap_or("0"));
        let mut flags = "-s -w".to_string();
        for (variable, value) in self.variables {
            let value = value
                .replace("{}", version)
                .replace("{major}", major)
                .replace("{minor}", minor);
            flags.push_str(&format!(" -X {variable}={value}"));
        }
        flags
    }

    /// Where its programs are once they are built.
    pub(crate) fn folder(&self, cache: &Path) -> PathBuf {
        let mut hash = blake3::Hasher::new();
        let flags = self.linker_flags();
        for part in [
            LAYOUT,
            self.go_mod,
            self.go_sum,
            &flags,
            std::env::consts::ARCH,
        ] {
            hash.update(part.as_bytes()).update(&[0]);
        }
        let key = &hash.finalize().to_hex()[..16];
        cache.join(format!("{}-{key}", self.name))
    }

    /// A folder gets its name when all is in it.
    pub(crate) fn is_built(&self, cache: &Path) -> bool {
        self.folder(cache).is_dir()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_module_file() {
        assert!(KUBERNETES.version().starts_with("v1."));
        assert!(KWOK.version().starts_with("v0."));
        assert!(HELM.version().starts_with("v4."));
    }

    #[test]
    fn kubernetes_knows_its_version() {
        let flags = KUBERNETES.linker_flags();
        let version = KUBERNETES.version();
        assert!(flags.contains(&format!("version.gitVersion={version}")));
        assert!(flags.contains("version.gitMajor=1 "), "{flags}");
    }

    #[test]
    fn other_versions_lie_elsewhere() {
        let cache = Path::new("/c");
        let newer = Module {
            go_sum: "other",
            ..KWOK
        };
        assert_ne!(KWOK.folder(cache), newer.folder(cache));
        assert_eq!(KWOK.folder(cache), KWOK.folder(cache));
    }
}
