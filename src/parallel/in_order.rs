//! Many pieces of work of which each takes long: done by several threads, handed over in order while others are being done.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard};

use super::{IS_HELPING, lock, most_threads, with_helpers};

/// How many pieces a thread may be ahead of the one that is to be handed over next. What is done is held until then, so
/// that this bounds the memory, and how long a piece may take until the others wait for it.
const AHEAD: usize = 16;

/// Does the pieces with the numbers below `count`, on several threads, and hands each result to `take`: in order, on this
/// thread, and as soon as it is there. What `take` breaks with ends it; the pieces that are being done then are lost.
pub fn in_order<R: Send, B>(
    count: usize,
    make: impl Fn(usize) -> R + Sync,
    mut take: impl FnMut(usize, R) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let threads = if IS_HELPING.get() { 1 } else { most_threads().min(count) };
    if threads < 2 {
        return (0..count).try_for_each(|number| take(number, make(number)));
    }
    keep_memory();
    let line = Line::new(count, threads * AHEAD);
    let help = |is_helper: bool| {
        if is_helper {
            make_much_room();
        }
        let _helping = Helping::begin(&line);
        while let Some(number) = line.begin_or_wait() {
            line.end(number, make(number));
        }
    };
    with_helpers(threads, help, || {
        let _helping = Helping::begin(&line);
        loop {
            match line.next() {
                Next::Take(number, result) => {
                    if let ControlFlow::Break(why) = take(number, result) {
                        line.stop();
                        return ControlFlow::Break(why);
                    }
                }
                Next::Make(number) => line.end(number, make(number)),
                Next::Nothing => return ControlFlow::Continue(()),
            }
        }
    })
}

/// The pieces that have been begun and not been handed over.
struct Line<R> {
    count: usize,
    /// How many of them there are at most.
    most: usize,
    state: Mutex<State<R>>,
    /// A result is there that the taker waits for, or will never be.
    may_take: Condvar,
    /// A piece was handed over, or no more are wanted.
    may_begin: Condvar,
}

struct State<R> {
    /// How many have been handed over.
    taken: usize,
    /// The results of those that were begun since.
    begun: VecDeque<Option<R>>,
    is_stopped: bool,
    /// Whether the taker waits, and how many others do: to call where nobody listens would take a call to the system.
    taker_waits: bool,
    beginners_wait: usize,
}

/// What the taker does next.
enum Next<R> {
    Take(usize, R),
    Make(usize),
    Nothing,
}

impl<R> Line<R> {
    fn new(count: usize, most: usize) -> Line<R> {
        let begun = VecDeque::with_capacity(most);
        let state = State { taken: 0, begun, is_stopped: false, taker_waits: false, beginners_wait: 0 };
        Line { count, most, state: Mutex::new(state), may_take: Condvar::new(), may_begin: Condvar::new() }
    }

    /// The number of a piece that is to be done now; waits until one may be begun.
    fn begin_or_wait(&self) -> Option<usize> {
        let mut state = lock(&self.state);
        loop {
            if state.is_stopped || state.taken + state.begun.len() == self.count {
                return None;
            }
            if let Some(number) = self.begin(&mut state) {
                return Some(number);
            }
            state.beginners_wait += 1;
            state = wait(&self.may_begin, state);
            state.beginners_wait -= 1;
        }
    }

    fn begin(&self, state: &mut State<R>) -> Option<usize> {
        let number = state.taken + state.begun.len();
        (number < self.count && state.begun.len() < self.most).then(|| {
            state.begun.push_back(None);
            number
        })
    }

    fn end(&self, number: usize, result: R) {
        let mut state = lock(&self.state);
        let place = number - state.taken;
        state.begun[place] = Some(result);
        if place == 0 && state.taker_waits {
            self.may_take.notify_one();
        }
    }

    /// What is there is taken first; else the taker does a piece like the others, and waits where it may begin none.
    fn next(&self) -> Next<R> {
        let mut state = lock(&self.state);
        loop {
            if state.is_stopped || state.taken == self.count {
                return Next::Nothing;
            }
            if let Some(result) = state.begun.front_mut().and_then(Option::take) {
                let number = state.taken;
                state.begun.pop_front();
                state.taken += 1;
                if state.beginners_wait > 0 {
                    self.may_begin.notify_all();
                }
                return Next::Take(number, result);
            }
            if let Some(number) = self.begin(&mut state) {
                return Next::Make(number);
            }
            state.taker_waits = true;
            state = wait(&self.may_take, state);
            state.taker_waits = false;
        }
    }

    fn stop(&self) {
        lock(&self.state).is_stopped = true;
        self.may_take.notify_all();
        self.may_begin.notify_all();
    }
}

fn wait<'a, T>(until: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    until.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A thread that does pieces: what it does it does alone, and when it panics, nobody waits for it.
struct Helping<'a, R>(&'a Line<R>);

impl<'a, R> Helping<'a, R> {
    fn begin(line: &'a Line<R>) -> Helping<'a, R> {
        IS_HELPING.set(true);
        Helping(line)
    }
}

impl<R> Drop for Helping<'_, R> {
    fn drop(&mut self) {
        IS_HELPING.set(false);
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// A block of this length comes from the system by itself, and goes back to it.
const LARGE: usize = 4 << 20;

/// Has memory that is let go of stay with the process for what comes next: the allocator of the GNU C library gives back
/// what lies free at its end, and asks for it again for the next piece of work, unless it has seen a block this large go,
/// from when on it keeps twice as much.
fn keep_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// As [`super::make_room`], once for all pieces.
fn make_much_room() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE / 4)));
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_however_long_each_takes() {
        for count in [0, 1, 2, 7, 10 * AHEAD] {
            let mut taken = Vec::new();
            let make = |number: usize| {
                // The first ones take longest.
                number * 2 + (0..(count - number) * 1000).map(|_| std::hint::black_box(0)).sum::<usize>()
            };
            let end: ControlFlow<Infallible> = in_order(count, make, |number, result| {
                taken.push((number, result));
                ControlFlow::Continue(())
            });
            assert!(end.is_continue() && taken.into_iter().eq((0..count).map(|number| (number, number * 2))));
        }
    }

    #[test]
    fn little_is_ahead_of_what_is_taken_and_nothing_is_begun_after_the_end() {
        let begun = AtomicUsize::new(0);
        let make = |number: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            number
        };
        let most = most_threads() * AHEAD;
        let end = in_order(100 * most, make, |number, _| {
            assert!(begun.load(Ordering::Relaxed) <= number + 1 + most);
            if number == 3 * most { ControlFlow::Break(number) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(end, ControlFlow::Break(3 * most));
        assert!(begun.load(Ordering::Relaxed) <= 4 * most + 1);
    }

    #[test]
    fn a_panic_is_passed_on_and_nobody_waits() {
        for wrong in [0, 5, 10 * AHEAD - 1] {
            let make = |number: usize| assert_ne!(number, wrong);
            let made = std::panic::catch_unwind(|| in_order(10 * AHEAD, make, |_, ()| ControlFlow::<()>::Continue(())));
            assert!(made.is_err());
            let take = |number: usize, _| if number == wrong { panic!() } else { ControlFlow::<()>::Continue(()) };
            assert!(std::panic::catch_unwind(|| in_order(10 * AHEAD, |number| number, take)).is_err());
        }
    }
}
