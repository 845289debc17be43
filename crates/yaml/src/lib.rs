//! Reading and writing YAML trees as kustomize does.
//!
//! The crate turns text into a [`Tree`] of nodes that know where they were read, lets callers
//! change it, and turns it back into text with the bytes that kustomize would print. It does no
//! I/O, knows nothing of Kubernetes, and has no unsafe code.

mod as_is;
mod canonical;
mod comments;
mod de;
mod edit;
mod emit;
mod entries;
mod error;
mod extent;
mod flow_scalar;
mod json;
mod nearest;
mod number;
mod order;
mod quote;
mod read;
mod reprint;
mod resolve;
mod settle;
mod shape;
mod source;
mod spanned;
mod style;
mod through_json;
mod timestamp;
mod tree;
mod unicode;
mod word;

pub use as_is::emit_as_is;
pub use canonical::{Road, canonicalise, reread};
pub use comments::comments;
pub use de::{from_node, from_node_lenient, from_node_unconverted, unconverted, unknown_fields};
pub use edit::{edit, edit_in};
pub use emit::{emit, emit_for_file};
pub use error::{Error, ErrorKind, Result};
pub use extent::scalar_end;
pub use json::{indent_json, json_string, push_json_string, push_json_text, to_json};
pub use nearest::nearest;
pub use number::{push_general_float, push_json_float};
pub use order::natural_order;
pub use read::{Piece, pieces, read_document, read_document_strictly, read_pieces, read_resources, read_stream};
pub use reprint::reprint;
pub use resolve::{Dialect, Scalar, resolve, scalar_value};
pub use settle::{Value, steady_string, value as settled_value};
pub use source::{FileId, Position, Source};
pub use spanned::Spanned;
pub use tree::{Kind, Node, NodeId, Past, Room, StepId, StringEntry, Style, Tag, Text, Touched, Tree};
pub use word::is_word;
