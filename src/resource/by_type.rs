use std::sync::OnceLock;

use super::Gvk;

/// So many types have a place of their own, more or less; a build has few, and one with many takes longer to find them.
const PLACES: usize = 64;

/// What is worked out once for each type. Threads look it up at the same time without waiting for one another, and
/// without writing to memory that they share.
#[derive(Debug)]
pub struct ByType<T>(OnceLock<Box<[Place<T>; PLACES]>>);

/// Where what has the same hash, more or less, hangs together.
type Place<T> = OnceLock<Box<Entry<T>>>;

#[derive(Debug)]
struct Entry<T> {
    gvk: Gvk,
    value: T,
    next: Place<T>,
}

impl<T> Default for ByType<T> {
    fn default() -> Self {
        ByType(OnceLock::new())
    }
}

impl<T> ByType<T> {
    /// What belongs to a type; `make` makes it when it is asked for the first time.
    pub fn get_or_make(&self, gvk: &Gvk, make: impl Fn(&Gvk) -> T) -> &T {
        let places = self.0.get_or_init(|| Box::new([const { OnceLock::new() }; PLACES]));
        let mut place = &places[gvk.hash() as usize % PLACES];
        loop {
            let new = || Box::new(Entry { gvk: gvk.clone(), value: make(gvk), next: OnceLock::new() });
            let entry = place.get_or_init(new);
            if entry.gvk == *gvk {
                return &entry.value;
            }
            place = &entry.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn each_type_is_worked_out_once_however_many_there_are() {
        let (lengths, made) = (ByType::default(), Cell::new(0));
        let kinds: Vec<String> = (0..5 * PLACES).map(|number| "x".repeat(number)).collect();
        for _ in 0..2 {
            for kind in &kinds {
                let make = |gvk: &Gvk| {
                    made.set(made.get() + 1);
                    gvk.kind().len()
                };
                assert_eq!(*lengths.get_or_make(&Gvk::new("", "v1", kind), make), kind.len());
            }
        }
        assert_eq!(made.get(), kinds.len());
    }
}
