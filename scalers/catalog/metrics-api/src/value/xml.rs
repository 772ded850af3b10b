use roxmltree::{Document, Node};
use scaler_sdk::{Failure, Number};

use super::{no_number, nothing_at, quantity};

/// `location` is elements' names with dots between them, and positions from 0 among elements with
/// the same name. The root's name may be left out. Attributes cannot be named.
pub(super) fn find(text: &str, location: &str) -> Result<Number, Failure> {
    let document =
        Document::parse(text).map_err(|_| Failure::malformed("the answer is no XML document"))?;
    let root = document.root_element();
    let path: Vec<_> = location.split('.').collect();
    let from_root = (path[0] == root.tag_name().name())
        .then(|| walk(root, &path[1..]))
        .flatten();
    let found = from_root
        .or_else(|| walk(root, &path))
        .ok_or_else(|| nothing_at(location))?;
    let [element] = found[..] else {
        return Err(no_number(location, "several elements"));
    };
    if element.children().any(|child| child.is_element()) {
        return Err(no_number(location, "an element with others in it"));
    }
    quantity(element.text().unwrap_or_default().trim(), location)
}

/// The elements at the end of the path, all of the same name; `None` when there is none.
fn walk<'d, 'i>(from: Node<'d, 'i>, path: &[&str]) -> Option<Vec<Node<'d, 'i>>> {
    let mut found = vec![from];
    for step in path {
        found = match step.parse::<usize>() {
            Ok(position) => vec![*found.get(position)?],
            // Without a position the first one is meant, as long as the path goes on.
            Err(_) => found
                .first()?
                .children()
                .filter(|child| child.is_element() && child.tag_name().name() == *step)
                .collect(),
        };
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
<?xml version=\"1.0\"?>
<stats xmlns=\"urn:x\">
  <queue><length> 32 </length><size>1Ki</size></queue>
  <queue><length>5</length></queue>
  <count>2.43</count><empty/><word>many</word>
</stats>";

    #[test]
    fn paths_lead_to_numbers_with_and_without_the_root() {
        for (location, number) in [
            ("stats.count", Number::Real(2.43)),
            ("count", Number::Real(2.43)),
            ("queue.length", Number::Whole(32)),
            ("stats.queue.1.length", Number::Whole(5)),
            ("stats.queue.0.size", Number::Whole(1024)),
        ] {
            assert_eq!(find(TEXT, location), Ok(number), "{location}");
        }
    }

    #[test]
    fn what_is_no_number_is_no_zero() {
        for location in [
            "stats",
            "queue",
            "queue.0",
            "queue.2.length",
            "empty",
            "word",
            "missing",
            "",
            "stats.count.x",
        ] {
            assert!(find(TEXT, location).is_err(), "{location}");
        }
        for text in ["", "0", "{\"count\":1}", "<count>1", "<a/><b/>"] {
            assert!(find(text, "count").is_err(), "{text}");
        }
    }
}
