//! Doing the same to many things, on several threads where that pays. What comes out never depends on their number.

mod in_order;

use std::cell::Cell;
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, ScopedJoinHandle, ThreadId};

use rayon_core::{ThreadPool, ThreadPoolBuilder};

pub use in_order::in_order;

/// How much work at least makes it worth while to start a thread, which takes as long as one or two hundred things.
pub const MUCH: usize = 1000;

/// How much makes it worth while to wake one that has been started.
const ENOUGH_TO_WAKE: usize = 250;

/// How many parts the work is cut into for each thread, so that none waits long for another.
const PARTS_PER_THREAD: usize = 8;

/// The stack of a thread: as documents may nest 10,000 levels deep, it needs what the first thread has, and more.
const STACK: usize = 32 << 20;

thread_local! {
    /// Whether this thread does a part of some work: what it does it does alone.
    static IS_HELPING: Cell<bool> = const { Cell::new(false) };
}

/// How many threads to use for `work`, counted in things of the size of a resource that is changed a little, each
/// half a microsecond, more or less.
///
/// `RUSTOMIZE_THREADS` in the environment says it, for little work too; else there is one for each processor.
fn threads(work: usize) -> usize {
    match asked_for() {
        _ if IS_HELPING.get() => 1,
        Some(number) => number,
        None if work < MUCH && (work < ENOUGH_TO_WAKE || !has_helpers()) => 1,
        None => most_threads(),
    }
}

fn asked_for() -> Option<usize> {
    static ASKED_FOR: OnceLock<Option<usize>> = OnceLock::new();
    *ASKED_FOR.get_or_init(|| std::env::var("RUSTOMIZE_THREADS").ok()?.parse().ok())
}

fn most_threads() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    let processors = || thread::available_parallelism().map_or(1, NonZero::get);
    asked_for().unwrap_or_else(|| *PROCESSORS.get_or_init(processors))
}

/// The threads that help the one that asked first, which in a program that builds is the only one to ask. They stay for
/// what it does next; and it never waits for one that has not come to its part, as it would on a busy machine for
/// threads that are started each time: it takes the part itself.
static HELPERS: OnceLock<Option<(ThreadId, ThreadPool)>> = OnceLock::new();

/// Whether there are threads that help this one.
fn has_helpers() -> bool {
    matches!(HELPERS.get(), Some(Some((helped, _))) if *helped == thread::current().id())
}

/// The threads that help this one, started if this is the first one to ask; `None` for all others.
fn helpers() -> Option<&'static ThreadPool> {
    let start = || {
        let pool = ThreadPoolBuilder::new().num_threads(most_threads()).stack_size(STACK).use_current_thread().build();
        Some((thread::current().id(), pool.ok()?))
    };
    let (helped, pool) = HELPERS.get_or_init(start).as_ref()?;
    (*helped == thread::current().id()).then_some(pool)
}

/// Calls `act` for every item; `work` says how much that is, all in all. What it returns comes in the order of the items.
pub fn map_mut<T: Send, R: Send>(items: &mut [T], work: usize, act: impl Fn(&mut T) -> R + Sync) -> Vec<R> {
    let mut parts = map_parts(items, work, |part| part.iter_mut().map(&act).collect::<Vec<R>>());
    if parts.len() == 1 { parts.swap_remove(0) } else { parts.into_iter().flatten().collect() }
}

/// Like [`map_mut`], for items that are only looked at.
pub fn map<T: Sync, R: Send>(items: &[T], work: usize, act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads(work).min(items.len());
    if threads < 2 {
        return items.iter().map(act).collect();
    }
    let parts = items.chunks(size_of_parts(items.len(), threads));
    let results = share(parts, threads, |part| part.iter().map(&act).collect::<Vec<R>>());
    results.into_iter().flatten().collect()
}

/// Calls `act` for the items, part by part; `work` says how much that is, all in all. What it returns comes in the order
/// of the parts.
pub fn map_parts<T: Send, R: Send>(items: &mut [T], work: usize, act: impl Fn(&mut [T]) -> R + Sync) -> Vec<R> {
    let threads = threads(work).min(items.len());
    if threads < 2 {
        return vec![act(items)];
    }
    share(items.chunks_mut(size_of_parts(items.len(), threads)), threads, act)
}

fn size_of_parts(items: usize, threads: usize) -> usize {
    items.div_ceil(threads * PARTS_PER_THREAD)
}

/// Lets so many threads take one part after the other.
fn share<P: Send, R: Send>(
    parts: impl Iterator<Item = P> + Send,
    threads: usize,
    act: impl Fn(P) -> R + Sync,
) -> Vec<R> {
    let parts = Mutex::new(parts.enumerate());
    let done = Mutex::new(Vec::with_capacity(threads * PARTS_PER_THREAD));
    let run = |is_helper: bool| {
        IS_HELPING.set(true);
        loop {
            let next = lock(&parts).next();
            let Some((number, part)) = next else { break };
            if is_helper {
                make_room();
            }
            let result = act(part);
            lock(&done).push((number, result));
        }
        IS_HELPING.set(false);
    };
    with_helpers(threads, run, || run(false));
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does `own` on this thread, and `help` on so many threads less one, as far as they come to it before `own` is done;
/// `help` is told whether the thread is another one.
fn with_helpers<T>(threads: usize, help: impl Fn(bool) + Sync, own: impl FnOnce() -> T) -> T {
    match helpers() {
        Some(pool) => pool.in_place_scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|_| help(pool.current_thread_index() != Some(0)));
            }
            own()
        }),
        None => thread::scope(|scope| {
            // Without another thread, this one does all the work.
            let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || help(true)).ok();
            let helping: Vec<_> = (1..threads).filter_map(start).collect();
            let result = own();
            helping.into_iter().for_each(join);
            result
        }),
    }
}

/// Waits for a thread; its panic is one of this thread. A scope waits too, but lets go of the thread first, and with
/// versions of the GNU C library that are in use, a thread that ends at that very moment brings the process down.
pub fn join<T>(thread: ScopedJoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Has the memory of a thread grow once for many small things: there, the allocator of the GNU C library would ask the
/// system for one page after the other, which takes longer than to fill them and holds up the other threads.
fn make_room() {
    // Larger ones would come from elsewhere.
    const ROOM: usize = 100 << 10;
    drop(std::hint::black_box([(); 4].map(|()| Vec::<u8>::with_capacity(ROOM))));
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic of one thread becomes one of all when the scope ends.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_however_many_there_are() {
        for count in [0, 1, 2, ENOUGH_TO_WAKE, MUCH, 10 * MUCH + 7, ENOUGH_TO_WAKE] {
            let mut items: Vec<usize> = (0..count).collect();
            let results = map_mut(&mut items, count, |item| {
                *item += 1;
                *item * 2
            });
            assert!(results.into_iter().eq((1..=count).map(|item| item * 2)));
            assert!(items.into_iter().eq(1..=count));
        }
    }
}
