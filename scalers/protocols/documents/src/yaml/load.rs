use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};
use scaler_sdk::Number;

/// Deeper than any document that people write, and no danger to the stack.
const DEEPEST: usize = 64;
/// Aliases repeat what they stand for: a few lines could become more than there is memory.
const MOST_NODES: usize = 200_000;

/// A value of a document.
#[derive(Clone)]
pub(super) enum Node {
    Mapping(BTreeMap<String, Node>),
    List(Vec<Node>),
    Number(Number),
    Text(String),
    Boolean,
    Null,
}

/// What the first document of `text` is; `None` when it is not YAML, or too much of it.
pub(super) fn first_document(text: &str) -> Option<Node> {
    let mut loader = Loader {
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    while !matches!(loader.event()?, Event::DocumentStart(..)) {}
    let first = loader.event()?;
    let node = loader.node(first, 0)?;
    matches!(loader.event()?, Event::DocumentEnd).then_some(node)
}

struct Loader<'t> {
    events: Parser<'t, StrInput<'t>>,
    /// Nodes that aliases may stand for, and how many nodes each is.
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

impl<'t> Loader<'t> {
    /// The next event, but for names of anchors: their numbers are with the nodes.
    fn event(&mut self) -> Option<Event<'t>> {
        loop {
            let (event, _) = self.events.next()?.ok()?;
            if !matches!(event, Event::Anchor(..)) {
                return Some(event);
            }
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        let before = self.nodes;
        self.nodes += 1;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => (scalar(text, style), anchor),
            Event::SequenceStart(_, anchor, _) => (Node::List(self.list(depth + 1)?), anchor),
            Event::MappingStart(_, anchor, _) => (Node::Mapping(self.mapping(depth + 1)?), anchor),
            Event::Alias(anchor) => {
                let (_, size) = self.anchors.get(&anchor)?;
                self.nodes += size;
                if self.nodes > MOST_NODES {
                    return None;
                }
                (self.anchors.get(&anchor)?.0.clone(), 0)
            }
            _ => return None,
        };
        if self.nodes > MOST_NODES {
            return None;
        }
        if anchor > 0 {
            let size = self.nodes - before;
            self.nodes += size;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Some(node)
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Node>> {
        let mut list = Vec::new();
        loop {
            match self.event()? {
                Event::SequenceEnd => return Some(list),
                element => list.push(self.node(element, depth)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Option<BTreeMap<String, Node>> {
        let (mut members, mut merged) = (BTreeMap::new(), Vec::new());
        loop {
            let key = match self.event()? {
                Event::MappingEnd => {
                    // What is merged gives way to the mapping's own.
                    for (key, value) in merged {
                        members.entry(key).or_insert(value);
                    }
                    return Some(members);
                }
                key => self.node(key, depth)?,
            };
            let value = self.event()?;
            let value = self.node(value, depth)?;
            match (key, value) {
                (Node::Text(key), Node::Mapping(others)) if key == "<<" => merged.extend(others),
                (Node::Text(key), value) => drop(members.insert(key, value)),
                (Node::Number(Number::Whole(key)), value) => {
                    members.insert(key.to_string(), value);
                }
                // No location could name it.
                _ => {}
            }
        }
    }
}

/// Only what is not quoted can be something else than text.
fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Node {
    if style != ScalarStyle::Plain {
        return Node::Text(text.into_owned());
    }
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Node::Boolean,
        _ => {}
    }
    let radix = |prefix, radix| {
        let digits = text.strip_prefix(prefix)?;
        i64::from_str_radix(digits, radix).ok()
    };
    let whole = text.parse().ok();
    if let Some(whole) = whole.or_else(|| radix("0x", 16)).or_else(|| radix("0o", 8)) {
        return Node::Number(Number::Whole(whole));
    }
    // Rust's words for infinity and for what is no number are text here.
    let is_numeral = text.bytes().all(|c| b"0123456789+-.eE".contains(&c));
    match text.parse() {
        Ok(real) if is_numeral => Node::Number(Number::Real(real)),
        _ => Node::Text(text.into_owned()),
    }
}
