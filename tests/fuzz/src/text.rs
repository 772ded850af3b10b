/// `NAME=VALUE` lines; a line without `=` is none.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        Some((name.to_string(), value.to_string()))
    })
}

/// Whether the characters of `part` stand in `whole` in their order, with others between them:
/// what is left when escapes are taken out.
pub(crate) fn left_of(part: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|c| rest.any(|other| other == c))
}
