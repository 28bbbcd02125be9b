#include "app/live/lane_window.h"

#include <algorithm>
#include <utility>

namespace gilscope::app {

using probe::Ticks;

namespace {

Ticks overlap(Ticks begin, Ticks end, Ticks from, Ticks until) {
  begin = std::max(begin, from);
  end = std::min(end, until);
  return begin < end ? end - begin : 0;
}

}  // namespace

LaneWindow::LaneWindow(Ticks begin_of_run, Ticks column)
    : begin_(begin_of_run), column_(std::max<Ticks>(column, 1)) {}

LaneWindow::Lane& LaneWindow::lane_of(std::uint32_t thread) {
  if (thread >= lanes_.size()) lanes_.resize(thread + std::size_t{1});
  if (lanes_[thread] == nullptr) {
    lanes_[thread] = std::make_unique<Lane>(column_);
    lanes_[thread]->hold.reach(newest());
    lanes_[thread]->wait.reach(newest());
  }
  return *lanes_[thread];
}

GilColumns& LaneWindow::gil_of(std::uint16_t gil) {
  while (gil >= gils_.size()) gils_.emplace_back(column_, kColumns).reach(newest());
  return gils_[gil];
}

void LaneWindow::restart() {
  lanes_.clear();
  gils_.clear();
  nobody_.clear();
}

Ticks LaneWindow::needs_from(Ticks until) const {
  if (goes_on_to(since_begin(until))) return begin_ + until_;
  const Ticks whole = column_ * kColumns;
  return until > begin_ + whole ? until - whole : begin_;
}

void LaneWindow::advance(const TurnHistory& history, std::span<const ThreadFacts> threads, Ticks until) {
  const Ticks before = until_;
  const bool anew = !goes_on_to(since_begin(until));
  until_ = since_begin(until);
  std::uint64_t draw_from = before / column_;
  if (anew) {
    restart();
    draw_from = first_of(kColumns);
    next_ = history.first_after(begin_ + draw_from * column_);
  }
  started_ = true;
  next_ = std::max(next_, history.turns().begin());
  for (GilColumns& gil : gils_) gil.reach(newest());
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    if (lane == nullptr) continue;
    lane->hold.reach(newest());
    lane->wait.reach(newest());
  }
  const NumberedItems<PastTurn>& turns = history.turns();
  while (next_ < turns.end() && turns[next_].drop <= until) commit(turns[next_++]);
  draw_columns(history, threads, draw_from, newest());
  forget_ended(threads);
}

void LaneWindow::commit(const PastTurn& turn) {
  Lane& lane = lane_of(turn.thread);
  GilColumns& gil = gil_of(turn.gil);
  const Ticks want = since_begin(turn.want);
  const Ticks take = since_begin(turn.take);
  const Ticks drop = since_begin(turn.drop);
  lane.hold.add(take, drop);
  lane.wait.add(want, take);
  // Of a thread's very last turn it is not known.
  if (turn.place != 0) lane.last_place = turn.place;
  lane.gil = turn.gil;
  note_held(lane, turn.gil, take, drop);
  gil.add_hold(take, drop);
  gil.add_wait(want, take);
  if (turn.hand_over) gil.add_hand_over(take);
}

void LaneWindow::note_held(Lane& lane, std::uint16_t gil, Ticks take, Ticks drop) {
  take = std::max(take, first_of(kColumns) * column_);
  drop = std::min(drop, (newest() + 1) * column_);
  for (std::uint64_t column = take / column_; column * column_ < drop; ++column) {
    HeldGil& held = lane.held_gils[column % kColumns];
    const Ticks part = overlap(take, drop, column * column_, (column + 1) * column_);
    if (held.column != column || part >= held.longest) held = {column, gil, part};
  }
}

// What is left over of one GIL is not carried on to another.
void LaneWindow::choose_gil(Lane& lane, const std::optional<Open>& open, std::uint64_t column) {
  std::uint16_t gil = lane.drawn_gil;
  Ticks longest = 0;
  if (const HeldGil& held = lane.held_gils[column % kColumns]; held.column == column && held.longest > 0) {
    gil = held.gil;
    longest = held.longest;
  }
  if (open && overlap(open->take, until_, column * column_, (column + 1) * column_) > longest)
    gil = open->gil;
  if (gil >= nobody_.size()) nobody_.resize(gil + std::size_t{1}, 1);
  if (gil == lane.drawn_gil) return;
  nobody_[lane.drawn_gil] += lane.hold_credit;
  lane.outside_credit += std::exchange(lane.hold_credit, 0);
  lane.drawn_gil = gil;
}

std::optional<LaneWindow::Open> LaneWindow::open_of(const TurnHistory& history, std::uint32_t thread) const {
  if (const PastTurn* const turn = history.turn_from(thread, next_)) {
    const Ticks want = since_begin(turn->want);
    if (want >= until_) return std::nullopt;
    return Open{turn->gil, want, since_begin(turn->take)};
  }
  const OpenTurn* const open = history.open_turn(thread);
  if (open == nullptr || since_begin(open->want) >= until_) return std::nullopt;
  return Open{open->gil, since_begin(open->want), open->take != 0 ? since_begin(open->take) : until_};
}

