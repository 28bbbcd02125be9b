// Tells who called drop_gil: PyEval_SaveThread (the thread gives the GIL away) or the eval loop (it was asked
// to). Read from the stack of the hook, at the one place where the return address into the caller lies; the
// place is learned from a call of PyEval_SaveThread, since the frames between it and the hook are always the
// same. Thread rule: learning is done by one thread while no other is recorded; by_eval_loop() by any.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gilscope::probe::drop_caller {

/// How many words of the stack are looked at: the frames between PyEval_SaveThread and the hook are small,
/// two or three functions that save a few registers.
inline constexpr std::size_t kSearchWords = 64;

/// Learns where PyEval_SaveThread shows on the stack. `code` .. `code + size` is its machine code; the
/// arguments after it are those of a drop hook that it caused. False when it cannot be found: every drop with
/// a request pending then counts as the eval loop's.
bool learn_save_thread(const void* code, std::size_t size, const std::uintptr_t* caller_stack,
                       const void* return_address) noexcept;

/// The next drop with a request pending is known to be the eval loop's: learns what it looks like.
void learn_eval_loop_next() noexcept;
bool knows_eval_loop() noexcept;

/// True when the eval loop called drop_gil. To be asked inside the hook of signal(C).
bool by_eval_loop(const std::uintptr_t* caller_stack, const void* return_address) noexcept;

void forget() noexcept;

}  // namespace gilscope::probe::drop_caller
