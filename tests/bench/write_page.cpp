// Writes the page of a generated run: write_page TURNS THREADS FILE.html. For bench_page.py, which needs
// pages of runs that would take minutes to record.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "app/report/html.h"
#include "tests/bench/generated_trace.h"

int main(int argc, char** argv) {
  using namespace gilscope::app;
  const auto number = [&](int i) { return i < argc ? std::strtoull(argv[i], nullptr, 10) : 0; };
  if (argc != 4 || number(1) == 0 || number(2) == 0) {
    std::fputs("usage: write_page TURNS THREADS FILE.html\n", stderr);
    return 2;
  }
  const GeneratedTrace trace(number(1), static_cast<std::uint32_t>(number(2)));
  std::ofstream out(argv[3], std::ios::binary);
  write_html(trace.report(), trace, out);
  if (!out.flush()) {
    std::fprintf(stderr, "write_page: %s cannot be written\n", argv[3]);
    return 2;
  }
  return 0;
}
