//! Changing flow collections: each child keeps what stands around it, comments and line breaks too.

use super::{Child, Edit, children, places, print};
use crate::NodeId;

/// A child of a flow collection with what stands around it.
#[derive(Clone)]
struct Around<'a> {
    child: Child,
    /// From the end of the line before, or from the comma before, to the child.
    lead: &'a str,
    /// From the child to the comma behind it.
    tail: &'a str,
    /// From there to the end of the line.
    remark: &'a str,
}

/// The parts of a flow collection.
struct Parts<'a> {
    /// Behind the bracket that opens it, to the end of the line.
    opening: &'a str,
    children: Vec<Around<'a>>,
    has_last_comma: bool,
    /// From the end of the line of the last child to the bracket that closes it.
    closing: &'a str,
}

impl Edit<'_> {
    /// A flow collection that has changed.
    pub(super) fn flow(&self, id: NodeId) -> Option<String> {
        let from = self.before.node(id).at as usize;
        let to = self.extents.end(id)?;
        let [open, close] = [self.text.get(from..from + 1)?, self.text.get(to - 1..to)?];
        let parts = self.parts(id, from + 1, to - 1)?;
        let after = children(self.after, id);
        let staying = places(&after);
        let kept = |around: &Around| staying.contains_key(&around.child.key);
        let Some(first) = parts.children.first().filter(|_| !after.is_empty()) else {
            let new = after.iter().map(|&child| self.new_in_flow(child));
            return Some(format!("{open}{}{close}", new.collect::<Vec<_>>().join(", ")));
        };

        let known = places(&children(self.before, id));
        let mut text = format!("{open}{}", parts.opening);
        // Comments above children that are gone stay, above the next one.
        let comments_before = |at: usize| {
            let gone = parts.children[..at].iter().rev().take_while(|around| !kept(around));
            let leads = gone.map(|around| around.lead).filter(|lead| lead.contains('#'));
            leads.collect::<Vec<_>>().into_iter().rev().map(without_last_line).collect::<String>()
        };
        for (number, &child) in after.iter().enumerate() {
            let known = known.get(&child.key).copied();
            // A comma that ends a line may stay there behind the last child.
            let had_comma = known.is_some_and(|at| at + 1 < parts.children.len()) && parts.closing.contains('\n');
            let comma = if number + 1 < after.len() || parts.has_last_comma || had_comma { "," } else { "" };
            match known {
                Some(at) => {
                    let around = &parts.children[at];
                    let is_in_line = number == 0 && !around.lead.contains('\n');
                    text.push_str(&comments_before(at));
                    text.push_str(if is_in_line { first.lead } else { around.lead });
                    text.push_str(&self.child_in_flow(around.child, child)?);
                    text.push_str(around.tail);
                    text.push_str(comma);
                    text.push_str(around.remark);
                }
                None => {
                    let like = &parts.children[parts.children.len().min(2) - 1];
                    text.push_str(if number == 0 { without_comments(first.lead) } else { lead_like(like, number) });
                    text.push_str(&self.new_in_flow(child));
                    text.push_str(comma);
                }
            }
        }
        text.push_str(&comments_before(parts.children.len()));
        // A comment needs a line of its own, also where nothing but the bracket stood on the next.
        Some(format!("{text}{}{close}", parts.closing))
    }

    fn parts(&self, id: NodeId, from: usize, to: usize) -> Option<Parts<'_>> {
        let mut parts = Parts { opening: "", children: Vec::new(), has_last_comma: false, closing: "" };
        let before = children(self.before, id);
        let (opening, mut lead) = split_line(self.text.get(from..self.start(&before, 0).unwrap_or(to))?);
        parts.opening = opening;
        for (at, &child) in before.iter().enumerate() {
            let is_last = at + 1 == before.len();
            let end = self.extents.end(child.value)?;
            let gap = self.text.get(end..if is_last { to } else { self.start(&before, at + 1)? })?;
            let (tail, rest) = match comma(gap) {
                Some(comma) => (&gap[..comma], &gap[comma + 1..]),
                None if is_last => ("", gap),
                None => return None,
            };
            parts.has_last_comma = comma(gap).is_some();
            let (remark, next) = split_line(rest);
            parts.children.push(Around { child, lead, tail, remark });
            lead = next;
        }
        parts.closing = lead;
        Some(parts)
    }

    fn start(&self, children: &[Child], at: usize) -> Option<usize> {
        children.get(at).map(|child| self.before.node(child.key).at as usize)
    }

    fn new_in_flow(&self, Child { key, value }: Child) -> String {
        let text = print::in_flow(self.after, value);
        if key == value { text } else { format!("{}: {text}", print::in_flow(self.after, key)) }
    }

    fn child_in_flow(&self, before: Child, child: Child) -> Option<String> {
        if child.key == child.value {
            return self.in_flow(child.value);
        }
        if child.value != before.value || self.before.kind(child.value) != self.after.kind(child.value) {
            return Some(self.new_in_flow(child));
        }
        let between = self.text.get(self.extents.end(before.key)?..self.before.node(before.value).at as usize)?;
        Some(format!("{}{between}{}", self.in_flow(child.key)?, self.in_flow(child.value)?))
    }

    fn in_flow(&self, id: NodeId) -> Option<String> {
        if self.is_changed(id) {
            let is_changed_collection = self.old.contains(&id) && !self.after.is_scalar(id);
            return if is_changed_collection { self.flow(id) } else { Some(print::in_flow(self.after, id)) };
        }
        Some(self.text.get(self.before.node(id).at as usize..self.extents.end(id)?)?.to_owned())
    }
}

/// What is on the line that a text begins on, and the rest; all is rest where the text has one line.
fn split_line(text: &str) -> (&str, &str) {
    text.find('\n').map_or(("", text), |newline| text.split_at(newline))
}

/// What stands before a child that is new, in the manner of one that is there.
fn lead_like<'a>(like: &Around<'a>, number: usize) -> &'a str {
    let lead = without_comments(like.lead);
    if lead.is_empty() && number == 1 { " " } else { lead }
}

/// The last line of what stands before a child, with the break before it.
fn without_comments(lead: &str) -> &str {
    lead.rfind('\n').map_or(lead, |newline| &lead[newline..])
}

/// What stands before a child but for the last line, which is the child's own.
fn without_last_line(lead: &str) -> &str {
    lead.rfind('\n').map_or("", |newline| &lead[..newline])
}

/// Where the comma is in what stands between two children.
fn comma(gap: &str) -> Option<usize> {
    let mut is_comment = false;
    let mut previous = ' ';
    for (at, character) in gap.char_indices() {
        match character {
            '\n' => is_comment = false,
            '#' if previous.is_whitespace() => is_comment = true,
            ',' if !is_comment => return Some(at),
            _ => {}
        }
        previous = character;
    }
    None
}
