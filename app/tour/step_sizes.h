// How much work a step of the tour gets, so that it takes the same time on slow and fast machines: from what
// a short trial took. Thread rule: values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gilscope::app {

/// A size of a workload that its file does not list.
struct TourSize {
  std::string name;                   ///< for people
  std::vector<std::int64_t> numbers;  ///< for the workload
};

/// The size that has about so much work: numbers to count in all, pixels, questions. Never nothing.
TourSize size_with(std::string_view workload, double amount);
/// How much work it really has.
double amount_of(std::string_view workload, const TourSize& size);

/// What a first trial of it has.
double first_amount(std::string_view workload, std::string_view pattern);

/// A trial that took so long says enough; a shorter one is repeated with more.
inline constexpr std::uint64_t kTrialNs = 60'000'000;
/// The amount of the next trial.
double next_amount(double amount, std::uint64_t took_ns);

/// Amounts per second by workload and pattern.
class Paces {
 public:
  /// Zero: not known. Of workloads that wait it is always known: waits are as long everywhere.
  double of(std::string_view workload, std::string_view pattern) const;
  void learn(std::string_view workload, std::string_view pattern, double amount, std::uint64_t took_ns);

 private:
  std::map<std::pair<std::string, std::string>, double> paces_;
};

}  // namespace gilscope::app
