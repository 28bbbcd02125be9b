// What the tests need of the sanitizers' runtimes, which look for these names; without a sanitizer nobody
// does.

extern "C" {

/// A kernel must report that there is no memory, so the allocator must say so.
const char* __asan_default_options();
const char* __asan_default_options() { return "allocator_may_return_null=1"; }

/// Likewise; and the fork tests start threads in the child, which is what they are about.
const char* __tsan_default_options();
const char* __tsan_default_options() { return "allocator_may_return_null=1:die_after_fork=0"; }
}
