//! Vars: names for the values of fields, put in the place of `$(NAME)`.

use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use rustomize_yaml::{Kind, NodeId, Spanned, Style, Tag, Tree};

use super::expansion::{Value, expand};
use super::field_spec::Create;
use super::path::{DottedPath, split_indexed};
use super::{FieldSpecs, TransformerConfig};
use crate::context::Context;
use crate::diagnostics::{Code, Error, Result, Sources};
use crate::kustomization::{Var, VarTarget};
use crate::resource::{DEFAULT_NAMESPACE, Gvk, Resource, ResourceSet};

/// The vars that a directory and all below it declare, by name.
#[derive(Debug, Clone, Default)]
pub struct VarSet {
    by_name: BTreeMap<String, Arc<Spanned<Var>>>,
}

/// Declaring.
impl VarSet {
    /// Whether no var is declared.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Takes in the vars of one kustomization, and notes on each resource which of them read it.
    ///
    /// Fails for a name that is taken, and for a var that several resources fit. That no resource fits is an error only
    /// when the vars are resolved.
    pub fn declare(
        &mut self,
        vars: &[Arc<Spanned<Var>>],
        resources: &mut ResourceSet,
        sources: &Sources,
    ) -> Result<()> {
        for var in vars {
            let target = Target::of(&var.objref);
            let mut fitting = resources.positions_by_name(&target.name);
            fitting.retain(|&position| target.is(resources.get(position)));
            match fitting[..] {
                [] => {}
                [position] => {
                    let names = &mut resources.body_mut(position).var_names;
                    // Most are read by one var or none.
                    if names.is_empty() {
                        names.reserve_exact(1);
                    }
                    names.push(var.name.value.clone());
                }
                _ => return Err(several(var, &fitting, resources, sources)),
            }
        }
        vars.iter().try_for_each(|var| self.insert(var.clone(), sources))
    }

    /// Takes in the vars of a directory below. Fails for a name that is taken.
    pub fn merge(&mut self, other: VarSet, sources: &Sources) -> Result<()> {
        other.by_name.into_values().try_for_each(|var| self.insert(var, sources))
    }

    fn insert(&mut self, var: Arc<Spanned<Var>>, sources: &Sources) -> Result<()> {
        match self.by_name.get(&*var.name) {
            Some(known) => Err(Error::new(Code::Var, format!("the var `{}` is declared twice", var.name))
                .label_if(sources.place(&var.name), "again here")
                .label_if(sources.place(&known.name), "declared here")),
            None => {
                self.by_name.insert(var.name.value.clone(), var);
                Ok(())
            }
        }
    }
}

/// The resource that a var reads. Unlike selectors, it gives the whole type, and no namespace means any.
struct Target {
    gvk: Gvk,
    name: String,
    namespace: String,
}

impl Target {
    fn of(target: &VarTarget) -> Target {
        let (group, version) = match target.api_version.split('/').collect::<Vec<_>>()[..] {
            [""] => (&**target.group, &**target.version),
            [version] => (&**target.group, version),
            [group, version] => (group, version),
            _ => (&**target.group, &**target.version),
        };
        Target {
            gvk: Gvk::new(group, version, &target.kind),
            name: target.name.value.clone(),
            namespace: target.namespace.value.clone(),
        }
    }

    /// Whether this is the resource, under its current id or a previous one.
    fn is(&self, resource: &Resource) -> bool {
        let id = resource.id();
        let or_default = |namespace: &str| if namespace.is_empty() { DEFAULT_NAMESPACE } else { namespace }.to_owned();
        let fits = |kind: &str, name: &str, namespace: &str| {
            kind == self.gvk.kind()
                && name == self.name
                && (self.namespace.is_empty() || or_default(namespace) == self.namespace)
        };
        let mut previous = resource.book.previous.iter();
        id.gvk.group() == self.gvk.group()
            && id.gvk.version() == self.gvk.version()
            && (fits(id.gvk.kind(), &id.name, id.effective_namespace())
                || previous.any(|previous| fits(&previous.kind, &previous.name, &previous.namespace)))
    }
}

