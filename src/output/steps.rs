use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustomize_yaml::StepId;

/// What the steps of a session's builds are called, by the number that nodes carry. The first is step 1.
#[derive(Debug, Default)]
pub struct Steps(Mutex<Vec<Step>>);

/// What is done, and the kustomization file that says so.
type Step = (Cow<'static, str>, Arc<str>);

impl Steps {
    fn lock(&self) -> MutexGuard<'_, Vec<Step>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new step of that kind, which a file asks for.
    pub fn begin(&self, kind: Cow<'static, str>, file: Arc<str>) -> StepId {
        let mut steps = self.lock();
        steps.push((kind, file));
        StepId(steps.len() as u32)
    }

    /// What the step is called; `None` for step 0, "as read".
    pub fn name(&self, step: StepId) -> Option<String> {
        let steps = self.lock();
        let (kind, file) = steps.get((step.0 as usize).checked_sub(1)?)?;
        Some(format!("{kind} of {file}"))
    }
}
