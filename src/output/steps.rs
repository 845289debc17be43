use std::sync::{Mutex, MutexGuard, PoisonError};

use rustomize_yaml::StepId;

/// What the steps of a session's builds are called, by the number that nodes carry. The first is step 1.
#[derive(Debug, Default)]
pub struct Steps(Mutex<Vec<String>>);

impl Steps {
    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new step of that name.
    pub fn begin(&self, name: String) -> StepId {
        let mut names = self.lock();
        names.push(name);
        StepId(names.len() as u32)
    }

    /// What the step is called; `None` for step 0, "as read".
    pub fn name(&self, step: StepId) -> Option<String> {
        self.lock().get((step.0 as usize).checked_sub(1)?).cloned()
    }
}