fn several(var: &Var, fitting: &[usize], resources: &ResourceSet, sources: &Sources) -> Error {
    let message = format!("{} resources fit the var `{}`", fitting.len(), var.name);
    let error = Error::new(Code::Var, message)
        .label_if(sources.place(&var.name), "")
        .help("say which one with `objref.namespace`");
    fitting.iter().fold(error, |error, &position| {
        let resource = resources.get(position);
        let tree = resource.tree();
        let name = tree.path(tree.root(), &["metadata", "name"]);
        error.label_if(name.and_then(|name| sources.span(tree, name)), format!("perhaps {}", resource.id()))
    })
}

/// Resolving.
impl VarSet {
    /// Puts the value of each var in the place of `$(NAME)`, in the fields that `config` names.
    ///
    /// A text that is `$(NAME)` and nothing else takes the type of the value; `$$` stands for `$`; what names no var
    /// stays as it is. Warns about vars that are used nowhere. Fails for a var without a value.
    pub fn resolve(&self, resources: &mut ResourceSet, config: &TransformerConfig, context: &Context) -> Result<()> {
        if self.by_name.is_empty() {
            return Ok(());
        }
        let values = self.values(resources, context)?;
        let expander = Expander { values: &values, used: RefCell::default(), refused: RefCell::default() };
        for position in 0..resources.len() {
            expander.expand_resource(resources, position, &config.var_reference)?;
        }
        for name in expander.refused.borrow().iter() {
            context.warn(Code::Var, format!("the var `{name}` is a mapping or a list, which cannot stand in a text"));
        }
        let used = expander.used.borrow();
        let unused: Vec<&str> = values.keys().copied().filter(|&name| !used.contains(name)).collect();
        if !unused.is_empty() {
            context.warn(Code::Var, format!("well-defined vars that were never replaced: {}", unused.join(",")));
        }
        Ok(())
    }

    fn values(&self, resources: &ResourceSet, context: &Context) -> Result<BTreeMap<&str, Value>> {
        let sources = context.sources;
        let mut readers: FxHashMap<&str, &Resource> = FxHashMap::default();
        for resource in resources {
            for name in &resource.var_names {
                readers.entry(name).or_insert(resource);
            }
        }
        let value = |var: &Var| match readers.get(&**var.name) {
            Some(resource) => {
                if let Some(journal) = context.journal {
                    let node = field(resource, var, sources)?;
                    journal.read_var(&var.name, Some((resource, node)));
                }
                field_value(resource, var, sources)
            }
            None => {
                let target = &var.objref;
                let message = format!("no resource fits the var `{}`: {} `{}`", var.name, target.kind, target.name);
                Err(Error::new(Code::Var, message)
                    .label_if(sources.place(&target.name), "")
                    .help("`objref` needs the whole type (group, version and kind) and the original name"))
            }
        };
        self.by_name.iter().map(|(name, var)| Ok((&**name, value(var)?))).collect()
    }
}

/// The value of the field that a var reads.
fn field_value(resource: &Resource, var: &Var, sources: &Sources) -> Result<Value> {
    let (tree, node) = (resource.tree(), field(resource, var, sources)?);
    let refused = || unreadable(resource, var, sources, &format!("but cannot read `{}`", tree.text(node)));
    value_of(tree, node).ok_or_else(refused)
}

/// The names that stand as `$(NAME)` in a text, where they are not taken for text.
pub fn names_of_vars(text: &str) -> Vec<String> {
    let names = RefCell::default();
    let note = |name: &str| -> Option<&Value> {
        let mut names: RefMut<Vec<String>> = names.borrow_mut();
        names.push(name.to_owned());
        None
    };
    expand(text, &note);
    names.into_inner()
}

/// The field that a var reads.
fn field(resource: &Resource, var: &Var, sources: &Sources) -> Result<NodeId> {
    let parts: DottedPath = split_indexed(path_of(var)).into_iter().collect();
    match parts.look_up(resource.tree(), parts.len()) {
        Ok(Some(node)) => Ok(node),
        Ok(None) => Err(unreadable(resource, var, sources, "which is not there")),
        Err(blocked) => Err(unreadable(resource, var, sources, &format!("but {}", blocked.reason))),
    }
}