LaneWindow::Did LaneWindow::did(const TurnHistory& history, const ThreadFacts& thread, std::uint64_t first,
                                std::uint64_t last) const {
  const Ticks from = first * column_;
  const Ticks until = std::min((last + 1) * column_, until_);
  Did did;
  const Ticks end = thread.end != 0 ? since_begin(thread.end) : until_;
  did.life = overlap(since_begin(thread.begin), end, from, until);
  if (const Lane* const lane = find_lane(thread.index)) {
    for (std::uint64_t column = first; column <= last; ++column) {
      did.hold += lane->hold.sum(column);
      did.wait += lane->wait.sum(column);
    }
  }
  if (const auto open = open_of(history, thread.index)) {
    did.hold += overlap(open->take, until_, from, until);
    did.wait += overlap(open->want, std::min(open->take, until_), from, until);
  }
  // Its life ends a little after its last turn, and is told by itself.
  did.life = std::max(did.life, did.hold + did.wait);
  return did;
}

void LaneWindow::draw_columns(const TurnHistory& history, std::span<const ThreadFacts> threads,
                              std::uint64_t from, std::uint64_t end) {
  if (from >= end) return;
  from = std::max(from, end > kColumns ? end - kColumns : 0);
  std::vector<Lane*> alive;
  for (std::uint64_t column = from; column < end; ++column) {
    alive.clear();
    nobody_.resize(std::max({nobody_.size(), gils_.size(), std::size_t{1}}));
    for (double& credit : nobody_) credit += 1;
    for (const ThreadFacts& thread : threads) {
      const bool is_past = thread.end != 0 && since_begin(thread.end) < from * column_;
      if (is_past && find_lane(thread.index) == nullptr) continue;
      Lane& lane = lane_of(thread.index);
      const Did part = did(history, thread, column, column);
      lane.cells[column % kColumns] = LaneCell::kNone;
      if (part.life == 0) continue;
      choose_gil(lane, open_of(history, thread.index), column);
      const auto whole = static_cast<double>(column_);
      const double hold = static_cast<double>(part.hold) / whole;
      const double wait = static_cast<double>(part.wait) / whole;
      lane.hold_credit += hold;
      lane.wait_credit += wait;
      lane.outside_credit += 1 - hold - wait;
      nobody_[lane.drawn_gil] -= hold;
      alive.push_back(&lane);
    }
    draw_column(alive, column);
  }
}

// One thread at most is drawn as the holder of a GIL, as one at most holds it at a time.
void LaneWindow::draw_column(std::span<Lane* const> alive, std::uint64_t column) {
  std::vector<Lane*> holders(nobody_.size());
  for (Lane* const lane : alive) {
    Lane*& holder = holders[lane->drawn_gil];
    const double most = holder != nullptr ? holder->hold_credit : nobody_[lane->drawn_gil];
    if (lane->hold_credit > 0 && (holder == nullptr ? lane->hold_credit >= most : lane->hold_credit > most)) {
      holder = lane;
    }
  }
  for (std::size_t gil = 0; gil < holders.size(); ++gil) {
    if (holders[gil] == nullptr) nobody_[gil] -= 1;
  }
  for (Lane* const lane : alive) {
    LaneCell& cell = lane->cells[column % kColumns];
    if (holders[lane->drawn_gil] == lane) {
      cell = LaneCell::kHold;
      lane->hold_credit -= 1;
    } else if (lane->wait_credit >= lane->outside_credit) {
      cell = LaneCell::kWait;
      lane->wait_credit -= 1;
    } else {
      cell = LaneCell::kOutside;
      lane->outside_credit -= 1;
    }
  }
}

void LaneWindow::forget_ended(std::span<const ThreadFacts> threads) {
  const Ticks oldest = first_of(kColumns) * column_;
  for (const ThreadFacts& thread : threads) {
    if (thread.end == 0 || since_begin(thread.end) >= oldest || find_lane(thread.index) == nullptr) continue;
    lanes_[thread.index].reset();
  }
}

LaneState LaneWindow::state_of(const TurnHistory& history, const ThreadFacts& thread) const {
  if (const auto open = open_of(history, thread.index)) {
    return open->take < until_ ? LaneState::kHolds : LaneState::kWaits;
  }
  return thread.end != 0 && since_begin(thread.end) <= until_ ? LaneState::kEnded : LaneState::kOutside;
}

