// Who called drop_gil, read from stacks that the test makes up.
#include "embed/probe/drop_caller.h"

#include <array>

#include <gtest/gtest.h>

namespace gilscope::probe {
namespace {

class DropCaller : public testing::Test {
 protected:
  DropCaller() { drop_caller::forget(); }
  ~DropCaller() override { drop_caller::forget(); }

  using Stack = std::array<std::uintptr_t, 64>;
  static std::uintptr_t address(const void* code) { return reinterpret_cast<std::uintptr_t>(code); }
  static Stack stack_with(std::size_t word, const void* return_address) {
    Stack stack{};
    stack[word] = address(return_address);
    return stack;
  }
  bool learn(const Stack& stack, const void* return_address) {
    return drop_caller::learn_save_thread(save_thread_, sizeof save_thread_, stack.data(), return_address);
  }
  static bool by_eval_loop(const Stack& stack, const void* return_address) {
    return drop_caller::by_eval_loop(stack.data(), return_address);
  }

  // Stand-ins for machine code: only their addresses count.
  char save_thread_[64] = {};
  char drop_gil_[64] = {};
  char eval_loop_[64] = {};
  char delete_current_[64] = {};
};

TEST_F(DropCaller, NothingLearnedMeansTheEvalLoop) {
  EXPECT_TRUE(by_eval_loop(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
  EXPECT_FALSE(learn(stack_with(5, eval_loop_ + 20), drop_gil_ + 8)) << "no word leads into the code";
  EXPECT_TRUE(by_eval_loop(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
}

TEST_F(DropCaller, SaveThreadIsKnownByTheWordOnTheStack) {
  ASSERT_TRUE(learn(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
  EXPECT_FALSE(by_eval_loop(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
  EXPECT_TRUE(by_eval_loop(stack_with(5, eval_loop_ + 20), drop_gil_ + 8));
  EXPECT_TRUE(by_eval_loop(stack_with(6, save_thread_ + 20), drop_gil_ + 8)) << "left over from another call";
}

TEST_F(DropCaller, ReturnAddressMayBeTheEndOfTheCodeAndNotItsBegin) {
  EXPECT_FALSE(learn(stack_with(5, save_thread_), drop_gil_ + 8));
  EXPECT_TRUE(learn(stack_with(5, save_thread_ + sizeof save_thread_), drop_gil_ + 8));
}

TEST_F(DropCaller, EvalLoopOnceLearnedIsKnownExactly) {
  ASSERT_TRUE(learn(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
  EXPECT_FALSE(drop_caller::knows_eval_loop());
  drop_caller::learn_eval_loop_next();
  EXPECT_TRUE(by_eval_loop(stack_with(5, eval_loop_ + 30), drop_gil_ + 8));
  EXPECT_TRUE(drop_caller::knows_eval_loop());

  EXPECT_TRUE(by_eval_loop(stack_with(5, eval_loop_ + 30), drop_gil_ + 8));
  EXPECT_FALSE(by_eval_loop(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
  EXPECT_FALSE(by_eval_loop(stack_with(5, delete_current_ + 20), drop_gil_ + 8))
      << "a thread that ends gave the GIL";
  EXPECT_FALSE(by_eval_loop(stack_with(5, eval_loop_ + 30), delete_current_ + 8));
}

TEST_F(DropCaller, InlinedIntoTheEvalLoopTheHooksReturnAddressTells) {
  // drop_gil is a function for PyEval_SaveThread, and a part of the eval loop.
  ASSERT_TRUE(learn(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
  drop_caller::learn_eval_loop_next();
  EXPECT_TRUE(by_eval_loop(stack_with(5, delete_current_), eval_loop_ + 8));
  EXPECT_TRUE(by_eval_loop(stack_with(5, save_thread_ + 20), eval_loop_ + 8))
      << "what lies further up is another function's";
  EXPECT_FALSE(by_eval_loop(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
}

TEST_F(DropCaller, InlinedIntoSaveThreadTheHooksReturnAddressTells) {
  ASSERT_TRUE(learn(Stack{}, save_thread_ + 20));
  EXPECT_FALSE(by_eval_loop(Stack{}, save_thread_ + 20));
  EXPECT_TRUE(by_eval_loop(Stack{}, eval_loop_ + 20));
  drop_caller::learn_eval_loop_next();
  EXPECT_TRUE(by_eval_loop(Stack{}, eval_loop_ + 20));
  EXPECT_FALSE(by_eval_loop(Stack{}, save_thread_ + 20));
  EXPECT_TRUE(by_eval_loop(Stack{}, eval_loop_ + 20));
}

TEST_F(DropCaller, ForgottenIsAsNeverLearned) {
  ASSERT_TRUE(learn(stack_with(5, save_thread_ + 20), drop_gil_ + 8));
  drop_caller::learn_eval_loop_next();
  EXPECT_TRUE(by_eval_loop(stack_with(5, eval_loop_ + 30), drop_gil_ + 8));
  drop_caller::forget();
  EXPECT_FALSE(drop_caller::knows_eval_loop());
  EXPECT_TRUE(by_eval_loop(stack_with(5, save_thread_ + 20), drop_gil_ + 8));

  // Another Python, drop_gil inlined into both: nothing of the first may count.
  ASSERT_TRUE(learn(Stack{}, save_thread_ + 24));
  EXPECT_FALSE(by_eval_loop(Stack{}, save_thread_ + 24));
  EXPECT_TRUE(by_eval_loop(stack_with(5, save_thread_ + 20), eval_loop_ + 8));
}

}  // namespace
}  // namespace gilscope::probe
