#include "kernels/simd.h"

#include <set>
#include <string>

#include "tests/kernels/kernel_cases.h"

namespace gilscope::kernels {
namespace {

TEST(Simd, NamesTheTargetThatIsChosen) {
  std::set<std::string> names;
  for_each_simd_target([&] { names.emplace(simd_target()); });
  EXPECT_EQ(names.size(), hwy::SupportedAndGeneratedTargets().size());
  EXPECT_EQ(names.count(std::string(simd_target())), 1u);
}

TEST(Simd, SaysWhichOpenMp) { EXPECT_GE(openmp_version(), 201511); }

}  // namespace
}  // namespace gilscope::kernels
