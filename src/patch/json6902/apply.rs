//! Applying operations to a resource.

use rustomize_yaml::{Kind, NodeId, Road, Tree, canonicalise, nearest, to_json};

use super::pointer::{BadIndex, Lost, Place, child, follow, index};
use super::{JsonPatch, Operation};
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::explain::Mark;
use crate::resource::ResId;

/// An operation at work.
pub struct Applying {
    /// Where the operation stands in the patch.
    pub operation: Mark,
    /// The tree after it.
    pub tree: Tree,
    /// Of `move` and `copy`: the node that it took, in the tree before, and the one that came of it.
    pub copied: Option<(NodeId, NodeId)>,
}

impl Operation {
    /// The value that `move` and `copy` take.
    fn value_from(&self, tree: &Tree) -> Option<NodeId> {
        let is_copy = matches!(self.kind.as_str(), "move" | "copy");
        let place = is_copy.then(|| self.find_from(tree).ok()).flatten()?;
        child(tree, place.container, &place.key).ok()?
    }

    /// The value at a place; that of `-` is the last one.
    fn value_at(&self, tree: &Tree, place: &Place) -> Option<NodeId> {
        match &*place.key {
            "-" if tree.is_sequence(place.container) => tree.items(place.container).last(),
            key => child(tree, place.container, key).ok()?,
        }
    }
}

impl JsonPatch {
    /// Applies all operations, in order, to the tree of the resource `id`, which has been sent through JSON.
    ///
    /// Fails with the first operation that does not apply.
    pub fn apply(&self, tree: &mut Tree, id: &ResId, sources: &Sources) -> Result<()> {
        for (position, operation) in self.operations.iter().enumerate() {
            let result = self.apply_one(operation, tree);
            result.map_err(|failure| self.explain(operation, position, &failure, id, tree, sources))?;
        }
        let root = tree.root();
        if tree.is_mapping(root) {
            return Ok(());
        }
        let message = format!("the JSON patch leaves no mapping of {id}");
        Err(Error::new(Code::JsonPatch, message).label_if(sources.span(&self.tree, self.tree.root()), ""))
    }

    /// Where the operation stands in a patch of one alone that writes where its path leads: what it does is what the patch
    /// does.
    pub fn only_operation(&self) -> Option<Mark> {
        match &self.operations[..] {
            [one] if matches!(one.kind.as_str(), "add" | "remove" | "replace") => {
                Some(Mark::of_node(&self.tree, one.place))
            }
            _ => None,
        }
    }

    /// What the operations make of a tree, one after the other. Ends before the first that does not apply.
    pub fn stages(&self, mut tree: Tree) -> Vec<Applying> {
        let root = tree.root();
        let mut stages = Vec::with_capacity(self.operations.len());
        if canonicalise(&mut tree, root, Road::Json6902).is_err() {
            return stages;
        }
        for operation in &self.operations {
            let from = operation.value_from(&tree);
            if self.apply_one(operation, &mut tree).is_err() {
                break;
            }
            let to = operation.find(&tree).ok().and_then(|place| operation.value_at(&tree, &place));
            let operation = Mark::of_node(&self.tree, operation.place);
            stages.push(Applying { operation, tree: tree.clone(), copied: from.zip(to) });
        }
        stages
    }

