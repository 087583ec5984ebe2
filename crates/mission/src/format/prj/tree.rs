//! Words with brackets: `WORD["text", 1.5, OTHER[…]]`.

use super::advice;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 32;

/// A word with its first text and what follows; bare texts and numbers are
/// nodes without a word.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node {
    pub word: String,
    pub text: String,
    pub number: Option<f64>,
    pub children: Vec<Node>,
}

impl Node {
    /// The first child of that word.
    pub(super) fn child(&self, word: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.word == word)
    }

    /// Numbers directly inside.
    pub(super) fn numbers(&self) -> Vec<f64> {
        self.children
            .iter()
            .filter(|c| c.word.is_empty())
            .filter_map(|c| c.number)
            .collect()
    }
}

pub(super) fn parse(text: &str) -> Result<Node, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut rest = text;
    node(&mut rest, 0).ok_or_else(|| advice("the coordinate system cannot be read"))
}

fn node(rest: &mut &str, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    *rest = rest.trim_start();
    let mut node = Node::default();
    if let Some(after) = rest.strip_prefix('"') {
        let end = after.find('"')?;
        node.text = after.get(..end)?.to_owned();
        *rest = after.get(end + 1..)?;
        return Some(node);
    }
    let end = rest.find(['[', '(', ',', ']', ')']).unwrap_or(rest.len());
    let word = rest.get(..end)?.trim();
    *rest = rest.get(end..)?;
    let Some(mut inside) = rest.strip_prefix(['[', '(']) else {
        node.number = word.parse().ok();
        node.text = word.to_owned();
        return (!word.is_empty()).then_some(node);
    };
    node.word = word.to_ascii_uppercase();
    loop {
        let child = self::node(&mut inside, depth + 1)?;
        if node.children.is_empty()
            && node.text.is_empty()
            && child.word.is_empty()
            && child.number.is_none()
        {
            node.text = child.text;
        } else {
            node.children.push(child);
        }
        inside = inside.trim_start();
        if let Some(after) = inside.strip_prefix(',') {
            inside = after;
        } else {
            *rest = inside.strip_prefix([']', ')'])?;
            return Some(node);
        }
    }
}
