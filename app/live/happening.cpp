#include "app/live/happening.h"

#include <fmt/format.h>

#include "app/live/moving_view.h"
#include "app/report/place_text.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"
#include "app/timeline/snapshot_lists.h"

namespace gilscope::app {

namespace {

// Longer than the eval loop takes to see a request, on a machine that is busy with other things, too.
constexpr std::uint64_t kLateNs = 1'000'000;
constexpr std::size_t kPlaceColumns = 60;

class Teller {
 public:
  Teller(const TurnHistory& history, const Telling& telling) : history_(history), telling_(telling) {}

  std::string name(std::uint32_t thread) const {
    if (thread >= telling_.threads.size()) return fmt::format("thread {}", thread);
    return printable(telling_.threads[thread].name, telling_.ascii);
  }
  std::string moment(probe::Ticks tick) const { return moment_text(ns(telling_.begin, tick)); }
  std::uint64_t ns(probe::Ticks from, probe::Ticks until) const {
    return until > from ? telling_.scale.ns(until - from) : 0;
  }
  std::string span(probe::Ticks from, probe::Ticks until) const { return duration(ns(from, until)); }
  std::string at_place(std::uint32_t place) const {
    const std::string text = place_text(place_report(place, telling_.places), kPlaceColumns, telling_.ascii);
    return text.empty() ? "" : ", at " + printable(text, telling_.ascii);
  }

  const PastTurn* before(std::uint64_t number) const {
    const PastTurn& turn = history_.turns()[number];
    while (number-- > history_.turns().begin()) {
      const PastTurn& other = history_.turns()[number];
      if (other.gil == turn.gil) return other.sequence + 1 == turn.sequence ? &other : nullptr;
    }
    return nullptr;
  }

  // Threads that waited for the GIL of `holder` when it was asked for.
  std::uint64_t waiting_at_request(const PastTurn& holder, std::uint64_t number) const {
    std::uint64_t waiting = 0;
    for (std::uint32_t thread = 0; thread < history_.threads(); ++thread) {
      if (const PastTurn* const next = history_.turn_from(thread, number)) {
        waiting += next->gil == holder.gil && next->want <= holder.request;
      } else if (const OpenTurn* const open = history_.open_turn(thread)) {
        waiting += open->gil == holder.gil && open->want <= holder.request;
      }
    }
    return waiting;
  }

  std::string handed_over(const PastTurn& holder, const PastTurn& taker, std::uint64_t number) const {
    const std::string took =
        fmt::format("{} took it {} later", name(taker.thread), span(holder.drop, taker.take));
    if (holder.requests == 0 || holder.request == 0) {
      return fmt::format("{} gave the GIL at {}{}; {} had waited for {} and took it {} later",
                         name(holder.thread), moment(holder.drop), at_place(holder.place), name(taker.thread),
                         span(taker.want, holder.drop), span(holder.drop, taker.take));
    }
    const std::uint64_t waiting = waiting_at_request(holder, number);
    const bool is_asker = waiting <= 1 && taker.want <= holder.request;
    std::string text =
        is_asker ? name(taker.thread) : fmt::format("one of {} that waited", counted(waiting, "thread"));
    text += " asked at " + moment(holder.request) + "; ";
    const bool is_late = ns(holder.request, holder.drop) > kLateNs;
    text += fmt::format("{} {} {}{} later{}", name(holder.thread),
                        holder.end == probe::TurnEnd::kAsked ? "obeyed" : "gave the GIL by itself",
                        is_late ? "only " : "", span(holder.request, holder.drop), at_place(holder.place));
    return is_asker ? text : text + "; " + took;
  }

  std::string first_take(const PastTurn& taker) const {
    if (taker.want < taker.take) {
      return fmt::format("{} took the GIL for the first time at {}, after it had waited for {}",
                         name(taker.thread), moment(taker.take), span(taker.want, taker.take));
    }
    return fmt::format("{} took the GIL for the first time at {}, without a wait", name(taker.thread),
                       moment(taker.take));
  }

 private:
  const TurnHistory& history_;
  const Telling& telling_;
};

}  // namespace

bool is_telling(const TurnHistory& history, std::uint64_t turn) {
  return history.turns()[turn].hand_over || history.turns()[turn].is_first;
}

std::string sentence(const TurnHistory& history, std::uint64_t turn, const Telling& telling) {
  const Teller teller(history, telling);
  const PastTurn& taker = history.turns()[turn];
  const PastTurn* const holder = taker.hand_over ? teller.before(turn) : nullptr;
  if (holder != nullptr) return teller.handed_over(*holder, taker, turn);
  if (!taker.hand_over) return teller.first_take(taker);
  return fmt::format("{} took the GIL at {}; whose turn ended before is not known", teller.name(taker.thread),
                     teller.moment(taker.take));
}

std::string end_sentence(const ThreadFacts& thread, const Telling& telling) {
  const std::uint64_t ns = thread.end > telling.begin ? telling.scale.ns(thread.end - telling.begin) : 0;
  return fmt::format("{} ended at {}", printable(thread.name, telling.ascii), moment_text(ns));
}

}  // namespace gilscope::app