    fn apply_one(&self, operation: &Operation, tree: &mut Tree) -> Applied<()> {
        match operation.kind.as_str() {
            "add" => {
                let place = operation.find(tree)?;
                let value = self.value(operation, tree);
                add(tree, &place, value)
            }
            "remove" => {
                let place = operation.find(tree)?;
                remove(tree, &place)
            }
            "replace" if operation.path.as_deref() == Some("") => self.replace_all(operation, tree),
            "replace" => {
                let place = operation.find(tree)?;
                child(tree, place.container, &place.key).map_err(|BadIndex| Failure::index(tree, &place))?;
                let value = self.value(operation, tree);
                set(tree, &place, value);
                Ok(())
            }
            "move" => {
                let from = operation.find_from(tree)?;
                let value = child(tree, from.container, &from.key).map_err(|BadIndex| Failure::index(tree, &from))?;
                remove(tree, &from)?;
                let value = value.unwrap_or_else(|| null(tree));
                let place = operation.find(tree)?;
                add(tree, &place, value)
            }
            "copy" => {
                let from = operation.find_from(tree)?;
                let value = child(tree, from.container, &from.key).map_err(|BadIndex| Failure::index(tree, &from))?;
                let place = operation.find(tree)?;
                let value = match value {
                    Some(value) => tree.duplicate(value),
                    None => null(tree),
                };
                add(tree, &place, value)
            }
            "test" => self.test(operation, tree),
            "" => Err(Failure::new("it has no `op`").help(KINDS)),
            other => {
                let near = nearest(other, ["add", "remove", "replace", "move", "copy", "test"]);
                let help = near.map_or(KINDS.to_owned(), |near| format!("did you mean `{near}`?"));
                Err(Failure::new(format!("there is no such operation as `{other}`")).help(help))
            }
        }
    }

    /// A copy of the operation's value, which is null when it has none.
    fn value(&self, operation: &Operation, tree: &mut Tree) -> NodeId {
        match operation.value {
            Some(value) => tree.graft(&self.tree, value),
            None => null(tree),
        }
    }

    fn replace_all(&self, operation: &Operation, tree: &mut Tree) -> Applied<()> {
        match operation.value {
            Some(value) if self.tree.kind(value) != Kind::Scalar => {
                let value = tree.graft(&self.tree, value);
                tree.set_root(value);
                Ok(())
            }
            // Upstream's library means to refuse this, and loses the error on its way.
            _ => Ok(()),
        }
    }

    fn test(&self, operation: &Operation, tree: &Tree) -> Applied<()> {
        let value = match operation.path()? {
            "" => Some(tree.root()),
            _ => {
                let place = operation.find(tree)?;
                child(tree, place.container, &place.key).map_err(|BadIndex| Failure::index(tree, &place))?
            }
        };
        let is_equal = match (value, operation.value) {
            (Some(value), Some(wanted)) => self.is_equal(tree, value, wanted),
            (None, None) => true,
            _ => false,
        };
        if is_equal { Ok(()) } else { Err(Failure::differs(tree, value)) }
    }

    fn explain(
        &self,
        operation: &Operation,
        position: usize,
        failure: &Failure,
        id: &ResId,
        tree: &Tree,
        sources: &Sources,
    ) -> Error {
        let name = match (operation.kind.as_str(), &operation.path) {
            ("", _) => String::new(),
            (kind, Some(path)) => format!(" (`{kind}` `{path}`)"),
            (kind, None) => format!(" (`{kind}`)"),
        };
        let message =
            format!("operation {} of the JSON patch{name} does not apply to {id}: {}", position + 1, failure.message);
        let place = operation.place;
        let there = failure.at.and_then(|node| sources.span(tree, node));
        let error = Error::new(Code::JsonPatch, message)
            .label_if(sources.span(&self.tree, place), "")
            .label_if(there, "as far as the path leads");
        failure.help.iter().fold(error, Error::help)
    }
}

const KINDS: &str = "the operations are `add`, `remove`, `replace`, `move`, `copy` and `test`";

impl Operation {
    fn path(&self) -> Applied<&str> {
        self.path.as_deref().ok_or_else(|| Failure::new("it has no `path`, or one that is not a text"))
    }

    fn find(&self, tree: &Tree) -> Applied<Place<'_>> {
        let path = self.path()?;
        follow(tree, tree.root(), path).map_err(|lost| Failure::lost(tree, path, lost))
    }

    fn find_from(&self, tree: &Tree) -> Applied<Place<'_>> {
        let from = self.from.as_deref().ok_or_else(|| Failure::new("it has no `from`, or one that is not a text"))?;
        follow(tree, tree.root(), from).map_err(|lost| Failure::lost(tree, from, lost))
    }
}

fn null(tree: &mut Tree) -> NodeId {
    tree.new_scalar("null", rustomize_yaml::Tag::Null, rustomize_yaml::Style::Plain)
}

