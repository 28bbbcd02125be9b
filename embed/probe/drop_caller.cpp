#include "embed/probe/drop_caller.h"

#include <algorithm>
#include <atomic>
#include <iterator>

#include <execinfo.h>

namespace gilscope::probe::drop_caller {

namespace {

struct Learned {
  bool save_thread = false;
  std::size_t word = 0;  // index on the caller's stack of the return address into PyEval_SaveThread
  std::uintptr_t code_begin = 0;
  std::uintptr_t code_end = 0;
  const void* save_return = nullptr;  // return address of the hook, called on behalf of PyEval_SaveThread

  std::atomic<bool> eval_next{false};
  std::atomic<bool> eval_loop{false};
  std::uintptr_t eval_word = 0;
  const void* eval_return = nullptr;
  bool eval_caller_known = false;
  std::size_t eval_caller_at = 0;  // index of the return address out of the function that called the hook
  std::uintptr_t eval_caller = 0;
};
constinit Learned learned;

// The words belong to frames of other functions: what they hold is their business, not a sanitizer's.
__attribute__((no_sanitize("address", "undefined", "thread"))) std::uintptr_t word_at(
    const std::uintptr_t* stack, std::size_t index) noexcept {
  return stack[index];
}

// Where on the stack the function that called the hook keeps its own return address, in a drop of the eval
// loop. That function may serve others too, such as a thread that ends, where PyEval_SaveThread has a copy of
// its own: the hook's return address then says "not PyEval_SaveThread" only.
void learn_eval_caller(const std::uintptr_t* caller_stack, const void* return_address) noexcept {
  learned.eval_caller_known = false;
  void* frames[16];
  void** const end = frames + backtrace(frames, static_cast<int>(std::size(frames)));
  void** const hook = std::find(frames, end, return_address);
  if (hook == end || hook + 1 == end) return;
  learned.eval_caller = reinterpret_cast<std::uintptr_t>(hook[1]);
  for (std::size_t i = 0; i < kSearchWords && !learned.eval_caller_known; ++i) {
    learned.eval_caller_at = i;
    learned.eval_caller_known = word_at(caller_stack, i) == learned.eval_caller;
  }
}

}  // namespace

bool learn_save_thread(const void* code, std::size_t size, const std::uintptr_t* caller_stack,
                       const void* return_address) noexcept {
  learned.code_begin = reinterpret_cast<std::uintptr_t>(code);
  learned.code_end = learned.code_begin + size;
  learned.save_return = return_address;
  for (std::size_t i = 0; i < kSearchWords; ++i) {
    const std::uintptr_t word = word_at(caller_stack, i);
    if (word > learned.code_begin && word <= learned.code_end) {
      learned.word = i;
      learned.save_thread = true;
      return true;
    }
  }
  // drop_gil may be inlined: then the hook itself was called from there.
  const auto address = reinterpret_cast<std::uintptr_t>(return_address);
  learned.save_thread = address > learned.code_begin && address <= learned.code_end;
  learned.word = 0;
  return learned.save_thread;
}

void learn_eval_loop_next() noexcept {
  void* frame;
  backtrace(&frame, 1);  // the first call loads a library: not inside a hook
  learned.eval_next.store(true, std::memory_order_relaxed);
}
bool knows_eval_loop() noexcept { return learned.eval_loop.load(std::memory_order_acquire); }

bool by_eval_loop(const std::uintptr_t* caller_stack, const void* return_address) noexcept {
  if (!learned.save_thread) return true;
  const std::uintptr_t word = word_at(caller_stack, learned.word);
  if (learned.eval_next.load(std::memory_order_relaxed)) {
    learned.eval_word = word;
    learned.eval_return = return_address;
    learn_eval_caller(caller_stack, return_address);
    learned.eval_next.store(false, std::memory_order_relaxed);
    learned.eval_loop.store(true, std::memory_order_release);
  }
  if (learned.eval_loop.load(std::memory_order_acquire)) {
    // Where the two are told apart by who called the hook, the word further up may be anything.
    return return_address == learned.eval_return &&
           (learned.eval_return != learned.save_return || word == learned.eval_word) &&
           (!learned.eval_caller_known ||
            word_at(caller_stack, learned.eval_caller_at) == learned.eval_caller);
  }
  const bool from_save_thread =
      (word > learned.code_begin && word <= learned.code_end) ||
      (return_address != learned.eval_return && learned.word == 0 && return_address == learned.save_return);
  return !from_save_thread;
}

void forget() noexcept {
  learned.save_thread = false;
  learned.eval_next.store(false);
  learned.eval_loop.store(false);
}

}  // namespace gilscope::probe::drop_caller
