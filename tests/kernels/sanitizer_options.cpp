// What the tests need of the sanitizers' runtimes, which look for these names; without a sanitizer nobody
// does.

#define GILSCOPE_FOUND_BY_NAME __attribute__((visibility("default")))

extern "C" {

// A kernel must report that there is no memory, so the allocator must say so.
GILSCOPE_FOUND_BY_NAME const char* __asan_default_options();
const char* __asan_default_options() { return "allocator_may_return_null=1"; }

GILSCOPE_FOUND_BY_NAME const char* __tsan_default_options();
const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
}
