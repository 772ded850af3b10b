use crate::{Crate, Violation};

/// The name that a crate in the folder `path` must have: the path with `-` for `/`, except that
/// everything below `scalers/` starts with `scaler-`, and what the catalog holds is named
/// without the word `catalog` since that is what users read.
pub fn crate_name_for(path: &str) -> String {
    let path = match path.strip_prefix("scalers/") {
        Some(rest) => format!("scaler/{}", rest.strip_prefix("catalog/").unwrap_or(rest)),
        None => path.to_string(),
    };
    path.replace('/', "-")
}

/// Every crate is named after its path.
pub fn names_follow_paths(crates: &[Crate]) -> Vec<Violation> {
    crates
        .iter()
        .filter(|c| c.name != crate_name_for(&c.path))
        .map(|c| {
            let right = crate_name_for(&c.path);
            Violation::new(
                &c.path,
                format!("the crate {} must be named {right}", c.name),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_from_paths() {
        assert_eq!(crate_name_for("operator/api"), "operator-api");
        assert_eq!(crate_name_for("scalers/sdk-macros"), "scaler-sdk-macros");
        assert_eq!(
            crate_name_for("scalers/catalog/azure-queue"),
            "scaler-azure-queue"
        );
        assert_eq!(
            crate_name_for("scalers/protocols/sigv4"),
            "scaler-protocols-sigv4"
        );
        assert_eq!(crate_name_for("tests/guests/trap"), "tests-guests-trap");
    }

    #[test]
    fn a_crate_named_otherwise_is_found() {
        let named = |name: &str| Crate {
            name: name.into(),
            path: "scalers/catalog/redis".into(),
            dependencies: Vec::new(),
        };
        assert!(names_follow_paths(&[named("scaler-redis")]).is_empty());
        assert_eq!(names_follow_paths(&[named("redis-scaler")]).len(), 1);
    }
}