LanePicture LaneWindow::lane_picture(const TurnHistory& history, const ThreadFacts& thread,
                                     std::size_t columns) const {
  LanePicture picture;
  picture.thread = thread.index;
  picture.name = thread.name;
  picture.state = state_of(history, thread);
  const Did all = did(history, thread, first_of(columns), newest());
  if (all.life > 0) {
    picture.hold_share = static_cast<double>(all.hold) / static_cast<double>(all.life);
    picture.wait_share = static_cast<double>(all.wait) / static_cast<double>(all.life);
  }
  const Lane* const lane = find_lane(thread.index);
  picture.cells.assign(columns, LaneCell::kNone);
  for (std::uint64_t column = first_of(columns); lane != nullptr && column < newest(); ++column) {
    picture.cells[columns - 1 - (newest() - column)] = lane->cells[column % kColumns];
  }
  // The column that is not complete says what is the case now.
  constexpr LaneCell kNow[] = {LaneCell::kOutside, LaneCell::kWait, LaneCell::kHold, LaneCell::kNone};
  const bool is_alive = since_begin(thread.begin) < until_;
  if (is_alive && columns > 0) picture.cells.back() = kNow[static_cast<std::size_t>(picture.state)];
  if (lane != nullptr) {
    picture.place = lane->last_place;
    picture.gil = lane->gil;
  }
  if (const auto open = open_of(history, thread.index)) picture.gil = open->gil;
  return picture;
}

void LaneWindow::add_gils(const TurnHistory& history, std::span<const ThreadFacts> threads,
                          const Shown& shown, Picture& picture) const {
  std::vector<GilColumns> gils = gils_;  // with what is still open
  std::vector<std::string> holders(gils.size());
  for (const ThreadFacts& thread : threads) {
    const auto open = open_of(history, thread.index);
    if (!open) continue;
    while (open->gil >= gils.size()) gils.emplace_back(column_, kColumns).reach(newest());
    holders.resize(gils.size());
    gils[open->gil].add_wait(open->want, std::min(open->take, until_));
    gils[open->gil].add_hold(open->take, until_);
    if (open->take < until_) holders[open->gil] = thread.name;
  }
  const std::uint64_t first = first_of(shown.columns);
  const Ticks whole = until_ - std::min(until_, first * column_);
  for (std::size_t id = 0; id < gils.size() && whole > 0; ++id) {
    Ticks held = 0, contended = 0, hand_overs = 0;
    for (std::uint64_t column = first; column <= newest(); ++column) {
      held += gils[id].held().sum(column);
      contended += gils[id].contended().sum(column);
      hand_overs += gils[id].hand_overs().sum(column);
    }
    const auto ticks = static_cast<double>(whole);
    picture.gils.push_back(
        {.id = static_cast<std::uint16_t>(id),
         .held_share = std::min(1.0, static_cast<double>(held) / ticks),
         .contended_share = std::min(1.0, static_cast<double>(contended) / ticks),
         .hand_overs_per_second = static_cast<double>(hand_overs) / (ticks * shown.scale.ns_per_tick / 1e9),
         .holder = holders[id]});
  }
}

Picture LaneWindow::picture(const TurnHistory& history, std::span<const ThreadFacts> threads,
                            const Shown& shown) const {
  Picture picture;
  const std::uint64_t first = first_of(shown.columns);
  picture.at_ns = shown.scale.ns(until_);
  picture.column_ns = shown.scale.ns(column_);
  picture.shown_ns = shown.scale.ns(until_ - std::min(until_, first * column_));
  add_gils(history, threads, shown, picture);
  Ticks held = 0;
  for (const std::uint32_t index : shown.order) {
    if (index >= threads.size()) continue;
    const ThreadFacts& thread = threads[index];
    if (picture.lanes.size() < shown.most_lanes) {
      picture.lanes.push_back(lane_picture(history, thread, shown.columns));
      continue;
    }
    ++picture.more.threads;
    const LaneState state = state_of(history, thread);
    picture.more.waiting += state == LaneState::kWaits;
    picture.more.ended += state == LaneState::kEnded;
    held += did(history, thread, first, newest()).hold;
  }
  const Ticks whole = until_ - std::min(until_, first * column_);
  if (whole > 0) picture.more.hold_share = static_cast<double>(held) / static_cast<double>(whole);
  return picture;
}

std::vector<std::uint32_t> LaneWindow::busiest(const TurnHistory& history,
                                               std::span<const ThreadFacts> threads,
                                               std::size_t columns) const {
  struct Busy {
    std::uint32_t thread;
    Did did;
  };
  std::vector<Busy> alive;
  for (const ThreadFacts& thread : threads) {
    const Did all = did(history, thread, first_of(columns), newest());
    if (all.life > 0) alive.push_back({thread.index, all});
  }
  std::ranges::stable_sort(alive, [](const Busy& a, const Busy& b) {
    return std::pair(a.did.hold, a.did.wait) > std::pair(b.did.hold, b.did.wait);
  });
  std::vector<std::uint32_t> order;
  for (const Busy& busy : alive) order.push_back(busy.thread);
  return order;
}

}  // namespace gilscope::app