fn path_of(var: &Var) -> &str {
    match &**var.fieldref.field_path {
        "" => "metadata.name",
        path => path,
    }
}

fn unreadable(resource: &Resource, var: &Var, sources: &Sources, reason: &str) -> Error {
    let message = format!("the var `{}` reads `{}` of {}, {reason}", var.name, path_of(var), resource.id());
    let place = sources.place(&var.fieldref.field_path).filter(|place| place.len > 0);
    Error::new(Code::Var, message).label_if(place.or_else(|| sources.place(&var.name)), "")
}

/// `None` for numbers that kustomize does not understand: `0x1f`, `.inf`.
fn value_of(tree: &Tree, node: NodeId) -> Option<Value> {
    let text = tree.text(node);
    match (tree.kind(node), tree.tag(node)) {
        (Kind::Mapping | Kind::Sequence, _) => Some(Value::Collection),
        (_, Tag::Int) => text.parse().ok().map(Value::Int),
        (_, Tag::Float) => text.parse().ok().map(Value::Float),
        (_, Tag::Bool) => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
        _ => Some(Value::Text(text.to_owned())),
    }
}

struct Expander<'a> {
    values: &'a BTreeMap<&'a str, Value>,
    used: RefCell<BTreeSet<String>>,
    /// Vars that were asked for and cannot stand in a text.
    refused: RefCell<BTreeSet<String>>,
}

impl Expander<'_> {
    fn expand_resource(&self, resources: &mut ResourceSet, position: usize, specs: &FieldSpecs) -> Result<()> {
        let changes_id = specs.may_change_id(&resources.get(position).id().gvk);
        let resource = if changes_id { resources.get_mut(position) } else { resources.body_mut(position) };
        specs.visit(resource, Create::No, &mut |tree, node| match tree.kind(node) {
            Kind::Scalar => {
                self.expand_scalar(tree, node);
                Ok(())
            }
            Kind::Mapping => self.expand_values(tree, node),
            Kind::Sequence => self.expand_items(tree, node),
        })
    }

    fn expand_values(&self, tree: &mut Tree, mapping: NodeId) -> Result<()> {
        let entries: Vec<(NodeId, NodeId)> = tree.entries(mapping).collect();
        for (key, value) in entries {
            if !is_string(tree, key) {
                let message = format!("a key that is not text where vars are looked for: `{}`", tree.text(key));
                return Err(Error::new(Code::Var, message));
            }
            self.expand_scalar(tree, value);
        }
        Ok(())
    }

    fn expand_items(&self, tree: &mut Tree, list: NodeId) -> Result<()> {
        let items: Vec<NodeId> = tree.items(list).collect();
        for item in items {
            if !is_string(tree, item) {
                let message = format!("an item that is not text where vars are looked for: `{}`", tree.text(item));
                return Err(Error::new(Code::Var, message).help("put the item in quotes"));
            }
            self.expand_scalar(tree, item);
        }
        Ok(())
    }

    /// Whatever is text becomes a plain string, whether anything is found in it or not.
    fn expand_scalar(&self, tree: &mut Tree, node: NodeId) {
        if !is_string(tree, node) {
            return;
        }
        let (tag, text) = expand(tree.text(node), &|name| self.look_up(name)).into_scalar();
        if tree.tag(node) != tag || tree.text(node) != text {
            tree.set_typed(node, tag, &text);
            tree.set_style(node, Style::Plain);
        } else if tree.style(node) == Style::Folded {
            tree.set_style(node, Style::Plain);
        }
    }

    fn look_up(&self, name: &str) -> Option<&Value> {
        let value = self.values.get(name)?;
        if matches!(value, Value::Collection) {
            self.refused.borrow_mut().insert(name.to_owned());
            return None;
        }
        self.used.borrow_mut().insert(name.to_owned());
        Some(value)
    }
}

fn is_string(tree: &Tree, node: NodeId) -> bool {
    tree.is_scalar(node) && matches!(tree.tag(node), Tag::Str | Tag::Unset)
}