fn add(tree: &mut Tree, place: &Place, value: NodeId) -> Applied<()> {
    if tree.kind(place.container) != Kind::Sequence {
        set(tree, place, value);
        return Ok(());
    }
    if place.key == "-" {
        tree.push(place.container, value);
        return Ok(());
    }
    // One behind the last item is a place to add at, and so -1 is that place.
    let places = tree.len(place.container) + 1;
    let position = index(&place.key, places).map_err(|BadIndex| Failure::index(tree, place))?;
    tree.insert_item(place.container, position, value);
    Ok(())
}

/// Sets a value in a mapping, or at an index that is known to be there.
fn set(tree: &mut Tree, place: &Place, value: NodeId) {
    let container = place.container;
    if tree.kind(container) == Kind::Sequence {
        let Ok(position) = index(&place.key, tree.len(container)) else { return };
        let mut items: Vec<NodeId> = tree.items(container).collect();
        items[position] = value;
        tree.set_items(container, &items);
    } else if tree.get(container, &place.key).is_some() {
        tree.set(container, &place.key, value);
    } else {
        let key = tree.new_string(&place.key);
        tree.append_entry(container, key, value);
    }
}

fn remove(tree: &mut Tree, place: &Place) -> Applied<()> {
    let container = place.container;
    if tree.kind(container) != Kind::Sequence {
        let is_there = tree.remove(container, &place.key);
        return if is_there { Ok(()) } else { Err(Failure::missing(tree, container, &place.key)) };
    }
    let position = index(&place.key, tree.len(container)).map_err(|BadIndex| Failure::index(tree, place))?;
    if let Some(item) = tree.item(container, position) {
        tree.remove_item(container, item);
    }
    Ok(())
}

type Applied<T> = std::result::Result<T, Failure>;

/// Why an operation does not apply.
struct Failure {
    message: String,
    help: Option<String>,
    /// As far as the path leads in the resource.
    at: Option<NodeId>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: None, at: None }
    }

    fn help(self, help: impl Into<String>) -> Failure {
        Failure { help: Some(help.into()), ..self }
    }

    fn at(self, node: NodeId) -> Failure {
        Failure { at: Some(node), ..self }
    }

    fn index(tree: &Tree, place: &Place) -> Failure {
        let message = match (place.key.parse::<i64>(), tree.len(place.container)) {
            (Ok(_), 0) => format!("the list is empty and has nothing at `{}`", place.key),
            (Ok(_), 1) => format!("the list has one item, and none at `{}`", place.key),
            (Ok(_), len) => format!("the list has {len} items, and none at `{}`", place.key),
            (Err(_), _) => format!("`{}` is not an index, and a list is there", place.key),
        };
        Failure::new(message).at(place.container)
    }

    fn missing(tree: &Tree, container: NodeId, key: &str) -> Failure {
        let keys = tree.entries(container).map(|(key, _)| tree.text(key));
        let failure = Failure::new(format!("there is no `{key}`")).at(container);
        match nearest(key, keys) {
            Some(near) => failure.help(format!("there is `{}`", escape(near))),
            None => failure,
        }
    }

    fn lost(tree: &Tree, path: &str, lost: Lost) -> Failure {
        match lost.part {
            None => Failure::new("the path has no slash").help(format!("begin it with a slash: `/{path}`")),
            Some(part) if tree.kind(lost.container) == Kind::Sequence => {
                Failure::index(tree, &Place { container: lost.container, key: part.into() })
            }
            Some(part) => match tree.get(lost.container, &part) {
                Some(value) => Failure::new(format!("`{part}` holds neither a mapping nor a list")).at(value),
                None => Failure::missing(tree, lost.container, &part),
            },
        }
    }

    /// A `test` that found this value, and wanted another one.
    fn differs(tree: &Tree, value: Option<NodeId>) -> Failure {
        let Some(value) = value else { return Failure::new("there is no value") };
        let mut text = String::new();
        match to_json(tree, value, &mut text) {
            Ok(()) if text.len() <= MAX_SHOWN => Failure::new(format!("the value there is {text}")).at(value),
            _ => Failure::new("the value there is another one").at(value),
        }
    }
}

/// Longer values are not shown in a message.
const MAX_SHOWN: usize = 60;

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
