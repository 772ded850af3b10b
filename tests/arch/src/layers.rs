use crate::{Crate, DependencyKind, Violation};

/// The layers, lowest first; each is a list of folders that hold a crate or crates. A crate may
/// depend on crates of lower layers only. (The contract, `wit/`, is below all of them.)
pub const LAYERS: &[&[&str]] = &[
    // Plain data.
    &["runtime/types", "operator/api"],
    &["scalers/sdk-macros"],
    &["scalers/sdk"],
    // One concern each, knowing nothing of one another.
    &[
        "runtime/host",
        "runtime/registry",
        "scalers/protocols",
        "operator/scaling",
        "operator/auth",
    ],
    // What brings those together behind ports.
    &["scalers/testkit", "operator/engine", "operator/lint"],
    // The edges.
    &[
        "scalers/catalog",
        "operator/standalone",
        "operator/controllers",
        "operator/metrics-api",
        "operator/webhooks",
    ],
    // The one place that sees everything.
    &["operator/cli"],
    // Nothing in there ships. What starts servers is used by what measures and tests with them.
    &["tests/servers", "tests/control-plane"],
    &["tests"],
];

/// Who must not know whom, whatever the layers would allow: crates below the first folder never
/// depend on crates below one of the others.
const WALLS: &[(&str, &[&str])] = &[
    ("runtime", &["operator", "scalers", "tests"]),
    ("scalers/sdk", &["operator", "runtime/host", "tests"]),
    ("scalers/sdk-macros", &["operator", "runtime/host", "tests"]),
    ("scalers/protocols", &["operator", "runtime/host", "tests"]),
    ("scalers/catalog", &["operator", "runtime/host", "tests"]),
    ("scalers/testkit", &["operator", "tests"]),
    ("operator", &["scalers", "tests"]),
];

/// `path` is `folder` or lies below it.
fn within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn layer(path: &str) -> Option<usize> {
    LAYERS
        .iter()
        .position(|folders| folders.iter().any(|folder| within(path, folder)))
}

/// Dependencies, except those of tests, that `forbidden` objects to.
fn shipped_dependencies<'a>(
    crates: &'a [Crate],
    forbidden: impl Fn(&str, &str) -> Option<String> + 'a,
) -> impl Iterator<Item = Violation> + 'a {
    crates.iter().flat_map(move |c| {
        let found: Vec<_> = c
            .dependencies
            .iter()
            .filter(|d| d.kind != DependencyKind::Dev)
            .filter_map(|d| forbidden(&c.path, &d.path))
            .map(|message| Violation::new(&c.path, message))
            .collect();
        found
    })
}

/// Every crate has a layer and depends on lower ones only. Build dependencies count, the
/// dependencies of tests do not.
pub fn lower_layers_only(crates: &[Crate]) -> Vec<Violation> {
    let homeless = crates.iter().filter(|c| layer(&c.path).is_none()).map(|c| {
        Violation::new(
            &c.path,
            "has no layer: give it one in tests/arch/src/layers.rs",
        )
    });
    homeless
        .chain(shipped_dependencies(crates, |from, to| {
            let (own, other) = (layer(from)?, layer(to)?);
            (other >= own)
                .then(|| format!("may depend on lower layers only, and {to} is not below it"))
        }))
        .collect()
}

/// The folders that must not know one another do not.
pub fn walls(crates: &[Crate]) -> Vec<Violation> {
    shipped_dependencies(crates, |from, to| {
        WALLS
            .iter()
            .filter(|(folder, _)| within(from, folder))
            .any(|(_, hidden)| hidden.iter().any(|folder| within(to, folder)))
            .then(|| format!("must not know of {to}"))
    })
    .collect()
}

/// Scalers never depend on one another, not even in their tests: what two of them share belongs
/// in `scalers/protocols`.
pub fn catalog_is_flat(crates: &[Crate]) -> Vec<Violation> {
    let catalog = "scalers/catalog";
    crates
        .iter()
        .filter(|c| within(&c.path, catalog))
        .flat_map(|c| c.dependencies.iter().map(move |d| (c, d)))
        .filter(|(_, d)| within(&d.path, catalog))
        .map(|(c, d)| {
            let message = format!("depends on {}; share through scalers/protocols", d.path);
            Violation::new(&c.path, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dependency;

    fn one(path: &str, dependency: &str, kind: DependencyKind) -> Vec<Crate> {
        vec![Crate {
            name: path.replace('/', "-"),
            path: path.into(),
            dependencies: vec![Dependency {
                path: dependency.into(),
                kind,
            }],
        }]
    }

    #[test]
    fn a_lower_layer_is_allowed() {
        let crates = one(
            "operator/engine",
            "operator/scaling",
            DependencyKind::Normal,
        );
        assert!(lower_layers_only(&crates).is_empty());
    }

    #[test]
    fn a_higher_or_equal_layer_is_found() {
        for kind in [DependencyKind::Normal, DependencyKind::Build] {
            let higher = one("operator/scaling", "operator/engine", kind);
            assert_eq!(lower_layers_only(&higher).len(), 1);
            let equal = one("operator/auth", "operator/scaling", kind);
            assert_eq!(lower_layers_only(&equal).len(), 1);
        }
    }

    #[test]
    fn tests_of_a_crate_may_use_anything() {
        let crates = one("operator/scaling", "operator/cli", DependencyKind::Dev);
        assert!(lower_layers_only(&crates).is_empty());
        assert!(walls(&crates).is_empty());
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        let crates = one("operator/novelty", "operator/api", DependencyKind::Normal);
        assert_eq!(lower_layers_only(&crates).len(), 1);
    }

    #[test]
    fn a_folder_is_not_taken_for_another_that_starts_alike() {
        assert!(!within("scalers/sdk-macros", "scalers/sdk"));
        assert!(within("scalers/sdk", "scalers/sdk"));
    }

    #[test]
    fn the_runtime_and_the_scalers_do_not_know_the_operator() {
        let normal = DependencyKind::Normal;
        assert_eq!(walls(&one("runtime/host", "operator/api", normal)).len(), 1);
        assert_eq!(
            walls(&one("scalers/catalog/cron", "operator/api", normal)).len(),
            1
        );
        assert_eq!(walls(&one("operator/cli", "scalers/sdk", normal)).len(), 1);
        assert!(walls(&one("scalers/testkit", "runtime/host", normal)).is_empty());
    }

    #[test]
    fn scalers_that_depend_on_one_another_are_found_even_in_tests() {
        let crates = one(
            "scalers/catalog/a",
            "scalers/catalog/b",
            DependencyKind::Dev,
        );
        assert_eq!(catalog_is_flat(&crates).len(), 1);
        let crates = one(
            "scalers/catalog/a",
            "scalers/protocols/b",
            DependencyKind::Normal,
        );
        assert!(catalog_is_flat(&crates).is_empty());
    }
}
