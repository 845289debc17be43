//! What the program does, seen from outside: one module a feature, cases as folders that a reader can open.

mod command_line;
mod errors;
mod example;
mod helm;
mod localize;
mod place;
mod program;
mod remote;
