// Writes what the fuzzer begins with: whole trace files, into the folder that is named.
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/app/trace_file_samples.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_corpus FOLDER\n", stderr);
    return 2;
  }
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const gilscope::app::Bytes bytes = gilscope::app::written(seed);
    std::ofstream file(std::string(argv[1]) + "/sample_" + std::to_string(seed) + ".gil", std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file) {
      std::fprintf(stderr, "cannot write to '%s'\n", argv[1]);
      return 1;
    }
  }
}
