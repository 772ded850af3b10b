/// The name within two edits of `key`, for a suggestion where `key` is none of them; case counts for
/// nothing.
pub fn nearest<'n>(key: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|name| (distance(&key.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 2 && *distance < name.len())
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance; long keys are not worth the square.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let names = ["filesPerReplica", "directory", "pattern"];
        let nearest = |key| nearest(key, names.into_iter());
        assert_eq!(nearest("filePerReplica"), Some("filesPerReplica"));
        assert_eq!(nearest("DIRECTORY"), Some("directory"));
        assert_eq!(nearest("address"), None);
    }
}
