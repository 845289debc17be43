//! From which files the nodes of a tree come, and which steps wrote them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{FileId, StepId};

/// A file, and the step that wrote something last.
pub(super) type Origin = (FileId, StepId);

/// What the origins in the nodes of one tree mean.
///
/// Few files have a part in a tree, and a build has not that many steps: so a node has room for a small number of
/// the file and for the step. Where either is too large, it holds the number of both in a list.
#[derive(Debug, Clone)]
pub(super) struct Origins {
    own: FileId,
    /// The step that changes are the work of.
    step: StepId,
    /// The same as nodes hold it.
    stamp: u32,
    /// Copies of the tree share it until one of them knows more.
    others: Option<Arc<Others>>,
}

/// What most trees do without.
#[derive(Debug, Clone, Default)]
struct Others {
    /// The files from [`FIRST_OTHER`] on.
    files: Vec<FileId>,
    /// Origins for which the room in a node is too small.
    listed: Vec<Origin>,
    numbers: HashMap<Origin, u32>,
}

/// How a node holds its origin: 6 bits for the file, 14 for the step, and above them whether it is listed.
const FILE_BITS: u32 = 6;
const STEP_BITS: u32 = 14;
const FILES: u32 = 1 << FILE_BITS;
const STEPS: u32 = 1 << STEP_BITS;
const LISTED: u32 = FILES * STEPS;
/// How many bits an origin takes.
pub(super) const ORIGIN_BITS: u32 = FILE_BITS + STEP_BITS + 1;

/// The file that the tree itself is read from; so 0 is what has been read there and never been changed.
const OWN: u32 = 0;
/// No file.
const MADE: u32 = 1;
const FIRST_OTHER: u32 = 2;

impl Origins {
    /// For a tree that is read from `own`.
    pub(super) fn new(own: FileId) -> Origins {
        Origins { own, step: StepId(0), stamp: 0, others: None }
    }

    /// The file and the step.
    #[inline]
    pub(super) fn get(&self, origin: u32) -> Origin {
        if origin & LISTED == 0 {
            (self.file(origin % FILES), StepId(origin / FILES))
        } else {
            self.other(|others| others.listed.get((origin - LISTED) as usize))
        }
    }

    #[inline]
    fn file(&self, number: u32) -> FileId {
        match number {
            OWN => self.own,
            MADE => FileId::default(),
            other => self.other(|others| others.files.get((other - FIRST_OTHER) as usize)),
        }
    }

    fn other<T: Copy + Default>(&self, find: impl FnOnce(&Others) -> Option<&T>) -> T {
        self.others.as_deref().and_then(find).copied().unwrap_or_default()
    }

    /// Whether what nodes held before means the same now.
    pub(super) fn have_grown_from(&self, before: &Origins) -> bool {
        self.own == before.own
            && match (&self.others, &before.others) {
                (_, None) => true,
                (Some(now), Some(before)) => {
                    now.files.starts_with(&before.files) && now.listed.starts_with(&before.listed)
                }
                (None, Some(_)) => false,
            }
    }

    /// From now on, changes are the work of `step`.
    #[inline]
    pub(super) fn begin_step(&mut self, step: StepId) {
        self.step = step;
        self.stamp = step.0.min(STEPS) * FILES;
    }

    /// For what is made now.
    #[inline]
    pub(super) fn of_made(&mut self) -> u32 {
        self.of_changed(MADE)
    }

    /// For what had the origin `old` and is changed now.
    #[inline]
    pub(super) fn of_changed(&mut self, old: u32) -> u32 {
        if (old | self.stamp) & LISTED == 0 { (old % FILES) | self.stamp } else { self.of_changed_far(old) }
    }

    #[cold]
    fn of_changed_far(&mut self, old: u32) -> u32 {
        self.origin((self.get(old).0, self.step))
    }

    /// For what another tree says to be from that file and step.
    #[inline]
    pub(super) fn origin(&mut self, origin: Origin) -> u32 {
        let (file, step) = origin;
        if step.0 < STEPS {
            if file == self.own {
                return OWN + step.0 * FILES;
            }
            if let Some(number) = self.number_of_other(file) {
                return number + step.0 * FILES;
            }
        }
        self.list(origin)
    }

    fn number_of_other(&mut self, file: FileId) -> Option<u32> {
        if file == FileId::default() {
            return Some(MADE);
        }
        let files = self.others.as_deref().map_or(&[][..], |others| &others.files);
        let known = files.iter().rposition(|&other| other == file);
        let place = known.unwrap_or(files.len());
        if known.is_none() {
            if place == (FILES - FIRST_OTHER) as usize {
                return None;
            }
            Arc::make_mut(self.others.get_or_insert_default()).files.push(file);
        }
        Some(FIRST_OTHER + place as u32)
    }

    /// Of two million listed origins of one tree and more, all but these are forgotten: they count as made by no step.
    #[cold]
    fn list(&mut self, origin: Origin) -> u32 {
        let Others { listed, numbers, .. } = Arc::make_mut(self.others.get_or_insert_default());
        let next = listed.len() as u32;
        let number = match numbers.get(&origin) {
            Some(number) => *number,
            None if next < LISTED - 1 => {
                listed.push(origin);
                numbers.insert(origin, next);
                next
            }
            None => LISTED - 1,
        };
        LISTED + number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_is_kept_however_many_there_are() {
        let mut origins = Origins::new(FileId(3));
        let steps = [0, 1, 2, STEPS - 1, STEPS, u32::MAX];
        let all: Vec<Origin> = (0..200).flat_map(|file| steps.map(|step| (FileId(file), StepId(step)))).collect();
        let kept: Vec<u32> = all.iter().map(|&origin| origins.origin(origin)).collect();
        assert_eq!(origins.origin((FileId(3), StepId(0))), 0);
        for (&origin, &kept) in all.iter().zip(&kept) {
            assert!(kept < 1 << ORIGIN_BITS);
            assert_eq!((origins.get(kept), origins.origin(origin)), (origin, kept));
        }
        assert!(kept.iter().any(|kept| kept & LISTED == 0) && kept.iter().any(|kept| kept & LISTED != 0));
    }

    #[test]
    fn changes_carry_the_step_and_keep_the_file() {
        let mut origins = Origins::new(FileId(3));
        for file in 0..100 {
            origins.origin((FileId(file), StepId(0)));
        }
        for step in [1, STEPS - 1, STEPS, 7].map(StepId) {
            origins.begin_step(step);
            let made = origins.of_made();
            assert_eq!(origins.get(made), (FileId(0), step));
            for file in [0, 3, 4, 99].map(FileId) {
                for before in [0, 1, STEPS + 1].map(StepId) {
                    let old = origins.origin((file, before));
                    let new = origins.of_changed(old);
                    assert_eq!(origins.get(new), (file, step));
                    assert_eq!(origins.of_changed(new), new);
                }
            }
        }
    }
}
